"""The ledger in a SQLite file."""

import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, event, inspect
from sqlalchemy.exc import DBAPIError

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


def may_write(file: Path) -> bool:
    """Tell whether this user may write a file, and what SQLite puts beside it."""
    return os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)


def database(
    file: Path,
    busy_seconds: float = BUSY_SECONDS,
    may_write: Callable[[Path], bool] = may_write,
) -> "SqliteDatabase":
    """Return the database in a file, which need not exist yet."""
    return SqliteDatabase(file, busy_seconds, may_write)


class SqliteDatabase(Database):
    """WAL and synchronous=FULL: what is committed survives a power failure; readers never wait.

    A file that this user may not write is read all the same, though WAL would have readers write, too.
    """

    def __init__(self, file: Path, busy_seconds: float, may_write: Callable[[Path], bool]) -> None:
        self.file = file
        self._busy_seconds = busy_seconds
        self._may_write = may_write
        url = URL.create("sqlite", database=str(file))
        engine = create_engine(url, hide_parameters=True, creator=self._connect)
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
        """Return a connection in a transaction that reads.

        Raises LedgerUnusable where somebody else wrote while a file was read that takes no locks.
        """
        before = self._trace() if self._is_read_only() else None
        with connection.begin():
            yield connection
        if before is not None and self._trace() != before:
            summary, fix = _MEANING[sqlite3.SQLITE_BUSY]
            raise LedgerUnusable(summary, f"{self.name} changed while it was read.", fix)

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

    def _connect(self) -> sqlite3.Connection:
        if self._is_read_only():
            # Without a log beside it the file is whole; SQLite then needs no lock file to read it.
            whole = "" if self._log().exists() else "&immutable=1"
            uri = f"{self.file.absolute().as_uri()}?mode=ro{whole}"
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            pragmas = self._pragmas()[:1]
        else:
            connection = sqlite3.connect(str(self.file), check_same_thread=False)
            pragmas = self._pragmas()
        # The driver's own transactions begin too late for consistent reads and for DDL.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").close()
        return connection

    def _pragmas(self) -> tuple[str, ...]:
        return (
            f"busy_timeout={int(self._busy_seconds * 1000)}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        )

    def _is_read_only(self) -> bool:
        return self.file.exists() and not self._may_write(self.file)

    def _log(self) -> Path:
        return self.file.with_name(f"{self.file.name}-wal")

    def _trace(self) -> tuple[int, int, bool]:
        """Return what is different when somebody has written the file."""
        found = self.file.stat()
        return found.st_mtime_ns, found.st_size, self._log().exists()


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
