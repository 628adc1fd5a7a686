"""Products: the list and the details of both generations, and creating them."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID, uuid5

from reconciler.sandbox.groups import the_group
from reconciler.sandbox.pages import page_rows
from reconciler.sandbox.replies import enveloped
from reconciler.sandbox.store import Session, pack, unpack
from reconciler.sandbox.wire import JSON, Call, Fields, Refused, fold, guid_in

_COLUMNS = "SELECT id, guid, name, body FROM products"
NOT_FOUND = "Product not found"
_VISIBILITIES = ("All", "ResourceOwnerAndManager", "ResourceOwner", "Disabled")
_COMMENTS = ("Optional", "Hidden", "Required")
_EVENTS = ("onRequest", "onApprove", "onDeny", "onReturn", "onWithdrawn")
_FLAGS = (
    "showPrice",
    "hasRiskFactor",
    "allowMultipleRequests",
    "useFaIcon",
    "returnOnUserDisable",
    "hasTimeLimit",
    "managerCanOverrideDuration",
)
_AS_SENT = (
    "categories",
    "resourceOwnerGroup",
    "approvalWorkflow",
    "agentPool",
    "dynamicForm",
    "price",
    "icon",
    "faIcon",
    "limitType",
    "accessGroups",
    "actions",
    *_EVENTS,
)
_WORKFLOWS = {False: "Auto-Approve", True: "Manager approval"}
_NAMESPACE = UUID("7c1b0a2e-5f0c-4a57-9a4b-0f4f5a3b6d11")
_BODY_DEFAULTS: Mapping[str, JSON] = {
    "description": "",
    "code": None,
    "categories": [],
    "resourceOwnerGroup": None,
    "approvalWorkflow": None,
    "agentPool": None,
    "dynamicForm": None,
    "showPrice": False,
    "price": None,
    "visibility": "All",
    "requestComment": "Optional",
    "maxCount": None,
    "hasRiskFactor": False,
    "riskFactor": 1,
    "allowMultipleRequests": False,
    "icon": None,
    "useFaIcon": False,
    "faIcon": None,
    "returnOnUserDisable": False,
    "hasTimeLimit": False,
    "managerCanOverrideDuration": False,
    "limitType": "Fixed",
    "ownershipMaxDuration": None,
    "accessGroups": [],
    "actions": [],
}


@dataclass(frozen=True, slots=True)
class Product:
    """One product; `id` is 0 before it is stored."""

    id: int
    guid: str
    name: str
    body: Mapping[str, JSON]


def list_products(session: Session, call: Call) -> JSON:
    """GET /products: disabled ones too."""
    rows = page_rows(session, call, _COLUMNS, "1", ())
    return enveloped(session.settings, [_answered(session, _product(row)) for row in rows])


def get_product(session: Session, call: Call) -> JSON:
    """GET /products/{guid}: with its actions by event."""
    product = _the_product(session, call.keys[0])
    return {**{event: [] for event in _EVENTS}, **_answered(session, product)}


def list_products_old(session: Session, call: Call) -> JSON:
    """GET /selfservice/products, the generation before."""
    rows = page_rows(session, call, _COLUMNS, "1", ())
    return enveloped(session.settings, [_show_old(_product(row)) for row in rows])


def get_product_old(session: Session, call: Call) -> JSON:
    """GET /selfservice/products/{guid}."""
    return _show_old(_the_product(session, call.keys[0]))


def save_product(session: Session, call: Call) -> JSON:
    """POST /products: a new product, or an update where its GUID is sent."""
    return _answered(session, _save(session, call.fields))


def save_product_old(session: Session, call: Call) -> JSON:
    """POST /selfservice/products, which does the same and answers in the older words."""
    return _show_old(_save(session, call.fields))


def new_product_body(given: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return a body with every member that GET shows, from those that are known."""
    return {**_BODY_DEFAULTS, **given}


def insert_product(db: sqlite3.Connection, product: Product) -> Product:
    """Store a new product and return it with its number."""
    statement = "INSERT INTO products (guid, name, code_key, body) VALUES (?, ?, ?, ?)"
    cursor = db.execute(statement, (product.guid, *_row(product)))
    return replace(product, id=cast("int", cursor.lastrowid))


def product_in_body(session: Session, guid: str) -> Product:
    """Return the product that a body names by GUID."""
    product = product_by_guid(session, guid)
    if product is None:
        raise Refused(session.settings.unknown_in_body_status, NOT_FOUND)
    return product


def product_by_guid(session: Session, guid: str) -> Product | None:
    """Return the product of a GUID in lower case."""
    row = session.db.execute(f"{_COLUMNS} WHERE guid = ?", (guid,)).fetchone()
    return None if row is None else _product(row)


