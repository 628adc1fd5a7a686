"""HTTP to a forge: requests, tries, and what each answer proves. The only file here that knows httpx."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import httpx
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from reconciler import __version__
from reconciler.errors import BadInput, ForgeUnreachable
from reconciler.forges.patience import Patience, is_spent, wait_asked
from reconciler.model.comment import FORGE_NAMES, ForgeKind, PullRequest
from reconciler.model.value import JSON, Secret

ASGIApp: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
"""An application that plays a forge inside the process."""

PAGE: Final = 100
MOST_PAGES: Final = 200
"""Pages of one list that are read; GitHub allows 2,500 comments, which are 25."""
_LONGEST_ANSWER: Final = 64 * 1024 * 1024
_PASSES: Final = frozenset({408, 425})
_NEXT: Final = re.compile(r'<[^>]*>\s*;[^,]*\brel="?next"?')
_NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_UNSHOWN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+")
_LONGEST_WORDS: Final = 300


@dataclass(frozen=True, slots=True)
class Heard:
    """A whole answer that is no refusal of the token; `document` is None where it is no JSON."""

    status: int
    document: JSON
    words: str
    headers: Mapping[str, str]

    @property
    def is_good(self) -> bool:
        """Whether the forge did what was asked."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Unclear:
    """A request was sent that must not be sent twice, and nothing whole came back."""

    reason: str


