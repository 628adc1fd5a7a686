"""An issue that a saved plan settles is looked at again before the first write: meanwhile it may be none."""

from dataclasses import dataclass, field, replace

import pytest

from reconciler.applier.settling import settled_meanwhile
from reconciler.model.address import AccountName, AccountRef, Permission, PersonId
from reconciler.model.change import (
    Change,
    CreateAccount,
    DeleteAccount,
    DisableAccount,
    GrantGroup,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    Subject,
)
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.state import Actual, Owned, OwnedGrant, Recorded
from tests.applier.doubles import State, actual_of, group, product
from tests.applier.worlds import about, changed, creation, ref_of, step, tenant_of, user

SALES, CRM = group("Sales"), product("CRM")
NOBODY_S = Subject(None, AccountName(ref_of(user(1)), user(1)))
DISABLED = (changed("isEnabled", before=True, now=False),)
MINE = Owned(PersonId("1"), ref_of(user(1)), user(1))


def state() -> State:
    return tenant_of([1, 2], [SALES, CRM], {"Sales": [1], "CRM": [1]})


def issue(
    kind: IssueType, number: int, permission: Permission | None = None, person: str | None = None
) -> Issue:
    account = AccountName(ref_of(user(number)), user(number))
    someone = PersonId(person) if person else None
    return Issue("i", kind, someone, account, permission, IssueStatus.RESOLVED, "so", "found")


@dataclass
class Files:
    """Files in which these accounts are somebody's, and which ask for these grants."""

    claims: set[AccountRef] = field(default_factory=set[AccountRef])
    asks: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    asked: list[str] = field(default_factory=list[str])

    def claimed(self, recorded: Recorded, actual: Actual) -> set[AccountRef]:
        assert actual.accounts.keys() >= {owned.ref for owned in recorded.accounts.values()}
        self.asked.append("claimed")
        return self.claims

    def ask_for(self, person: PersonId, permission: Permission) -> bool:
        return (person, permission.name) in self.asks


def stale(
    change: Change,
    *issues: Issue,
    recorded: Recorded | None = None,
    files: Files | None = None,
    tenant: State | None = None,
) -> list[str]:
    found = settled_meanwhile(
        issues, [step(change)], actual_of(tenant or state()), recorded or Recorded(), files
    )
    return list(found.values())


STRANGERS: list[Change] = [
    DisableAccount(NOBODY_S, DISABLED),
    DeleteAccount(NOBODY_S, ()),
    RevokeGroup(NOBODY_S, SALES),
    RevokeProduct(NOBODY_S, CRM),
]


@pytest.mark.parametrize("change", STRANGERS)
def test_an_account_that_is_somebody_s_by_now_is_left(change: Change) -> None:
    unmanaged = issue(IssueType.ACCOUNT_UNMANAGED, 1)
    assert stale(change, unmanaged) == []
    owned = Recorded({PersonId("1"): MINE})
    why = ["the account belongs to a person now"]
    assert stale(change, unmanaged, recorded=owned) == why
    assert stale(change, unmanaged, files=Files({ref_of(user(1))})) == why
    assert stale(change, unmanaged, files=Files({ref_of(user(2))})) == []


def test_who_has_what_is_worked_out_only_where_a_stranger_is_touched() -> None:
    files, ours = Files(), DeleteAccount(about(1), ())
    assert stale(ours, recorded=Recorded({PersonId("1"): MINE}), files=files) == []
    assert files.asked == []
    stale(DeleteAccount(NOBODY_S, ()), files=files)
    assert files.asked == ["claimed"]


@pytest.mark.parametrize(
    ("change", "permission"),
    [(RevokeGroup(about(1), SALES), SALES), (RevokeProduct(about(1), CRM), CRM)],
)
def test_a_grant_that_is_ours_by_now_is_left(change: Change, permission: Permission) -> None:
    unmanaged = issue(IssueType.PERMISSION_UNMANAGED, 1, permission, "1")
    assert stale(change, unmanaged) == []
    assert permission.ref is not None
    holder = ref_of(user(1))
    mine = OwnedGrant(PersonId("1"), holder, permission.kind, permission.ref, permission.name)
    recorded = Recorded({PersonId("1"): MINE}, {permission.ref: {holder: mine}})
    assert stale(change, unmanaged, recorded=recorded) == ["another apply took the grant over"]
    taken_back = stale(change, recorded=recorded)
    assert taken_back == [], "what we granted ourselves is taken back"
    asking = Files(asks={("1", permission.name)})
    assert stale(change, unmanaged, files=asking) == ["the files ask for the grant now"]
    assert stale(change, files=asking) == []
    left_open = replace(unmanaged, status=IssueStatus.EXCLUDED)
    assert stale(change, left_open, recorded=recorded) == []


@pytest.mark.parametrize("change", [creation(2), RestoreAccount(about(2), ())])
def test_an_account_that_is_back_is_not_made_again(
    change: CreateAccount | RestoreAccount,
) -> None:
    missing = issue(IssueType.ACCOUNT_MISSING, 2, person="2")
    why = [f"the account is back, called {user(2)}"]
    assert stale(change, missing) == why
    gone = tenant_of([1], [SALES, CRM], {"Sales": [1], "CRM": [1]})
    assert stale(change, missing, tenant=gone) == []
    assert stale(change) == []


def test_what_is_about_nobody_s_issue_goes_on() -> None:
    unmanaged = issue(IssueType.ACCOUNT_UNMANAGED, 1)
    assert stale(GrantGroup(about(2), SALES), unmanaged) == []
