"""The faults at work, around the application: what they hit is counted, what comes in is recorded."""

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import parse_qsl, unquote, urlencode

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox.faults import Fault, Faults
from reconciler.sandbox.wire import JSON

HANG_UP: Final = "reconciler.sandbox.hang_up"
"""The ASGI extension by which the server lets the application break a connection."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request as it came in; `status` is None where no answer was given."""

    method: str
    path: str
    query: str
    body: JSON
    status: int | None


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Misbehaving:
    """Does to requests what the faults say. The path of a request is the one below `/api/v1`, decoded."""

    def __init__(self, app: ASGIApp, faults: Faults, recorded: list[Recorded]) -> None:
        self._app = app
        self._faults = faults
        self._recorded = recorded
        self._counts = [0] * len(faults.faults)
        self._hits = [0] * len(faults.faults)
        self._dice = random.Random(faults.seed)  # noqa: S311 - chance in tests, no secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = str(scope["method"])
        path = unquote(cast("bytes", scope["raw_path"]).decode("ascii", "replace"))
        path = path.removeprefix("/api/v1")
        body = await _whole_body(receive)
        hit = self._hit(method, path)
        answer = await self._answer(scope, body, hit)
        if self._faults.record:
            query = cast("bytes", scope["query_string"]).decode("ascii", "replace")
            status = answer.status if answer else None
            self._recorded.append(Recorded(method, path, query, _readable(body), status))
        if answer is None:
            await _hang_up(scope)
        else:
            await _give(answer, send)

    def _hit(self, method: str, path: str) -> list[Fault]:
        hit: list[Fault] = []
        for number, fault in enumerate(self._faults.faults):
            if not fault.concerns(method, path):
                continue
            self._counts[number] += 1
            count = self._counts[number]
            due = (fault.every > 0 and count % fault.every == 0) or count in fault.at
            due = due or (fault.chance > 0 and self._dice.random() < fault.chance)
            if due and (fault.times is None or self._hits[number] < fault.times):
                self._hits[number] += 1
                hit.append(fault)
        return hit

    async def _answer(self, scope: Scope, body: bytes, hit: list[Fault]) -> _Answer | None:
        for fault in hit:
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds)
        fault = next((fault for fault in hit if fault.kind != "latency"), None)
        match fault.kind if fault else None:
            case "status":
                return _failure(cast("Fault", fault))
            case "drop_before":
                return None
            case "repeat_page":
                return await self._work({**scope, "query_string": _page_before(scope)}, body)
            case _:
                answer = await self._work(scope, body)
        match fault.kind if fault else None:
            case "late_status":
                return _failure(cast("Fault", fault))
            case "drop_after":
                return None
            case "short_page":
                return _shortened(answer)
            case _:
                return answer

    async def _work(self, scope: Scope, body: bytes) -> _Answer:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        whole = b"".join(cast("bytes", message.get("body", b"")) for message in sent[1:])
        return _Answer(int(sent[0]["status"]), list(sent[0]["headers"]), whole)


async def _whole_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(cast("bytes", message.get("body", b"")))
        more = bool(message.get("more_body", False))
    return b"".join(parts)


async def _give(answer: _Answer, send: Send) -> None:
    start = {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
    await send(start)
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def _hang_up(scope: Scope) -> None:
    hang_up = scope.get("extensions", {}).get(HANG_UP)
    if hang_up is None:
        # Inside the process there is no connection; who calls sees what a socket would raise.
        raise ConnectionResetError("The sandbox broke the connection, as its faults ask for.")
    await hang_up()


def _failure(fault: Fault) -> _Answer:
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    text = {429: "Too many requests", 503: "Service unavailable"}
    body = {"message": text.get(fault.status, "The request failed")}
    return _as_answer(JSONResponse(body, fault.status, headers))


def _as_answer(response: Response) -> _Answer:
    return _Answer(response.status_code, response.raw_headers, bytes(response.body))


def _shortened(answer: _Answer) -> _Answer:
    if answer.status != 200 or not answer.body:
        return answer
    return _as_answer(JSONResponse(_without_last(json.loads(answer.body))))


def _without_last(value: JSON) -> JSON:
    if isinstance(value, Mapping):
        names = [name for name in ("users", "data", "pageData") if name in value]
        return {**value, **{name: _without_last(value[name]) for name in names}}
    if isinstance(value, Sequence) and not isinstance(value, str):
        if len(value) == 1 and isinstance(value[0], list):
            return [_without_last(value[0])]
        return list(value[:-1])
    return value


def _page_before(scope: Scope) -> bytes:
    pairs = dict(parse_qsl(cast("bytes", scope["query_string"]).decode("ascii", "replace")))
    take, skip = (pairs.get(name, "0") for name in ("take", "skip"))
    if take.isdigit() and skip.isdigit():
        pairs["skip"] = str(max(0, int(skip) - (int(take) or int(skip))))
    return urlencode(pairs).encode()


def _readable(body: bytes) -> JSON:
    if not body:
        return None
    try:
        return cast("JSON", json.loads(body))
    except ValueError:
        return body.decode("utf-8", "replace")
