"""Reconciliation reports as the ledger remembers them: what was seen when, and what was postponed by which."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NewType

from reconciler.model.address import PersonId
from reconciler.model.issue import IssueStatus, IssueType

ReportId = NewType("ReportId", str)


@dataclass(frozen=True, slots=True)
class Seen:
    """One issue as a report shows it."""

    issue: str
    type: IssueType
    status: IssueStatus
    person: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One full audit. `taken_at` is ISO 8601 in UTC; `seen` are all its issues, sorted by id."""

    id: ReportId
    taken_at: str
    as_of: date
    by: str
    commit: str | None
    snapshot_digest: str
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """One earlier report in figures: how many issues by `(type, status)`."""

    id: ReportId
    taken_at: str
    as_of: date
    counts: Mapping[tuple[IssueType, IssueStatus], int]
    new: int
    settled: int


@dataclass(frozen=True, slots=True)
class Audited:
    """What earlier reports found. `first_seen` holds the issues of the latest report.

    An issue that was settled and comes back is a new one. `postponed` says of each `resolve` entry
    (by its mark) which report met it first. `kept` is false with `ledger: none`.
    """

    reports: tuple[ReportSummary, ...] = ()
    """Latest first; at most those of the last year."""
    first_seen: Mapping[str, str] = field(default_factory=dict[str, str])
    """When each issue of the latest report was first seen, by issue id; ISO 8601 in UTC."""
    postponed: Mapping[str, ReportId] = field(default_factory=dict[str, ReportId])
    kept: bool = True
    seen: tuple[Seen, ...] = ()
    """The issues of the latest report, sorted by id."""

    def is_spent(self, mark: str, *, auditing: bool = False) -> bool:
        """Tell whether a `resolve` entry is used up: a later report has shown its issue as open again.

        For a plan (`auditing` false) it holds until a second report was made; for the report that is
        being made now (`auditing` true), any earlier one has used it up.
        """
        met = self.postponed.get(mark)
        if met is None:
            return False
        return auditing or (bool(self.reports) and met != self.reports[0].id)