class _Again(Exception):
    """A request that may be sent again; `wait` is what the forge asks for."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class _Lost(_Again):
    """The request may have arrived; no whole answer came."""


class ForgeLine:
    """Requests to one forge for one pull request, one at a time.

    Server-given addresses are never followed: neither redirects nor links to next pages can carry the
    token elsewhere.
    """

    def __init__(
        self, client: httpx.AsyncClient, at: PullRequest, token: Secret, patience: Patience
    ) -> None:
        self._client = client
        self._at = at
        self._name = FORGE_NAMES[at.forge]
        self._token = token
        self._patience = patience
        self._backoff = wait_random_exponential(
            multiplier=patience.first_wait, max=patience.longest_wait
        )
        self._tries = AsyncRetrying(
            sleep=patience.sleep,
            stop=stop_after_attempt(patience.tries),
            wait=self._wait,
            retry=retry_if_exception(self._worth_a_wait),
            reraise=True,
        )

    async def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, JSON] | None = None,
        query: Mapping[str, str | int] | None = None,
        *,
        may_refuse: bool = False,
    ) -> Heard:
        """Return the answer to a request that may be repeated.

        Also a 404, 409 or 422 is an answer; with `may_refuse` a 403 too. Raises BadInput where the
        token is refused, ForgeUnreachable where no whole answer can be had.
        """
        heard = await self._send(method, path, body, query, repeatable=True, may_refuse=may_refuse)
        if isinstance(heard, Unclear):
            raise self._unreachable(method, heard.reason)
        return heard

    async def tell(self, path: str, body: Mapping[str, JSON]) -> Heard | Unclear:
        """POST what must not happen twice: sent again only where it surely did not happen."""
        return await self._send("POST", path, body, None, repeatable=False, may_refuse=False)

    async def list(
        self, path: str, query: Mapping[str, str | int] | None = None
    ) -> Sequence[Mapping[str, JSON]]:
        """Return every object of a list, page by page. Raises as `ask` does, and where it never ends."""
        found: list[Mapping[str, JSON]] = []
        for number in range(1, MOST_PAGES + 1):
            heard = await self.ask(
                "GET", path, None, {**(query or {}), "per_page": PAGE, "page": number}
            )
            rows = heard.document
            if not heard.is_good or not isinstance(rows, Sequence) or isinstance(rows, str):
                raise self.refusal(f"GET {path}", heard)
            found.extend(row for row in rows if isinstance(row, Mapping))
            if not _has_next(heard.headers, len(rows)):
                return found
        raise ForgeUnreachable(
            f"A list of {self._name} does not end",
            f"GET {path} has more than {MOST_PAGES * PAGE:,} objects.",
        )

    def refusal(self, what: str, heard: Heard, fix: str = "") -> BadInput:
        """Return the error for a request that the forge answered and did not carry out."""
        said = f"{what}: {heard.status} {heard.words}".rstrip()
        moved = "The repository moved; set its new name." if 300 <= heard.status < 400 else ""
        return BadInput(f"{self._name} refuses to do this", f"{said}.", fix or moved)

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, JSON] | None,
        query: Mapping[str, str | int] | None,
        *,
        repeatable: bool,
        may_refuse: bool,
    ) -> Heard | Unclear:
        content = None if body is None else _encoded(body)

        async def once() -> Heard | Unclear:
            try:
                return await self._exchange(method, path, content, query, may_refuse=may_refuse)
            except _Lost as lost:
                if repeatable:
                    raise
                return Unclear(lost.reason)

        try:
            return await self._tries.copy()(once)
        except _Again as failed:
            raise self._unreachable(f"{method} {path}", failed.reason) from failed

    async def _exchange(
        self,
        method: str,
        path: str,
        content: bytes | None,
        query: Mapping[str, str | int] | None,
        *,
        may_refuse: bool,
    ) -> Heard:
        try:
            async with asyncio.timeout(self._patience.request_seconds):
                response = await self._client.request(
                    method,
                    path,
                    params=query,
                    content=content,
                    headers={"content-type": "application/json"} if content else None,
                )
        except TimeoutError as error:
            raise _Lost(f"no answer within {self._patience.request_seconds:g} seconds") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            reason = self._clean(f"{type(error).__name__} {error}".strip())
            raise (_Again if isinstance(error, _NEVER_SENT) else _Lost)(reason) from error
        return self._judged(response, may_refuse=may_refuse)

    def _judged(self, response: httpx.Response, *, may_refuse: bool) -> Heard:
        status, headers = response.status_code, response.headers
        document = _document(response.content)
        words = self._words(document, response)
        reason = f"{status} {words}".rstrip()
        # A spent limit is answered 403 or 429, and surely nothing was done.
        spent = is_spent(headers) or "rate limit" in words
        if status == 429 or (status == 403 and spent):
            raise _Again(reason, wait_asked(headers, self._patience.now()))
        if status in _PASSES or status >= 500:
            raise _Lost(reason, wait_asked(headers, self._patience.now()))
        if status == 401 or (status == 403 and not may_refuse):
            raise self._denied(reason)
        if self._at.forge is ForgeKind.AZURE and document is None and _asks_to_sign_in(response):
            raise self._denied(f"{status} and a page to sign in")
        # A proxy's page with a good status proves nothing; a 204 has no content.
        if 200 <= status < 300 and document is None and response.content.strip():
            raise _Lost(f"{status}, but no JSON")
        return Heard(status, document, words, headers)

    def _denied(self, reason: str) -> BadInput:
        return BadInput(
            f"{self._name} refuses the token",
            f"It answered {reason}.",
            "Give the job a token that may write comments on pull requests. The pipeline of a fork"
            " gets none that may.",
        )

    def _words(self, document: JSON, response: httpx.Response) -> str:
        if isinstance(document, Mapping):
            said = [
                document[name]
                for name in ("message", "error", "error_description", "errors")
                if document.get(name)
            ]
            text = "; ".join(
                each if isinstance(each, str) else json.dumps(each, ensure_ascii=False)
                for each in said
            )
        else:
            text = response.text if len(response.content) < _LONGEST_WORDS else ""
        # GitLab begins its words with the status.
        return self._clean(text.removeprefix(f"{response.status_code} "))

    def _clean(self, text: str) -> str:
        shown = _UNSHOWN.sub(" ", text.replace(self._token.reveal(), "***")).strip().rstrip(".")
        return shown if len(shown) <= _LONGEST_WORDS else f"{shown[:_LONGEST_WORDS]}…"

    def _unreachable(self, what: str, reason: str) -> ForgeUnreachable:
        return ForgeUnreachable(
            f"{self._name} could not be reached", f"{what}: {reason}.", "Try again later."
        )

    def _worth_a_wait(self, error: BaseException) -> bool:
        return isinstance(error, _Again) and (error.wait or 0) <= self._patience.at_most

    def _wait(self, state: RetryCallState) -> float:
        failed = state.outcome.exception() if state.outcome else None
        asked = failed.wait if isinstance(failed, _Again) else None
        return asked if asked is not None else self._backoff(state)


@asynccontextmanager
async def line_to(
    at: PullRequest,
    token: Secret,
    headers: Mapping[str, str],
    patience: Patience,
    app: ASGIApp | None,
) -> AsyncGenerator[ForgeLine]:
    """Give a line that sends the token with every request; with `app` inside the process."""
    transport = app and httpx.ASGITransport(cast("Any", app), raise_app_exceptions=False)
    client = httpx.AsyncClient(
        base_url=at.api,
        transport=transport,
        # Plain http is for loopback only, which no proxy of the environment reaches.
        trust_env=at.api.startswith("https:"),
        timeout=httpx.Timeout(patience.request_seconds, connect=patience.request_seconds / 2),
        headers={
            "authorization": f"Bearer {token.reveal()}",
            "user-agent": f"reconciler/{__version__}",
            **headers,
        },
        follow_redirects=False,
    )
    async with client:
        yield ForgeLine(client, at, token, patience)


def _encoded(body: Mapping[str, JSON]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _document(content: bytes) -> JSON:
    if len(content) > _LONGEST_ANSWER:
        return None
    try:
        return cast("JSON", json.loads(content))
    except (ValueError, RecursionError):
        return None


def _asks_to_sign_in(response: httpx.Response) -> bool:
    """Tell whether Azure answers as it does to a token that it does not know."""
    return response.status_code == 203 or "signin" in response.headers.get("location", "").lower()


def _has_next(headers: Mapping[str, str], rows: int) -> bool:
    """Tell whether a list goes on; where a proxy took the headers away, a full page goes on."""
    if "x-next-page" in headers:
        return bool(headers["x-next-page"].strip())
    if "link" in headers:
        return bool(_NEXT.search(headers["link"]))
    return rows >= PAGE
