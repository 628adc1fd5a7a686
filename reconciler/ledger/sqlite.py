"""The ledger in a SQLite file."""

import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from reconciler.errors import LedgerUnusable
from reconciler.ledger.database import Database, ServerLock
from reconciler.ledger.tables import SCHEMA

BUSY_SECONDS = 15.0
STATE_FOLDER = ".reconciler"

_MOVE_ASIDE = (
    "Restore it from a backup. Without one, move it aside: the next apply correlates every account "
    "and takes over the grants that are as desired."
)
_MEANING: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: (
        "The ledger is busy",
        "Another program holds the file. Wait until it has ended, or end it; then run again.",
    ),
    sqlite3.SQLITE_LOCKED: ("The ledger is busy", "Run the command again."),
    sqlite3.SQLITE_CORRUPT: ("The ledger is damaged", _MOVE_ASIDE),
    sqlite3.SQLITE_NOTADB: (
        "The ledger's file is no database",
        "Correct `ledger` in reconciler.yaml, if it names the wrong file. " + _MOVE_ASIDE,
    ),
    sqlite3.SQLITE_FULL: ("The disk is full", "Make room on the ledger's disk, then run again."),
    sqlite3.SQLITE_READONLY: (
        "The ledger cannot be written",
        "Give this user the right to write the file and its folder.",
    ),
    sqlite3.SQLITE_PERM: (
        "The ledger cannot be opened",
        "Give this user the right to read and write the file and its folder.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The ledger cannot be opened",
        "Give this user the right to read and write the file and its folder.",
    ),
    sqlite3.SQLITE_IOERR: (
        "The ledger's disk failed",
        "Check the disk; a network drive does not suit SQLite. Then run again.",
    ),
}


def database(file: Path, busy_seconds: float = BUSY_SECONDS) -> "SqliteDatabase":
    """Return the database in a file, which need not exist yet."""
    return SqliteDatabase(file, busy_seconds)


class SqliteDatabase(Database):
    """WAL and synchronous=FULL: what is committed survives a power failure; readers never wait."""

    def __init__(self, file: Path, busy_seconds: float) -> None:
        self.file = file
        engine = create_engine(URL.create("sqlite", database=str(file)), hide_parameters=True)
        event.listen(engine, "connect", _set_up(busy_seconds))
        event.listen(engine, "begin", _begin)
        super().__init__(engine, str(file))

    def exists(self) -> bool:
        """Tell whether the file is there."""
        return self.file.exists()

    def create(self) -> None:
        """Make the file, for its owner only, and its folder, which git ignores."""
        if self.file.exists():
            return
        folder = self.file.parent
        is_new = not folder.exists()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        # Never into a folder that holds other things: `*` would hide them from git.
        if (is_new or folder.name == STATE_FOLDER) and not ignore.exists():
            ignore.write_text("*\n", "utf-8")
        os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))
        _sync_folder(folder)

    @contextmanager
    def at_one_moment(self, connection: Connection) -> Generator[Connection]:
        """Return a connection in a transaction that reads."""
        with connection.begin():
            yield connection

    def for_writing(self, connection: Connection) -> Connection:
        """Return a connection whose transaction is the only one that writes, from its beginning."""
        return connection.execution_options(writes=True)

    def check_place(self, connection: Connection) -> None:
        """Raise LedgerUnusable where the file belongs to another program."""
        tables = inspect(connection).get_table_names()
        if tables and SCHEMA.name not in tables:
            raise LedgerUnusable(
                "The ledger's file is another program's database",
                f"{self.name} has tables, but none of them is a ledger's.",
                "Correct `ledger` in reconciler.yaml: name a file of its own.",
            )

    def migrating(self, connection: Connection) -> None:
        """BEGIN IMMEDIATE keeps the others out already."""

    def reporting(self, connection: Connection, tenant: str) -> None:
        """BEGIN IMMEDIATE keeps the others out already."""

    def server_lock(self, tenant: str) -> ServerLock | None:  # noqa: ARG002 - the port names it
        """Return None: there is no server."""
        return None

    def failure(self, error: DBAPIError) -> LedgerUnusable:
        """Return what SQLite's result code means."""
        cause = error.orig
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        summary, fix = _MEANING.get(code, ("The ledger cannot be used", ""))
        return LedgerUnusable(summary, f"{self.name}: {cause}.", fix)


def _set_up(busy_seconds: float) -> Callable[[sqlite3.Connection, ConnectionPoolEntry], None]:
    def connect(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        # The driver's own transactions begin too late for consistent reads and for DDL.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={int(busy_seconds * 1000)}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    return connect


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
