"""A ledger whose file is not there yet: it holds nothing, and costs nothing until something is written."""

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.model.plan import StepId
from reconciler.model.report import Audited, Report
from reconciler.model.run import Effect, Entry, Run, RunId, RunStatus
from reconciler.model.state import Recorded

if TYPE_CHECKING:
    from reconciler.ledger.sql import SqlLedger


class UnopenedLedger:
    """Empty while there is no file; the ledger in it from then on, or from the first write.

    Loading the database's library takes longer than all the rest of a small plan.
    """

    def __init__(self, file: Path, connect: "Callable[[], SqlLedger]") -> None:
        self._file = file
        self._connect = connect
        self._opened: SqlLedger | None = None

    def recorded(self) -> Recorded:
        """Return what earlier applies left behind; empty where there is no ledger yet."""
        ledger = self._found()
        return Recorded() if ledger is None else ledger.recorded()

    def lock(self, holder: str) -> AbstractContextManager[None]:
        """Hold the tenant's lock; raises LedgerUnusable naming a living holder."""
        return self._made().lock(holder)

    def runs(self, plan_digest: str | None = None) -> Sequence[Run]:
        """Return the runs, latest first, with their entries; only those of a plan where asked."""
        ledger = self._found()
        return () if ledger is None else ledger.runs(plan_digest)

    def latest_runs(
        self, limit: int, before: RunId | None = None, since: str = ""
    ) -> Sequence[Run]:
        """Return at most so many runs, latest first, begun before another and not before a moment."""
        ledger = self._found()
        return () if ledger is None else ledger.latest_runs(limit, before, since)

    def unfinished(self) -> Run | None:
        """Return the run that never ended, if there is one."""
        ledger = self._found()
        return None if ledger is None else ledger.unfinished()

    def begin(self, run: Run) -> None:
        """Write down that a run starts; raises LedgerUnusable while another has not ended."""
        self._made().begin(run)

    def intend(self, run: RunId, steps: Sequence[StepId], at: str) -> None:
        """Write down what is about to be sent."""
        self._made().intend(run, steps, at)

    def settle(self, run: RunId, entries: Sequence[Entry], effects: Sequence[Effect]) -> None:
        """Write down what became of steps, and what that changes in what we own."""
        self._made().settle(run, entries, effects)

    def end(self, run: RunId, status: RunStatus, at: str, effects: Sequence[Effect]) -> None:
        """Write down how the run ended; steps that are still intended become unconfirmed."""
        self._made().end(run, status, at, effects)

    def audited(self) -> Audited:
        """Return what earlier reports found; nothing where there is no ledger yet."""
        ledger = self._found()
        return Audited() if ledger is None else ledger.audited()

    def file_report(
        self, report: Report, postponed: Collection[str], marks: Collection[str]
    ) -> None:
        """Write a report down, once. It needs no lock: an apply may be under way."""
        self._made().file_report(report, postponed, marks)

    def _found(self) -> "SqlLedger | None":
        if self._opened is None and not _may_be_there(self._file):
            return None
        return self._made()

    def _made(self) -> "SqlLedger":
        if self._opened is None:
            self._opened = self._connect()
        return self._opened


def _may_be_there(file: Path) -> bool:
    try:
        return file.exists()
    except OSError:  # opening it says what is wrong
        return True
