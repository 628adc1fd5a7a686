"""Reports that are gone when the process ends: what they found, without a database."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace

from reconciler.model.report import Audited, Report, ReportSummary


class MemoryReports:
    """The reports of this process; `Audited.kept` is false."""

    def __init__(self) -> None:
        self._audited = Audited(kept=False)

    def audited(self) -> Audited:
        """Return what the reports of this process found."""
        return self._audited

    def file_report(
        self, report: Report, postponed: Collection[str], marks: Collection[str]
    ) -> None:
        """Remember a report for as long as this process lives."""
        before = self._audited
        if any(one.id == report.id for one in before.reports):
            return
        since = before.first_seen
        now = {one.issue for one in report.seen}
        summary = ReportSummary(
            id=report.id,
            taken_at=report.taken_at,
            as_of=report.as_of,
            counts=dict(Counter((one.type, one.status) for one in report.seen)),
            new=len(now - since.keys()),
            settled=len(since.keys() - now),
        )
        kept = {mark: met for mark, met in before.postponed.items() if mark in marks}
        self._audited = replace(
            before,
            reports=(summary, *before.reports),
            first_seen={issue: since.get(issue, report.taken_at) for issue in now},
            postponed={**kept, **dict.fromkeys(postponed, report.id)},
            seen=tuple(sorted(report.seen, key=lambda one: one.issue)),
        )
