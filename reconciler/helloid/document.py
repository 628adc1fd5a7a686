"""The snapshot document, and what it says as a state. Live readings and files go the same way."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from reconciler.errors import BadInput
from reconciler.helloid import wire
from reconciler.model.address import AccountRef, PermissionKind, PermissionRef, fold
from reconciler.model.settings import Scope
from reconciler.model.state import Actual, Found, FoundPermission
from reconciler.model.value import JSON

FORMAT_VERSION: Final = "1.0"

Document: TypeAlias = dict[str, JSON]
Rows: TypeAlias = Sequence[Mapping[str, JSON]]

_OUTSIDE_DIGEST = frozenset({"taken_at", "digest"})
_LISTS = ("accounts", "groups", "products", "assignments")
_FIX = "Take a new one with: reconciler snapshot -o FILE"


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was read, in and out of scope, in the shapes of `wire`.

    A group without `users` is one whose members were not asked for.
    """

    accounts: Rows
    groups: Rows
    products: Rows
    assignments: Rows
    reserved: Iterable[str] = ()


def document_of(reading: Reading, scope: Scope, base_url: str, taken_at: str) -> Document:
    """Return the snapshot document: what is in scope, sorted, sealed by its digest.

    Of accounts out of scope only the folded names are kept, because no new account may have them, and
    the references of live ones, of groups and of products, so that what is ours and was renamed out of
    scope does not look gone (both in `reserved`). Assignments that were returned before `taken_at` are history and left out.
    """
    accounts, others = _split(reading.accounts, "userName", scope.accounts.admits)
    groups, other_groups = _split(reading.groups, "name", scope.groups.admits)
    products, other_products = _split(reading.products, "name", scope.products.admits)
    users, groups_in, products_in = (
        {str(row[key]) for row in rows}
        for rows, key in ((accounts, "userGUID"), (groups, "groupGuid"), (products, "productId"))
    )
    reserved = {fold(str(row["userName"])) for row in others} | set(reading.reserved)
    reserved |= {str(row["userGUID"]) for row in others if row["isDeleted"] is not True}
    reserved |= {str(row["groupGuid"]) for row in other_groups}
    reserved |= {str(row["productId"]) for row in other_products}
    held = (row for row in reading.assignments if is_held(row, taken_at))
    document: Document = {
        "format_version": FORMAT_VERSION,
        "base_url": base_url,
        "accounts": _sorted(accounts, "userGUID"),
        "groups": _sorted((_within(row, users, groups_in) for row in groups), "groupGuid"),
        "products": _sorted(products, "productId"),
        "assignments": _sorted(
            (r for r in held if r["userGuid"] in users and r["productGuid"] in products_in),
            "assignmentGuid",
            "userGuid",
            "productGuid",
            "requestedAt",
        ),
        "reserved": sorted(reserved),
    }
    return {**document, "taken_at": taken_at, "digest": digest_of(document)}


def actual_of(document: Mapping[str, JSON]) -> Actual:
    """Return a snapshot document as the state of the tenant.

    `holders` has a row for every permission whose holders were read, and in it live accounts only.
    """
    accounts = {found.ref: found for found in map(_found, wire.rows(document["accounts"]))}
    live = {ref for ref, found in accounts.items() if not found.deleted}
    groups = wire.rows(document["groups"])
    products = wire.rows(document["products"])
    names = {str(row["groupGuid"]): str(row["name"]) for row in groups}
    permissions = [_group(row, names) for row in groups] + [_product(row) for row in products]
    holders = {p.ref: set[AccountRef]() for p in permissions if p.kind is PermissionKind.PRODUCT}
    for row in wire.rows(document["assignments"]):
        holders[PermissionRef(str(row["productGuid"]))].add(AccountRef(str(row["userGuid"])))
    for row in groups:
        if "users" in row:
            members = {AccountRef(ref) for ref in wire.texts(row["users"])}
            holders[PermissionRef(str(row["groupGuid"]))] = members
    return Actual(
        base_url=str(document["base_url"]),
        accounts=accounts,
        permissions={p.ref: p for p in permissions},
        holders={ref: frozenset(held & live) for ref, held in holders.items()},
        reserved=frozenset(wire.texts(document["reserved"])),
        taken_at=str(document["taken_at"]),
        digest=str(document["digest"]),
    )


def is_held(assignment: Mapping[str, JSON], now: str) -> bool:
    """Tell whether an assignment counts: it was not returned yet, or nobody can say.

    `returnDate` may be a planned end. Dates without a zone are taken as UTC.
    """
    returned = assignment.get("returnDate")
    if not isinstance(returned, str) or not returned:
        return True
    moments = _moment(returned), _moment(now)
    return moments[0] is None or moments[1] is None or moments[0] > moments[1]


