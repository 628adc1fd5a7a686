"""What governance needs of others: a memory of the reports that were made."""

from collections.abc import Collection
from typing import Protocol

from reconciler.model.report import Audited, Report


class ReportBook(Protocol):
    """The reports on one tenant. Every call is one transaction."""

    def audited(self) -> Audited:
        """Return what earlier reports found."""
        ...

    def file_report(
        self, report: Report, postponed: Collection[str], marks: Collection[str]
    ) -> None:
        """Write a report down: first sightings, what is settled, and which `resolve` entries it met.

        `postponed` are the marks of entries that this report shows as postponed; `marks` are those of
        all `resolve` entries in the files: what is remembered of any other is forgotten.
        """
        ...
