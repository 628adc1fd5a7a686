"""The shapes of our JSON documents, member by member in the order in which they are written."""

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from reconciler.model.issue import IssueStatus, IssueType
from reconciler.model.plan import CheckStatus, Mode
from reconciler.model.provenance import CauseKind
from reconciler.model.run import RunStatus

FORMAT_VERSION = "1.0"

Count: TypeAlias = Annotated[int, Meta(ge=0)]
Moment: TypeAlias = Annotated[datetime, Meta(tz=True)]
PlainShape: TypeAlias = bool | int | str | tuple[str, ...] | None
PermissionType: TypeAlias = Literal["group", "product"]
ActionKind: TypeAlias = Literal[
    "create_account",
    "restore_account",
    "correlate_account",
    "update_account",
    "enable_account",
    "disable_account",
    "delete_account",
    "create_group",
    "grant_group",
    "revoke_group",
    "grant_product",
    "revoke_product",
]
Ending: TypeAlias = Literal["done", "pending", "failed", "skipped", "stale", "unconfirmed"]


class Shape(Struct, frozen=True, kw_only=True):
    """A JSON object; members that a newer minor version adds are let through."""


class AccountShape(Shape, frozen=True, kw_only=True):
    """An account; `user_guid` is null before it exists."""

    user_guid: str | None
    user_name: str


class PermissionShape(Shape, frozen=True, kw_only=True):
    """A group or product; `id` is null before it exists."""

    type: PermissionType
    name: str
    id: str | None


class GeneratedShape(Shape, frozen=True, kw_only=True):
    """How a value is drawn when applied; `field` only where it is not the changed field's name."""

    iteration: int
    field: str | UnsetType = UNSET


class ChangeShape(Shape, frozen=True, kw_only=True):
    """A field that changes; `generated` or `account_of` where `after` is known only when applied."""

    field: str
    before: PlainShape
    after: PlainShape
    generated: GeneratedShape | UnsetType = UNSET
    account_of: str | UnsetType = UNSET


class CauseShape(Shape, frozen=True, kw_only=True):
    """Why an action is there."""

    kind: CauseKind
    detail: str
    source: str | None


class ActionShape(Shape, frozen=True, kw_only=True):
    """One action of a plan."""

    id: str
    kind: ActionKind
    person: str | None
    account: AccountShape | None
    permission: PermissionShape | UnsetType = UNSET
    changes: list[ChangeShape] | UnsetType = UNSET
    cause: CauseShape
    requires: list[str]


class ErrorShape(Shape, frozen=True, kw_only=True):
    """A person left out of the plan."""

    person: str
    summary: str
    detail: str
    source: str | None


class IssueShape(Shape, frozen=True, kw_only=True):
    """A governance issue; `persons` and `accounts` only where several are involved."""

    id: str
    type: IssueType
    person: str | None
    account: AccountShape | None
    permission: PermissionShape | None
    status: IssueStatus
    resolution: str | None
    detail: str = ""
    persons: list[str] | UnsetType = UNSET
    accounts: list[AccountShape] | UnsetType = UNSET


class CheckShape(Shape, frozen=True, kw_only=True):
    """A safeguard, judged."""

    rule: str
    status: CheckStatus
    value: int
    of: int | None
    limit: str
    detail: str = ""


class TargetShape(Shape, frozen=True, kw_only=True):
    """The tenant, and what it held when the plan was made."""

    base_url: str
    snapshot_digest: str


class RememberedShape(Shape, frozen=True, kw_only=True):
    """What the ledger shall hold of an account."""

    person: str
    account: AccountShape
    fields: dict[str, PlainShape]
    enabled: bool | None
    disabled_since: date | None
    stored: dict[str, PlainShape] | UnsetType = UNSET


class ForgottenGrantShape(Shape, frozen=True, kw_only=True):
    """A grant that the ledger shall forget."""

    account: str
    type: PermissionType
    permission: str


class ProtectionShape(Shape, frozen=True, kw_only=True):
    """A protected thing that the ledger shall remember."""

    kind: str
    id: str
    name: str


class KnownShape(Shape, frozen=True, kw_only=True):
    """How a person is called, and the department of the primary contract on the document's date."""

    name: str
    department: str | None = None


class BookkeepingShape(Shape, frozen=True, kw_only=True):
    """What applying writes to the ledger only; `adopters` are the accounts of `adopts`, in order."""

    adopters: list[str] = []
    remembers: list[RememberedShape] = []
    forgets_accounts: list[str] = []
    forgets_grants: list[ForgottenGrantShape] = []
    protections: list[ProtectionShape] = []


class PlanShape(Shape, frozen=True, kw_only=True):
    """The plan file."""

    format_version: str
    created_at: Moment
    expires_at: Moment
    as_of: date
    mode: Mode
    target: TargetShape
    desired_digest: str
    summary: dict[str, Count]
    actions: list[ActionShape]
    adopts: list[tuple[str, PermissionType, str, str | None]]
    held: list[ActionShape]
    errors: list[ErrorShape]
    issues: list[IssueShape]
    checks: list[CheckShape]
    warnings: list[str]
    persons: dict[str, KnownShape] = {}
    bookkeeping: BookkeepingShape = BookkeepingShape()
    digest: str
    seal: str


class DifferenceShape(Shape, frozen=True, kw_only=True):
    """One change of what the files ask for."""

    kind: ActionKind
    person: str | None
    permission: PermissionShape | UnsetType = UNSET
    changes: list[ChangeShape] | UnsetType = UNSET
    cause: CauseShape


class MovedShape(Shape, frozen=True, kw_only=True):
    """Changes that one cause makes: `source` is null where they have several."""

    kind: ActionKind
    permission: PermissionShape | UnsetType = UNSET
    fields: list[str] | UnsetType = UNSET
    cause: CauseShape
    persons: Count


class DiffShape(Shape, frozen=True, kw_only=True):
    """What two revisions of the files ask for differently."""

    format_version: str
    base: str
    base_commit: str | None = None
    head: str
    head_commit: str | None = None
    as_of: date
    changes: list[DifferenceShape]
    summary: dict[str, Count]
    causes: list[MovedShape] = []
    errors: list[ErrorShape] = []
    warnings: list[str] = []
    persons: dict[str, KnownShape] = {}


class AppliedActionShape(ActionShape, frozen=True, kw_only=True):
    """An action of a plan, and what became of it; `at` is null where nothing was sent."""

    status: Ending
    at: str | None
    error: str


class AppliedShape(Shape, frozen=True, kw_only=True):
    """The outcome of an apply."""

    format_version: str
    run: str
    status: RunStatus
    plan_digest: str
    actions: list[AppliedActionShape]
    errors: list[ErrorShape]
    summary: dict[str, Count]


class PlaceShape(Shape, frozen=True, kw_only=True):
    """A place in a file."""

    file: str
    line: int
    column: int


class ProblemShape(Shape, frozen=True, kw_only=True):
    """Something wrong in a file; `file`, `line` and `column` are null where it has no place."""

    severity: Literal["error", "warning"]
    code: str
    summary: str
    detail: str
    fix: str
    file: str | None
    line: int | None
    column: int | None
    also: PlaceShape | None


class ProblemsShape(Shape, frozen=True, kw_only=True):
    """All that `validate` found."""

    format_version: str
    problems: list[ProblemShape]
    summary: dict[str, Count]
