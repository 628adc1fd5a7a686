"""The tenant's own store: one SQLite file, each request one transaction."""

import hashlib
import json
import secrets
import sqlite3
import threading
import uuid
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from reconciler.sandbox.errors import StateError
from reconciler.sandbox.settings import TenantSettings
from reconciler.sandbox.wire import JSON

_APPLICATION_ID = 0x48495354
_VERSION = 1
_SCHEMA = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE users (
        id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        name_key TEXT NOT NULL, immutable_key TEXT, enabled INTEGER NOT NULL,
        deleted INTEGER NOT NULL, search TEXT NOT NULL, body TEXT NOT NULL)""",
    "CREATE INDEX users_by_name ON users (name_key, deleted, id)",
    """CREATE INDEX users_by_immutable ON users (immutable_key, deleted, id)
        WHERE immutable_key IS NOT NULL""",
    "CREATE INDEX users_in_order ON users (deleted, id)",
    """CREATE TABLE groups (
        id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        name_key TEXT NOT NULL, is_default INTEGER NOT NULL, deleted INTEGER NOT NULL,
        body TEXT NOT NULL)""",
    "CREATE INDEX groups_by_name ON groups (name_key, deleted, id)",
    "CREATE INDEX groups_by_default ON groups (id) WHERE is_default",
    """CREATE TABLE members (
        group_id INTEGER NOT NULL, user_id INTEGER NOT NULL, PRIMARY KEY (group_id, user_id)
        ) WITHOUT ROWID""",
    "CREATE INDEX members_by_user ON members (user_id)",
    """CREATE TABLE nested_groups (
        group_id INTEGER NOT NULL, member_id INTEGER NOT NULL, PRIMARY KEY (group_id, member_id)
        ) WITHOUT ROWID""",
    """CREATE TABLE products (
        id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
        code_key TEXT, body TEXT NOT NULL)""",
    "CREATE INDEX products_by_code ON products (code_key)",
    """CREATE TABLE assignments (
        id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL UNIQUE, user_id INTEGER NOT NULL,
        product_id INTEGER NOT NULL, of_deleted INTEGER NOT NULL, source_key TEXT, body TEXT NOT NULL)""",
    "CREATE INDEX assignments_by_user ON assignments (user_id, product_id)",
    "CREATE INDEX assignments_by_product ON assignments (product_id)",
    "CREATE INDEX assignments_by_source ON assignments (source_key)",
    """CREATE TABLE requests (
        id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL UNIQUE, user_id INTEGER NOT NULL,
        product_id INTEGER NOT NULL, by_id INTEGER NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL)""",
    "CREATE INDEX requests_by_user ON requests (user_id, product_id)",
    "CREATE INDEX requests_by_status ON requests (status)",
)


@dataclass(frozen=True, slots=True)
class Session:
    """One transaction of one request, with what the tenant decides by."""

    db: sqlite3.Connection
    settings: TenantSettings

    def now(self) -> str:
        """Return this moment as HelloID writes dates: no zone, with a fraction."""
        if self.settings.now is not None:
            return self.settings.now
        return datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")

    def new_guid(self) -> str:
        """Return a GUID that nothing has."""
        if self.settings.guid_seed is None:
            return str(uuid.uuid4())
        self.db.execute("UPDATE meta SET value = value + 1 WHERE name = 'guids'")
        count = meta(self.db, "guids")
        digest = hashlib.sha256(f"{self.settings.guid_seed}/{count}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))


class Store:
    """An open state file. Raises StateError where the file is no tenant's."""

    def __init__(self, path: Path | str, settings: TenantSettings | None = None) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()
        try:
            self.connection = _connect(self._path)
        except (sqlite3.Error, OSError) as error:
            raise StateError(f"The tenant's state {path} cannot be opened: {error}.") from error
        try:
            self.settings = self._prepare(settings)
        except sqlite3.OperationalError as error:
            self.connection.close()
            raise StateError(f"The tenant's state {path} cannot be opened: {error}.") from error
        except sqlite3.Error as error:
            self.connection.close()
            raise StateError(f"{path} is no state of an embedded tenant: {error}.") from error
        except StateError:
            self.connection.close()
            raise

    @contextmanager
    def session(self, *, write: bool) -> Generator[Session]:
        """Give one transaction: committed at the end, rolled back when anything is raised."""
        with self._lock, _transaction(self.connection, write=write) as db:
            yield Session(db, self.settings)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def _prepare(self, settings: TenantSettings | None) -> TenantSettings:
        db = self.connection
        if self._is_new():
            # NORMAL with WAL, below, keeps what is committed when the process dies; only a power cut
            # may take the last commits, and those as a whole.
            db.execute("PRAGMA journal_mode = WAL")
            with _transaction(db, write=True):
                if self._is_new():
                    _create(db)
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -65536")
        if settings is None:
            return TenantSettings.load(meta(db, "settings"))
        with _transaction(db, write=True):
            set_meta(db, "settings", settings.dump())
        return settings

    def _is_new(self) -> bool:
        version = _number(self.connection, "PRAGMA user_version")
        if version == 0 and not _number(self.connection, "SELECT count(*) FROM sqlite_master"):
            return True
        if _number(self.connection, "PRAGMA application_id") != _APPLICATION_ID:
            raise StateError(f"{self._path} is a database of something else.")
        if version != _VERSION:
            raise StateError(
                f"{self._path} was written by another version of the embedded tenant. "
                "Remove it to start anew."
            )
        return False


@contextmanager
def opened(state: Path | str, *, write: bool) -> Generator[Session]:
    """Open a state file for one transaction, creating it where it does not exist."""
    store = Store(state)
    with closing(store), store.session(write=write) as session:
        yield session


def credentials(state: Path | str) -> tuple[str, str]:
    """Return API key and secret of a tenant, which were drawn when its file was created."""
    with opened(state, write=False) as session:
        return meta(session.db, "api_key"), meta(session.db, "api_secret")


def settings_of(state: Path | str) -> TenantSettings:
    """Return how a tenant answers."""
    with opened(state, write=False) as session:
        return session.settings


def meta(db: sqlite3.Connection, name: str) -> str:
    """Return a value that belongs to the tenant as a whole."""
    return str(db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()[0])


def set_meta(db: sqlite3.Connection, name: str, value: str) -> None:
    """Write a value that belongs to the tenant as a whole."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))


def pack(body: object) -> str:
    """Return a body as the text that is stored."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def unpack(text: str) -> dict[str, JSON]:
    """Return a stored body."""
    return cast("dict[str, JSON]", json.loads(text))


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
    return sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)


def _create(db: sqlite3.Connection) -> None:
    for statement in _SCHEMA:
        db.execute(statement)
    set_meta(db, "api_key", secrets.token_urlsafe(18))
    set_meta(db, "api_secret", secrets.token_urlsafe(30))
    set_meta(db, "settings", TenantSettings().dump())
    set_meta(db, "guids", "0")
    db.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {_VERSION}")


@contextmanager
def _transaction(db: sqlite3.Connection, *, write: bool) -> Generator[sqlite3.Connection]:
    db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
    try:
        yield db
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _number(db: sqlite3.Connection, question: str) -> int:
    return int(db.execute(question).fetchone()[0])
