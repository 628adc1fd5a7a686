"""What earlier applies left behind, read in bulk: texts that repeat are kept once."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, Table, select

from reconciler.errors import LedgerUnusable
from reconciler.ledger.tables import ACCOUNTS, GRANTS, PERMISSIONS, PROTECTIONS
from reconciler.model.address import (
    AccountRef,
    PermissionKey,
    PermissionKind,
    PermissionRef,
    PersonId,
)
from reconciler.model.state import GrantStatus, Owned, OwnedGrant, Protection, Recorded

TOGETHER = 10_000
"""So many rows are taken from the driver at a time: one by one costs twice as much."""

_FIELDS = msgspec.json.Decoder(dict[str, bool | int | str | tuple[str, ...] | None])


def read_recorded(connection: Connection, tenant: str) -> Recorded:
    """Return all that is recorded for a tenant; raises LedgerUnusable where a row makes no sense."""
    try:
        accounts = _accounts(connection, tenant)
        return Recorded(
            accounts=accounts,
            grants=_grants(connection, tenant, accounts),
            permissions=_permissions(connection, tenant),
            protections=frozenset(_protections(connection, tenant)),
        )
    except (ValueError, TypeError) as error:
        raise LedgerUnusable(
            "The ledger is damaged",
            f"A row holds what no apply writes: {error}.",
            "Restore the ledger from a backup.",
        ) from error


def _accounts(connection: Connection, tenant: str) -> dict[PersonId, Owned]:
    day = cache(_day)
    names: dict[str, str] = {}
    accounts: dict[PersonId, Owned] = {}
    columns = ("person", "user_guid", "user_name", "fields", "enabled", "disabled_since", "stored")
    for person, ref, user_name, fields, enabled, since, stored in _rows(
        connection, ACCOUNTS, tenant, columns
    ):
        values, data = _FIELDS.decode(fields), _FIELDS.decode(stored)
        accounts[person] = Owned(
            person=person,
            ref=ref,
            user_name=user_name,
            fields={names.setdefault(name, name): value for name, value in values.items()},
            enabled=enabled,
            disabled_since=day(since),
            stored={names.setdefault(name, name): value for name, value in data.items()},
        )
    return accounts


def _grants(
    connection: Connection, tenant: str, accounts: dict[PersonId, Owned]
) -> dict[PermissionRef, dict[AccountRef, OwnedGrant]]:
    day, kind_of, status_of = cache(_day), cache(PermissionKind), cache(GrantStatus)
    known: dict[str, str] = {}
    for person, owned in accounts.items():
        known[person] = person
        known[owned.ref] = owned.ref
    once = known.setdefault
    grants: dict[PermissionRef, dict[AccountRef, OwnedGrant]] = {}
    columns = ("permission", "holder", "person", "kind", "name", "status", "since")
    for permission, holder, person, kind, name, status, since in _rows(
        connection, GRANTS, tenant, columns
    ):
        ref = PermissionRef(once(permission, permission))
        account = AccountRef(once(holder, holder))
        grant = OwnedGrant(
            PersonId(once(person, person)),
            account,
            kind_of(kind),
            ref,
            once(name, name),
            status_of(status),
            day(since),
        )
        held = grants.get(ref)
        if held is None:
            held = grants[ref] = {}
        held[account] = grant
    return grants


def _permissions(connection: Connection, tenant: str) -> dict[PermissionKey, PermissionRef]:
    rows = _rows(connection, PERMISSIONS, tenant, ("kind", "name", "permission"))
    return {PermissionKey.of(PermissionKind(kind), name): ref for kind, name, ref in rows}


def _protections(connection: Connection, tenant: str) -> list[Protection]:
    rows = _rows(connection, PROTECTIONS, tenant, ("kind", "ref", "name"))
    return [Protection(*row) for row in rows]


def _rows(
    connection: Connection, table: Table, tenant: str, columns: tuple[str, ...]
) -> Iterable[tuple[Any, ...]]:
    query: Select[*tuple[Any, ...]] = select(*(table.c[name] for name in columns))
    rows = connection.execute(query.where(table.c.tenant == tenant))
    return chain.from_iterable(rows.partitions(TOGETHER))


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
