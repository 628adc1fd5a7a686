"""What an import goes by: the tenant, what is recorded, the mapping, and whose word counts."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from reconciler.desired.importing.ways import Ways
from reconciler.governance.resolving import Resolver
from reconciler.model.address import AccountRef, PermissionKey, PersonId
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.resolution import Act, Decision, Leave
from reconciler.model.settings import Settings
from reconciler.model.state import Actual, Found, FoundPermission, Owned, Recorded
from reconciler.planner.ports import Mapper

LOCAL = frozenset({"", "local"})
"""Sources of groups whose members HelloID keeps itself; those of a directory are changed there."""

_SETTLED = {
    IssueType.ACCOUNT_MISSING: "create",
    IssueType.ACCOUNT_INCORRECTLY_HAS_ACCESS: "disable",
    IssueType.ACCOUNT_INCORRECTLY_HAS_NO_ACCESS: "enable",
    IssueType.ACCOUNT_DIFFERS: "update",
    IssueType.PERMISSION_MISSING: "grant",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What does not change during an import.

    With `keeps_pending` the ledger tells a change of the tenant from one of the files that is not applied
    yet, and the latter stays; without it the tenant is right about everything.
    """

    recorded: Recorded
    actual: Actual
    settings: Settings
    mapper: Mapper
    resolver: Resolver
    as_of: date
    ways: Ways
    keeps_pending: bool
    times: Counter[PermissionKey]
    """How many groups and products of the tenant carry each name."""
    stored: tuple[str, ...] = ()

    def owned(self, person: PersonId, ref: AccountRef | None) -> Owned | None:
        """Return what is recorded of a person's account, where that is this one and its record counts."""
        owned = self.recorded.accounts.get(person)
        return owned if self.keeps_pending and owned is not None and owned.ref == ref else None

    def live(self) -> dict[AccountRef, Found]:
        """Return the accounts in scope that are not deleted, by reference, sorted."""
        found = sorted(self.actual.accounts.items())
        return {ref: account for ref, account in found if not account.deleted}


@dataclass(frozen=True, slots=True)
class AsFound:
    """Decides so that every difference shows as an action, except where an entry of the files decided otherwise."""

    resolver: Resolver

    def on(self, issue: Issue) -> Decision:
        """Return what an entry says, else the action that would undo what the tenant changed."""
        if self.resolver.in_force(issue):
            return self.resolver.on(issue)
        settled = _SETTLED.get(issue.type)
        return Leave(IssueStatus.OPEN) if settled is None else Act(settled, None)


def is_kept_elsewhere(found: FoundPermission) -> bool:
    """Tell whether a group comes from a directory, so that HelloID does not change its members."""
    return (found.source or "").strip().casefold() not in LOCAL
