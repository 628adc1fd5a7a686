"""A tenant that tests talk to: the same calls inside the process and over loopback HTTP."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from reconciler.sandbox import Faults, TenantSettings, create_app, credentials, serving

NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Tenant:
    state: Path
    client: httpx.AsyncClient
    runner: asyncio.Runner
    recorded: list[Any]

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        sent = {} if body is None else {"json": body}
        return self.runner.run(self.client.request(method, path, params=query or None, **sent))

    def raw(self, method: str, path: str, **how: Any) -> httpx.Response:
        return self.runner.run(self.client.request(method, path, **how))

    def get(self, path: str, **query: Any) -> Any:
        return good(self.call("GET", path, **query)).json()

    def post(self, path: str, body: Any) -> Any:
        answer = good(self.call("POST", path, body))
        return answer.json() if answer.content else None

    def put(self, path: str, body: Any) -> Any:
        return good(self.call("PUT", path, body)).json()

    def delete(self, path: str) -> None:
        assert good(self.call("DELETE", path)).content == b""

    def user(self, name: str, **fields: Any) -> str:
        return self.post("/users", {"userName": name, **fields})["userGUID"]

    def group(self, name: str, **fields: Any) -> str:
        return self.post("/groups", {"name": name, **fields})["groupGuid"]

    def product(self, name: str, **fields: Any) -> str:
        return self.post("/products", {"name": name, **fields})["productId"]

    def link(self, user: str, group: str) -> None:
        self.post(f"/users/{user}/groups", {"groupGUID": group})

    def request(self, user: str, product: str, **more: Any) -> httpx.Response:
        names = ("requestedProductGUID", "requestedByUserGUID", "requestedForUserGUID")
        body = dict(zip(names, (product, user, user), strict=True))
        return self.call("POST", "/selfservice/products/request", {**body, **more})

    def names(self, **query: Any) -> list[str]:
        return sorted(user["userName"] for user in self.get("/users", **query))


def good(answer: httpx.Response) -> httpx.Response:
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer


def refused(answer: httpx.Response, status: int, text: str) -> None:
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert text in (body.get("message") or body.get("resultMsg"))


def key(text: str) -> str:
    return quote(text, safe="")


@contextmanager
def inside(
    state: Path, settings: TenantSettings | None = None, faults: Faults | None = None
) -> Generator[Tenant]:
    app = create_app(state, settings, faults)
    transport = httpx.ASGITransport(app)
    client = httpx.AsyncClient(
        transport=transport, base_url="http://inside/api/v1", auth=credentials(state)
    )
    with asyncio.Runner() as runner:
        yield Tenant(state, client, runner, app.state.recorded)
        runner.run(client.aclose())
    app.state.close()


@contextmanager
def outside(
    state: Path, settings: TenantSettings | None = None, faults: Faults | None = None
) -> Generator[Tenant]:
    with serving(state, settings, faults) as address, asyncio.Runner() as runner:
        auth = (address["api_key"], address["api_secret"])
        transport = httpx.AsyncHTTPTransport(verify=False)  # plain HTTP; a TLS context is slow
        client = httpx.AsyncClient(transport=transport, base_url=address["base_url"], auth=auth)
        yield Tenant(state, client, runner, [])
        runner.run(client.aclose())
