"""The endpoints of groups and their members."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from reconciler.sandbox.accounts import (
    check_manager,
    find_user,
    the_user,
    user_in_body,
    writable_user,
)
from reconciler.sandbox.pages import page_rows
from reconciler.sandbox.replies import action_reply, enveloped
from reconciler.sandbox.settings import TenantSettings
from reconciler.sandbox.store import Session, pack, unpack
from reconciler.sandbox.wire import JSON, Call, Fields, Refused, fields_of, fold, guid_in

_COLUMNS = "SELECT id, guid, name, deleted, body FROM groups"
_FLAGS = ("isEnabled", "isDefault", "isQrEnabled")
_NOT_FOUND = "Group not found"
_BODY_DEFAULTS: Mapping[str, JSON] = {
    "isEnabled": False,
    "isDefault": False,
    "isQrEnabled": False,
    "source": None,
    "managedByUserGuid": None,
}


@dataclass(frozen=True, slots=True)
class Group:
    """One group; `id` is 0 before it is stored."""

    id: int
    guid: str
    name: str
    deleted: bool
    body: Mapping[str, JSON]


def list_groups(session: Session, call: Call) -> JSON:
    """GET /groups: without members, unless this tenant's list has them."""
    where = "1" if session.settings.deleted_groups == "listed" else "NOT deleted"
    shown: list[JSON] = []
    for row in page_rows(session, call, _COLUMNS, where, ()):
        group = _group(row)
        match session.settings.members_in_list:
            case "absent":
                shown.append(show_group(session.settings, group))
            case "empty":
                shown.append({**show_group(session.settings, group), "users": [], "groups": []})
            case "full":
                shown.append(show_whole_group(session, group))
    return enveloped(session.settings, shown)


def get_group(session: Session, call: Call) -> JSON:
    """GET /groups/{key}: with all members in one reply."""
    return show_whole_group(session, the_group(session, call.keys[0]))


def create_group(session: Session, call: Call) -> JSON:
    """POST /groups."""
    return _create(session, call.fields)


def create_groups(session: Session, call: Call) -> JSON:
    """POST /groups/batch: all of them, or none."""
    if not isinstance(call.body, Sequence) or isinstance(call.body, str):
        raise Refused(400, "The request body must be a JSON array.")
    return [_create(session, fields_of(item)) for item in call.body]


def put_group(session: Session, call: Call) -> JSON:
    """PUT /groups/{key}: the fields that are sent; members are not among them."""
    fields = call.fields
    group = the_group(session, call.keys[0])
    name = fields.text("name")
    if name is not None and name != group.name:
        if not name.strip():
            raise Refused(400, "The name must not be empty.")
        _check_name_is_free(session, name, but=group.id)
        group = replace(group, name=name)
    body = dict(group.body)
    for flag in _FLAGS:
        value = fields.flag(flag)
        if value is not None:
            body[flag] = value
    if fields.sent("managedByUserGuid"):
        manager = fields.guid("managedByUserGuid")
        if manager != body["managedByUserGuid"]:
            check_manager(session, manager)
        if manager is not None or session.settings.null_in_put == "clear":
            body["managedByUserGuid"] = manager
    group = replace(group, body=body)
    statement = "UPDATE groups SET name = ?, name_key = ?, is_default = ?, body = ? WHERE id = ?"
    values = (group.name, fold(group.name), int(body["isDefault"] is True), pack(body), group.id)
    session.db.execute(statement, values)
    return show_whole_group(session, group)


def delete_group(session: Session, call: Call) -> JSON:
    """DELETE /groups/{key}: the group is kept as deleted, its memberships are not."""
    group = the_group(session, call.keys[0])
    session.db.execute("UPDATE groups SET deleted = 1 WHERE id = ?", (group.id,))
    session.db.execute("DELETE FROM members WHERE group_id = ?", (group.id,))
    statement = "DELETE FROM nested_groups WHERE group_id = ? OR member_id = ?"
    session.db.execute(statement, (group.id, group.id))
    return None


def link_group_to_user(session: Session, call: Call) -> JSON:
    """POST /users/{key}/groups."""
    user = writable_user(session, call.keys[0])
    guid = call.fields.needed_guid("groupGUID")
    group = _find(session, guid, by_name=False)
    if group is None or group.deleted:
        raise Refused(session.settings.unknown_in_body_status, _NOT_FOUND)
    return _link(session, group.id, user.id)


def link_user_to_group(session: Session, call: Call) -> JSON:
    """POST /groups/{key}/users."""
    group = _live_group(session, call.keys[0])
    user = user_in_body(session, call.fields.needed_guid("userGUID"))
    return _link(session, group.id, user.id)


def unlink_group_from_user(session: Session, call: Call) -> JSON:
    """DELETE /users/{key}/groups/{key}."""
    user = the_user(session, call.keys[0])
    return _unlink(session, _live_group(session, call.keys[1]).id, user.id)


def unlink_user_from_group(session: Session, call: Call) -> JSON:
    """DELETE /groups/{key}/users/{key}."""
    group = _live_group(session, call.keys[0])
    return _unlink(session, group.id, the_user(session, call.keys[1]).id)


