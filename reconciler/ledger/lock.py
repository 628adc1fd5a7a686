"""One writer per tenant: who holds the lock, whether they live, and what takes it over from the dead.

A row names the holder. On the same machine its process is looked at; elsewhere its heartbeats are,
unless a server tells by its own lock. Every write of a holder checks that the row is still its own, so
one that was taken over (a suspended machine that wakes) can write nothing more.
"""

import threading
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from reconciler.errors import LedgerUnusable
from reconciler.ledger.database import Clock, Database, ServerLock
from reconciler.ledger.processes import Process, is_gone, this_process
from reconciler.ledger.refusals import lock_held, lock_lost
from reconciler.ledger.tables import LOCK

LEASE = timedelta(seconds=120)
BEAT = timedelta(seconds=15)
_PATIENCE = 100
_BREATH = 0.05

_OURS = (LOCK.c.tenant == bindparam("of_tenant"), LOCK.c.token == bindparam("of_token"))
_SIGN = update(LOCK).where(*_OURS).values(heartbeat=bindparam("heartbeat"))
_GIVE_BACK = delete(LOCK).where(*_OURS)


@dataclass(frozen=True, slots=True)
class Holder:
    """A row of the lock; times are ISO 8601 in UTC."""

    token: str
    holder: str
    host: str
    place: str
    pid: int
    started: str
    since: str
    heartbeat: str

    @property
    def process(self) -> Process:
        """The process that holds it."""
        return Process(self.host, self.place, self.pid, self.started)

    def __str__(self) -> str:
        return f"{self.holder} on {self.host} (process {self.pid}), since {self.since}"


class TenantLock:
    """The lock of one tenant in one database, as one process sees it."""

    def __init__(self, database: Database, tenant: str, now: Clock, beat: timedelta = BEAT) -> None:
        self._database = database
        self._tenant = tenant
        self._now = now
        self._every = beat.total_seconds()
        self._token: str | None = None

    @contextmanager
    def held(self, name: str) -> Generator[None]:
        """Hold the lock, with heartbeats; raises LedgerUnusable naming a living holder."""
        database = self._database
        with _kept(database), self._server_lock() as server:
            token = self._take(name, has_server_lock=server is not None)
            self._token = token
            try:
                with _repeated(lambda: self._beat(server), self._every):
                    yield
            finally:
                self._token = None
                # A row that stays names a process that is about to end: nobody has to wait for it.
                with suppress(LedgerUnusable), database.writing() as connection:
                    connection.execute(_GIVE_BACK, {"of_tenant": self._tenant, "of_token": token})

    def check(self, connection: Connection) -> None:
        """Give a sign of life in the transaction of a write; raises LedgerUnusable when taken over."""
        if self._token is None:
            return
        sign = {"of_tenant": self._tenant, "of_token": self._token, "heartbeat": self._time()}
        if connection.execute(_SIGN, sign).rowcount != 1:
            other = self._row(connection)
            raise lock_lost(str(other) if other else "another apply")

    @contextmanager
    def _server_lock(self) -> Generator[ServerLock | None]:
        lock = self._database.server_lock(self._tenant)
        if lock is None:
            yield None
            return
        with self._database.speaking():
            self._acquire(lock)
        try:
            yield lock
        finally:
            lock.release()

    def _acquire(self, lock: ServerLock) -> None:
        # The server needs a moment to notice that a killed process has gone, and a new holder one
        # to give its name.
        for _ in range(_PATIENCE):
            if lock.acquire():
                return
            with self._database.reading() as connection:
                row = None if connection is None else self._row(connection)
            if row is not None and not is_gone(row.process):
                raise lock_held(str(row))
            threading.Event().wait(_BREATH)
        raise lock_held("a process that gave no name, or ended while its connection stays open")

    def _take(self, name: str, *, has_server_lock: bool) -> str:
        token = uuid.uuid4().hex
        process, time = this_process(), self._time()
        mine = Holder(token, name, *_parts(process), since=time, heartbeat=time)
        with self._database.writing() as connection:
            row = self._row(connection)
            if row is not None:
                self._refuse_living(row, has_server_lock=has_server_lock)
                connection.execute(delete(LOCK).where(LOCK.c.tenant == self._tenant))
            connection.execute(insert(LOCK).values(tenant=self._tenant, **asdict(mine)))
        return token

    def _refuse_living(self, row: Holder, *, has_server_lock: bool) -> None:
        gone = is_gone(row.process)
        if gone is False:
            raise lock_held(
                str(row), "If it hangs, end that process: a dead holder's lock is taken over."
            )
        until = datetime.fromisoformat(row.heartbeat) + LEASE
        if gone is None and not has_server_lock and self._now() < until:
            raise lock_held(
                f"{row}; its last sign of life was at {row.heartbeat}",
                f"If it died, its lock is taken over from {until.isoformat(timespec='seconds')}.",
            )

    def _beat(self, server: ServerLock | None) -> None:
        with self._database.speaking():
            if server is not None:
                server.renew()
        with self._database.writing() as connection:
            self.check(connection)

    def _row(self, connection: Connection) -> Holder | None:
        query = select(*(LOCK.c[name] for name in Holder.__slots__))
        row = connection.execute(query.where(LOCK.c.tenant == self._tenant)).one_or_none()
        return None if row is None else Holder(*row)

    def _time(self) -> str:
        return self._now().isoformat(timespec="seconds")


def _parts(process: Process) -> tuple[str, str, int, str]:
    return process.host, process.place, process.pid, process.started


@contextmanager
def _kept(database: Database) -> Generator[None]:
    database.keep()
    try:
        yield
    finally:
        database.release()


@contextmanager
def _repeated(beat: Callable[[], None], seconds: float) -> Generator[None]:
    over = threading.Event()

    def run() -> None:
        while not over.wait(seconds):
            # A beat that fails is tried again; the next write says what is wrong.
            with suppress(LedgerUnusable):
                beat()

    thread = threading.Thread(target=run, name="ledger lock", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
