"""HTTP: requests, time-outs, tries, and what each outcome proves. The only file that knows httpx."""

import asyncio
import json
import math
import ssl
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
import httpx
from httpx_aiohttp import HttpxAiohttpClient
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from reconciler import __version__
from reconciler.errors import AccessDenied, BadInput, TenantUnreadable
from reconciler.helloid import wire
from reconciler.helloid.breaking import LATER, Break, broken_by
from reconciler.helloid.line import ASGIApp, Got, NotThere, Query, Reply, Sent
from reconciler.helloid.pace import Gate, Pace, retry_after
from reconciler.model.run import Later, Refused, Unheard
from reconciler.model.settings import Target
from reconciler.model.value import JSON

_DENIED = frozenset({401, 403})
_PASSES = frozenset({408, 425, 429})
_REPEATABLE = frozenset({"PUT", "DELETE"})
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
_NEVER_SENT_BY_AIOHTTP = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


@dataclass(frozen=True, slots=True)
class _Heard:
    status: int
    content: bytes
    wait: float | None


class _Again(Exception):
    """A request that may be sent again; `wait` is what the tenant asks for."""

    def __init__(self, reason: str, wait: float | None = None, fix: str = LATER) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait
        self.fix = fix


class _NeverSent(_Again):
    """No connection was made, so nothing happened."""


class _Lost(_Again):
    """The request may have arrived; no whole answer came."""


@asynccontextmanager
async def client_for(
    base_url: str, credentials: tuple[str, str], target: Target, app: ASGIApp | None
) -> AsyncGenerator[httpx.AsyncClient]:
    """Give a client that signs every request, follows no redirect and checks certificates.

    With `app` it asks the application inside the process. Raises BadInput for an impossible address.

    Connecting has half of the time of a request, so that running out of it is told from a lost answer.
    """
    transport = app and httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False)
    seconds = target.timeout_seconds
    try:
        client = HttpxAiohttpClient(
            base_url=base_url,
            auth=httpx.BasicAuth(*credentials),
            transport=transport,
            verify=_trust(base_url),
            # Plain http is for loopback only, which no proxy of the environment reaches.
            trust_env=base_url.startswith("https:"),
            limits=httpx.Limits(max_connections=target.concurrency, keepalive_expiry=5.0),
            timeout=httpx.Timeout(seconds, connect=seconds / 2, pool=seconds / 2),
            headers={"accept": "application/json", "user-agent": f"reconciler/{__version__}"},
            follow_redirects=False,
        )
    except httpx.InvalidURL as error:
        raise BadInput(
            "The tenant's address cannot be used",
            f"target.base_url is {base_url}: {error}.",
            "Write it like https://TENANT.helloid.com/api/v1",
        ) from error
    async with client:
        yield client


