"""Filling a tenant from a snapshot."""

import hashlib
import json
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reconciler.sandbox.accounts import User, insert_user, new_body
from reconciler.sandbox.assignments import insert_assignment
from reconciler.sandbox.errors import SeedError
from reconciler.sandbox.groups import Group, insert_group, new_group_body
from reconciler.sandbox.products import Product, insert_product, new_product_body
from reconciler.sandbox.store import Session, opened
from reconciler.sandbox.wire import JSON, Fields, Refused, fold, guid_in

_LISTS = ("accounts", "groups", "products", "assignments")
_MEMBERS = {"format_version", "base_url", "taken_at", "digest", "reserved", *_LISTS}
_TABLES = (
    "users",
    "groups",
    "members",
    "nested_groups",
    "products",
    "assignments",
    "requests",
    "sqlite_sequence",
)
_NEVER_KEPT = {"links", "password"}


def seed(state: Path | str, snapshot: Mapping[str, JSON]) -> None:
    """Replace all that a tenant holds by what a snapshot holds; its key and settings stay.

    Raises SeedError, with the place in the snapshot, where it does not fit; then nothing changes.
    """
    _check_whole(snapshot)
    lists = {name: _objects(snapshot, name) for name in _LISTS}
    with opened(state, write=True) as session:
        for table in _TABLES:
            session.db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own tables
        _Load(session).all(lists)


@dataclass(frozen=True, slots=True)
class _Item:
    place: str
    values: Mapping[str, JSON]
    fields: Fields

    def wrong(self, what: str) -> SeedError:
        return SeedError(f"The snapshot does not fit: {self.place}: {what}")

    def guid(self, name: str) -> str:
        value = self.fields.raw(name)
        found = guid_in(value) if isinstance(value, str) else None
        if found is None:
            raise self.wrong(f"{name} is {value!r}; it must be a GUID.")
        return found

    def text(self, name: str) -> str:
        value = self.fields.raw(name)
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(f"{name} is {value!r}; it must be a text.")
        return value

    def flag(self, name: str) -> bool:
        try:
            return self.fields.flag(name) or False
        except Refused as refused:
            raise self.wrong(refused.text) from refused

    def guids(self, name: str) -> list[str]:
        value = self.fields.raw(name)
        if value is None:
            return []
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise self.wrong(f"{name} must be a list of GUIDs.")
        found = [guid_in(item) if isinstance(item, str) else None for item in value]
        good = [item for item in found if item is not None]
        if len(good) != len(found):
            raise self.wrong(f"{name} must be a list of GUIDs.")
        return good

    def rest(self, *known: str) -> dict[str, JSON]:
        taken = {name.casefold() for name in (*known, *_NEVER_KEPT)}
        return {name: value for name, value in self.values.items() if name.casefold() not in taken}


