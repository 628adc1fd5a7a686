"""The plan: the ordered steps that bring actual to desired, and all that was found on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NewType

from reconciler.model.address import AccountRef, Permission, PermissionKind, PermissionRef, PersonId
from reconciler.model.change import Change, kind_of
from reconciler.model.issue import Issue
from reconciler.model.person import Known
from reconciler.model.provenance import Cause
from reconciler.model.state import PersonError, Protection
from reconciler.model.value import Plain

StepId = NewType("StepId", str)


@dataclass(frozen=True, slots=True)
class Step:
    """A change, why it is there, and the steps that really have to come first."""

    id: StepId
    change: Change
    cause: Cause
    needs: tuple[StepId, ...] = ()

    @property
    def kind(self) -> str:
        """The change's kind as the plan file spells it."""
        return kind_of(self.change)


class Mode(StrEnum):
    """`additive` carries out nothing that takes away."""

    SYNC = "sync"
    ADDITIVE = "additive"


class CheckStatus(StrEnum):
    """Whether a safeguard lets the plan through; `warning` is a breach that is only shown."""

    PASSED = "pass"
    FAILED = "fail"
    ACKNOWLEDGED = "acknowledged"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Check:
    """One safeguard, judged on the whole plan.

    `rule` is `limit.delete_account`, `limit.members_lost/Sales`, `limit.total`, `allow_empty/Sales`,
    `protected/group/Sales`, `policy.NAME` or `policy.NAME/Sales`; `of` is what a percentage is taken of; `limit` is the limit as written (`5%`).
    """

    rule: str
    status: CheckStatus
    value: int
    of: int | None
    limit: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A grant found in place as desired: taken over into the ledger."""

    person: PersonId
    holder: AccountRef
    permission: Permission


@dataclass(frozen=True, slots=True)
class Remembered:
    """Fields that the ledger shall hold of an account of ours besides what steps write, and its access.

    `ref` is None for an account that the plan creates; of its account data (`stored`) the userGUID is
    then None, and known when applying.
    """

    person: PersonId
    ref: AccountRef | None
    user_name: str
    fields: Mapping[str, Plain]
    enabled: bool | None
    disabled_since: date | None = None
    stored: Mapping[str, Plain] = field(default_factory=dict[str, Plain])


@dataclass(frozen=True, slots=True)
class ForgottenGrant:
    """A recorded grant that is neither asked for nor there."""

    holder: AccountRef
    kind: PermissionKind
    permission: PermissionRef


@dataclass(frozen=True, slots=True)
class Bookkeeping:
    """What applying the plan changes in the ledger only."""

    adopts: tuple[Adopted, ...] = ()
    remembers: tuple[Remembered, ...] = ()
    forgets_accounts: tuple[PersonId, ...] = ()
    forgets_grants: tuple[ForgottenGrant, ...] = ()
    protections: tuple[Protection, ...] = ()


@dataclass(frozen=True, slots=True)
class Loss:
    """What one permission loses through the plan: revokes, and what deletions take along.

    `lost` of the `held` members in scope go; `empties` where the files say `members: []` and every
    member goes.
    """

    permission: Permission
    lost: int
    held: int
    empties: bool = False


@dataclass(frozen=True, slots=True)
class Touched:
    """A protected thing that the plan touches, and by which steps."""

    protection: Protection
    steps: tuple[StepId, ...]
    lifted: bool = False
    """The files no longer protect it: only the ledger remembers."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What safeguards are judged on: populations that percentages are taken of, and losses."""

    accounts: int = 0
    group_grants: int = 0
    product_grants: int = 0
    losses: tuple[Loss, ...] = ()
    touched: tuple[Touched, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps in an order in which they may run, and everything else a reviewer must see."""

    as_of: date
    mode: Mode
    base_url: str
    snapshot_digest: str
    desired_digest: str
    steps: tuple[Step, ...] = ()
    held: tuple[Step, ...] = ()
    bookkeeping: Bookkeeping = Bookkeeping()
    errors: tuple[PersonError, ...] = ()
    issues: tuple[Issue, ...] = ()
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = ()
    persons: Mapping[PersonId, Known] = field(default_factory=dict[PersonId, Known])
    """How those who are named in it are called, as far as the files know."""

    @property
    def has_differences(self) -> bool:
        """Tell whether the tenant would change; bookkeeping is not a difference."""
        return any(step.kind != "correlate_account" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A plan as the planner draws it, not yet judged: it has no checks.

    `unseen` are persons left out or in a conflict, and the folded user names and references of their
    accounts: what issues they have besides nobody looked for.
    """

    plan: Plan
    exposure: Exposure
    unseen: frozenset[str] = frozenset()
