"""What a settled step changes in what we own, as statements. Doing them twice changes nothing more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, TypeAlias, assert_never

import msgspec
from sqlalchemy import Connection, Table, UpdateBase, bindparam, case, delete

from reconciler.ledger.tables import ACCOUNTS, ENTRIES, GRANTS, PERMISSIONS, PROTECTIONS
from reconciler.model.address import fold
from reconciler.model.run import (
    Effect,
    ForgetAccount,
    ForgetGrant,
    Protect,
    RememberAccount,
    RememberGrant,
    RememberPermission,
)
from reconciler.model.state import Owned, OwnedGrant
from reconciler.model.value import Plain

if TYPE_CHECKING:  # each dialect is loaded only where it is spoken
    from sqlalchemy.dialects import postgresql, sqlite

Row: TypeAlias = dict[str, str | bool | int | None]

_FORGET_ACCOUNT = delete(ACCOUNTS).where(
    ACCOUNTS.c.tenant == bindparam("tenant"), ACCOUNTS.c.person == bindparam("person")
)
_FORGET_GRANTS = delete(GRANTS).where(
    GRANTS.c.tenant == bindparam("tenant"), GRANTS.c.person == bindparam("person")
)
_FORGET_GRANT = delete(GRANTS).where(
    GRANTS.c.tenant == bindparam("tenant"),
    GRANTS.c.permission == bindparam("permission"),
    GRANTS.c.holder == bindparam("holder"),
)
_FORGET_PROTECTIONS = delete(PROTECTIONS).where(PROTECTIONS.c.tenant == bindparam("tenant"))


def take_in(connection: Connection, tenant: str, effects: Sequence[Effect], *, since: str) -> None:
    """Write effects as if one after the other; `since` dates a new account.

    Their order matters only within a table, so effects on several tables by turns still go together.
    """
    upserts = upserts_for(connection.dialect.name)
    batches: list[_Batch] = []
    latest: dict[Table, _Batch] = {}
    for effect in effects:
        for table, statement, row in _statements(effect, upserts, since):
            batch = latest.get(table)
            if batch is None or batch.statement is not statement:
                batch = latest[table] = _Batch(statement)
                batches.append(batch)
            batch.rows.append({"tenant": tenant, **row})
    for batch in batches:
        batch.write(connection)


@dataclass(frozen=True, slots=True)
class _Batch:
    statement: UpdateBase
    rows: list[Row] = field(default_factory=list[Row])

    def write(self, connection: Connection) -> None:
        """Hand the rows to the driver: what SQLAlchemy does with each costs as much as writing it."""
        compiled = self.statement.compile(connection)
        order = compiled.positiontup
        rows = (
            self.rows
            if order is None
            else [tuple(row[name] for name in order) for row in self.rows]
        )
        connection.exec_driver_sql(str(compiled), rows)


def insert_into(table: Table, dialect: str) -> "sqlite.Insert | postgresql.Insert":
    """Return an insert that can be told what to do about a row that is there already."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


@dataclass(frozen=True, slots=True)
class Upserts:
    """Inserts that replace the row where its key is there already, in one dialect."""

    account: UpdateBase
    grant: UpdateBase
    permission: UpdateBase
    protection: UpdateBase
    entry: UpdateBase


@cache
def upserts_for(dialect: str) -> Upserts:
    """Return the upserts of a dialect."""
    return Upserts(
        account=_upsert_account(dialect),
        grant=_upsert(GRANTS, dialect),
        permission=_upsert(PERMISSIONS, dialect),
        protection=insert_into(PROTECTIONS, dialect).on_conflict_do_nothing(),
        entry=_upsert(ENTRIES, dialect, keep=("position",)),
    )


def _upsert(table: Table, dialect: str, keep: tuple[str, ...] = ()) -> UpdateBase:
    statement = insert_into(table, dialect)
    values = [c.name for c in table.c if not c.primary_key and c.name not in keep]
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in values},
    )


def _upsert_account(dialect: str) -> UpdateBase:
    statement = insert_into(ACCOUNTS, dialect)
    new = statement.excluded
    values = ("user_guid", "user_name", "fields", "enabled", "disabled_since", "stored")
    is_same = ACCOUNTS.c.user_guid == new.user_guid
    return statement.on_conflict_do_update(
        index_elements=list(ACCOUNTS.primary_key.columns),
        set_={
            **{name: new[name] for name in values},
            "since": case((is_same, ACCOUNTS.c.since), else_=new.since),
        },
    )


def _statements(
    effect: Effect, upserts: Upserts, since: str
) -> Iterator[tuple[Table, UpdateBase, Row]]:
    match effect:
        case RememberAccount(owned):
            yield ACCOUNTS, upserts.account, _account(owned, since)
        case ForgetAccount(person):
            yield ACCOUNTS, _FORGET_ACCOUNT, {"person": person}
            yield GRANTS, _FORGET_GRANTS, {"person": person}
        case RememberGrant(grant):
            yield GRANTS, upserts.grant, _grant(grant)
        case ForgetGrant(holder, permission):
            yield GRANTS, _FORGET_GRANT, {"holder": holder, "permission": permission}
        case RememberPermission(kind, name, permission):
            row: Row = {"kind": str(kind), "name": fold(name), "permission": permission}
            yield PERMISSIONS, upserts.permission, row
        case Protect(protections):
            yield PROTECTIONS, _FORGET_PROTECTIONS, {}
            for one in protections:
                row = {"kind": one.kind, "ref": one.ref, "name": one.name}
                yield PROTECTIONS, upserts.protection, row
        case _:
            assert_never(effect)


def _account(owned: Owned, since: str) -> Row:
    return {
        "person": owned.person,
        "user_guid": owned.ref,
        "user_name": owned.user_name,
        "fields": _as_json(owned.fields),
        "enabled": owned.enabled,
        "disabled_since": owned.disabled_since.isoformat() if owned.disabled_since else None,
        "since": since,
        "stored": _as_json(owned.stored),
    }


def _as_json(values: Mapping[str, Plain]) -> str:
    return msgspec.json.encode(dict(values), order="sorted").decode()


def _grant(grant: OwnedGrant) -> Row:
    return {
        "holder": grant.holder,
        "permission": grant.permission,
        "person": grant.person,
        "kind": str(grant.kind),
        "name": grant.name,
        "status": str(grant.status),
        "since": grant.since.isoformat() if grant.since else None,
    }
