"""Which entry decides about which issue on which day, and what is said of those that decide nothing."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.governance.leftovers import leftovers
from reconciler.governance.resolving import Resolver, resolver_of
from reconciler.model.address import (
    AccountName,
    AccountRef,
    Permission,
    PermissionKey,
    PermissionKind,
    PermissionRef,
    PersonId,
)
from reconciler.model.change import FieldChange, Subject, UpdateAccount
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.plan import Drawn, Exposure, Mode, Plan, Step, StepId
from reconciler.model.provenance import Cause, CauseKind, Location
from reconciler.model.report import Audited, ReportId, ReportSummary
from reconciler.model.resolution import Act, Leave, Resolution
from reconciler.model.rules import PermissionName
from reconciler.model.settings import Patterns, Scope, Settings, Target

TODAY = date(2026, 11, 23)
GUID = "5f1c1d5e-0000-4000-8000-00000000000a"
OTHER = "5f1c1d5e-0000-4000-8000-00000000000b"
SETTINGS = Settings(Target("sandbox:t"))
OLD = AccountName(AccountRef(GUID), "Old.Intern@example.org")
SALES = Permission(PermissionKind.GROUP, "Sales", PermissionRef(OTHER))
STRANGER = IssueType.ACCOUNT_UNMANAGED


def issue(
    kind: IssueType = STRANGER,
    account: AccountName | None = OLD,
    person: str | None = None,
    permission: Permission | None = None,
    status: IssueStatus = IssueStatus.OPEN,
) -> Issue:
    someone = PersonId(person) if person else None
    return Issue("id", kind, someone, account, permission, status, None, "found")


def entry(
    resolution: str = "disable",
    kind: IssueType = STRANGER,
    line: int = 1,
    **more: Any,
) -> Resolution:
    given: dict[str, Any] = {
        "account": "old.intern@example.org",
        "person": None,
        "permission": None,
        "reason": None,
        "start": None,
        "until": None,
        **more,
    }
    return Resolution(kind, resolution, at=Location("r.yaml", line, 3), **given)


def resolver(*entries: Resolution, day: date = TODAY, **more: Any) -> Resolver:
    audited = more.pop("audited", Audited())
    return resolver_of(SETTINGS, entries, day, audited, **more)


def drawn_of(
    *issues: Issue, mode: Mode = Mode.SYNC, unseen: Sequence[str] = (), steps: Sequence[Step] = ()
) -> Drawn:
    plan = Plan(TODAY, mode, "sandbox:t", "", "", tuple(steps), issues=issues)
    return Drawn(plan, Exposure(), frozenset(unseen))


def left(found: Resolver, drawn: Drawn, *, whole: bool = True) -> list[str]:
    scope = Scope(groups=Patterns(exclude=("AD-*",)))
    return list(leftovers(found, drawn, scope, whole=whole))


# ---------------------------------------------------------------- which entry is meant


@pytest.mark.parametrize(
    "account", ["old.intern@example.org", " OLD.intern@EXAMPLE.org", GUID, GUID.upper()]
)
def test_an_account_is_named_by_its_name_or_guid_whatever_the_case(account: str) -> None:
    assert resolver(entry(account=account)).on(issue()) == Act(
        "disable", Cause(CauseKind.RESOLUTION, "disable", "r.yaml:1")
    )


@pytest.mark.parametrize("account", ["old.intern", "old.intern@example.or", OTHER, "other@x.org"])
def test_another_account_is_not_meant(account: str) -> None:
    assert resolver(entry(account=account)).on(issue()) == Leave(IssueStatus.OPEN)


def test_a_name_that_looks_like_a_guid_is_no_guid() -> None:
    called = AccountName(AccountRef(OTHER), GUID)
    assert resolver(entry(account=GUID)).on(issue(account=called)) == Leave(IssueStatus.OPEN)
    assert isinstance(resolver(entry(account=OTHER)).on(issue(account=called)), Act)


@pytest.mark.parametrize("kind", list(IssueType))
def test_an_entry_is_about_its_own_type_only(kind: IssueType) -> None:
    found = resolver(entry("resolve"))
    expected = IssueStatus.POSTPONED if kind is STRANGER else None
    decision = found.on(issue(kind, permission=None))
    assert (decision.status if isinstance(decision, Leave) and decision.by else None) == expected


@pytest.mark.parametrize(
    ("named", "is_meant"),
    [
        (PermissionName(PermissionKind.GROUP, "sales "), True),
        (PermissionName(PermissionKind.GROUP, OTHER.upper()), True),
        (PermissionName(PermissionKind.PRODUCT, "Sales"), False),
        (PermissionName(PermissionKind.PRODUCT, OTHER), False),
        (PermissionName(PermissionKind.GROUP, "Sale"), False),
        (PermissionName(PermissionKind.GROUP, GUID), False),
    ],
)
def test_a_permission_is_named_by_kind_and_name_or_reference(
    named: PermissionName, is_meant: bool
) -> None:
    kind = IssueType.PERMISSION_UNMANAGED
    found = resolver(entry("revoke", kind, permission=named))
    assert isinstance(found.on(issue(kind, permission=SALES)), Act) is is_meant


def test_a_name_that_two_groups_carry_decides_nothing_but_a_reference_does() -> None:
    kind = IssueType.PERMISSION_UNMANAGED
    asked = issue(kind, permission=SALES)
    twins = frozenset({PermissionKey.of(PermissionKind.GROUP, "Sales")})
    by_name = entry("revoke", kind, permission=PermissionName(PermissionKind.GROUP, "Sales"))
    found = resolver(by_name, twins=twins)
    assert found.on(asked) == Leave(IssueStatus.OPEN)
    assert left(found, drawn_of(asked)) == [
        (
            "revoke for permission_unmanaged old.intern@example.org group Sales: Several groups in the tenant"
            " are called Sales, so it decides nothing. Write the reference of the one that is meant instead of"
            " its name. (r.yaml:1)"
        )
    ]
    by_ref = entry("revoke", kind, permission=PermissionName(PermissionKind.GROUP, OTHER))
    assert isinstance(resolver(by_ref, twins=twins).on(asked), Act)


def test_a_missing_account_is_named_by_its_person_to_the_letter() -> None:
    kind = IssueType.ACCOUNT_MISSING
    found = resolver(entry("resolve", kind, account=None, person=PersonId("A1")))
    assert isinstance(found.on(issue(kind, person="A1")), Leave)
    assert found.on(issue(kind, person="a1")) == Act("create", None)


def test_entries_that_only_the_tenant_shows_to_disagree_do_nothing() -> None:
    found = resolver(entry("delete", account=GUID, line=2), entry("disable", line=9))
    assert found.on(issue()) == Leave(IssueStatus.OPEN)
    assert left(found, drawn_of(issue())) == [
        "delete for account_unmanaged "
        + GUID
        + ": r.yaml:9 decides otherwise about the same issue, so"
        " nothing is done. Keep one of them. (r.yaml:2)"
    ]
    agreed = resolver(entry("disable", account=GUID, line=2), entry("disable", line=9))
    assert isinstance(agreed.on(issue()), Act)


# ---------------------------------------------------------------- on which day


@given(
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    st.integers(1, 60),
    st.integers(-70, 70),
    st.booleans(),
)
def test_an_exclusion_holds_from_its_first_day_and_the_issue_is_back_on_its_last(
    start: date, days: int, off: int, is_open: bool
) -> None:
    until, day = start + timedelta(days=days), start + timedelta(days=off)
    one = entry("exclude", start=None if is_open else start, until=until, reason="R")
    decision = resolver(one, day=day).on(issue())
    holds = (is_open or start <= day) and day < until
    assert decision == (Leave(IssueStatus.EXCLUDED, one) if holds else Leave(IssueStatus.OPEN))


def test_one_exclusion_follows_another() -> None:
    first = entry("exclude", until=TODAY, reason="R")
    second = entry("exclude", start=TODAY, until=date(2027, 1, 1), reason="R", line=5)
    found = resolver(first, second)
    assert found.on(issue()) == Leave(IssueStatus.EXCLUDED, second)
    assert left(found, drawn_of(issue())) == [
        (
            "exclude for account_unmanaged old.intern@example.org: The exclusion ended on 2026-11-23."
            " Take it out, or decide anew. (r.yaml:1)"
        )
    ]


def test_when_an_exclusion_ends_the_settings_decide_again() -> None:
    kind = IssueType.ACCOUNT_DIFFERS
    one = entry("exclude", kind, until=date(2026, 12, 1), reason="R")
    assert isinstance(resolver(one).on(issue(kind)), Leave)
    assert resolver(one, day=date(2026, 12, 1)).on(issue(kind)) == Act("update", None)


def test_an_exclusion_that_comes_later_is_no_leftover() -> None:
    later = entry("exclude", start=date(2027, 1, 1), until=date(2028, 1, 1), reason="R")
    assert left(resolver(later), drawn_of()) == []


# ---------------------------------------------------------------- put off once


def reports(*ids: str) -> tuple[ReportSummary, ...]:
    return tuple(
        ReportSummary(ReportId(one), "2026-11-23T00:00:00Z", TODAY, {}, 0, 0) for one in ids
    )


def test_resolve_puts_off_until_a_report_has_shown_it() -> None:
    put_off = entry("resolve")
    postponed = Leave(IssueStatus.POSTPONED, put_off)
    for auditing in (False, True):
        assert resolver(put_off, auditing=auditing).on(issue()) == postponed
    assert left(resolver(put_off), drawn_of(issue())) == []
    met = Audited(reports("one"), postponed={put_off.mark: ReportId("one")})
    assert resolver(put_off, audited=met).on(issue()) == postponed
    assert resolver(put_off, audited=met, auditing=True).on(issue()) == Leave(IssueStatus.OPEN)
    later = Audited(reports("two", "one"), postponed={put_off.mark: ReportId("one")})
    assert resolver(put_off, audited=later).on(issue()) == Leave(IssueStatus.OPEN)
    assert left(resolver(put_off, audited=later), drawn_of(issue())) == [
        (
            "resolve for account_unmanaged old.intern@example.org: A report has shown the issue as postponed,"
            " and it is back. Take it out, or decide. (r.yaml:1)"
        )
    ]


def test_without_a_ledger_resolve_puts_off_for_ever_and_says_so() -> None:
    put_off = entry("resolve")
    nobody = Audited(reports("two", "one"), postponed={put_off.mark: ReportId("one")}, kept=False)
    found = resolver(put_off, audited=nobody)
    assert found.on(issue()) == Leave(IssueStatus.POSTPONED, put_off)
    (warning,) = left(found, drawn_of(issue()))
    assert "With `ledger: none` nobody remembers reports" in warning


# ---------------------------------------------------------------- what decides nothing


def test_an_entry_out_of_scope_is_told_so() -> None:
    kind = IssueType.PERMISSION_UNMANAGED
    domain = PermissionName(PermissionKind.GROUP, "AD-Domain")
    found = resolver(
        entry(account="SVC-backup"), entry("revoke", kind, line=2, permission=domain), entry(line=3)
    )
    assert left(found, drawn_of()) == [
        (
            "disable for account_unmanaged SVC-backup: It fits no issue: scope.accounts leaves the account"
            " out. Take it out. (r.yaml:1)"
        ),
        (
            "revoke for permission_unmanaged old.intern@example.org group AD-Domain: It fits no issue:"
            " scope.groups leaves the group out. Take it out. (r.yaml:2)"
        ),
        (
            "disable for account_unmanaged old.intern@example.org: It fits no issue, or none any more."
            " Take it out. (r.yaml:3)"
        ),
    ]


def test_nothing_is_said_of_what_was_not_looked_for() -> None:
    found = resolver(entry())
    assert left(found, drawn_of(unseen=["old.intern@example.org"])) == []
    assert left(found, drawn_of(), whole=False) == []
    by_ref = resolver(entry(account=GUID.upper()))
    assert left(by_ref, drawn_of(unseen=[GUID])) == []
    missing = entry("create", IssueType.ACCOUNT_MISSING, account=None, person=PersonId("7"))
    assert left(resolver(missing), drawn_of(unseen=["7"])) == []


def test_an_account_that_loses_the_name_an_entry_knows_it_by_is_told() -> None:
    kept = entry("exclude", IssueType.ACCOUNT_DIFFERS, until=date(2027, 1, 1), reason="R")
    asked = issue(IssueType.ACCOUNT_DIFFERS, person="1", status=IssueStatus.EXCLUDED)
    renamed = FieldChange("userName", OLD.user_name, "new@example.org")
    change = UpdateAccount(Subject(PersonId("1"), OLD), (renamed,))
    step = Step(StepId("s"), change, Cause(CauseKind.DESIRED, ""))
    (warning,) = left(resolver(kept), drawn_of(asked, steps=[step]))
    assert "renames the account to new@example.org" in warning
    assert GUID in warning


def test_the_settings_say_where_they_decide() -> None:
    settings = Settings(
        Target("sandbox:t"),
        automatic={STRANGER: "delete"},
        at={"governance.automatic": Location("reconciler.yaml", 7, 3)},
    )
    decision = resolver_of(settings, (), TODAY, Audited()).on(issue())
    cause = Cause(
        CauseKind.RESOLUTION, "governance.automatic account_unmanaged: delete", "reconciler.yaml:7"
    )
    assert decision == Act("delete", cause)
