"""Request bodies: mapped fields with dotted names become HelloID's nested JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.helloid import wire
from reconciler.model.address import AccountRef, fold
from reconciler.model.change import FieldChange, Fields
from reconciler.model.state import Found
from reconciler.model.value import JSON, AccountOf, FieldValue, Generated, Plain, Secret, same

_NOT_SENT: Final = frozenset({"userguid"})
_NOT_SENT_BACK: Final = frozenset({"links", "lastlogin", "password", "islocked"})
"""Not merged into a PUT from what was read: read-only, or (isLocked) of unclear effect when sent."""
_NOT_ECHOED: Final = frozenset({"mustchangepassword", "source", "islocked", "resetmfa", "options"})
"""Fields that HelloID may keep otherwise than sent (source) or not show: no proof of anything."""


class NotKnown(Exception):
    """A value that should be known by now is not; nothing was sent. The message names the field."""


@dataclass(frozen=True, slots=True)
class Sending:
    """The values to send, by field, and the secrets among them, which no answer may repeat."""

    values: Mapping[str, JSON]
    secrets: tuple[str, ...]


def sending(fields: Fields, drawn: Mapping[str, Secret | Plain]) -> Sending:
    """Return what the fields shall hold, the drawn ones filled in; raises NotKnown."""
    values: dict[str, JSON] = {}
    secrets: list[str] = []
    for change in fields:
        if fold(change.field) in _NOT_SENT:
            continue
        value = _value(change, drawn)
        if isinstance(value, Secret):
            secrets.append(value.reveal())
            values[change.field] = value.reveal()
        else:
            known = typed(change.field, value)
            values[change.field] = list(known) if isinstance(known, tuple) else known
    return Sending(values, tuple(secrets))


def typed(field: str, value: Plain) -> Plain:
    """Return a field's value as the API has it: booleans real, except in attributes; numbers as text."""
    if fold(field) in wire.FLAGS and isinstance(value, str):
        return {"true": True, "false": False}.get(fold(value), value)
    if isinstance(value, bool):
        attribute = fold(field).startswith("userattributes.")
        return str(value).lower() if attribute else value
    return str(value) if isinstance(value, int) else value


def emptied(sent: Sending, fields: Iterable[str]) -> Sending:
    """Return what was sent, but "" for these fields: how a text is cleared where null is ignored."""
    return Sending({**sent.values, **dict.fromkeys(fields, "")}, sent.secrets)


def cleared(sent: Sending) -> set[str]:
    """Return the fields sent as null that may as well be sent as an empty text."""
    return {
        field
        for field, value in sent.values.items()
        if value is None and fold(field) != "managedbyuserguid"
    }


def new_body(sent: Sending) -> dict[str, JSON]:
    """Return the body of a new account: disabled if not said, without what is null."""
    body: dict[str, JSON] = {}
    for field, value in sent.values.items():
        if value is not None:
            _put(body, field, value)
    if _present(body, "isEnabled") not in body:
        body["isEnabled"] = False
    return body


def full_body(previous: wire.Row, sent: Sending) -> dict[str, JSON]:
    """Return the whole previous account with the values merged in, so that nothing else is lost.

    A new userName goes into IdentifierObject beside the old one, as the connector does.
    """
    body = {
        name: value
        for name, value in wire.named(previous, wire.ACCOUNT).items()
        if name.casefold() not in _NOT_SENT_BACK
    }
    body["userAttributes"] = wire.attributes(body.get("userAttributes"))
    for field, value in sent.values.items():
        if fold(field) == "username":
            if value != body.get("userName"):
                body["IdentifierObject"] = {"userName": value}
        else:
            _put(body, field, value)
    return body


def moved_fields(found: Found, fields: Fields) -> list[str]:
    """Return the fields that hold neither what the plan saw nor what it wants."""
    return [
        change.field
        for change in fields
        if not _holds(found, change.field, change.before)
        and not _holds(found, change.field, change.after)
    ]


def left_to_write(found: Found, fields: Fields) -> list[str]:
    """Return the plain fields that the account does not hold as they shall be."""
    return [
        change.field
        for change in fields
        if fold(change.field) not in _NOT_SENT
        and not isinstance(change.after, Generated | AccountOf)
        and not _holds(found, change.field, change.after)
    ]


def other_fields(found: Found, fields: Fields) -> list[str]:
    """Return what is left to write of the fields that HelloID shows as they were sent."""
    return [field for field in left_to_write(found, fields) if fold(field) not in _NOT_ECHOED]


def has_drawn(fields: Fields) -> bool:
    """Tell whether a field is drawn when applying, so that no reading can show it."""
    return any(isinstance(change.after, Generated) for change in fields)


def only_unseen(fields: Fields) -> bool:
    """Tell whether no reading can prove anything about these fields."""
    return bool(fields) and all(
        isinstance(change.after, Generated) or fold(change.field) in _NOT_ECHOED
        for change in fields
    )


def user_name_of(fields: Iterable[FieldChange]) -> str | None:
    """Return the userName among the fields."""
    for change in fields:
        if fold(change.field) == "username" and isinstance(change.after, str):
            return change.after
    return None


def as_found(row: wire.Row) -> Found:
    """Return an account as it was just read."""
    body = wire.account(row)
    return Found(
        ref=AccountRef(str(body["userGUID"])),
        user_name=str(body["userName"]),
        enabled=body["isEnabled"] is True,
        deleted=body["isDeleted"] is True,
        body=body,
    )


def _value(change: FieldChange, drawn: Mapping[str, Secret | Plain]) -> Secret | Plain:
    after = change.after
    if isinstance(after, Generated):
        for name in (change.field, after.field):
            if name in drawn:
                return drawn[name]
        raise NotKnown(f"{change.field} was not drawn")
    if isinstance(after, AccountOf):
        raise NotKnown(f"{change.field} needs the account of {after.person}, which is not known")
    return after


def _holds(found: Found, field: str, value: FieldValue) -> bool:
    if isinstance(value, Generated | AccountOf):
        return False
    return same(found.field(field), typed(field, value))


def _put(body: dict[str, JSON], field: str, value: JSON) -> None:
    """Set a dotted field, below the names that are there already whatever their case."""
    *outer, last = field.split(".")
    at = body
    for name in outer:
        key = _present(at, name)
        inner = at.get(key)
        at[key] = deeper = dict(inner) if isinstance(inner, Mapping) else {}
        at = deeper
    at[_present(at, last)] = value


def _present(body: Mapping[str, JSON], name: str) -> str:
    if name in body:
        return name
    return next((key for key in body if key.casefold() == name.casefold()), name)
