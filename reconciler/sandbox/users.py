"""The endpoints of users: list, read, create, update with rename and restore, soft delete."""

import json
from collections.abc import Mapping
from dataclasses import replace

from reconciler.sandbox.accounts import (
    NOT_FOUND,
    User,
    check_manager,
    check_name_is_free,
    insert_user,
    new_body,
    show_user,
    the_user,
    update_user,
    user_columns,
    users_from,
)
from reconciler.sandbox.holdings import drop_holdings, return_on_disable, show_holdings
from reconciler.sandbox.pages import page_rows
from reconciler.sandbox.passwords import check_password
from reconciler.sandbox.replies import enveloped
from reconciler.sandbox.store import Session
from reconciler.sandbox.wire import JSON, Call, Fields, Refused, fields_of, fold

_TEXTS = ("firstName", "lastName", "contactEmail")


def list_users(session: Session, call: Call) -> JSON:
    """GET /users: live ones, or with isDeleted=true only the deleted ones."""
    where = "deleted = ?"
    bound: list[object] = [int(call.query.flag("isDeleted") or False)]
    search = call.query.text("search")
    enabled = call.query.flag("enabled")
    if enabled is not None:
        where += " AND enabled = ?"
        bound.append(int(enabled))
    if search:
        where += " AND instr(search, ?) > 0"
        bound.append(fold(search))
    found = users_from(page_rows(session, call, user_columns(), where, bound))
    shown: list[JSON] = [show_user(session.settings, user) for user in found]
    return enveloped(session.settings, shown)


def get_user(session: Session, call: Call) -> JSON:
    """GET /users/{key}: also deleted ones."""
    return show_user(session.settings, the_user(session, call.keys[0]))


def create_user(session: Session, call: Call) -> JSON:
    """POST /users: a user that did not exist, put into the default groups."""
    fields = call.fields
    name = fields.text("userName")
    if name is None or not name.strip():
        raise Refused(400, "The userName field is required.")
    source = fields.text("source")
    if session.settings.source_of_new_user == "api" or not source:
        source = "API"
    check_password(session.settings, source, fields.text("password"))
    check_name_is_free(session, name)
    manager = fields.guid("managedByUserGUID")
    check_manager(session, manager)
    body = new_body({field: fields.text(field) for field in _TEXTS})
    body["source"] = source
    body["managedByUserGUID"] = manager
    body["immutableId"] = fields.text(fields.first("immutableId", "adsid", "sid")) or None
    body["mustChangePassword"] = fields.flag("mustChangePassword") or False
    body["userAttributes"] = _attributes(session, {}, fields)
    user = User(
        id=0,
        guid=session.new_guid(),
        name=name,
        enabled=fields.flag("isEnabled") or False,
        deleted=False,
        body=body,
    )
    user = insert_user(session.db, user)
    statement = "INSERT INTO members SELECT id, ? FROM groups WHERE is_default AND NOT deleted"
    session.db.execute(statement, (user.id,))
    return show_user(session.settings, user)


def put_user(session: Session, call: Call) -> JSON:
    """PUT /users/{key}: the fields that are sent; rename by IdentifierObject, restore by isSoftDeleted."""
    fields = call.fields
    before = the_user(session, call.keys[0])
    after = _restored(session, before, fields)
    if after.deleted and session.settings.deleted_user_writes == "missing":
        raise Refused(404, NOT_FOUND)
    after = _renamed(session, after, fields)
    body = {**after.body, **_sent_fields(session, after.body, fields)}
    check_password(session.settings, body["source"], fields.text("password"))
    enabled = fields.flag("isEnabled")
    after = replace(after, body=body, enabled=after.enabled if enabled is None else enabled)
    update_user(session.db, after)
    if before.enabled and not after.enabled:
        return_on_disable(session, after.id)
    return show_user(session.settings, after)


def delete_user(session: Session, call: Call) -> JSON:
    """DELETE /users/{key}: the user is kept and found, and leaves the default list."""
    user = the_user(session, call.keys[0], numeric=True)
    if user.deleted:
        if session.settings.delete_again == "missing":
            raise Refused(404, NOT_FOUND)
        return None
    _delete(session, user)
    return None


