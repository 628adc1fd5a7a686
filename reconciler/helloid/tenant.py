"""The tenant as the rest of the program sees it: read, ask for one change, look what became of it."""

import sys
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Final, TypeAlias, assert_never, cast

from reconciler.errors import AccessDenied, BadInput, TenantUnreadable
from reconciler.helloid import accounts, grants
from reconciler.helloid.accounts import Drawn
from reconciler.helloid.body import NotKnown
from reconciler.helloid.document import Document, actual_of, document_of
from reconciler.helloid.line import ASGIApp, Got, Line, Query, Sent
from reconciler.helloid.pace import Gate, Pace
from reconciler.helloid.reading import read_tenant
from reconciler.model.address import PermissionRef
from reconciler.model.change import (
    AccountChange,
    Change,
    CorrelateAccount,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeChange,
    RevokeGroup,
    RevokeProduct,
    UpdateAccount,
)
from reconciler.model.run import Answer, Later, Refused, Unheard
from reconciler.model.settings import Scope, Target
from reconciler.model.state import Actual
from reconciler.model.value import JSON

_INSIDE: Final = "http://sandbox.invalid/api/v1"


class HelloID:
    """One tenant; a `Tenant` of the applier's. Only `read` and `snapshot` raise."""

    def __init__(
        self, line: Line, *, scope: Scope, base_url: str, product_comment: str, pace: Pace
    ) -> None:
        self._line = line
        self._scope = scope
        self._base_url = base_url
        self._comment = product_comment
        self._pace = pace

    async def read(self, members_of: Collection[PermissionRef] | None = None) -> Actual:
        """Read the tenant in full; with `members_of`, the members of these groups only.

        Groups whose members were not read have no row in `holders`. Raises TenantUnreadable where
        anything is missing, AccessDenied on 401 and 403.
        """
        return actual_of(await self._document(members_of))

    async def snapshot(self) -> Document:
        """Read the tenant in full, as the document of a snapshot file. Raises as `read` does."""
        return await self._document(None)

    async def _document(self, members_of: Collection[PermissionRef] | None) -> Document:
        now = self._now()
        reading = await read_tenant(self._line, self._scope, now, members_of)
        return document_of(reading, self._scope, self._base_url, now)

    async def carry_out(
        self, change: Change, drawn: Drawn, about_to_write: Callable[[], None] = lambda: None
    ) -> Answer:
        """Ask for one change, after checking what it builds on; `drawn` holds the generated fields.

        `about_to_write` is called right before a product is requested.
        """
        line = _Watched(self._line)
        try:
            if isinstance(change, GrantProduct):
                return await grants.grant_product(
                    line, change, self._comment, self._now(), about_to_write
                )
            return await _carry_out(line, change, drawn, self._now())
        except NotKnown as unknown:
            return Refused(str(unknown))
        except AccessDenied as denied:
            return Unheard(_brief(denied)) if line.wrote else Refused(_brief(denied), 401)
        except TenantUnreadable as unreadable:
            return Unheard(_brief(unreadable)) if line.wrote else Later(_brief(unreadable))

    async def look(self, change: Change) -> Answer | None:
        """Tell whether a change happened: Done, None when it surely did not, Unheard when nobody can say.

        Refused where somebody else's account has the name, or the account is gone.
        """
        try:
            return await _look(self._line, change, self._now())
        except NotKnown:
            return None
        except (AccessDenied, TenantUnreadable) as failed:
            return Unheard(_brief(failed))

    def _now(self) -> str:
        return self._pace.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@asynccontextmanager
async def open_tenant(
    target: Target,
    scope: Scope,
    product_comment: str,
    app: ASGIApp | None = None,
    credentials: tuple[str, str] | None = None,
    pace: Pace | None = None,
) -> AsyncGenerator[HelloID]:
    """Open a line to the tenant; with `app` inside the process, `target.base_url` is only shown then.

    `credentials` (key, secret) replace those of `target`. Raises BadInput without any.
    """
    _leave_out_the_command_of_httpx()
    from reconciler.helloid.exchange import HTTPLine, client_for  # it loads httpx: 0.2 s

    pace = pace or Pace()
    base_url = target.base_url.rstrip("/")
    pair = credentials or _credentials(target)
    async with client_for(_INSIDE if app else base_url, pair, target, app) as client:
        line = HTTPLine(
            client,
            pace=pace,
            gate=Gate(pace, target.requests_per_second),
            concurrency=target.concurrency,
            seconds=target.timeout_seconds,
        )
        yield HelloID(
            line, scope=scope, base_url=base_url, product_comment=product_comment, pace=pace
        )


def _leave_out_the_command_of_httpx() -> None:
    """Keep httpx from loading its own command line, and Rich with it, where Rich happens to be there."""
    modules = cast("dict[str, object]", sys.modules)
    modules.setdefault("httpx._main", None)


def _credentials(target: Target) -> tuple[str, str]:
    if target.api_key is None or target.api_secret is None:
        raise BadInput(
            "The tenant needs credentials",
            "target.api_key and target.api_secret are not both set.",
            "Set them in reconciler.yaml, as ${HELLOID_API_KEY} and ${HELLOID_API_SECRET}.",
        )
    return target.api_key.reveal(), target.api_secret.reveal()


class _Watched:
    """A line that remembers whether anything was written: after that, a failure proves nothing."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.wrote = False

    async def get(self, path: str, query: Query | None = None) -> Got:
        return await self._line.get(path, query)

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, JSON] | None = None,
        hide: Sequence[str] = (),
    ) -> Sent:
        self.wrote = True
        return await self._line.send(method, path, body, hide)


OtherChange: TypeAlias = AccountChange | CreateGroup | GrantGroup | RevokeChange


async def _carry_out(line: Line, change: OtherChange, drawn: Drawn, now: str) -> Answer:
    match change:
        case CreateAccount():
            return await accounts.create(line, change, drawn)
        case RestoreAccount():
            return await accounts.restore(line, change, drawn)
        case CorrelateAccount():
            return await accounts.correlate(line, change)
        case UpdateAccount() | EnableAccount() | DisableAccount():
            return await accounts.update(line, change, drawn)
        case DeleteAccount():
            return await accounts.delete(line, change, drawn)
        case CreateGroup():
            return await grants.create_group(line, change)
        case GrantGroup():
            return await grants.grant_group(line, change)
        case RevokeGroup():
            return await grants.revoke_group(line, change)
        case RevokeProduct():
            return await grants.revoke_product(line, change, now)
        case _:
            assert_never(change)


async def _look(line: Line, change: Change, now: str) -> Answer | None:
    match change:
        case CreateAccount():
            return await accounts.look_for_created(line, change)
        case CorrelateAccount():
            return await accounts.correlate(line, change)
        case RestoreAccount() | UpdateAccount() | EnableAccount() | DisableAccount():
            return await accounts.look_for_update(line, change)
        case DeleteAccount():
            return await accounts.look_for_deleted(line, change)
        case CreateGroup():
            return await grants.look_for_group(line, change)
        case GrantGroup():
            return await grants.look_for_membership(line, change)
        case RevokeGroup():
            return await grants.look_for_departure(line, change)
        case GrantProduct():
            return await grants.look_for_assignment(line, change, now)
        case RevokeProduct():
            return await grants.look_for_return(line, change, now)
        case _:
            assert_never(change)


def _brief(failed: AccessDenied | TenantUnreadable) -> str:
    return f"{failed.summary}: {failed.detail}" if failed.detail else failed.summary
