"""The schema's history: forward only, each step and its record in one transaction, one process at a time.

A migration that has been released is never edited; what comes later is appended. The statements are
plain SQL that SQLite and PostgreSQL both understand.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, inspect, select

from reconciler.errors import LedgerUnusable
from reconciler.ledger.tables import SCHEMA

Writing = Callable[[], AbstractContextManager[Connection]]
"""Opens a write transaction that no other process can be in at the same time."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One step up; `statements` run in order."""

    version: int
    summary: str
    statements: tuple[str, ...]


MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        1,
        "Accounts, grants, permissions, protections, runs, journal and lock",
        (
            """CREATE TABLE reconciler_accounts (
                tenant TEXT NOT NULL, person TEXT NOT NULL, user_guid TEXT NOT NULL,
                user_name TEXT NOT NULL, fields TEXT NOT NULL, enabled BOOLEAN,
                disabled_since TEXT, since TEXT NOT NULL, PRIMARY KEY (tenant, person))""",
            """CREATE TABLE reconciler_grants (
                tenant TEXT NOT NULL, permission TEXT NOT NULL, holder TEXT NOT NULL,
                person TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
                since TEXT, PRIMARY KEY (tenant, permission, holder))""",
            "CREATE INDEX reconciler_grants_of_person ON reconciler_grants (tenant, person)",
            """CREATE TABLE reconciler_permissions (
                tenant TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
                permission TEXT NOT NULL, PRIMARY KEY (tenant, kind, name))""",
            """CREATE TABLE reconciler_protections (
                tenant TEXT NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL, name TEXT NOT NULL,
                PRIMARY KEY (tenant, kind, ref, name))""",
            """CREATE TABLE reconciler_runs (
                tenant TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL,
                plan_digest TEXT NOT NULL, started_at TEXT NOT NULL, ended_at TEXT,
                status TEXT NOT NULL, started_by TEXT NOT NULL, revision TEXT, plan TEXT NOT NULL,
                PRIMARY KEY (tenant, id))""",
            "CREATE INDEX reconciler_runs_in_order ON reconciler_runs (tenant, position)",
            "CREATE INDEX reconciler_runs_of_plan ON reconciler_runs (tenant, plan_digest)",
            """CREATE UNIQUE INDEX reconciler_runs_unfinished ON reconciler_runs (tenant)
                WHERE status = 'running'""",
            """CREATE TABLE reconciler_entries (
                tenant TEXT NOT NULL, run TEXT NOT NULL, step TEXT NOT NULL,
                position INTEGER NOT NULL, status TEXT NOT NULL, at TEXT NOT NULL,
                error TEXT NOT NULL, account TEXT, permission TEXT,
                PRIMARY KEY (tenant, run, step))""",
            """CREATE INDEX reconciler_entries_in_order
                ON reconciler_entries (tenant, run, position)""",
            """CREATE TABLE reconciler_lock (
                tenant TEXT NOT NULL, token TEXT NOT NULL, holder TEXT NOT NULL, host TEXT NOT NULL,
                place TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL,
                since TEXT NOT NULL, heartbeat TEXT NOT NULL, PRIMARY KEY (tenant))""",
        ),
    ),
    Migration(
        2,
        "Account data: what the field mapping asks to keep of each account",
        ("ALTER TABLE reconciler_accounts ADD COLUMN stored TEXT NOT NULL DEFAULT '{}'",),
    ),
    Migration(
        3,
        "Reports: what audits found, the issues of the latest one, and what was postponed by which",
        (
            """CREATE TABLE reconciler_reports (
                tenant TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL,
                taken_at TEXT NOT NULL, as_of TEXT NOT NULL, taken_by TEXT NOT NULL, revision TEXT,
                snapshot_digest TEXT NOT NULL, appeared INTEGER NOT NULL, settled INTEGER NOT NULL,
                PRIMARY KEY (tenant, id))""",
            """CREATE UNIQUE INDEX reconciler_reports_in_order
                ON reconciler_reports (tenant, position)""",
            """CREATE TABLE reconciler_counts (
                tenant TEXT NOT NULL, report TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
                issues INTEGER NOT NULL, PRIMARY KEY (tenant, report, type, status))""",
            """CREATE TABLE reconciler_issues (
                tenant TEXT NOT NULL, issue TEXT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
                person TEXT, first_seen TEXT NOT NULL, PRIMARY KEY (tenant, issue))""",
            """CREATE TABLE reconciler_postponements (
                tenant TEXT NOT NULL, mark TEXT NOT NULL, report TEXT NOT NULL,
                PRIMARY KEY (tenant, mark))""",
        ),
    ),
)


def version_of(connection: Connection) -> int:
    """Return the version of a database; 0 where there is no ledger in it yet."""
    if not inspect(connection).has_table(SCHEMA.name):
        return 0
    return connection.scalar(select(func.max(SCHEMA.c.version))) or 0


def upgrade(
    writing: Writing, now: Callable[[], datetime], migrations: Sequence[Migration] = MIGRATIONS
) -> None:
    """Bring a database to the newest version; harmless where it is there already.

    Raises LedgerUnusable where the database is newer than this program.
    """
    newest = migrations[-1].version
    while True:
        with writing() as connection:
            version = version_of(connection)
            refuse_newer(version, newest)
            if version == newest:
                return
            step = next(one for one in migrations if one.version > version)
            if version == 0:
                SCHEMA.create(connection)
            for statement in step.statements:
                connection.exec_driver_sql(statement)
            connection.execute(
                insert(SCHEMA).values(
                    version=step.version, summary=step.summary, applied_at=now().isoformat()
                )
            )


def refuse_newer(version: int, newest: int = MIGRATIONS[-1].version) -> None:
    """Raise LedgerUnusable where a database was made by a newer program than this one."""
    if version > newest:
        raise LedgerUnusable(
            "The ledger is newer than this program",
            f"It has version {version}; this program knows up to {newest} and would misread it.",
            "Upgrade this program to the version that last applied:\n  git pull && make setup",
        )
