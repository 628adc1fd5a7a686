from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from reconciler.entitlements import entitle
from reconciler.model.address import PermissionKey, PermissionKind, PersonId
from reconciler.model.declared import (
    AccountEntry,
    AccountState,
    Declared,
    MemberEntry,
    Period,
    PermissionEntry,
)
from reconciler.model.person import Person
from reconciler.model.provenance import Location, Origin
from reconciler.model.state import Unwanted, Wanted

ANN, BO, CY = PersonId("ann"), PersonId("bo"), PersonId("cy")
SALES = PermissionKey(PermissionKind.GROUP, "sales")
TODAY = date(2026, 1, 1)
PAST = Period(until=TODAY)
FUTURE = Period(start=date(2026, 1, 2))
ALWAYS = Period()


def at(line: int) -> Location:
    return Location("desired/a.yaml", line, 1)


def account(
    person: PersonId, state: AccountState, period: Period = ALWAYS, line: int = 1
) -> AccountEntry:
    return AccountEntry(person, state, period, {"title": "Lead"}, at(line))


def member(person: PersonId, period: Period = ALWAYS, line: int = 1) -> MemberEntry:
    return MemberEntry(person, period, "Cover", "CHG-7", at(line))


def group(*members: MemberEntry, managed: bool = True) -> PermissionEntry:
    return PermissionEntry(
        PermissionKind.GROUP,
        "Sales",
        ("Old",),
        create=True,
        authoritative=True,
        protected=True,
        description=None,
        members=members if managed else None,
        at=at(9),
    )


def declared(accounts: list[AccountEntry], *permissions: PermissionEntry) -> Declared:
    persons = {one: Person(one, one.title(), {"ExternalId": one}) for one in (ANN, BO, CY)}
    return Declared(persons, tuple(accounts), permissions, "sha256:1")


def test_account_entries_count_in_their_period() -> None:
    desired = entitle(
        declared(
            [
                account(CY, AccountState.ABSENT),
                account(ANN, AccountState.DISABLED, Period(until=date(2026, 1, 2)), 4),
                account(ANN, AccountState.ENABLED, FUTURE),
                account(BO, AccountState.ENABLED, FUTURE),
            ]
        ),
        TODAY,
    )
    assert list(desired.accounts) == [ANN, CY]
    assert desired.accounts[ANN] == Wanted(
        enabled=False, origin=Origin(at(4), "account entry"), overrides={"title": "Lead"}
    )
    assert isinstance(desired.accounts[CY], Unwanted)
    assert desired.ended == {}
    assert (desired.as_of, desired.digest) == (TODAY, "sha256:1")


def test_an_entry_that_is_over_has_ended_unless_another_holds() -> None:
    entries = [
        account(ANN, AccountState.ENABLED, Period(until=date(2025, 6, 1)), 1),
        account(ANN, AccountState.DISABLED, PAST, 2),
        account(BO, AccountState.ENABLED, PAST, 3),
        account(BO, AccountState.DISABLED, Period(start=TODAY), 4),
    ]
    desired = entitle(declared(entries), TODAY)
    assert desired.ended == {ANN: Origin(at(2), "account entry")}
    assert list(desired.accounts) == [BO]


def test_only_holders_of_a_wanted_account_are_members() -> None:
    accounts = [account(ANN, AccountState.DISABLED), account(BO, AccountState.ABSENT)]
    desired = entitle(declared(accounts, group(member(CY), member(BO), member(ANN, line=5))), TODAY)
    sales = desired.permissions[SALES]
    assert sales.members is not None
    assert list(sales.members) == [ANN]
    assert sales.members[ANN].origin == Origin(at(5), "member line")
    assert (sales.members[ANN].reason, sales.members[ANN].ticket) == ("Cover", "CHG-7")
    assert (sales.create, sales.authoritative, sales.protected) == (True, True, True)
    assert sales.previously == ("Old",)
    assert not sales.listed_nobody


def test_a_membership_ends_on_its_day_and_begins_on_its_day() -> None:
    accounts = [account(one, AccountState.ENABLED) for one in (ANN, BO, CY)]
    lines = (member(ANN, PAST, 2), member(BO, FUTURE), member(CY, PAST), member(CY, Period(TODAY)))
    sales = entitle(declared(accounts, group(*lines)), TODAY).permissions[SALES]
    assert list(sales.members or ()) == [CY]
    assert sales.ended == {ANN: Origin(at(2), "member line")}


def test_unmanaged_nobody_and_all_ended_are_three_things() -> None:
    accounts = [account(ANN, AccountState.ENABLED)]
    unmanaged = entitle(declared(accounts, group(managed=False)), TODAY).permissions[SALES]
    nobody = entitle(declared(accounts, group()), TODAY).permissions[SALES]
    ended = entitle(declared(accounts, group(member(ANN, PAST))), TODAY).permissions[SALES]
    assert (unmanaged.members, unmanaged.listed_nobody) == (None, False)
    assert (nobody.members, nobody.listed_nobody) == ({}, True)
    assert (ended.members, ended.listed_nobody) == ({}, False)


def test_lines_about_nobody_known_are_left_out() -> None:
    stranger = PersonId("zed")
    desired = entitle(
        declared([account(stranger, AccountState.ENABLED)], group(member(stranger))), TODAY
    )
    assert desired.accounts == {}
    assert desired.permissions[SALES].members == {}


@given(
    st.lists(
        st.builds(
            account,
            st.sampled_from([ANN, BO, CY]),
            st.sampled_from(AccountState),
            st.sampled_from([PAST, ALWAYS, FUTURE]),
        ),
        unique_by=lambda entry: (entry.person, entry.period),
    ),
    st.lists(
        st.builds(member, st.sampled_from([ANN, BO, CY]), st.sampled_from([PAST, ALWAYS, FUTURE])),
        unique_by=lambda entry: entry.person,
    ),
)
def test_nobody_holds_anything_without_an_account(
    accounts: list[AccountEntry], members: list[MemberEntry]
) -> None:
    desired = entitle(declared(accounts, group(*members)), TODAY)
    held = desired.permissions[SALES].members or {}
    assert all(isinstance(desired.accounts.get(person), Wanted) for person in held)
    assert list(held) == sorted(held)
    assert not set(desired.ended) & set(desired.accounts)
    backwards = entitle(declared(accounts[::-1], group(*members[::-1])), TODAY)
    assert backwards.permissions == desired.permissions
