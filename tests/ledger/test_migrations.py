from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, inspect, select, text

from reconciler.errors import LedgerUnusable
from reconciler.ledger import open_ledger
from reconciler.ledger.database import Database
from reconciler.ledger.migrations import MIGRATIONS, Migration, upgrade, version_of
from reconciler.ledger.sql import SqlLedger
from reconciler.ledger.tables import METADATA, SCHEMA
from reconciler.model.run import RememberAccount
from tests.ledger.samples import RUN, TENANT, owned, run

NEXT = Migration(
    MIGRATIONS[-1].version + 1,
    "A column more",
    ("ALTER TABLE reconciler_accounts ADD COLUMN note TEXT",),
)
BROKEN = Migration(
    NEXT.version,
    "Fails half-way",
    (*NEXT.statements, "ALTER TABLE reconciler_nowhere ADD COLUMN note TEXT"),
)


def database_at(url: str, root: Path) -> Database:
    ledger = open_ledger(url, TENANT, root)
    assert isinstance(ledger, SqlLedger)
    return ledger.database


def migrate(database: Database, *migrations: Migration) -> None:
    @contextmanager
    def writing() -> Generator[Connection]:
        with database.engine.connect() as plain:
            connection = database.for_writing(plain)
            with connection.begin():
                database.migrating(connection)
                yield connection

    database.create()
    database.keep()
    try:
        upgrade(writing, lambda: datetime(2026, 11, 23, tzinfo=UTC), migrations)
    finally:
        database.release()


def columns(database: Database, table: str) -> set[str]:
    with database.writing() as connection:
        return {column["name"] for column in inspect(connection).get_columns(table)}


def versions(database: Database) -> list[int]:
    with database.writing() as connection:
        return list(connection.scalars(select(SCHEMA.c.version).order_by(SCHEMA.c.version)))


def test_a_version_is_never_edited_or_skipped() -> None:
    assert [one.version for one in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_the_migrations_make_the_tables_that_queries_name(url: str, tmp_path: Path) -> None:
    database = database_at(url, tmp_path)
    with database.writing() as connection:
        found = inspect(connection)
        assert set(found.get_table_names()) == set(METADATA.tables)
        for name, table in METADATA.tables.items():
            made = {one["name"]: one["nullable"] for one in found.get_columns(name)}
            assert made == {one.name: one.nullable for one in table.columns}
            keys = found.get_pk_constraint(name)["constrained_columns"]
            assert keys == [one.name for one in table.primary_key.columns]
            indexes = {one["name"]: one["column_names"] for one in found.get_indexes(name)}
            assert indexes == {
                one.name: [column.name for column in one.columns] for one in table.indexes
            }


def test_version_1_goes_up_with_all_that_it_holds(url: str, tmp_path: Path) -> None:
    database = database_at(url, tmp_path)
    migrate(database, MIGRATIONS[0])
    ledger = open_ledger(url, TENANT, tmp_path)
    ledger.begin(run())
    ledger.settle(RUN, [], [RememberAccount(owned("10001"))])
    migrate(database, *MIGRATIONS, NEXT)
    with database.engine.connect() as connection:
        assert version_of(connection) == NEXT.version
        rows = connection.execute(text("SELECT person, note FROM reconciler_accounts")).all()
    database.engine.dispose()
    assert [tuple(row) for row in rows] == [("10001", None)]


def test_an_account_of_version_1_is_read_without_account_data_and_then_keeps_some(
    url: str, tmp_path: Path
) -> None:
    database = database_at(url, tmp_path)
    migrate(database, MIGRATIONS[0])
    with database.engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO reconciler_accounts (tenant, person, user_guid, user_name, fields, since)"
                " VALUES (:tenant, '10001', 'guid-10001', 'anna', '{\"firstName\": \"Anna\"}', '2026')"
            ).bindparams(tenant=TENANT)
        )
    database.engine.dispose()
    ledger = open_ledger(url, TENANT, tmp_path)
    ledger.begin(run())
    (before,) = ledger.recorded().accounts.values()
    ledger.settle(RUN, [], [RememberAccount(owned("10001"))])
    (after,) = ledger.recorded().accounts.values()
    assert (before.fields, before.stored) == ({"firstName": "Anna"}, {})
    assert after == owned("10001")
    assert versions(database_at(url, tmp_path)) == [one.version for one in MIGRATIONS]


def test_going_up_twice_changes_nothing(url: str, tmp_path: Path) -> None:
    database = database_at(url, tmp_path)
    migrate(database, *MIGRATIONS)
    migrate(database, *MIGRATIONS)
    assert versions(database) == [one.version for one in MIGRATIONS]


def test_a_migration_that_fails_leaves_no_trace(url: str, tmp_path: Path) -> None:
    database = database_at(url, tmp_path)
    migrate(database, *MIGRATIONS)
    with pytest.raises(LedgerUnusable), database.speaking():
        migrate(database, *MIGRATIONS, BROKEN)
    assert versions(database) == [one.version for one in MIGRATIONS]
    assert "note" not in columns(database, "reconciler_accounts")


def test_a_newer_ledger_is_refused_for_reading_and_writing(url: str, tmp_path: Path) -> None:
    with database_at(url, tmp_path).writing() as connection:
        newer = {"version": 99, "summary": "From the future", "applied_at": "2030"}
        connection.execute(insert(SCHEMA).values(newer))
    for use in (
        lambda: open_ledger(url, TENANT, tmp_path).recorded(),
        lambda: open_ledger(url, TENANT, tmp_path).begin(run()),
        lambda: open_ledger(url, TENANT, tmp_path).lock("Anna").__enter__(),
    ):
        with pytest.raises(LedgerUnusable, match=r"version 99.*\n.*(U|u)pgrade"):
            use()
