"""Product assignments: listing them, assigning at once, taking them back."""

import sqlite3
from collections.abc import Mapping, Sequence

from reconciler.sandbox.accounts import user_by_guid, user_in_body
from reconciler.sandbox.pages import page_rows
from reconciler.sandbox.products import Product, product_by_guid, product_in_body
from reconciler.sandbox.replies import action_reply, enveloped
from reconciler.sandbox.store import Session, pack, unpack
from reconciler.sandbox.wire import JSON, Call, Refused, fold, guid_in

_PAGE = "SELECT id, guid, user_id, product_id, body FROM assignments"
_NOT_FOUND = "Product assignment not found"


def list_assignments(session: Session, call: Call) -> JSON:
    """GET /product-assignment."""
    return _listed(session, call, "", ())


def assignments_by_user(session: Session, call: Call) -> JSON:
    """GET /product-assignment/by-user/{guid}."""
    user = user_by_guid(session, _guid(call.keys[0]))
    return _of(session, call, "user_id = ?", user.id if user else None, "User")


def assignments_by_product(session: Session, call: Call) -> JSON:
    """GET /product-assignment/by-product/{guid}."""
    product = product_by_guid(session, _guid(call.keys[0]))
    number = product.id if product else None
    return _of(session, call, "product_id = ?", number, "Product")


def assignments_by_source(session: Session, call: Call) -> JSON:
    """GET /product-assignment/by-source/{source}."""
    return _listed(session, call, "source_key = ?", (fold(call.keys[0]),))


def get_assignment(session: Session, call: Call) -> JSON:
    """GET /product-assignment/by-assignment/{guid}: one object."""
    question = f"{_PAGE} WHERE guid = ? AND {_shown(session)}"
    rows = session.db.execute(question, (_guid(call.keys[0]),)).fetchall()
    if not rows:
        raise Refused(404, _NOT_FOUND)
    return show_assignments(session, rows)[0]


def assign(session: Session, call: Call) -> JSON:
    """POST /product-assignment/{productGuid}: assigned without a request."""
    fields = call.fields
    product = product_by_guid(session, _guid(call.keys[0]))
    if product is None:
        raise Refused(404, "Product not found")
    user = user_in_body(session, fields.needed_guid("userGuid"))
    fields.flag("executeApprovalActions")
    refused = session.settings.request_refused_status
    if user.deleted:
        raise Refused(session.settings.unknown_in_body_status, "User not found")
    allows_more = product.body["allowMultipleRequests"] is True
    if not allows_more and holds(session, user.id, product.id):
        raise Refused(refused, "The product is already assigned to the user")
    if not units_left(session, product):
        raise Refused(refused, "The product is no longer available")
    body: dict[str, JSON] = {"requestedAt": session.now(), "source": fields.text("source")}
    approve(session, user.id, product.id, body)
    return action_reply(session.settings)


def unassign(session: Session, call: Call) -> JSON:
    """POST /product-assignment/unassign/by-product: every assignment of the product to the user."""
    fields = call.fields
    product_guid, user_guid = fields.needed_guid("productGUID"), fields.needed_guid("userGUID")
    fields.flag("executeActions")
    product = product_in_body(session, product_guid)
    user = user_in_body(session, user_guid)
    statement = "DELETE FROM assignments WHERE user_id = ? AND product_id = ?"
    removed = session.db.execute(statement, (user.id, product.id)).rowcount
    if not removed and session.settings.unassign_nothing == "missing":
        raise Refused(404, _NOT_FOUND)
    return action_reply(session.settings)


def holds(session: Session, user: int, product: int) -> bool:
    """Tell whether a user has a product."""
    question = "SELECT 1 FROM assignments WHERE user_id = ? AND product_id = ? LIMIT 1"
    return session.db.execute(question, (user, product)).fetchone() is not None


def units_left(session: Session, product: Product) -> bool:
    """Tell whether a product with a maximum has a unit left."""
    most = product.body["maxCount"]
    if not isinstance(most, int):
        return True
    question = "SELECT count(*) FROM assignments WHERE product_id = ?"
    return int(session.db.execute(question, (product.id,)).fetchone()[0]) < most


def approve(session: Session, user: int, product: int, asked: Mapping[str, JSON]) -> None:
    """Give a user a product, as it was asked for."""
    body: dict[str, JSON] = {
        "requestedAt": asked.get("requestedAt"),
        "approvedAt": session.now(),
        "returnDate": asked.get("returnDate"),
        "source": asked.get("source"),
        "approvalHistory": asked.get("approvalHistory") or [],
    }
    insert_assignment(session.db, session.new_guid(), user, product, body)


def insert_assignment(
    db: sqlite3.Connection, guid: str, user: int, product: int, body: Mapping[str, JSON]
) -> None:
    """Store a new assignment."""
    source = body.get("source")
    statement = """INSERT INTO assignments (guid, user_id, product_id, of_deleted, source_key, body)
        VALUES (?, ?, ?, (SELECT deleted FROM users WHERE id = ?), ?, ?)"""
    values = (guid, user, product, user, fold(str(source)) if source else None, pack(body))
    db.execute(statement, values)


def all_assignments(session: Session) -> list[dict[str, JSON]]:
    """Return every assignment, whatever the API shows, in the order of GUIDs."""
    rows = session.db.execute(f"{_PAGE} ORDER BY guid").fetchall()
    return show_assignments(session, rows)


def show_assignments(session: Session, rows: Sequence[tuple[object, ...]]) -> list[dict[str, JSON]]:
    """Return rows of assignments as GET gives them, each user and product looked up once."""
    users = _names(session, "SELECT guid, name FROM users WHERE id = ?", [row[2] for row in rows])
    question = "SELECT guid, name, json_extract(body, '$.code') FROM products WHERE id = ?"
    products = _names(session, question, [row[3] for row in rows])
    shown: list[dict[str, JSON]] = []
    for _, guid, user, product, body in rows:
        item: dict[str, JSON] = {"assignmentGuid": str(guid)}
        item["userGuid"], item["userName"] = users[user]
        item["productGuid"], item["productName"], item["productSku"] = products[product]
        shown.append({**item, **unpack(str(body))})
    return shown


def _names(
    session: Session, question: str, numbers: Sequence[object]
) -> dict[object, tuple[JSON, ...]]:
    return {number: session.db.execute(question, (number,)).fetchone() for number in set(numbers)}


def _of(session: Session, call: Call, where: str, number: int | None, what: str) -> JSON:
    if number is None:
        if session.settings.assignments_of_unknown == "missing":
            raise Refused(404, f"{what} not found")
        return enveloped(session.settings, [])
    return _listed(session, call, where, (number,))


def _listed(session: Session, call: Call, where: str, values: Sequence[object]) -> JSON:
    where = f"{where} AND {_shown(session)}" if where else _shown(session)
    rows = page_rows(session, call, _PAGE, where, values)
    return enveloped(session.settings, [*show_assignments(session, rows)])


def _shown(session: Session) -> str:
    # The plus keeps SQLite from walking all assignments in order where a few are asked for.
    return "+of_deleted = 0" if session.settings.deleted_users == "hidden" else "1"


def _guid(key: str) -> str:
    found = guid_in(key)
    if found is None:
        raise Refused(400, f"'{key}' is not a GUID.")
    return found