def _trust(base_url: str) -> ssl.SSLContext | bool:
    """Return whose certificates are believed: for plain http nobody's, so that none have to be read."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if base_url.startswith("http:") else True


class HTTPLine:
    """Requests over one httpx client. Reads are tried again freely, writes only where that is safe."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        pace: Pace,
        gate: Gate,
        concurrency: int,
        seconds: float,
    ) -> None:
        self._client = client
        self._pace = pace
        self._gate = gate
        self._places = asyncio.Semaphore(concurrency)
        self._seconds = seconds
        self._backoff = wait_random_exponential(multiplier=pace.first_wait, max=pace.longest_wait)
        self._tries = AsyncRetrying(
            sleep=pace.sleep,
            stop=stop_after_attempt(pace.tries),
            wait=self._wait,
            retry=retry_if_exception(self._worth_a_wait),
            reraise=True,
        )

    async def get(self, path: str, query: Query | None = None) -> Got:
        """See Line."""
        try:
            return await self._tries.copy()(self._read, path, query)
        except _Again as failed:
            raise TenantUnreadable(
                "The tenant could not be read",
                f"GET {path}: {failed.reason}.",
                f"Nothing was concluded. {failed.fix}",
            ) from failed

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, JSON] | None = None,
        hide: Sequence[str] = (),
    ) -> Sent:
        """See Line."""
        try:
            content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return Refused("a field holds half a character, which cannot be sent")
        try:
            return await self._tries.copy()(self._write, method, path, content, hide)
        except _Again as failed:
            return Later(failed.reason)

    async def _read(self, path: str, query: Query | None) -> Got:
        heard = await self._exchange("GET", path, query, None)
        status, content = heard.status, heard.content
        if status in _DENIED:
            raise _denied(status, wire.said(content))
        if status in _PASSES or status >= 500:
            raise self._again(heard, f"{status} {wire.said(content)}".rstrip())
        document = _document(status, content)
        if 200 <= status < 300:
            return document
        if status == 404:
            return NotThere(wire.said(content))
        raise TenantUnreadable(
            "The tenant refuses to be read",
            f"GET {path}: {status} {wire.said(content)}".rstrip(),
            "Nothing was concluded. Give the API key the right to read this.",
        )

    async def _write(
        self, method: str, path: str, content: bytes | None, hide: Sequence[str]
    ) -> Sent:
        try:
            heard = await self._exchange(method, path, None, content)
        except _Lost as lost:
            return Unheard(lost.reason)
        status = heard.status
        reason = f"{status} {wire.said(heard.content, hide)}".rstrip()
        if 200 <= status < 300:
            return Reply(_reply(heard.content))
        if status == 429:
            raise self._again(heard, reason)
        # A gateway's 503 may hide a request that got through; with Retry-After it says it did not.
        if status == 503 and (heard.wait is not None or method in _REPEATABLE):
            raise self._again(heard, reason)
        if status == 408 or status >= 500:
            return Unheard(reason)
        return Refused(reason, status)

    async def _exchange(
        self, method: str, path: str, query: Query | None, content: bytes | None
    ) -> _Heard:
        async with self._places:
            await self._gate.turn()
            try:
                async with asyncio.timeout(self._seconds):
                    response = await self._client.request(
                        method,
                        path,
                        params=query,
                        content=content,
                        headers={"content-type": "application/json"} if content else None,
                    )
            except TimeoutError as error:
                raise _Lost(f"no answer within {self._seconds:g} seconds") from error
            except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
                raise _broken(error) from error
        wait = retry_after(response.headers.get("retry-after"), self._pace.now())
        return _Heard(response.status_code, response.content, wait)

    def _again(self, heard: _Heard, reason: str) -> _Again:
        again = _Again(reason, heard.wait)
        if heard.wait is not None and self._worth_a_wait(again):
            self._gate.close_for(heard.wait)
        return again

    def _worth_a_wait(self, error: BaseException) -> bool:
        return isinstance(error, _Again) and (error.wait or 0) <= self._pace.patience

    def _wait(self, state: RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        asked = failed.wait if isinstance(failed, _Again) else None
        return asked if asked is not None else self._backoff(state)


def _denied(status: int, words: str) -> AccessDenied:
    return AccessDenied(
        "The tenant refuses the credentials",
        f"It answered {status} {words}".rstrip() + ".",
        "Check target.api_key and target.api_secret, that the key is enabled, and that it may be"
        " used from this address.",
    )


def _document(status: int, content: bytes) -> JSON:
    if 300 <= status < 400:
        raise TenantUnreadable(
            "The tenant redirects elsewhere",
            f"It answered {status}; credentials are not carried along.",
            "Check target.base_url.",
        )
    if status == 404 and (not content.strip() or wire.says_not_found(content)):
        return None
    try:
        return wire.decode(content)
    except ValueError as error:
        if 400 <= status < 500 and status != 404:
            return None
        # A cut reply, or a gateway's page: it proves nothing, not even a 404.
        raise _no_json(status, content) from error


def _no_json(status: int, content: bytes) -> _Again:
    if content.lstrip()[:1] == b"<":
        fix = "Does target.base_url end in /api/v1? If so, try again when the tenant is well."
        return _Again(f"{status}, but a web page and no JSON: {wire.said(content)}", fix=fix)
    said = wire.said(content)
    return _Again(f"{status}, but no JSON: {said}" if said else f"{status}, but nothing with it")


def _reply(content: bytes) -> JSON:
    try:
        return wire.decode(content)
    except ValueError:
        return None


def _broken(error: Exception) -> _Again:
    """Sort a broken exchange by what it proves; the transport's own mapping calls a reset a connect time-out."""
    below = error.__cause__
    found = Break(str(error) or type(error).__name__)
    if isinstance(below, aiohttp.ClientError | OSError) or isinstance(error, aiohttp.ClientError):
        first = below if isinstance(below, aiohttp.ClientError | OSError) else error
        found = broken_by(first)
        never = isinstance(first, _NEVER_SENT_BY_AIOHTTP)
    else:
        never = isinstance(error, _NEVER_SENT)
    # What does not pass by itself is not worth any wait.
    wait = None if found.passes else math.inf
    return (_NeverSent if never else _Lost)(found.reason, wait, found.fix)