def _delete(session: Session, user: User) -> User:
    enabled = user.enabled and not session.settings.deletion_disables
    user = replace(user, deleted=True, enabled=enabled)
    update_user(session.db, user)
    drop_holdings(session, user.id)
    return user


def _restored(session: Session, user: User, fields: Fields) -> User:
    wanted = fields.flag("isSoftDeleted")
    if wanted is None or wanted == user.deleted:
        return user
    if wanted:
        return _delete(session, user)
    if session.settings.restore == "refused":
        raise Refused(400, "A deleted user cannot be restored")
    if session.settings.restore == "ignored":
        return user
    _check_no_live_twin(session, user)
    show_holdings(session, user.id)
    return replace(user, deleted=False)


def _check_no_live_twin(session: Session, user: User) -> None:
    question = "SELECT 1 FROM users WHERE name_key = ? AND id <> ? AND NOT deleted LIMIT 1"
    if session.db.execute(question, (fold(user.name), user.id)).fetchone():
        text = f"A user with the user name '{user.name}' already exists"
        raise Refused(session.settings.duplicate_user_status, text)


def _renamed(session: Session, user: User, fields: Fields) -> User:
    identifiers = fields.object("IdentifierObject")
    if identifiers is None:
        return user
    wanted = fields_of(identifiers)
    name = wanted.text("userName")
    if name is not None and name != user.name:
        if not name.strip():
            raise Refused(400, "The userName must not be empty.")
        check_name_is_free(session, name, but=user.id)
        user = replace(user, name=name)
    immutable = wanted.text(wanted.first("immutableId", "adsid", "sid"))
    if immutable:
        user = replace(user, body={**user.body, "immutableId": immutable})
    return user


def _sent_fields(session: Session, body: Mapping[str, JSON], fields: Fields) -> dict[str, JSON]:
    clears = session.settings.null_in_put == "clear"
    sent: dict[str, JSON] = {}
    for name in _TEXTS:
        value = fields.text(name)
        if fields.sent(name) and (clears or value is not None):
            sent[name] = value
    if fields.sent("managedByUserGUID"):
        manager = fields.guid("managedByUserGUID")
        if manager != body.get("managedByUserGUID"):
            check_manager(session, manager)
        if clears or manager is not None:
            sent["managedByUserGUID"] = manager
    must_change, locked = fields.flag("mustChangePassword"), fields.flag("isLocked")
    fields.flag("resetMFA")
    if must_change is not None:
        sent["mustChangePassword"] = must_change
    if locked is not None and session.settings.is_locked == "state":
        sent["isLocked"] = locked
    elif locked:
        sent["isLocked"] = False
    if source := fields.text("source"):
        sent["source"] = source
    for name in ("options", "roles"):
        if fields.raw(name) is not None:
            sent[name] = fields.raw(name)
    old = body.get("userAttributes")
    sent["userAttributes"] = _attributes(session, old if isinstance(old, Mapping) else {}, fields)
    sent.setdefault("source", body.get("source"))
    return sent


def _attributes(session: Session, old: Mapping[str, JSON], fields: Fields) -> dict[str, JSON]:
    wanted = fields.object("userAttributes")
    if wanted is None:
        cleared = fields.sent("userAttributes") and session.settings.null_in_put == "clear"
        return {} if cleared else dict(old)
    merged = dict(old) if session.settings.user_attributes_in_put == "merge" else {}
    for name, value in wanted.items():
        known = _spelling(session, merged, name)
        if value is not None:
            merged[known] = _attribute_text(name, value)
        elif session.settings.null_in_put == "ignore":
            if name in old:
                merged[known] = old[name]
        elif session.settings.null_attribute == "kept":
            merged[known] = None
        else:
            merged.pop(known, None)
    return merged


def _spelling(session: Session, attributes: Mapping[str, JSON], name: str) -> str:
    if name in attributes or session.settings.attribute_names == "exact":
        return name
    return next((known for known in attributes if fold(known) == fold(name)), name)


def _attribute_text(name: str, value: JSON) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    raise Refused(400, f"The value of userAttributes.{name} is not valid: it must be a text.")
