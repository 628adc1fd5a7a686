"""A tenant in a box with some people in it, spoken to inside the process or over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from reconciler import sandbox
from reconciler.helloid import ASGIApp, HelloID, open_tenant
from reconciler.model.address import (
    AccountName,
    AccountRef,
    Permission,
    PermissionKind,
    PermissionRef,
    PersonId,
)
from reconciler.model.change import FieldChange, Subject
from reconciler.model.run import Answer
from reconciler.model.settings import Scope, Target
from reconciler.model.state import Actual, Found
from reconciler.model.value import JSON, FieldValue, Secret
from reconciler.sandbox import Fault, Faults, Recorded, TenantSettings
from tests.helloid.times import Time

T = TypeVar("T")


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


ANNA, BOB, GONE, ROBOT = (AccountRef(guid(n)) for n in (1, 2, 3, 4))
SALES, ADMINS = (PermissionRef(guid(n)) for n in (11, 12))
CRM, SUITE = (PermissionRef(guid(n)) for n in (21, 22))


def user(ref: str, name: str, **more: JSON) -> dict[str, JSON]:
    attributes: dict[str, JSON] = {"title": "Clerk", "floor": "3"}
    row: dict[str, JSON] = {"userGUID": ref, "userName": name, "isEnabled": True}
    return {**row, "firstName": "Jo", "userAttributes": attributes, **more}


SEED: dict[str, JSON] = {
    "format_version": "1.0",
    "accounts": [
        user(ANNA, "anna@example.org", immutableId="S-1-5", contactEmail="anna@example.org"),
        user(BOB, "bob#EXT#/x? é@example.org", isEnabled=False),
        user(GONE, "gone@example.org", isDeleted=True),
        user(ROBOT, "svc-backup"),
    ],
    "groups": [
        {"groupGuid": SALES, "name": "Sales", "isEnabled": True, "users": [ANNA, ROBOT]},
        {"groupGuid": ADMINS, "name": "Admins", "isEnabled": True, "groups": [SALES]},
    ],
    "products": [
        {"productId": CRM, "name": "CRM", "requestComment": "Required"},
        {"productId": SUITE, "name": "Suite"},
    ],
    "assignments": [{"assignmentGuid": guid(31), "userGuid": ANNA, "productGuid": CRM}],
}


@dataclass
class Box:
    """A seeded tenant; `run` speaks to it, each time over a new line."""

    target: Target
    state: Path
    app: ASGIApp | None
    credentials: tuple[str, str] | None
    recorded: list[Recorded]
    scope: Scope = field(default_factory=Scope)
    time: Time = field(default_factory=Time)

    def run(self, asked: Callable[[HelloID], Awaitable[T]]) -> T:
        async def go() -> T:
            opened = open_tenant(
                self.target,
                self.scope,
                "Please",
                self.app,
                self.credentials,
                self.time.pace(tries=8),
            )
            async with opened as tenant:
                return await asked(tenant)

        return asyncio.run(go())

    def refill(self, snapshot: Mapping[str, JSON] = SEED) -> None:
        sandbox.seed(self.state, snapshot)

    def read(self) -> Actual:
        return self.run(lambda tenant: tenant.read())

    def account(self, ref: AccountRef) -> Found:
        return self.read().accounts[ref]

    def writes(self) -> list[tuple[str, str]]:
        return [(r.method, r.path) for r in self.recorded if r.method != "GET"]

    def bodies(self) -> list[JSON]:
        return [request.body for request in self.recorded if request.method != "GET"]


@contextmanager
def inside(folder: Path, settings: TenantSettings | None = None, *faults: Fault) -> Generator[Box]:
    """Give a box inside the process that records every request."""
    state = folder / "tenant.db"
    app = sandbox.create_app(state, settings, Faults(faults, record=True))
    sandbox.seed(state, SEED)
    target = Target(f"sandbox:{state.name}")
    try:
        yield Box(target, state, app, sandbox.credentials(state), app.state.recorded)
    finally:
        app.state.close()


@contextmanager
def over_http(
    folder: Path, settings: TenantSettings | None = None, *faults: Fault
) -> Generator[Box]:
    """Give a box behind a real server."""
    state = folder / "tenant.db"
    with sandbox.serving(state, settings, Faults(faults) if faults else None) as at:
        sandbox.seed(state, SEED)
        key, secret = Secret(at["api_key"]), Secret(at["api_secret"])
        yield Box(Target(at["base_url"], key, secret, timeout_seconds=5), state, None, None, [])


def about(ref: AccountRef | None, name: str) -> Subject:
    return Subject(PersonId("10001"), AccountName(ref, name))


ABOUT_ANNA = about(ANNA, "anna@example.org")
ABOUT_BOB = about(BOB, "bob#EXT#/x? é@example.org")
ABOUT_GONE = about(GONE, "gone@example.org")
ABOUT_NOBODY = about(AccountRef(guid(99)), "nobody@example.org")


def group(ref: PermissionRef | None, name: str) -> Permission:
    return Permission(PermissionKind.GROUP, name, ref)


def product(ref: PermissionRef, name: str) -> Permission:
    return Permission(PermissionKind.PRODUCT, name, ref)


def change(name: str, before: FieldValue, after: FieldValue) -> FieldChange:
    return FieldChange(name, before, after)


def kind(answer: Answer | None) -> str:
    return type(answer).__name__
