"""The API as an ASGI application: routes, credentials, one transaction for each request."""

import base64
import binascii
import hmac
import sqlite3
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from reconciler.sandbox import assignments, groups, products, requesting, users
from reconciler.sandbox.faults import Faults
from reconciler.sandbox.misbehaving import Misbehaving, Recorded
from reconciler.sandbox.replies import error_body
from reconciler.sandbox.settings import TenantSettings
from reconciler.sandbox.store import Session, Store, meta
from reconciler.sandbox.wire import JSON, Call, Fields, Refused, parse_body

PREFIX = "/api/v1"

Handler: TypeAlias = Callable[[Session, Call], JSON]

# What is asked most comes first; a fixed path comes before one with a key in its place.
_ROUTES: Mapping[str, Mapping[str, Handler]] = {
    "/users/{a}/groups": {"POST": groups.link_group_to_user},
    "/users/{a}/groups/{b}": {"DELETE": groups.unlink_group_from_user},
    "/groups/batch": {"POST": groups.create_groups},
    "/groups/{a}": {
        "GET": groups.get_group,
        "PUT": groups.put_group,
        "DELETE": groups.delete_group,
    },
    "/users": {"GET": users.list_users, "POST": users.create_user},
    "/users/{a}": {"GET": users.get_user, "PUT": users.put_user, "DELETE": users.delete_user},
    "/groups": {"GET": groups.list_groups, "POST": groups.create_group},
    "/groups/{a}/users": {"POST": groups.link_user_to_group},
    "/groups/{a}/users/{b}": {"DELETE": groups.unlink_user_from_group},
    "/products": {"GET": products.list_products, "POST": products.save_product},
    "/products/{a}": {"GET": products.get_product},
    "/selfservice/products": {
        "GET": products.list_products_old,
        "POST": products.save_product_old,
    },
    "/selfservice/products/request": {"POST": requesting.request_product},
    "/selfservice/products/{a}": {"GET": products.get_product_old},
    "/product-assignment": {"GET": assignments.list_assignments},
    "/product-assignment/by-user/{a}": {"GET": assignments.assignments_by_user},
    "/product-assignment/by-product/{a}": {"GET": assignments.assignments_by_product},
    "/product-assignment/by-source/{a}": {"GET": assignments.assignments_by_source},
    "/product-assignment/by-assignment/{a}": {"GET": assignments.get_assignment},
    "/product-assignment/unassign/by-product": {"POST": assignments.unassign},
    "/product-assignment/{a}": {"POST": assignments.assign},
}


def create_app(
    state: Path | str, settings: TenantSettings | None = None, faults: Faults | None = None
) -> Starlette:
    """Return the tenant of a state file as an application, its routes below `/api/v1`.

    The file is created where it does not exist. Settings are kept in it; without any it goes on with
    those it has. `app.state.recorded` lists the requests where the faults ask for a record;
    `app.state.close()` lets go of the file. Raises StateError where the file is no tenant's.
    """
    store = Store(state, settings)
    with store.session(write=False) as session:
        pair = f"{meta(session.db, 'api_key')}:{meta(session.db, 'api_secret')}"
    recorded: list[Recorded] = []
    outermost = [Middleware(Misbehaving, faults=faults, recorded=recorded)] if faults else []
    app = Starlette(
        routes=[_route(store, path, handlers) for path, handlers in _ROUTES.items()],
        middleware=[*outermost, Middleware(_Door, settings=store.settings, pair=pair.encode())],
        exception_handlers={HTTPException: _no_such_thing(store.settings)},
    )
    app.router.redirect_slashes = False
    app.state.recorded = recorded
    app.state.close = weakref.finalize(app, store.close)
    return app


def _route(store: Store, path: str, handlers: Mapping[str, Handler]) -> Route:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        method = "GET" if request.method == "HEAD" else request.method
        return _answered(store, handlers[method], request, raw)

    return Route(PREFIX + path, endpoint, methods=list(handlers))


def _answered(store: Store, handler: Handler, request: Request, raw: bytes) -> Response:
    try:
        writes = request.method not in ("GET", "HEAD")
        body = parse_body(raw, request.headers.get("content-type")) if writes else None
        keys = [_key(text) for text in request.path_params.values()]
        call = Call(keys, Fields(dict(request.query_params)), body)
        with store.session(write=writes) as session:
            answer = handler(session, call)
    except Refused as refused:
        return _error(store.settings, refused.status, refused.text)
    except sqlite3.OperationalError as error:
        # Another process holds the file, or the disk is full: the transaction surely did not happen.
        busy = _error(store.settings, 503, f"The tenant cannot work: {error}")
        busy.headers["Retry-After"] = "1"
        return busy
    return Response(status_code=200) if answer is None else JSONResponse(answer)


def _key(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise Refused(400, "The path is not UTF-8.") from error


def _error(settings: TenantSettings, status: int, text: str) -> Response:
    body = error_body(settings, status, text)
    if isinstance(body, str):
        return Response(body, status, media_type="text/plain")
    return JSONResponse(body, status)


def _no_such_thing(
    settings: TenantSettings,
) -> Callable[[Request, Exception], Response]:
    def handle(_request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        answer = _error(settings, error.status_code, error.detail)
        answer.headers.update(error.headers or {})
        return answer

    return handle


@dataclass(frozen=True, slots=True)
class _Door:
    """Lets in who has the key; keeps path segments encoded, so that a key may hold a slash."""

    app: ASGIApp
    settings: TenantSettings
    pair: bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if not hmac.compare_digest(_offered(scope), self.pair):
            refused = _error(self.settings, 401, "Unauthorized")
            refused.headers["WWW-Authenticate"] = 'Basic realm="HelloID"'
            await refused(scope, receive, send)
            return
        path = scope["raw_path"].decode("ascii", "replace")
        await self.app({**scope, "path": path.rstrip("/") or "/"}, receive, send)


def _offered(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, coded = value.partition(b" ")
            if kind.lower() != b"basic":
                return b""
            try:
                return base64.b64decode(coded.strip(), validate=True)
            except binascii.Error:
                return b""
    return b""