def digest_of(document: Mapping[str, JSON]) -> str:
    """Return "sha256:…" of the document without `taken_at` and `digest`."""
    covered = {name: value for name, value in document.items() if name not in _OUTSIDE_DIGEST}
    text = json.dumps(covered, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def read_snapshot(data: bytes, file: str, scope: Scope) -> Actual:
    """Return the state that a snapshot file holds, within today's scope.

    Raises BadInput where the file is no snapshot, was altered, or is of another format.
    """
    document = _parsed(data, file)
    version = document.get("format_version")
    if not isinstance(version, str) or version.split(".")[0] != FORMAT_VERSION.split(".")[0]:
        raise BadInput(
            "The snapshot has another format",
            f"{file} has format_version {json.dumps(version)}; this program reads {FORMAT_VERSION}.",
            _FIX,
        )
    if not isinstance(document.get("digest"), str):
        raise BadInput(
            "The snapshot has no digest",
            f"{file} does not show that it is whole and unaltered.",
            _FIX,
        )
    if document["digest"] != digest_of(document):
        raise BadInput(
            "The snapshot was altered",
            f"{file} does not have the content that its digest seals.",
            _FIX,
        )
    try:
        reading = _reading(document)
    except wire.WrongShape as wrong:
        raise BadInput("Not a snapshot", f"{file}: {wrong.detail}", _FIX) from wrong
    base_url, taken_at = str(document.get("base_url") or ""), str(document.get("taken_at") or "")
    return actual_of(document_of(reading, scope, base_url, taken_at))


def _parsed(data: bytes, file: str) -> Mapping[str, JSON]:
    try:
        document = wire.decode(data)
    except ValueError as error:
        raise BadInput("Not a snapshot", f"{file} is no JSON: {error}.", _FIX) from error
    if not isinstance(document, Mapping) or not all(name in document for name in _LISTS):
        raise BadInput(
            "Not a snapshot",
            f"{file} is JSON, but not an object with {', '.join(_LISTS)}.",
            _FIX,
        )
    return document


def _reading(document: Mapping[str, JSON]) -> Reading:
    groups = [wire.group(row) for row in wire.rows(document["groups"])]
    return Reading(
        accounts=[wire.account(row) for row in wire.rows(document["accounts"])],
        groups=[{"users": [], "groups": [], **row} for row in groups],
        products=[wire.product(row) for row in wire.rows(document["products"])],
        assignments=[wire.assignment(row) for row in wire.rows(document["assignments"])],
        reserved=wire.texts(document.get("reserved")),
    )


def _split(
    rows: Rows, name: str, admits: Callable[[str], bool]
) -> tuple[list[Mapping[str, JSON]], list[Mapping[str, JSON]]]:
    inside: list[Mapping[str, JSON]] = []
    outside: list[Mapping[str, JSON]] = []
    for row in rows:
        (inside if admits(str(row[name])) else outside).append(row)
    return inside, outside


def _within(
    row: Mapping[str, JSON], users: Collection[str], groups: Collection[str]
) -> Mapping[str, JSON]:
    kept = dict(row)
    for name, known in (("users", users), ("groups", groups)):
        if name in row:
            kept[name] = [ref for ref in wire.texts(row[name]) if ref in known]
    return kept


def _sorted(rows: Iterable[Mapping[str, JSON]], *keys: str) -> list[Mapping[str, JSON]]:
    return sorted(rows, key=lambda row: tuple(str(row.get(key)) for key in keys))


def _found(row: Mapping[str, JSON]) -> Found:
    return Found(
        ref=AccountRef(str(row["userGUID"])),
        user_name=str(row["userName"]),
        enabled=row["isEnabled"] is True,
        deleted=row["isDeleted"] is True,
        body=row,
    )


def _group(row: Mapping[str, JSON], names: Mapping[str, str]) -> FoundPermission:
    nested = (names[ref] for ref in wire.texts(row.get("groups")) if ref in names)
    return FoundPermission(
        kind=PermissionKind.GROUP,
        ref=PermissionRef(str(row["groupGuid"])),
        name=str(row["name"]),
        source=str(row["source"]) if row.get("source") else None,
        nested=tuple(sorted(nested)),
        body={name: value for name, value in row.items() if name != "users"},
    )


def _product(row: Mapping[str, JSON]) -> FoundPermission:
    return FoundPermission(
        kind=PermissionKind.PRODUCT,
        ref=PermissionRef(str(row["productId"])),
        name=str(row["name"]),
        body=row,
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
