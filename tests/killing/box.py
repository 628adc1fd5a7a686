"""A tenant over loopback HTTP that pulls a trigger at a chosen request, and remembers every request."""

import asyncio
import json
import socket
import threading
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reconciler.sandbox import Faults, create_app
from reconciler.sandbox.listening import TenantServer
from reconciler.sandbox.misbehaving import HANG_UP

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Moment:
    """When the trigger is pulled: at a request, counted from 1 over those whose path fits the pattern.

    undone: it came in, and its work is never done. done: its work is done, the answer never leaves.
    answered: so many seconds after its answer left. held: its answer leaves when the trigger is done.
    """

    request: int
    stage: Literal["undone", "done", "answered", "held"]
    seconds: float = 0.0
    path: str = "*"


@dataclass(frozen=True)
class Call:
    """A request as it came in; `status` is None where its work was never done."""

    method: str
    path: str
    body: Any
    status: int | None


@dataclass
class Box:
    """One address whose tenant is changed between tests."""

    base_url: str
    calls: list[Call] = field(default_factory=list[Call])
    _app: Any = None
    _moment: Moment | None = None
    _pull: Callable[[], None] = lambda: None
    _count: int = 0

    def load(self, state: Path, faults: Faults | None = None) -> None:
        """Serve this tenant from now on, with nothing remembered of the one before."""
        self.unload()
        self._app = create_app(state, faults=faults)
        self.calls.clear()
        self.disarm()

    def unload(self) -> None:
        """Let go of the tenant's file, whole."""
        if self._app is not None:
            self._app.state.close()
        self._app = None

    def arm(self, moment: Moment, pull: Callable[[], None]) -> None:
        """Pull the trigger at a moment, counted from here."""
        self._moment, self._pull, self._count = moment, pull, 0

    def disarm(self) -> None:
        """Count anew, and pull nothing."""
        self._moment, self._count = None, 0

    @property
    def count(self) -> int:
        """How many requests came in since the tenant was loaded or armed."""
        return self._count

    @property
    def created(self) -> Counter[str]:
        """How often an account was created, by user name."""
        done = [call for call in self.calls if call.status == 200]
        return Counter(
            str(call.body["userName"])
            for call in done
            if (call.method, call.path) == ("POST", "/users")
        )

    @property
    def asked(self) -> Counter[tuple[str, str]]:
        """How often the tenant carried out a request of a product, by user and product GUID."""
        done = [call for call in self.calls if call.status == 200]
        return Counter(
            (call.body["requestedForUserGUID"], call.body["requestedProductGUID"])
            for call in done
            if call.path == "/selfservice/products/request"
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, unless this is the moment."""
        if scope["type"] != "http":
            return
        body = await _body(receive)
        moment = self._due(_path(scope))
        if moment is not None and moment.stage == "undone":
            self._note(scope, body, None)
            self._pull()
            await scope["extensions"][HANG_UP]()
            return
        messages = await _worked(self._app, scope, body)
        self._note(scope, body, int(messages[0]["status"]) if messages else None)
        if moment is not None and moment.stage == "done":
            self._pull()
            await scope["extensions"][HANG_UP]()
            return
        if moment is not None and moment.stage == "held":
            await asyncio.to_thread(self._pull)
        for message in messages:
            await send(message)
        if moment is not None and moment.stage == "answered":
            asyncio.get_running_loop().call_later(moment.seconds, self._pull)

    def _due(self, path: str) -> Moment | None:
        moment = self._moment
        if moment is not None and not fnmatchcase(path, moment.path):
            return None
        self._count += 1
        return moment if moment is not None and moment.request == self._count else None

    def _note(self, scope: Scope, body: bytes, status: int | None) -> None:
        content = json.loads(body) if body else None
        self.calls.append(Call(str(scope["method"]), _path(scope), content, status))


def _path(scope: Scope) -> str:
    return str(scope["path"]).removeprefix(PREFIX)


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(cast("bytes", message.get("body", b"")))
        more = bool(message.get("more_body", False))
    return b"".join(parts)


async def _worked(app: ASGIApp, scope: Scope, body: bytes) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


@contextmanager
def open_box() -> Generator[Box]:
    """Serve a box on a free port from a thread, for as long as the block runs."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)) as listener:
        listener.bind(("127.0.0.1", 0))
        box = Box(f"http://127.0.0.1:{listener.getsockname()[1]}{PREFIX}")
        ready = threading.Event()
        server = TenantServer(cast("Any", box), ready.set)
        thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
        thread.start()
        try:
            assert ready.wait(60)
            yield box
        finally:
            server.should_exit = True
            thread.join()
