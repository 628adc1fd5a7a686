"""Resolutions: what somebody decided about an issue, with a reason and an end, and what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import TypeAlias

from reconciler.model.address import PersonId
from reconciler.model.issue import IssueStatus, IssueType
from reconciler.model.provenance import Cause, Location
from reconciler.model.rules import PermissionName

RESOLVE = "resolve"
EXCLUDE = "exclude"

OFFERED: Mapping[IssueType, tuple[str, ...]] = {
    IssueType.ACCOUNT_UNMANAGED: ("disable", "delete", RESOLVE, EXCLUDE),
    IssueType.ACCOUNT_MISSING: ("create", RESOLVE, EXCLUDE),
    IssueType.ACCOUNT_INCORRECTLY_HAS_ACCESS: ("disable", RESOLVE, EXCLUDE),
    IssueType.ACCOUNT_INCORRECTLY_HAS_NO_ACCESS: ("enable", RESOLVE, EXCLUDE),
    IssueType.ACCOUNT_DIFFERS: ("update", RESOLVE, EXCLUDE),
    IssueType.PERSON_MULTIPLE_ACCOUNTS: (RESOLVE, EXCLUDE),
    IssueType.ACCOUNT_MULTIPLE_PERSONS: (RESOLVE, EXCLUDE),
    IssueType.PERMISSION_UNMANAGED: ("revoke", RESOLVE, EXCLUDE),
    IssueType.PERMISSION_MISSING: ("grant", RESOLVE, EXCLUDE),
}
"""What may be decided about each type of issue. `disable` fits an unmanaged account only while it is enabled."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """One entry below `resolutions`: which issue it is about, and what is to be done.

    `account` is a user name or a userGUID, as written. An exclusion holds from `start` (included, None:
    always) to `until` (excluded); for the others both are None.
    """

    issue: IssueType
    resolution: str
    account: str | None
    person: PersonId | None
    permission: PermissionName | None
    reason: str | None
    start: date | None
    until: date | None
    at: Location

    @property
    def mark(self) -> str:
        """What it says, as a name that does not depend on its place: 16 hexadecimal digits."""
        permission = self.permission
        said = (
            self.issue.value,
            self.resolution,
            self.account or "",
            self.person or "",
            f"{permission.kind.value}:{permission.name}" if permission else "",
            self.reason or "",
            self.start.isoformat() if self.start else "",
            self.until.isoformat() if self.until else "",
        )
        return sha256("\n".join(said).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Act:
    """An action of this plan settles the issue: the one of the table that `resolution` names.

    `cause` is None where the drift itself is the cause, and `governance.automatic` only lets it be undone;
    `by` is the entry that says so, None where nobody looked at this very issue.
    """

    resolution: str
    cause: Cause | None
    by: Resolution | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Leave:
    """Nothing is done about the issue now; `by` is the entry that says so, None where nobody decided."""

    status: IssueStatus
    by: Resolution | None = None


Decision: TypeAlias = Act | Leave