def show_product(product: Product) -> dict[str, JSON]:
    """Return a product as a list gives it."""
    return {"productId": product.guid, "name": product.name, **product.body}


def waits(session: Session, product: Product) -> bool:
    """Tell whether a request for the product waits for approval."""
    named = {fold(name) for name in session.settings.pending_products}
    return session.settings.approval == "pending" or fold(product.name) in named


def _answered(session: Session, product: Product) -> dict[str, JSON]:
    """Return a product as GET gives it; its workflow is named after what really happens here."""
    shown = show_product(product)
    named = _name_of(shown["approvalWorkflow"])
    is_auto = fold(named).replace("-", "").replace(" ", "") == "autoapprove"
    if waits(session, product) == is_auto or not named:
        name = _WORKFLOWS[waits(session, product)]
        shown["approvalWorkflow"] = {"id": str(uuid5(_NAMESPACE, name)), "name": name}
    return shown


def _name_of(workflow: JSON) -> str:
    """Return the name of a workflow, or "" where there is none."""
    name = workflow.get("name") if isinstance(workflow, Mapping) else None
    return name if isinstance(name, str) else ""


def all_products(session: Session) -> list[Product]:
    """Return every product, in the order of GUIDs."""
    return [_product(row) for row in session.db.execute(f"{_COLUMNS} ORDER BY guid").fetchall()]


def _save(session: Session, fields: Fields) -> Product:
    guid = fields.guid(fields.first("productId", "selfServiceProductGUID", "productGUID"))
    before = product_by_guid(session, guid) if guid else None
    if guid and before is None:
        raise Refused(404, NOT_FOUND)
    name = fields.text("name") or (before.name if before else None)
    if name is None or not name.strip():
        raise Refused(400, "The name field is required.")
    body = dict(before.body) if before else new_product_body({})
    body |= _sent_fields(session, fields)
    _check_choices(body)
    product = Product(before.id if before else 0, guid or session.new_guid(), name, body)
    _check_code_is_free(session, product)
    if not before:
        return insert_product(session.db, product)
    statement = "UPDATE products SET name = ?, code_key = ?, body = ? WHERE id = ?"
    session.db.execute(statement, (*_row(product), product.id))
    return product


def _sent_fields(session: Session, fields: Fields) -> dict[str, JSON]:
    sent: dict[str, JSON] = {
        name: fields.raw(name) for name in _AS_SENT if fields.raw(name) is not None
    }
    for name in ("description", "code", "visibility", "requestComment"):
        if (text := fields.text(name)) is not None:
            sent[name] = text
    for name in _FLAGS:
        if (flag := fields.flag(name)) is not None:
            sent[name] = flag
    for name in ("maxCount", "riskFactor", "ownershipMaxDuration"):
        if (number := fields.whole(name)) is not None:
            sent[name] = number
    if fields.flag("isEnabled") is False:
        sent["visibility"] = "Disabled"
    owner = fields.text(fields.first("managedByGroupGUID", "managedByGroupName"))
    if owner:
        group = the_group(session, owner)
        sent["resourceOwnerGroup"] = {"id": group.guid, "name": group.name}
    return sent


def _check_choices(body: Mapping[str, JSON]) -> None:
    for name, choices in (("visibility", _VISIBILITIES), ("requestComment", _COMMENTS)):
        if body[name] not in choices:
            raise Refused(400, f"{name} must be one of {', '.join(choices)}.")


def _check_code_is_free(session: Session, product: Product) -> None:
    code = product.body["code"]
    question = "SELECT 1 FROM products WHERE code_key = ? AND id <> ? LIMIT 1"
    if code and session.db.execute(question, (fold(str(code)), product.id)).fetchone():
        raise Refused(409, f"A product with the code '{code}' already exists")


def _the_product(session: Session, key: str) -> Product:
    guid = guid_in(key)
    product = product_by_guid(session, guid) if guid else None
    if product is None:
        raise Refused(404, NOT_FOUND)
    return product


def _show_old(product: Product) -> dict[str, JSON]:
    owner = product.body["resourceOwnerGroup"]
    names = Fields(owner if isinstance(owner, Mapping) else {})
    shown = show_product(product)
    del shown["productId"], shown["visibility"], shown["resourceOwnerGroup"]
    return {
        "selfServiceProductGUID": product.guid,
        **shown,
        "isEnabled": product.body["visibility"] != "Disabled",
        "managedByGroupGUID": names.raw("id"),
        "managedByGroupName": names.raw("name"),
    }


def _row(product: Product) -> tuple[str, str | None, str]:
    code = product.body.get("code")
    return product.name, fold(str(code)) if code else None, pack(product.body)


def _product(row: tuple[object, ...]) -> Product:
    number, guid, name, body = row
    return Product(cast("int", number), str(guid), str(name), unpack(str(body)))
