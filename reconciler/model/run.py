"""What applying leaves behind: answers, journal entries, runs."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType, TypeAlias

from reconciler.model.address import AccountRef, PermissionKind, PermissionRef, PersonId
from reconciler.model.plan import StepId
from reconciler.model.state import Owned, OwnedGrant, Protection

RunId = NewType("RunId", str)


@dataclass(frozen=True, slots=True)
class Done:
    """The tenant did it. References of what was made; `pending` where a request waits for approval."""

    account: AccountRef | None = None
    permission: PermissionRef | None = None
    pending: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The tenant surely did not do it and will not: what it said."""

    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Later:
    """The tenant surely did not do it now (429, 503, connection refused), however often asked."""

    reason: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The tenant surely did not do it: what the step builds on has changed since the plan."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unheard:
    """The request was sent and nothing was heard: it may or may not have happened."""

    reason: str


Answer: TypeAlias = Done | Refused | Later | Moved | Unheard


class StepStatus(StrEnum):
    """How a step ended. `intended` is written before the request and never outlives a run's end."""

    INTENDED = "intended"
    DONE = "done"
    PENDING = "pending"
    FAILED = "failed"
    SKIPPED = "skipped"
    STALE = "stale"
    UNCONFIRMED = "unconfirmed"


class RunStatus(StrEnum):
    """How an apply ended; `running` of a dead holder is an apply that can be resumed."""

    RUNNING = "running"
    DONE = "done"
    INCOMPLETE = "incomplete"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. `account` and `permission` are what the step made or found."""

    step: StepId
    status: StepStatus
    at: str
    error: str = ""
    account: AccountRef | None = None
    permission: PermissionRef | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One apply of one plan. `plan` is the plan's JSON; times are ISO 8601 in UTC."""

    id: RunId
    plan_digest: str
    started_at: str
    ended_at: str | None
    status: RunStatus
    by: str
    commit: str | None
    plan: str
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class RememberAccount:
    """An account of ours, with the fields and access last written or found equal (all of them)."""

    owned: Owned


@dataclass(frozen=True, slots=True)
class ForgetAccount:
    """An account is no longer ours; its recorded grants go with it."""

    person: PersonId


@dataclass(frozen=True, slots=True)
class RememberGrant:
    """A grant of ours."""

    grant: OwnedGrant


@dataclass(frozen=True, slots=True)
class ForgetGrant:
    """A grant is no longer ours."""

    holder: AccountRef
    permission: PermissionRef


@dataclass(frozen=True, slots=True)
class RememberPermission:
    """A permission we granted or created, by the name it has."""

    kind: PermissionKind
    name: str
    permission: PermissionRef


@dataclass(frozen=True, slots=True)
class Protect:
    """The protections that the files now give; they replace the remembered ones."""

    protections: tuple[Protection, ...]


Effect: TypeAlias = (
    RememberAccount | ForgetAccount | RememberGrant | ForgetGrant | RememberPermission | Protect
)
"""What changes in the recorded state, written in the same commit as the journal's entry."""
