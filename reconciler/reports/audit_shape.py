"""The shape of an audit's JSON document, member by member in the order in which they are written."""

from datetime import date

from msgspec import UNSET, UnsetType

from reconciler.model.finding import MovedIn
from reconciler.model.issue import IssueStatus, IssueType
from reconciler.model.run import StepStatus
from reconciler.reports.shape import (
    Count,
    ErrorShape,
    IssueShape,
    Moment,
    PlainShape,
    Shape,
    TargetShape,
)


class FieldMovedShape(Shape, frozen=True, kw_only=True):
    """A field in its three states."""

    field: str
    desired: PlainShape
    recorded: PlainShape
    actual: PlainShape
    changed_in: MovedIn


class TouchShape(Shape, frozen=True, kw_only=True):
    """The last apply that touched what an issue is about."""

    run: str
    at: str
    by: str
    commit: str | None
    action: str
    status: StepStatus


class FindingShape(IssueShape, frozen=True, kw_only=True):
    """An issue as a plan has it, and what an audit says besides."""

    system: str
    display_name: str | None
    display_names: list[str | None] | UnsetType = UNSET
    first_seen: Moment | None
    resolutions: list[str]
    changed_in: MovedIn
    fields: list[FieldMovedShape] | UnsetType = UNSET
    last_apply: TouchShape | None
    until: date | None
    reason: str | None
    source: str | None


class CountedShape(Shape, frozen=True, kw_only=True):
    """How many issues there are: all together, and by type and status those that occur."""

    issues: Count
    by_type: dict[str, Count]
    by_status: dict[str, Count]


class TotalsShape(Shape, frozen=True, kw_only=True):
    """What is shown, and all that there is."""

    shown: CountedShape
    all: CountedShape


class EarlierShape(Shape, frozen=True, kw_only=True):
    """An earlier report in figures."""

    taken_at: Moment
    as_of: date
    issues: Count
    open: Count
    new: Count
    settled: Count


class TrendShape(Shape, frozen=True, kw_only=True):
    """How the issues stand to those of the report before; `before` is null for the first."""

    before: Moment | None
    new: Count
    settled: Count
    still_open: Count
    unjudged: Count
    oldest: Moment | None
    reports: list[EarlierShape]


class FilterShape(Shape, frozen=True, kw_only=True):
    """What was asked to be shown; an empty list is everything."""

    type: list[IssueType]
    status: list[IssueStatus]
    person: list[str]
    group: list[str]
    product: list[str]


class AuditShape(Shape, frozen=True, kw_only=True):
    """The reconciliation report."""

    format_version: str
    as_of: date
    taken_at: Moment
    target: TargetShape
    recorded: bool
    filter: FilterShape
    issues: list[FindingShape]
    summary: dict[str, Count]
    totals: TotalsShape
    trend: TrendShape | None
    errors: list[ErrorShape]
    warnings: list[str]
