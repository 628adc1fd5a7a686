"""A change on its way into the plan: what it is, why, and what really has to come first."""

from dataclasses import dataclass, field

from reconciler.model.address import AccountName, AccountRef, PermissionKey, PermissionRef, PersonId
from reconciler.model.change import Change
from reconciler.model.issue import Issue
from reconciler.model.plan import Remembered
from reconciler.model.provenance import Cause, CauseKind, Origin
from reconciler.model.state import PersonError


@dataclass(frozen=True, slots=True)
class Draft:
    """A change and its reason. Needs are named by what they make: accounts, access, groups."""

    change: Change
    cause: Cause
    needs_accounts: frozenset[PersonId] = frozenset()
    needs_access: PersonId | None = None
    needs_group: PermissionKey | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """The account that a person's grants are about; new where this plan makes or restores it."""

    person: PersonId
    account: AccountName
    is_new: bool
    is_wanted: bool


@dataclass(slots=True)
class Sheet:
    """What drawing a plan has gathered so far; a local value of one call, never shared.

    `deleted` are accounts that the plan deletes, `missing` those that are gone and only reported,
    `unclear` the permissions of which the files say something that cannot be carried out, `names` who
    gets which user name, `beyond` whose account nothing asks for and the scope leaves out, `contested` the
    accounts that have the user name of a person left out: likely theirs, though they do not correlate.
    """

    drafts: list[Draft] = field(default_factory=list[Draft])
    errors: dict[PersonId, PersonError] = field(default_factory=dict[PersonId, PersonError])
    issues: list[Issue] = field(default_factory=list[Issue])
    warnings: list[str] = field(default_factory=list[str])
    holders: dict[PersonId, Holder] = field(default_factory=dict[PersonId, Holder])
    remembers: list[Remembered] = field(default_factory=list[Remembered])
    forgets: list[PersonId] = field(default_factory=list[PersonId])
    deleted: set[AccountRef] = field(default_factory=set[AccountRef])
    missing: set[AccountRef] = field(default_factory=set[AccountRef])
    unclear: set[PermissionRef] = field(default_factory=set[PermissionRef])
    beyond: set[PersonId] = field(default_factory=set[PersonId])
    contested: set[AccountRef] = field(default_factory=set[AccountRef])
    names: dict[str, list[PersonId]] = field(default_factory=dict[str, list[PersonId]])
    managed: set[AccountRef] = field(default_factory=set[AccountRef])

    def leave_out(self, error: PersonError) -> None:
        """Leave a person out; the first reason counts."""
        self.errors.setdefault(error.person, error)


def asked_by(origin: Origin, kind: CauseKind = CauseKind.DESIRED) -> Cause:
    """Return the cause of a step that a line in the files asks for."""
    return Cause(kind, origin.detail, origin.at.short if origin.at else None)
