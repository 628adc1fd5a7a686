"""One database: its transactions, and every failure of it turned into a reason to stop."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from reconciler.errors import LedgerUnusable
from reconciler.ledger.migrations import MIGRATIONS, refuse_newer, upgrade, version_of


class Database(ABC):
    """A SQLite file or a PostgreSQL database that holds ledgers.

    Connections are kept only between `keep` and `release`; otherwise each transaction opens and
    closes its own, so that an idle ledger holds no file and no connection.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name
        self._kept = 0
        self._count = threading.Lock()
        self._is_newest = False
        self._one_writer = threading.RLock()

    @contextmanager
    def reading(self) -> Generator[Connection | None]:
        """Open one consistent view; None where there is no ledger yet, and none is made.

        A ledger of an earlier version is upgraded first.
        """
        with self.speaking(), self._connections():
            if not self._is_there() or not self._is_at_newest():
                yield None
                return
            with self.engine.connect() as plain, self.at_one_moment(plain) as connection:
                yield connection

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """Open one transaction that is on disk when it returns; the ledger is made where missing."""
        with self.speaking(), self._one_writer, self._connections():
            self._prepare()
            with self._transaction() as connection:
                yield connection

    def keep(self) -> None:
        """Keep connections open from now on."""
        with self._count:
            self._kept += 1

    def release(self) -> None:
        """Close what `keep` kept."""
        with self._count:
            self._kept -= 1
            if not self._kept:
                self.engine.dispose()

    @contextmanager
    def speaking(self) -> Generator[None]:
        """Turn failures of the driver, the disk and the server into LedgerUnusable."""
        try:
            yield
        except DBAPIError as error:
            raise self.failure(error) from error
        except (SQLAlchemyError, OSError) as error:
            raise LedgerUnusable(
                "The ledger cannot be used", f"{self.name}: {_first_line(error)}."
            ) from error
        except UnicodeEncodeError as error:
            raise LedgerUnusable(
                "A text cannot be written to the ledger",
                "It holds half of a character (a lone surrogate).",
                "Correct the name or field in the tenant or in the desired files.",
            ) from error

    @abstractmethod
    def exists(self) -> bool:
        """Tell whether there is anything to open."""

    @abstractmethod
    def create(self) -> None:
        """Make the place that the database lives in, where it is missing."""

    @abstractmethod
    def at_one_moment(self, connection: Connection) -> AbstractContextManager[Connection]:
        """Return a connection on which all queries see the same moment."""

    @abstractmethod
    def for_writing(self, connection: Connection) -> Connection:
        """Return a connection whose transaction may write."""

    @abstractmethod
    def check_place(self, connection: Connection) -> None:
        """Raise LedgerUnusable where a ledger cannot be, or could be overlooked."""

    @abstractmethod
    def migrating(self, connection: Connection) -> None:
        """Keep other processes out until the transaction ends."""

    @abstractmethod
    def reporting(self, connection: Connection, tenant: str) -> None:
        """Keep other reports on the tenant out until the transaction ends."""

    @abstractmethod
    def server_lock(self, tenant: str) -> "ServerLock | None":
        """Return a lock that the server frees when this process dies, where there is a server."""

    @abstractmethod
    def failure(self, error: DBAPIError) -> LedgerUnusable:
        """Return what a driver's error means, and what to do about it."""

    def _is_there(self) -> bool:
        is_there = self.exists()
        if self._is_newest and not is_there:
            raise LedgerUnusable(
                "The ledger is gone",
                f"{self.name} was there a moment ago; without it nothing is known to be ours.",
                "Put it back, then run the command again.",
            )
        return is_there

    def _is_at_newest(self) -> bool:
        if not self._is_newest:
            with self.engine.connect() as connection:
                self.check_place(connection)
                version = version_of(connection)
            refuse_newer(version)
            if version == 0:
                return False
            if version < MIGRATIONS[-1].version:
                self._prepare()
            self._is_newest = True
        return True

    def _prepare(self) -> None:
        if self._is_there() and self._is_newest:
            return
        with self._one_writer:
            self.create()
            upgrade(self._migration, utc_now)
            self._is_newest = True

    @contextmanager
    def _migration(self) -> Generator[Connection]:
        with self._transaction() as connection:
            self.migrating(connection)
            self.check_place(connection)
            yield connection

    @contextmanager
    def _transaction(self) -> Generator[Connection]:
        with self.engine.connect() as plain:
            connection = self.for_writing(plain)
            with connection.begin():
                yield connection

    @contextmanager
    def _connections(self) -> Generator[None]:
        self.keep()
        try:
            yield
        finally:
            self.release()


class ServerLock(ABC):
    """A lock that lives as long as a connection."""

    @abstractmethod
    def acquire(self) -> bool:
        """Try to take it; never waits."""

    @abstractmethod
    def renew(self) -> None:
        """Keep the connection alive, or take the lock again where the connection broke."""

    @abstractmethod
    def release(self) -> None:
        """Give it back, with its connection."""


Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return this moment, with its zone."""
    return datetime.now(UTC)


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__
