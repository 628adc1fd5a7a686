"""The ledger in a PostgreSQL database."""

import hashlib
from collections.abc import Generator
from contextlib import contextmanager, suppress

from sqlalchemy import URL, Connection, create_engine, event, func, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from reconciler.errors import LedgerUnusable
from reconciler.ledger.database import Database, ServerLock

CONNECT_SECONDS = 10

_ENDURING = """
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off'"""

# By SQLSTATE or its class (PostgreSQL manual, appendix A); the longest that fits wins.
_MEANING: dict[str, tuple[str, str]] = {
    "28": (
        "The ledger's server refuses the credentials",
        "Correct user and password in `ledger`, or leave them to PGUSER and PGPASSWORD.",
    ),
    "3D000": ("The ledger's database does not exist", "Create it:\n  createdb NAME"),
    "42501": (
        "The ledger's database user may not do this",
        "Give it CREATE on the schema, and rights on the reconciler_ tables.",
    ),
    "3F000": (
        "The ledger's database user may not do this",
        "Give it USAGE and CREATE on the schema, and rights on the reconciler_ tables.",
    ),
    "25006": (
        "The ledger's database is read-only",
        "Name the primary server, not a replica, in `ledger`.",
    ),
    "53": ("The ledger's server has no room", "Free disk space or connections, then run again."),
    "55P03": (
        "The ledger is busy",
        "Another session holds its rows. Wait until it has ended, or end it; then run again.",
    ),
    "57": ("The ledger's server is shutting down", "Run again when it is back."),
    "22": (
        "A text cannot be written to the ledger",
        "Correct the name in the tenant or the files.",
    ),
    "XX": ("The ledger is damaged", "Restore the database from a backup."),
}
_UNREACHABLE = (
    "The ledger's server cannot be reached",
    "Check host, port and network, and that the server runs; then run again.",
)


def database(url: str) -> "PostgresqlDatabase":
    """Return the database at a URL; raises LedgerUnusable where it is malformed."""
    return PostgresqlDatabase(_parsed(url))


class PostgresqlDatabase(Database):
    """One consistent moment for reading; commits that wait for the disk, whatever the server's default."""

    def __init__(self, url: URL) -> None:
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args=_defaults(url),
            isolation_level="READ COMMITTED",
        )
        event.listen(engine, "connect", _set_up)
        super().__init__(engine, f"{url.host or 'local server'}/{url.database or ''}")

    def exists(self) -> bool:
        """Return true: only connecting can tell."""
        return True

    def create(self) -> None:
        """The database is the administrator's to create."""

    @contextmanager
    def at_one_moment(self, connection: Connection) -> Generator[Connection]:
        """Return a connection in a transaction that sees one moment."""
        moment = connection.execution_options(isolation_level="REPEATABLE READ")
        with moment.begin():
            yield moment

    def for_writing(self, connection: Connection) -> Connection:
        """Return the connection as it is."""
        return connection

    def check_place(self, connection: Connection) -> None:
        """Raise LedgerUnusable where no schema can be seen: its tables would seem not to exist."""
        if connection.scalar(select(func.current_schema())) is None:
            summary, fix = _MEANING["3F000"]
            raise LedgerUnusable(summary, f"{self.name}: no schema can be seen.", fix)

    def migrating(self, connection: Connection) -> None:
        """Wait for other migrations, and make later ones wait."""
        connection.execute(select(func.pg_advisory_xact_lock(_key("schema"))))

    def reporting(self, connection: Connection, tenant: str) -> None:
        """Wait for other reports on the tenant, and make later ones wait."""
        connection.execute(select(func.pg_advisory_xact_lock(_key(f"reports on {tenant}"))))

    def server_lock(self, tenant: str) -> ServerLock | None:
        """Return the advisory lock of a tenant."""
        return AdvisoryLock(self, lock_key(tenant))

    def failure(self, error: DBAPIError) -> LedgerUnusable:
        """Return what an SQLSTATE, or a connection without one, means."""
        state: str | None = getattr(error.orig, "sqlstate", None)
        text = str(error.orig).strip().splitlines()
        summary, fix = _meaning(state, text)
        return LedgerUnusable(summary, f"{self.name}: {text[0] if text else 'no answer'}.", fix)


class AdvisoryLock(ServerLock):
    """A session's advisory lock: the server frees it when the connection ends, so also on SIGKILL.

    It needs a connection of its own through the whole apply; a pooler in front of the server must
    be in session mode.
    """

    def __init__(self, database: Database, key: int) -> None:
        self._database = database
        self._key = key
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Try to take the lock, on a connection of its own."""
        connection = self._database.engine.connect()
        try:
            connection = connection.execution_options(isolation_level="AUTOCOMMIT")
            is_ours = connection.scalar(select(func.pg_try_advisory_lock(self._key)))
        except BaseException:
            connection.close()
            raise
        if is_ours:
            connection.detach()
            self._connection = connection
        else:
            connection.close()
        return bool(is_ours)

    def renew(self) -> None:
        """Keep the connection alive; where it broke, connect and take the lock again."""
        if self._connection is not None:
            try:
                self._connection.scalar(select(1))
            except DBAPIError:
                self.release()
        if self._connection is None:
            self.acquire()

    def release(self) -> None:
        """Give the lock back by closing its connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # Closing gives the lock back; a connection that broke has done so already.
            with suppress(SQLAlchemyError):
                connection.close()


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or "@" in f"{parsed.host}{parsed.database}" or not parsed.database:
        # No cause: it would quote the URL, and the password with it.
        raise LedgerUnusable(
            "The ledger's URL cannot be read",
            "It should look like postgresql+psycopg://USER@HOST/DATABASE.",
            "Write special characters of user and password percent-encoded (`@` as %40), or leave "
            "the password to PGPASSWORD or a password file.",
        ) from None
    return parsed.set(drivername="postgresql+psycopg")


def _defaults(url: URL) -> dict[str, str | int]:
    given = {"connect_timeout": CONNECT_SECONDS, "application_name": "reconciler"}
    return {name: value for name, value in given.items() if name not in url.query}


def _set_up(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(_ENDURING)
    cursor.execute("SET lock_timeout = '15s'")
    cursor.close()
    connection.commit()


def lock_key(tenant: str) -> int:
    """Return the number of a tenant's advisory lock, as `pg_locks` shows it."""
    return _key(f"tenant {tenant}")


def _key(purpose: str) -> int:
    digest = hashlib.sha256(f"reconciler ledger, {purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _meaning(state: str | None, text: list[str]) -> tuple[str, str]:
    if state is None:
        # A connection that fails while it is made has no SQLSTATE, only the server's words.
        words = " ".join(text)
        state = next((code for phrase, code in _PHRASES.items() if phrase in words), "")
    if not state or state.startswith("08"):
        return _UNREACHABLE
    fitting = [code for code in _MEANING if state.startswith(code)]
    return _MEANING[max(fitting, key=len)] if fitting else ("The ledger cannot be used", "")


_PHRASES = {
    "authentication failed": "28",
    "no password supplied": "28",
    "no pg_hba.conf entry": "28",
    'role "': "28",
    'database "': "3D000",
    "starting up": "57",
    "shutting down": "57",
    "too many clients": "53",
}
