"""What we own and what we did, for each tenant: SQLite, PostgreSQL, or nothing kept at all."""

from reconciler.ledger.opening import open_ledger

__all__ = ["open_ledger"]
