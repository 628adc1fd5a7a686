"""Whether an issue that a plan settles still exists: what became somebody's meanwhile is nobody's no more."""

from collections.abc import Collection, Iterable
from typing import Protocol

from reconciler.applier.parts import subject_of
from reconciler.applier.seen import live
from reconciler.model.address import AccountRef, Permission, PersonId
from reconciler.model.change import (
    Change,
    CreateAccount,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
)
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.plan import Step, StepId
from reconciler.model.state import Actual, Recorded


class Files(Protocol):
    """What the files ask for by now: a plan that was saved may be older."""

    def claimed(self, recorded: Recorded, actual: Actual) -> Collection[AccountRef]:
        """Return the accounts that are some person's, by ownership or by correlation, conflicts included."""
        ...

    def ask_for(self, person: PersonId, permission: Permission) -> bool:
        """Tell whether a person is to hold a permission."""
        ...


def settled_meanwhile(
    issues: Iterable[Issue],
    steps: Collection[Step],
    actual: Actual,
    recorded: Recorded,
    files: Files | None,
) -> dict[StepId, str]:
    """Return why steps must not run: the issue that each would settle is there no more.

    Without `files` only the ledger and the tenant tell. What the step itself builds on, such as access that is taken already, `broken` tells.
    """
    missing = {
        issue.person: issue.account.ref
        for issue in issues
        if issue.type is IssueType.ACCOUNT_MISSING
        and issue.status is IssueStatus.RESOLVED
        and issue.account is not None
    }
    unmanaged = {
        (issue.account.ref, issue.permission.ref)
        for issue in issues
        if issue.type is IssueType.PERMISSION_UNMANAGED
        and issue.status is IssueStatus.RESOLVED
        and issue.account is not None
        and issue.permission is not None
    }
    strangers = _Strangers(steps, actual, recorded, files)
    found: dict[StepId, str] = {}
    for step in steps:
        why = (
            strangers.became_somebody_s(step.change)
            or _came_back(step.change, missing, actual)
            or _became_ours(step.change, unmanaged, recorded, files)
        )
        if why is not None:
            found[step.id] = why
    return found


class _Strangers:
    """Accounts that were nobody's when the plan was made."""

    def __init__(
        self,
        steps: Iterable[Step],
        actual: Actual,
        recorded: Recorded,
        files: Files | None,
    ) -> None:
        self._taken: set[AccountRef] = set()
        if any(_stranger(step.change) for step in steps):
            self._taken = {owned.ref for owned in recorded.accounts.values()}
            self._taken.update(() if files is None else files.claimed(recorded, actual))

    def became_somebody_s(self, change: Change) -> str | None:
        ref = _stranger(change)
        return "the account belongs to a person now" if ref in self._taken else None


def _stranger(change: Change) -> AccountRef | None:
    subject = subject_of(change)
    return subject.account.ref if subject is not None and subject.person is None else None


def _came_back(
    change: Change, missing: "dict[PersonId | None, AccountRef | None]", actual: Actual
) -> str | None:
    if not isinstance(change, CreateAccount | RestoreAccount):
        return None
    found = live(missing.get(change.subject.person), actual)
    return None if found is None else f"the account is back, called {found.user_name}"


def _became_ours(
    change: Change,
    unmanaged: Collection[tuple[str | None, str | None]],
    recorded: Recorded,
    files: Files | None,
) -> str | None:
    if not isinstance(change, RevokeGroup | RevokeProduct):
        return None
    holder, permission = change.subject.account.ref, change.permission.ref
    if holder is None or permission is None or (holder, permission) not in unmanaged:
        return None
    if holder in recorded.grants.get(permission, {}):
        return "another apply took the grant over"
    person = change.subject.person
    if files is not None and person is not None and files.ask_for(person, change.permission):
        return "the files ask for the grant now"
    return None
