"""Asking for a product, and what a product demands of whoever asks."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from reconciler.sandbox.accounts import User, user_in_body
from reconciler.sandbox.assignments import approve, holds, units_left
from reconciler.sandbox.products import Product, product_in_body, waits
from reconciler.sandbox.replies import action_reply
from reconciler.sandbox.store import Session, pack
from reconciler.sandbox.wire import JSON, Call, Fields, Refused

RequestStatus: TypeAlias = Literal["pending", "approved", "denied", "withdrawn"]

_DATE = "%Y-%m-%d %H:%M:%S.%f"
_LONGEST = 100 * 366 * 24 * 3600


def request_product(session: Session, call: Call) -> JSON:
    """POST /selfservice/products/request: an assignment at once, or a request that waits."""
    fields = call.fields
    product_guid = fields.needed_guid("requestedProductGUID")
    by_guid = fields.needed_guid("requestedByUserGUID")
    for_guid = fields.needed_guid("requestedForUserGUID")
    product = product_in_body(session, product_guid)
    asker, holder = _live(session, by_guid), _live(session, for_guid)
    comment = fields.text("comment")
    _check_demands(session, product, fields, comment)
    _check_again(session, product, holder)
    is_waiting = waits(session, product)
    until = _end(session, fields)
    body: dict[str, JSON] = {
        "requestedAt": session.now(),
        "returnDate": until,
        "comment": comment,
        "formData": fields.object("formData"),
    }
    statement = """INSERT INTO requests (guid, user_id, product_id, by_id, status, body)
        VALUES (?, ?, ?, ?, ?, ?)"""
    status: RequestStatus = "pending" if is_waiting else "approved"
    values = (session.new_guid(), holder.id, product.id, asker.id, status, pack(body))
    session.db.execute(statement, values)
    if not is_waiting:
        approve(session, holder.id, product.id, body)
    return action_reply(session.settings)


def _live(session: Session, guid: str) -> User:
    user = user_in_body(session, guid)
    if user.deleted:
        raise Refused(session.settings.unknown_in_body_status, "User not found")
    return user


def _check_demands(session: Session, product: Product, fields: Fields, comment: str | None) -> None:
    body = product.body
    missing: str | None = None
    if body["visibility"] == "Disabled":
        missing = "The product is disabled and cannot be requested"
    elif body["requestComment"] == "Required" and not (comment or "").strip():
        missing = "The product demands a comment"
    elif body["dynamicForm"] and not fields.object("formData"):
        missing = "The product has a form; formData is required"
    elif body["hasTimeLimit"] and _end(session, fields) is None:
        missing = "The product has a time limit; toDate or durationInSeconds is required"
    if missing:
        raise Refused(session.settings.request_refused_status, missing)


def _check_again(session: Session, product: Product, holder: User) -> None:
    settings = session.settings
    if product.body["allowMultipleRequests"] is not True:
        if holds(session, holder.id, product.id):
            text = "The product is already assigned to the user"
            raise Refused(settings.request_refused_status, text)
        question = (
            "SELECT 1 FROM requests WHERE user_id = ? AND product_id = ? AND status = 'pending'"
        )
        waiting = session.db.execute(question, (holder.id, product.id)).fetchone() is not None
        if waiting and settings.request_while_pending == "refuse":
            text = "The product is already requested for the user"
            raise Refused(settings.request_refused_status, text)
    if not units_left(session, product):
        raise Refused(settings.request_refused_status, "The product is no longer available")


def _end(session: Session, fields: Fields) -> str | None:
    now = datetime.fromisoformat(session.now())
    seconds = fields.whole("durationInSeconds")
    if seconds is not None:
        if not 0 < seconds <= _LONGEST:
            raise Refused(400, "durationInSeconds must be positive and at most a hundred years.")
        return (now + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
    until = fields.text("toDate")
    if not until:
        return None
    try:
        end = datetime.strptime(until, _DATE)  # noqa: DTZ007 - HelloID's dates have no zone
    except ValueError as error:
        raise Refused(400, "toDate must be written as yyyy-MM-dd HH:mm:ss.fff.") from error
    if end <= now:
        raise Refused(400, "toDate must be in the future.")
    return end.isoformat(timespec="milliseconds")


def request_row(row: tuple[object, ...], body: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return a request for people who look at the tenant from outside its API."""
    guid, user, user_name, product, product_name, status = (str(value) for value in row)
    return {
        "requestGuid": guid,
        "userGuid": user,
        "userName": user_name,
        "productGuid": product,
        "productName": product_name,
        "status": status,
        **body,
    }