@dataclass(slots=True)
class _Load:
    session: Session
    users: dict[str, int] = field(default_factory=dict[str, int])
    groups: dict[str, int] = field(default_factory=dict[str, int])
    products: dict[str, int] = field(default_factory=dict[str, int])

    def all(self, lists: Mapping[str, Sequence[_Item]]) -> None:
        live: set[str] = set()
        for item in lists["accounts"]:
            self._user(item, live)
        for item in lists["groups"]:
            self._group(item)
        for item in lists["groups"]:
            self._members(item)
        for item in lists["products"]:
            self._product(item)
        for item in lists["assignments"]:
            self._assignment(item)

    def _user(self, item: _Item, live: set[str]) -> None:
        guid, name = item.guid("userGUID"), item.text("userName")
        deleted = item.flag("isDeleted")
        if not deleted and fold(name) in live:
            raise item.wrong(f"a second live account has the user name {name!r}.")
        if not deleted:
            live.add(fold(name))
        attributes = item.fields.raw("userAttributes")
        if attributes is not None and not isinstance(attributes, Mapping):
            raise item.wrong("userAttributes must be an object.")
        body = new_body(item.rest("id", "userGUID", "userName", "isEnabled", "isDeleted"))
        user = User(_id(item), guid, name, item.flag("isEnabled"), deleted, body)
        with _unique(item, "userGUID or id"):
            self.users[guid] = insert_user(self.session.db, user).id

    def _group(self, item: _Item) -> None:
        guid, name = item.guid("groupGuid"), item.text("name")
        rest = item.rest("id", "groupGuid", "name", "isDeleted", "users", "groups")
        group = Group(_id(item), guid, name, item.flag("isDeleted"), new_group_body(rest))
        with _unique(item, "groupGuid or id"):
            self.groups[guid] = insert_group(self.session.db, group).id

    def _members(self, item: _Item) -> None:
        group = self.groups[item.guid("groupGuid")]
        for name, table, known in (
            ("users", "members", self.users),
            ("groups", "nested_groups", self.groups),
        ):
            guids = item.guids(name)
            unknown = next((guid for guid in guids if guid not in known), None)
            if unknown is not None:
                raise item.wrong(f"{name} has {unknown}, which is not in the snapshot.")
            statement = f"INSERT OR IGNORE INTO {table} VALUES (?, ?)"  # noqa: S608 - our own tables
            rows = [(group, known[guid]) for guid in guids]
            self.session.db.executemany(statement, rows)

    def _product(self, item: _Item) -> None:
        guid, name = item.guid("productId"), item.text("name")
        product = Product(0, guid, name, new_product_body(item.rest("productId", "name")))
        with _unique(item, "productId"):
            self.products[guid] = insert_product(self.session.db, product).id

    def _assignment(self, item: _Item) -> None:
        guid, user, product = (item.guid(n) for n in ("assignmentGuid", "userGuid", "productGuid"))
        if user not in self.users:
            raise item.wrong(f"userGuid {user} is not in the snapshot.")
        if product not in self.products:
            raise item.wrong(f"productGuid {product} is not in the snapshot.")
        named = ("assignmentGuid", "userGuid", "userName", "productGuid", "productName")
        dates = dict.fromkeys(("requestedAt", "approvedAt", "returnDate", "source"))
        body: dict[str, JSON] = {**dates, "approvalHistory": [], **item.rest(*named, "productSku")}
        with _unique(item, "assignmentGuid"):
            numbers = self.users[user], self.products[product]
            insert_assignment(self.session.db, guid, *numbers, body)


def _id(item: _Item) -> int:
    value = item.fields.raw("id")
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 62:
        raise item.wrong(f"id is {value!r}; it must be a positive whole number.")
    return value


@contextmanager
def _unique(item: _Item, what: str) -> Generator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise item.wrong(f"{what} occurs twice.") from error


def _check_whole(snapshot: Mapping[str, JSON]) -> None:
    unknown = sorted(set(snapshot) - _MEMBERS)
    version = snapshot.get("format_version")
    if unknown or not isinstance(version, str):
        detail = f"it has {', '.join(unknown)}" if unknown else "it has no format_version"
        raise SeedError(f"This is no snapshot: {detail}. `reconciler snapshot -o FILE` writes one.")
    if version.partition(".")[0] != "1":
        raise SeedError(f"The snapshot's format_version is {version}; 1.x can be read.")
    digest = snapshot.get("digest")
    if digest is not None and digest != _digest(snapshot):
        raise SeedError(
            "The snapshot was changed after it was taken: its digest does not fit. "
            "Take out the member digest to load it all the same."
        )


def _digest(snapshot: Mapping[str, JSON]) -> str:
    rest = {name: value for name, value in snapshot.items() if name not in ("taken_at", "digest")}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _objects(snapshot: Mapping[str, JSON], name: str) -> list[_Item]:
    values = snapshot.get(name, [])
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise SeedError(f"The snapshot does not fit: {name} must be a list.")
    items: list[_Item] = []
    for number, value in enumerate(values):
        if not isinstance(value, Mapping):
            raise SeedError(f"The snapshot does not fit: {name}[{number}] must be an object.")
        items.append(_Item(f"{name}[{number}]", value, Fields(value)))
    return items