def new_group_body(given: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return a body with every member that GET shows, from those that are known."""
    return {**_BODY_DEFAULTS, **given}


def insert_group(db: sqlite3.Connection, group: Group) -> Group:
    """Store a new group, with its number where it has one, and return it with its number."""
    statement = """INSERT INTO groups (id, guid, name, name_key, is_default, deleted, body)
        VALUES (nullif(?, 0), ?, ?, ?, ?, ?, ?)"""
    is_default = int(group.body.get("isDefault") is True)
    values = (group.name, fold(group.name), is_default, int(group.deleted), pack(group.body))
    cursor = db.execute(statement, (group.id, group.guid, *values))
    return replace(group, id=cast("int", cursor.lastrowid))


def the_group(session: Session, key: str) -> Group:
    """Return the group of a GUID or a name in the path, or refuse with 404."""
    group = _find(session, key)
    if group is None or (group.deleted and session.settings.deleted_groups == "hidden"):
        raise Refused(404, _NOT_FOUND)
    return group


def show_group(settings: TenantSettings, group: Group) -> dict[str, JSON]:
    """Return a group as a list gives it."""
    shown: dict[str, JSON] = {"id": group.id, settings.group_guid: group.guid, "name": group.name}
    return {**shown, **group.body, "isDeleted": group.deleted}


def show_whole_group(session: Session, group: Group) -> dict[str, JSON]:
    """Return a group as GET of one gives it: with the GUIDs of members and member groups."""
    deleted_too = session.settings.deleted_users == "listed"
    return {**show_group(session.settings, group), **_members(session, group, deleted_too)}


def all_groups(session: Session) -> list[dict[str, JSON]]:
    """Return every group with its members, whatever the API shows, in the order of GUIDs."""
    shown: list[dict[str, JSON]] = []
    for row in session.db.execute(f"{_COLUMNS} ORDER BY guid").fetchall():
        group = _group(row)
        known = {"id": group.id, "groupGuid": group.guid, "name": group.name}
        members = _members(session, group, deleted_too=True)
        shown.append({**known, **group.body, "isDeleted": group.deleted, **members})
    return shown


def _members(session: Session, group: Group, deleted_too: bool) -> dict[str, JSON]:
    users = """SELECT guid FROM members JOIN users ON id = user_id
        WHERE group_id = ? AND deleted <= ? ORDER BY guid"""
    nested = """SELECT guid FROM nested_groups JOIN groups ON id = member_id
        WHERE group_id = ? ORDER BY guid"""
    return {
        "users": [row[0] for row in session.db.execute(users, (group.id, int(deleted_too)))],
        "groups": [row[0] for row in session.db.execute(nested, (group.id,))],
    }


def _create(session: Session, fields: Fields) -> JSON:
    name = fields.text("name")
    if name is None or not name.strip():
        raise Refused(400, "The name field is required.")
    _check_name_is_free(session, name)
    manager = fields.guid("managedByUserGuid")
    check_manager(session, manager)
    body = new_group_body({flag: fields.flag(flag) or False for flag in _FLAGS})
    body["managedByUserGuid"] = manager
    group = Group(id=0, guid=session.new_guid(), name=name, deleted=False, body=body)
    group = insert_group(session.db, group)
    for key in (*fields.texts("userNames"), *fields.texts("userGuids")):
        user = find_user(session, key)
        if user is None or user.deleted:
            raise Refused(session.settings.unknown_in_body_status, "User not found")
        session.db.execute("INSERT OR IGNORE INTO members VALUES (?, ?)", (group.id, user.id))
    return show_whole_group(session, group)


def _check_name_is_free(session: Session, name: str, but: int = 0) -> None:
    question = "SELECT 1 FROM groups WHERE name_key = ? AND id <> ? AND NOT deleted LIMIT 1"
    taken = session.db.execute(question, (fold(name), but)).fetchone() is not None
    if taken and session.settings.duplicate_group == "refuse":
        text = f"A group with the name '{name}' already exists"
        raise Refused(session.settings.duplicate_group_status, text)


def _live_group(session: Session, key: str) -> Group:
    group = the_group(session, key)
    if group.deleted:
        raise Refused(404, _NOT_FOUND)
    return group


def _link(session: Session, group: int, user: int) -> JSON:
    statement = "INSERT OR IGNORE INTO members VALUES (?, ?)"
    added = session.db.execute(statement, (group, user)).rowcount == 1
    if not added and session.settings.already_member == "refuse":
        raise Refused(400, "The user is already a member of the group")
    return action_reply(session.settings)


def _unlink(session: Session, group: int, user: int) -> JSON:
    statement = "DELETE FROM members WHERE group_id = ? AND user_id = ?"
    removed = session.db.execute(statement, (group, user)).rowcount == 1
    if not removed and session.settings.not_member == "missing":
        raise Refused(404, "The user is not a member of the group")
    return action_reply(session.settings)


def _find(session: Session, key: str, *, by_name: bool = True) -> Group | None:
    guid = guid_in(key)
    row = None
    if guid:
        row = session.db.execute(f"{_COLUMNS} WHERE guid = ?", (guid,)).fetchone()
    if row is None and by_name:
        question = f"{_COLUMNS} WHERE name_key = ? ORDER BY deleted, id LIMIT 1"
        row = session.db.execute(question, (fold(key),)).fetchone()
    return None if row is None else _group(row)


def _group(row: tuple[object, ...]) -> Group:
    number, guid, name, deleted, body = row
    return Group(
        id=cast("int", number),
        guid=str(guid),
        name=str(name),
        deleted=bool(deleted),
        body=unpack(str(body)),
    )
