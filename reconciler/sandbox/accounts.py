"""Users as rows: finding them by any of their keys, showing them, writing them."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import quote

from reconciler.sandbox.settings import TenantSettings
from reconciler.sandbox.store import Session, pack, unpack
from reconciler.sandbox.wire import JSON, Refused, fold, guid_in

_COLUMNS = "SELECT id, guid, name, enabled, deleted, body FROM users"
NOT_FOUND = "User not found"
_BODY_DEFAULTS: Mapping[str, JSON] = {
    "firstName": None,
    "lastName": None,
    "contactEmail": None,
    "isLocked": False,
    "mustChangePassword": False,
    "source": "API",
    "lastLogin": None,
    "immutableId": None,
    "managedByUserGUID": None,
    "userAttributes": None,
}


@dataclass(frozen=True, slots=True)
class User:
    """One user; `id` is 0 before it is stored, `body` holds what has no column of its own."""

    id: int
    guid: str
    name: str
    enabled: bool
    deleted: bool
    body: Mapping[str, JSON]


def new_body(given: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return a body with every member that GET shows, from those that are known."""
    return {**_BODY_DEFAULTS, **given}


def find_user(session: Session, key: str, *, numeric: bool = False) -> User | None:
    """Return the user of a GUID, a user name, an immutable id or (where asked) a number."""
    guid = guid_in(key)
    found = user_by_guid(session, guid) if guid else None
    order = "deleted" if session.settings.same_name_gives == "live" else "deleted DESC"
    for column in ("name_key", "immutable_key"):
        if found is None:
            found = _one(session.db, f"{column} = ? ORDER BY {order}, id LIMIT 1", fold(key))
    if found is None and numeric and key.isascii() and key.isdigit() and len(key) < 19:
        found = _one(session.db, "id = ?", int(key))
    return found


def the_user(session: Session, key: str, *, numeric: bool = False) -> User:
    """Return the user of a key in the path, or refuse with 404."""
    found = find_user(session, key, numeric=numeric)
    if found is None:
        raise Refused(404, NOT_FOUND)
    return found


def writable_user(session: Session, key: str) -> User:
    """Return the user of a key in the path that is about to be changed."""
    found = the_user(session, key)
    if found.deleted and session.settings.deleted_user_writes == "missing":
        raise Refused(404, NOT_FOUND)
    return found


def user_in_body(session: Session, guid: str) -> User:
    """Return the live user that a body names by GUID."""
    found = user_by_guid(session, guid)
    if found is None or (found.deleted and session.settings.deleted_user_writes == "missing"):
        raise Refused(session.settings.unknown_in_body_status, NOT_FOUND)
    return found


def user_by_guid(session: Session, guid: str) -> User | None:
    """Return the user of a GUID in lower case."""
    return _one(session.db, "guid = ?", guid)


def check_name_is_free(session: Session, name: str, but: int = 0) -> None:
    """Refuse a name that another user has."""
    taken = session.settings.deleted_user_name == "taken"
    question = "SELECT 1 FROM users WHERE name_key = ? AND id <> ? AND deleted <= ? LIMIT 1"
    if session.db.execute(question, (fold(name), but, int(taken))).fetchone():
        text = f"A user with the user name '{name}' already exists"
        raise Refused(session.settings.duplicate_user_status, text)


def check_manager(session: Session, guid: str | None) -> None:
    """Refuse a manager nobody knows, where this tenant minds."""
    if guid is not None and session.settings.unknown_manager == "refuse":
        found = user_by_guid(session, guid)
        if found is None:
            raise Refused(400, f"The manager {guid} does not exist")


def insert_user(db: sqlite3.Connection, user: User) -> User:
    """Store a new user, with its number where it has one, and return it with its number."""
    statement = """INSERT INTO users
        (id, guid, name, name_key, immutable_key, enabled, deleted, search, body)
        VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?)"""
    cursor = db.execute(statement, (user.id, user.guid, *_row(user)))
    return replace(user, id=cast("int", cursor.lastrowid))


def update_user(db: sqlite3.Connection, user: User) -> None:
    """Store a user that exists."""
    statement = """UPDATE users SET name = ?, name_key = ?, immutable_key = ?, enabled = ?,
        deleted = ?, search = ?, body = ? WHERE id = ?"""
    db.execute(statement, (*_row(user), user.id))


def users_from(rows: list[tuple[object, ...]]) -> list[User]:
    """Return the users of rows of `user_columns`."""
    return [_user(row) for row in rows]


def user_columns() -> str:
    """Return the question whose rows `users_from` reads."""
    return _COLUMNS


def show_user(settings: TenantSettings, user: User) -> dict[str, JSON]:
    """Return a user as GET gives it."""
    shown: dict[str, JSON] = {"id": user.id, "userGUID": user.guid, "userName": user.name}
    shown |= {"isEnabled": user.enabled, "isDeleted": user.deleted}
    shown |= user.body
    if not user.body.get("userAttributes"):
        shown["userAttributes"] = {} if settings.no_attributes == "empty" else None
        if settings.no_attributes == "absent":
            del shown["userAttributes"]
    keys = [user.guid, user.name, user.body.get("immutableId")]
    shown["links"] = [
        {"title": "self", "location": f"/api/v1/users/{quote(str(key), safe='@')}"}
        for key in keys
        if key
    ]
    return shown


def _row(user: User) -> tuple[object, ...]:
    immutable = user.body.get("immutableId")
    parts = [
        user.name,
        *(user.body.get(name) for name in ("firstName", "lastName", "contactEmail")),
    ]
    return (
        user.name,
        fold(user.name),
        fold(str(immutable)) if immutable else None,
        int(user.enabled),
        int(user.deleted),
        fold("\n".join(str(part) for part in parts if part)),
        pack(user.body),
    )


def _one(db: sqlite3.Connection, where: str, value: object) -> User | None:
    row = db.execute(f"{_COLUMNS} WHERE {where}", (value,)).fetchone()
    return None if row is None else _user(row)


def _user(row: tuple[object, ...]) -> User:
    number, guid, name, enabled, deleted, body = row
    return User(
        id=cast("int", number),
        guid=str(guid),
        name=str(name),
        enabled=bool(enabled),
        deleted=bool(deleted),
        body=unpack(str(body)),
    )
