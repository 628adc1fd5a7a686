"""What the doubles of the forges share: tokens, recorded requests, faults, and a port on loopback."""

import json
import queue
import socket
import threading
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.sandbox.listening import TenantServer

TOKEN = "forge-token-0123456789"  # noqa: S105 - the double's own token
ROBOT_TOKEN = "installation-token-9876543210"  # noqa: S105 - the double's own token


@dataclass(frozen=True)
class Asked:
    """One request as the forge got it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class Fault:
    """Answers so many requests of a method and path otherwise; `after` lets the deed be done first."""

    method: str
    part: str
    answer: Response
    times: int = 1
    after: bool = False


@dataclass(frozen=True)
class User:
    id: int
    name: str
    is_bot: bool = False


ME = User(501, "reconciler-user")
OTHER = User(502, "reviewer")
ACTIONS = User(41898282, "github-actions[bot]", is_bot=True)
OTHER_BOT = User(49699333, "dependabot[bot]", is_bot=True)


@dataclass
class Note:
    """One comment, at any forge."""

    id: int
    user: User | None
    body: str
    system: bool = False


@dataclass
class Forge:
    """One repository with one pull request; subclasses speak like GitHub, GitLab or Azure DevOps."""

    number: int = 5
    notes: list[Note] = field(default_factory=list[Note])
    labels: list[str] = field(default_factory=list[str])
    known_labels: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    asked: list[Asked] = field(default_factory=list[Asked])
    faults: list[Fault] = field(default_factory=list[Fault])
    before: list[Callable[[str, str], None]] = field(
        default_factory=list[Callable[[str, str], None]]
    )
    """Called with method and path before each request: what happens meanwhile."""
    most: int = 65_536
    may_write: bool = True
    next_id: int = 1000

    def say(self, user: User | None, body: str, **more: Any) -> Note:
        self.next_id += 1
        note = Note(self.next_id, user, body, **more)
        self.notes.append(note)
        return note

    @property
    def bodies(self) -> list[str]:
        return [note.body for note in self.notes]

    def writes(self) -> list[str]:
        return [f"{each.method} {each.path}" for each in self.asked if each.method != "GET"]

    def user_of(self, request: Request) -> User | None:
        """Return whose token the request has."""
        raise NotImplementedError

    def routes(self) -> Sequence[Route]:
        raise NotImplementedError

    def route(self, path: str, **handlers: Callable[[Request, User], Awaitable[Response]]) -> Route:
        """Return a route that checks the token and keeps the request before it is answered."""

        async def answer(request: Request) -> Response:
            content = await request.body()
            raw = request.scope["raw_path"].decode()
            self.asked.append(
                Asked(
                    request.method,
                    raw,
                    dict(request.query_params),
                    dict(request.headers),
                    json.loads(content) if content else None,
                )
            )
            for happen in list(self.before):
                happen(request.method, raw)
            fault = self._fault(request.method, raw)
            if fault is not None and not fault.after:
                return fault.answer
            user = self.user_of(request)
            if user is None:
                return self.unauthorized()
            done = await handlers[request.method](request, user)
            return fault.answer if fault is not None else done

        return Route(path, answer, methods=list(handlers))

    def unauthorized(self) -> Response:
        raise NotImplementedError

    def app(self) -> Starlette:
        return Starlette(routes=list(self.routes()))

    def _fault(self, method: str, path: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and fault.method == method and fault.part in path:
                fault.times -= 1
                return fault
        return None


def page_of(rows: list[Any], request: Request) -> tuple[list[Any], int, int, int]:
    """Return one page of rows, its number, its size and the number of pages."""
    size = min(100, max(1, int(request.query_params.get("per_page", "30"))))
    number = max(1, int(request.query_params.get("page", "1")))
    return rows[(number - 1) * size : number * size], number, size, max(1, -(-len(rows) // size))


def said(code: int, message: str, headers: dict[str, str] | None = None, **more: Any) -> Response:
    return JSONResponse({"message": message, **more}, code, headers)


@contextmanager
def served(app: Starlette) -> Generator[str]:
    """Serve a double on a free port of loopback from a thread; gives its address."""
    ready: queue.SimpleQueue[bool] = queue.SimpleQueue()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = TenantServer(app, lambda: ready.put(True))
        thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
        thread.start()
        try:
            assert ready.get(timeout=20)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
