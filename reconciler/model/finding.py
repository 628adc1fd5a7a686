"""What an audit says of an issue beside the issue itself: since when, by whose doing, and what may be decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from reconciler.model.address import PersonId
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.report import ReportSummary
from reconciler.model.run import RunId, StepStatus
from reconciler.model.state import PersonError
from reconciler.model.value import Plain


class MovedIn(StrEnum):
    """Where something changed since an apply last left it; `unknown` where nothing was recorded."""

    FILES = "files"
    TENANT = "tenant"
    BOTH = "both"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FieldMoved:
    """A field of an account in its three states, as people read them; None is no value."""

    field: str
    desired: Plain
    recorded: Plain
    actual: Plain
    moved_in: MovedIn


@dataclass(frozen=True, slots=True)
class Touch:
    """The last thing an apply did to what an issue is about; `at` is ISO 8601 in UTC.

    `action` is a kind of action, or `adopt` for a grant that was found in place and taken over.
    """

    run: RunId
    at: str
    by: str
    commit: str | None
    action: str
    status: StepStatus


@dataclass(frozen=True, slots=True)
class Finding:
    """One issue in full.

    `first_seen` is ISO 8601 in UTC, None where no report is kept. `source` is the file and line of the
    entry that decided; `until` and `reason` are that entry's.
    """

    issue: Issue
    first_seen: str | None
    offered: tuple[str, ...]
    moved_in: MovedIn
    fields: tuple[FieldMoved, ...] = ()
    last_apply: Touch | None = None
    until: date | None = None
    reason: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """How the issues of this audit stand to those of the report before, all types and persons together.

    `oldest` is when the oldest issue that is still open was first seen. `unjudged` are issues of the
    report before about persons that nothing can be said of now: they count as neither there nor settled.
    """

    before: str | None
    new: int
    settled: int
    still_open: int
    unjudged: int
    oldest: str | None
    reports: tuple[ReportSummary, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What was asked to be shown; nothing of a kind asked for is all of it."""

    types: tuple[IssueType, ...] = ()
    statuses: tuple[IssueStatus, ...] = ()
    persons: tuple[PersonId, ...] = ()
    groups: tuple[str, ...] = ()
    products: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Audit:
    """A reconciliation report: what is shown of it, and what it found altogether.

    `findings` are those of `issues` that `shown` lets through, in the plan's order. `names` are the
    display names of persons; who is not in the files has none. `trend` is None where no report is kept.
    """

    as_of: date
    taken_at: datetime
    base_url: str
    snapshot_digest: str
    is_recorded: bool
    shown: Shown
    findings: tuple[Finding, ...]
    issues: tuple[Issue, ...]
    names: Mapping[PersonId, str]
    trend: Trend | None
    errors: tuple[PersonError, ...] = ()
    warnings: tuple[str, ...] = ()
