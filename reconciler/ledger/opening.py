"""From the setting `ledger` to a ledger. SQLAlchemy is imported only where a database is asked for."""

from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from reconciler.errors import LedgerUnusable
from reconciler.ledger.memory import MemoryLedger
from reconciler.ledger.unopened import UnopenedLedger

if TYPE_CHECKING:
    from reconciler.ledger.sql import SqlLedger

_SHAPES = (
    "Write `ledger: sqlite:///PATH` (relative to the project), "
    "`ledger: postgresql+psycopg://USER@HOST/DATABASE`, or `ledger: none`."
)


def open_ledger(url: str, tenant: str, root: Path) -> "MemoryLedger | SqlLedger":
    """Return the ledger (a port of the applier's) of a tenant (its base URL), at the place that the settings name.

    Nothing is opened or created yet: reading a ledger that does not exist gives an empty one, and the
    first write makes it. Raises LedgerUnusable where the URL cannot be used; no message ever shows
    what the URL says before the host.
    """
    url = url.strip()
    tenant = _tenant(tenant)
    if url == "none":
        return MemoryLedger(tenant)
    if url.startswith("sqlite:"):
        file = _sqlite_file(url, root)
        from reconciler.ledger import sqlite
        from reconciler.ledger.sql import SqlLedger

        return SqlLedger(sqlite.database(file), tenant)
    if url.startswith(("postgresql:", "postgresql+psycopg:")):
        from reconciler.ledger import postgresql
        from reconciler.ledger.sql import SqlLedger

        return SqlLedger(postgresql.database(url), tenant)
    raise LedgerUnusable("The ledger's URL is of no known kind", _kind(url), _SHAPES)


def ledger_when_needed(
    url: str, tenant: str, root: Path
) -> "MemoryLedger | SqlLedger | UnopenedLedger":
    """Return the same as `open_ledger`; what a SQLite ledger needs is loaded once there is one, or is to be."""
    if not url.strip().startswith("sqlite:"):
        return open_ledger(url, tenant, root)
    file = _sqlite_file(url.strip(), root)
    return UnopenedLedger(file, lambda: cast("SqlLedger", open_ledger(url, tenant, root)))


def _tenant(base_url: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"}:
        return base_url
    return parts._replace(netloc=parts.netloc.lower(), path=parts.path.rstrip("/")).geturl()


def _sqlite_file(url: str, root: Path) -> Path:
    path = url.removeprefix("sqlite:///")
    if path == url or not path or path == ":memory:" or "?" in path or "\0" in path:
        raise LedgerUnusable(
            "The ledger's URL names no SQLite file",
            "After `sqlite:///` comes the path of a file, without options.",
            _SHAPES,
        )
    return Path(root, path)


def _kind(url: str) -> str:
    scheme, colon, _ = url.partition(":")
    if not colon or not scheme.replace("+", "").isalnum():
        return "It has no scheme such as `sqlite:`."
    return f"It begins with `{scheme}:`."
