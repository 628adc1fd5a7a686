"""The ledger of one tenant in a database."""

from collections.abc import Collection, Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta

from sqlalchemy import Connection

from reconciler.ledger.database import Clock, Database, utc_now
from reconciler.ledger.effects import take_in
from reconciler.ledger.journal import (
    close_run,
    intentions,
    read_latest_runs,
    read_runs,
    write_entries,
    write_run,
)
from reconciler.ledger.lock import BEAT, TenantLock
from reconciler.ledger.recorded import read_recorded
from reconciler.ledger.reports import read_audited, write_report
from reconciler.model.plan import StepId
from reconciler.model.report import Audited, Report
from reconciler.model.run import Effect, Entry, Run, RunId, RunStatus
from reconciler.model.state import Recorded


class SqlLedger:
    """What we own and what we did, on disk when a call returns.

    Calls may come from several threads. Every write by the holder of the lock checks, in its own
    transaction, that the lock is still ours.
    """

    def __init__(
        self, database: Database, tenant: str, now: Clock = utc_now, beat: timedelta = BEAT
    ) -> None:
        self.database = database
        self.tenant = tenant
        self._now = now
        self._lock = TenantLock(database, tenant, now, beat)

    def recorded(self) -> Recorded:
        """Return what earlier applies left behind; empty where there is no ledger yet."""
        with self.database.reading() as connection:
            return Recorded() if connection is None else read_recorded(connection, self.tenant)

    def lock(self, holder: str) -> AbstractContextManager[None]:
        """Hold the tenant's lock; raises LedgerUnusable naming a living holder."""
        return self._lock.held(holder)

    def runs(self, plan_digest: str | None = None) -> Sequence[Run]:
        """Return the runs, latest first, with their entries; only those of a plan where asked."""
        with self.database.reading() as connection:
            if connection is None:
                return ()
            return read_runs(connection, self.tenant, plan_digest=plan_digest)

    def latest_runs(
        self, limit: int, before: RunId | None = None, since: str = ""
    ) -> Sequence[Run]:
        """Return at most so many runs, latest first, begun before another and not before a moment."""
        with self.database.reading() as connection:
            if connection is None:
                return ()
            return read_latest_runs(connection, self.tenant, limit, before, since)

    def unfinished(self) -> Run | None:
        """Return the run that never ended, if there is one."""
        with self.database.reading() as connection:
            if connection is None:
                return None
            runs = read_runs(connection, self.tenant, status=RunStatus.RUNNING)
            return runs[0] if runs else None

    def begin(self, run: Run) -> None:
        """Write down that a run starts; raises LedgerUnusable while another has not ended."""
        with self._writing() as connection:
            write_run(connection, self.tenant, run)

    def intend(self, run: RunId, steps: Sequence[StepId], at: str) -> None:
        """Write down what is about to be sent."""
        with self._writing() as connection:
            write_entries(connection, self.tenant, run, intentions(steps, at))

    def settle(self, run: RunId, entries: Sequence[Entry], effects: Sequence[Effect]) -> None:
        """Write down what became of steps, and what that changes in what we own."""
        with self._writing() as connection:
            write_entries(connection, self.tenant, run, entries)
            take_in(connection, self.tenant, effects, since=self._today())

    def end(self, run: RunId, status: RunStatus, at: str, effects: Sequence[Effect]) -> None:
        """Write down how the run ended; steps that are still intended become unconfirmed."""
        with self._writing() as connection:
            write_entries(connection, self.tenant, run, ())
            take_in(connection, self.tenant, effects, since=self._today())
            close_run(connection, self.tenant, run, status, at)

    def audited(self) -> Audited:
        """Return what earlier reports found; nothing where there is no ledger yet."""
        with self.database.reading() as connection:
            return Audited() if connection is None else read_audited(connection, self.tenant)

    def file_report(
        self, report: Report, postponed: Collection[str], marks: Collection[str]
    ) -> None:
        """Write a report down, once. It needs no lock: an apply may be under way."""
        with self.database.writing() as connection:
            self.database.reporting(connection, self.tenant)
            write_report(connection, self.tenant, report, postponed, marks)

    @contextmanager
    def _writing(self) -> Generator[Connection]:
        with self.database.writing() as connection:
            self._lock.check(connection)
            yield connection

    def _today(self) -> str:
        return self._now().date().isoformat()
