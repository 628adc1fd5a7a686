import asyncio
import base64
import logging
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler.errors import AccessDenied, BadInput, TenantUnreadable
from reconciler.helloid import open_tenant
from reconciler.helloid.exchange import HTTPLine, client_for
from reconciler.helloid.line import Line, NotThere, Reply
from reconciler.helloid.pace import Gate, retry_after
from reconciler.model.run import Later, Refused, Unheard
from reconciler.model.settings import Scope, Target
from tests.helloid.times import START, Time

METHODS = ["GET", "POST", "PUT", "DELETE"]


@dataclass
class Tenant:
    """Answers each request with the next of its answers, the last one for ever."""

    answers: list[Response]
    heard: list[Request] = field(default_factory=list[Request])

    async def answer(self, request: Request) -> Response:
        await request.body()
        self.heard.append(request)
        return self.answers[min(len(self.heard), len(self.answers)) - 1]

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self.answer, methods=METHODS)])


@asynccontextmanager
async def line_to(
    at: Starlette | str, time: Time, seconds: float = 30, per_second: float | None = None
) -> AsyncGenerator[Line]:
    inside = not isinstance(at, str)
    target = Target("" if inside else at, timeout_seconds=seconds)
    base_url = "http://tenant.invalid/api/v1" if inside else at
    app = at if inside else None
    async with client_for(base_url, ("key", "sécret"), target, app) as client:
        pace = time.pace()
        gate = Gate(pace, per_second)
        yield HTTPLine(client, pace=pace, gate=gate, concurrency=4, seconds=seconds)


def ask(tenant: Tenant, time: Time, asked: Callable[[Line], Awaitable[object]]) -> object:
    async def go() -> object:
        async with line_to(tenant.app(), time) as line:
            return await asked(line)

    return asyncio.run(go())


def words(status: int, text: str = "No", **headers: str) -> Response:
    return Response(f'{{"message": "{text}"}}', status, headers)


FINE = Response('{"a": 1}')
WAIT = {"retry-after": "7"}


def test_a_request_is_signed_with_the_pair_in_utf8_and_asks_below_the_base() -> None:
    tenant = Tenant([FINE])
    assert ask(tenant, Time(), lambda line: line.get("/users", {"take": 5})) == {"a": 1}
    heard = tenant.heard[0]
    coded = base64.b64encode("key:sécret".encode()).decode()
    assert heard.headers["authorization"] == f"Basic {coded}"
    assert str(heard.url) == "http://tenant.invalid/api/v1/users?take=5"


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_stop_a_reading_at_once(status: int) -> None:
    tenant = Tenant([words(status)])
    with pytest.raises(AccessDenied) as denied:
        ask(tenant, Time(), lambda line: line.get("/users"))
    assert len(tenant.heard) == 1
    assert "sécret" not in str(denied.value)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_reading_is_tried_again_a_few_times(status: int) -> None:
    tenant, time = Tenant([words(status), words(status), FINE]), Time()
    assert ask(tenant, time, lambda line: line.get("/users")) == {"a": 1}
    assert len(time.slept) == 2

    tenant, time = Tenant([words(status)]), Time()
    with pytest.raises(TenantUnreadable, match=str(status)):
        ask(tenant, time, lambda line: line.get("/users"))
    assert len(tenant.heard) == 4


@pytest.mark.parametrize("status", [200, 404])
def test_a_page_of_a_gateway_proves_nothing(status: int) -> None:
    tenant = Tenant([Response("<html>Sorry</html>", status)])
    with pytest.raises(TenantUnreadable, match="no JSON"):
        ask(tenant, Time(), lambda line: line.get("/users/x"))
    assert len(tenant.heard) == 4


def test_what_is_not_there_is_told_from_what_cannot_be_read() -> None:
    got = ask(Tenant([words(404, "User not found")]), Time(), lambda line: line.get("/users/x"))
    assert got == NotThere("User not found")
    assert isinstance(
        ask(Tenant([Response(b"", 404)]), Time(), lambda line: line.get("/x")), NotThere
    )
    with pytest.raises(TenantUnreadable, match="400 No"):
        ask(Tenant([words(400)]), Time(), lambda line: line.get("/users/x"))


def test_what_is_not_there_may_be_said_without_json_but_only_in_the_words_of_helloid() -> None:
    got = ask(
        Tenant([Response(b"User not found.", 404)]), Time(), lambda line: line.get("/users/x")
    )
    assert got == NotThere("User not found.")
    with pytest.raises(TenantUnreadable, match="no JSON"):
        ask(Tenant([Response(b"404 page not found", 404)]), Time(), lambda line: line.get("/x"))


def test_no_redirect_is_followed() -> None:
    elsewhere = Response(b"", 302, {"location": "http://elsewhere.invalid/"})
    tenant = Tenant([elsewhere])
    with pytest.raises(TenantUnreadable, match="redirect"):
        ask(tenant, Time(), lambda line: line.get("/users"))
    sent = ask(tenant, Time(), lambda line: line.send("POST", "/users", {}))
    assert isinstance(sent, Refused)
    assert [heard.url.hostname for heard in tenant.heard] == ["tenant.invalid"] * 2


@pytest.mark.parametrize("header", ["7", "Mon, 23 Nov 2026 10:00:07 GMT"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_write_waits_as_long_as_the_tenant_asks(status: int, header: str) -> None:
    tenant = Tenant([words(status, **{"retry-after": header}), FINE])
    time = Time()
    assert ask(tenant, time, lambda line: line.send("POST", "/users", {"a": 1})) == Reply({"a": 1})
    assert time.slept == [7]
    assert len(tenant.heard) == 2


def test_a_tenant_that_asks_for_hours_is_given_up_at_once() -> None:
    tenant, time = Tenant([words(429, **{"retry-after": "7200"})]), Time()
    assert isinstance(ask(tenant, time, lambda line: line.send("POST", "/users", {})), Later)
    assert time.slept == []
    assert len(tenant.heard) == 1


@pytest.mark.parametrize("answer", [words(429), words(503, **WAIT)])
def test_a_write_that_never_gets_in_comes_later(answer: Response) -> None:
    tenant = Tenant([answer])
    assert isinstance(ask(tenant, Time(), lambda line: line.send("POST", "/users", {})), Later)
    assert len(tenant.heard) == 4


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_write_whose_outcome_is_unclear_is_sent_once_and_unheard(status: int) -> None:
    tenant = Tenant([words(status), FINE])
    sent = ask(tenant, Time(), lambda line: line.send("POST", "/users", {}))
    assert sent == Unheard(f"{status} No")
    assert len(tenant.heard) == 1


def test_a_write_that_may_be_repeated_is_repeated_after_503() -> None:
    for method in ("PUT", "DELETE"):
        tenant = Tenant([words(503), FINE])
        assert isinstance(
            ask(tenant, Time(), lambda line, m=method: line.send(m, "/users/x")), Reply
        )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refused_write_says_what_helloid_said_without_the_secret(status: int) -> None:
    tenant = Tenant([words(status, "Password Hunter2! is too short")])
    sent = ask(tenant, Time(), lambda line: line.send("POST", "/users", {}, ["Hunter2!"]))
    assert sent == Refused(f"{status} Password *** is too short", status)
    assert len(tenant.heard) == 1


def test_text_travels_as_utf8_and_half_a_character_is_not_sent() -> None:
    bodies: list[bytes] = []

    async def keep(request: Request) -> Response:
        bodies.append(await request.body())
        return Response(b"")

    async def go(text: str) -> object:
        app = Starlette(routes=[Route("/{path:path}", keep, methods=METHODS)])
        async with line_to(app, Time()) as line:
            return await line.send("POST", "/users", {"name": text})

    assert asyncio.run(go("Zoë")) == Reply(None)
    assert bodies == ['{"name": "Zoë"}'.encode()]
    assert isinstance(asyncio.run(go("\ud800")), Refused)
    assert len(bodies) == 1


def test_one_request_that_must_wait_keeps_the_others_back_too() -> None:
    time = Time()
    gate = Gate(time.pace(), None)
    gate.close_for(7)
    gate.close_for(3)

    async def go() -> None:
        await asyncio.gather(gate.turn(), gate.turn())

    asyncio.run(go())
    assert time.passed >= 7

    ask(Tenant([words(429, **WAIT), FINE]), time, lambda line: line.get("/users"))
    assert time.slept[-1] == 7


def test_no_more_requests_a_second_than_the_ceiling() -> None:
    time = Time()

    async def go() -> None:
        async with line_to(Tenant([FINE]).app(), time, per_second=4) as line:
            for _ in range(9):
                await line.get("/users")

    asyncio.run(go())
    assert time.passed == 2


def test_no_more_requests_in_flight_than_allowed() -> None:
    flying: list[int] = [0]
    most: list[int] = [0]

    async def slowly(_: Request) -> Response:
        flying[0] += 1
        most[0] = max(most[0], flying[0])
        for _step in range(5):
            await asyncio.sleep(0)
        flying[0] -= 1
        return Response("{}")

    async def go() -> None:
        app = Starlette(routes=[Route("/{path:path}", slowly)])
        async with line_to(app, Time()) as line:
            await asyncio.gather(*(line.get(f"/users/{n}") for n in range(20)))

    asyncio.run(go())
    assert most == [4]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        (" 12 ", 12),
        ("Mon, 23 Nov 2026 10:01:00 GMT", 60),
        ("Mon, 23 Nov 2026 09:00:00 GMT", 0),
        ("Mon, 23 Nov 2026 10:01:00 -0000", 60),
        ("soon", None),
        ("-5", None),
        ("١٢", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, START) == seconds


# ---------------------------------------------------------------- over a real connection


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Socket:
    """A server of bytes: each connection's request goes to the next script, the last one for ever."""

    scripts: list[Script]
    heard: list[bytes] = field(default_factory=list[bytes])
    tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.add(asyncio.create_task(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        size = next(
            (
                int(part[15:])
                for part in head.lower().split(b"\r\n")
                if part[:15] == b"content-length:"
            ),
            0,
        )
        self.heard.append(head + await reader.readexactly(size))
        await self.scripts[min(len(self.heard), len(self.scripts)) - 1](reader, writer)
        writer.close()


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def never(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def half(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a": ')
    await writer.drain()


async def nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SMTP ready\r\n\r\n")
    await writer.drain()


async def fine(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\n{"a": 1}')
    await writer.drain()


def over_wire(
    server: Socket, asked: Callable[[Line], Awaitable[object]], seconds: float = 30
) -> object:
    async def go() -> object:
        listening = await asyncio.start_server(server.accept, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        try:
            async with line_to(f"http://127.0.0.1:{port}/api/v1", Time(), seconds) as line:
                return await asked(line)
        finally:
            listening.close()
            await asyncio.gather(*server.tasks)

    return asyncio.run(go())


@pytest.mark.parametrize("broken", [reset, hang_up, half, nonsense])
def test_a_write_that_breaks_off_is_sent_once_and_unheard(broken: Script) -> None:
    server = Socket([broken, fine])
    assert isinstance(
        over_wire(server, lambda line: line.send("POST", "/users", {"a": 1})), Unheard
    )
    assert len(server.heard) == 1
    assert server.heard[0].endswith(b'{"a": 1}')


@pytest.mark.parametrize("broken", [reset, hang_up, half, nonsense])
def test_a_reading_that_breaks_off_is_tried_again(broken: Script) -> None:
    server = Socket([broken, broken, fine])
    assert over_wire(server, lambda line: line.get("/users")) == {"a": 1}


def test_a_reading_that_always_breaks_off_is_unreadable() -> None:
    with pytest.raises(TenantUnreadable, match="GET /users"):
        over_wire(Socket([reset]), lambda line: line.get("/users"))


def test_an_answer_that_takes_too_long_leaves_a_write_unheard() -> None:
    server = Socket([never])
    sent = over_wire(server, lambda line: line.send("PUT", "/users/x", {}), seconds=0.05)
    assert isinstance(sent, Unheard)
    assert len(server.heard) == 1


def test_an_answer_that_takes_too_long_makes_a_tenant_unreadable() -> None:
    with pytest.raises(TenantUnreadable, match="GET /users"):
        over_wire(Socket([never]), lambda line: line.get("/users"), seconds=0.05)


def test_a_tenant_out_of_reach_did_surely_nothing() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/api/v1"

        async def write() -> object:
            async with line_to(url, Time()) as line:
                return await line.send("POST", "/users", {})

        async def read() -> object:
            async with line_to(url, Time()) as line:
                return await line.get("/users")

        assert isinstance(asyncio.run(write()), Later)
        with pytest.raises(TenantUnreadable):
            asyncio.run(read())


def test_names_with_marks_arrive_as_one_segment() -> None:
    server = Socket([fine])
    over_wire(server, lambda line: line.get("/users/a%23EXT%23%2Fb%3F%20c%C3%AB@x"))
    path = server.heard[0].split(b" ")[1]
    assert path in {
        b"/api/v1/users/a%23EXT%23%2Fb%3F%20c%C3%AB@x",
        b"/api/v1/users/a%23EXT%23%2Fb%3F%20c%C3%AB%40x",
    }


def test_credentials_never_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    over_wire(Socket([reset, fine]), lambda line: line.get("/users"))
    coded = base64.b64encode("key:sécret".encode()).decode()
    assert "sécret" not in caplog.text
    assert coded not in caplog.text


def test_a_tenant_without_credentials_is_a_problem_of_the_settings() -> None:
    async def go() -> None:
        async with open_tenant(Target("https://tenant.example.org/api/v1"), Scope(), "x"):
            pass

    with pytest.raises(BadInput, match="api_key"):
        asyncio.run(go())
