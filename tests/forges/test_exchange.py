"""What a forge answers, and what is concluded from it; the token goes nowhere else."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from starlette.responses import JSONResponse, Response

from reconciler.errors import BadInput, ForgeUnreachable
from reconciler.forges.exchange import MOST_PAGES, ForgeLine, Heard, Unclear, line_to
from reconciler.forges.patience import Patience, wait_asked
from reconciler.model.comment import ForgeKind, PullRequest
from reconciler.model.value import Secret
from tests.forges.azure import Azure
from tests.forges.conversations import (
    KINDS,
    RED,
    START,
    Time,
    a_double,
    comment,
    place_at,
    wish,
    writing,
)
from tests.forges.doubles import ME, OTHER, TOKEN, Fault, Forge, said, served
from tests.forges.github import GitHub
from tests.forges.gitlab import GitLab

RESET = str(int(START.timestamp()) + 40)


@pytest.fixture(params=KINDS)
def double(request: pytest.FixtureRequest) -> Forge:
    return a_double(request.param)


def test_every_request_has_the_token_a_name_and_the_version_of_the_api(double: Forge) -> None:
    comment(double, wish("Hello", "plan", RED))
    for asked in double.asked:
        assert asked.headers["authorization"] == f"Bearer {TOKEN}"
        assert asked.headers["user-agent"].startswith("reconciler/")
        assert asked.headers["host"] == "forge.invalid"
    if isinstance(double, GitHub):
        assert {each.headers["x-github-api-version"] for each in double.asked} == {"2022-11-28"}
    if isinstance(double, Azure):
        assert {each.query["api-version"] for each in double.asked} == {"7.1", "7.1-preview"}


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 522, 429])
def test_a_reading_is_tried_again(status: int, double: Forge) -> None:
    time = Time()
    double.faults.append(Fault("GET", writing(double), said(status, "No"), times=2))
    assert comment(double, wish(), time=time).doing == "create"
    assert len(time.slept) == 2


def test_a_reading_that_always_fails_is_out_of_reach(double: Forge) -> None:
    double.faults.append(Fault("GET", writing(double), said(503, "No server"), times=-1))
    with pytest.raises(ForgeUnreachable, match="503 No server"):
        comment(double, wish())
    assert double.writes() == []


@pytest.mark.parametrize(
    "answer",
    [
        said(429, "Slow down", {"retry-after": "7"}),
        said(403, "You have exceeded a secondary rate limit", {"retry-after": "7"}),
    ],
)
def test_a_comment_waits_as_long_as_the_forge_asks(answer: Response, double: Forge) -> None:
    time = Time()
    double.faults.append(Fault("POST", writing(double), answer))
    assert comment(double, wish(), time=time).doing == "create"
    assert time.slept == [7]
    assert len(double.notes) == 1


def test_where_the_requests_of_the_hour_are_spent_it_waits_until_they_begin_anew() -> None:
    double, time = GitHub(), Time()
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}
    double.faults.append(Fault("GET", "/user", said(403, "API rate limit exceeded", spent)))
    assert comment(double, wish(), time=time).doing == "create"
    assert time.slept == [40]


def test_a_limit_that_only_words_tell_is_no_refusal_of_the_token() -> None:
    double, time = GitHub(), Time()
    double.faults.append(
        Fault("GET", "/user", said(403, "You have exceeded a secondary rate limit"))
    )
    comment(double, wish("Hello"))
    double.faults.append(
        Fault("GET", "/user", said(403, "You have exceeded a secondary rate limit"))
    )
    assert comment(double, wish("Bye"), time=time).doing == "edit"
    assert len(time.slept) == 1


def test_a_forge_that_asks_for_an_hour_is_given_up_at_once(double: Forge) -> None:
    time = Time()
    answer = said(429, "Slow down", {"retry-after": "3600"})
    who = "/connectionData" if isinstance(double, Azure) else "/user"
    double.faults.append(Fault("GET", who, answer, times=-1))
    with pytest.raises(ForgeUnreachable, match="Slow down"):
        comment(double, wish(), time=time)
    assert time.slept == []


@pytest.mark.parametrize("status", [500, 502, 504])
def test_an_edit_is_repeated_as_it_may_be(status: int, double: Forge) -> None:
    comment(double, wish("Hello"))
    method = "PUT" if isinstance(double, GitLab) else "PATCH"
    double.faults.append(Fault(method, writing(double), said(status, "No"), after=True))
    assert comment(double, wish("Bye")).doing == "edit"
    assert double.bodies[0].endswith("Bye")


def test_a_page_of_a_proxy_proves_nothing(double: Forge) -> None:
    double.faults.append(Fault("GET", writing(double), Response("<html>Sorry</html>")))
    assert comment(double, wish()).doing == "create"
    double.faults.append(Fault("GET", writing(double), Response("<html>Sorry</html>"), times=-1))
    with pytest.raises(ForgeUnreachable, match="no JSON"):
        comment(double, wish())
    assert len(double.notes) == 1


@pytest.mark.parametrize("rows", [{"not": "a list"}, "text", 7, None])
def test_a_list_that_is_none_is_refused(rows: object, double: Forge) -> None:
    double.faults.append(Fault("GET", writing(double), JSONResponse(rows), times=-1))
    with pytest.raises((BadInput, ForgeUnreachable)):
        comment(double, wish())
    assert double.writes() == []


def test_rows_that_are_no_comments_are_passed_over(double: Forge) -> None:
    rows: list[object] = [
        None,
        7,
        "text",
        {},
        {"id": "x", "body": 3, "user": "me", "author": []},
        {"id": None},
    ]
    answer = {"value": rows} if isinstance(double, Azure) else rows
    double.faults.append(Fault("GET", writing(double), JSONResponse(answer)))
    assert comment(double, wish()).doing == "create"


def test_a_token_that_is_refused_is_told_without_it(double: Forge) -> None:
    with pytest.raises(BadInput, match="refuses the token") as refused:
        comment(double, wish(), token="wrong-token")  # noqa: S106 - no token at all
    assert "wrong-token" not in str(refused.value)
    assert "401" in str(refused.value)
    assert len(double.asked) == 1


def test_a_forge_that_repeats_the_token_does_not_get_it_into_the_message(double: Forge) -> None:
    answer = said(422, f"Bearer {TOKEN} is\x1b[31m odd\nand \u202elong " + "x" * 1000)
    double.faults.append(Fault("POST", writing(double), answer))
    with pytest.raises(BadInput, match=r"Bearer \*\*\* is") as refused:
        comment(double, wish())
    message = str(refused.value)
    assert TOKEN not in message
    assert "\x1b" not in message
    assert "\u202e" not in message
    assert len(message) < 700


def test_a_pull_request_that_is_not_there_is_told(double: Forge) -> None:
    with pytest.raises(BadInput, match="There is no such"):
        comment(double, wish(), number=7)
    assert double.writes() == []


def test_an_issue_is_no_pull_request() -> None:
    double = GitHub()
    with pytest.raises(BadInput, match="no such pull request"):
        comment(double, wish(), number=6)


def test_a_token_that_may_only_read_is_told(double: Forge) -> None:
    double.may_write = False
    with pytest.raises(BadInput, match="fork"):
        comment(double, wish())


def test_a_comment_that_the_forge_does_not_take_is_told(double: Forge) -> None:
    double.most = 10
    with pytest.raises(BadInput, match="too long"):
        comment(double, wish())


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_redirect_is_followed(method: str, status: int, double: Forge) -> None:
    elsewhere = Response(b"", status, {"location": "http://elsewhere.invalid/"})
    double.faults.append(Fault(method, writing(double), elsewhere, times=-1))
    with pytest.raises(BadInput, match="moved"):
        comment(double, wish())
    assert {each.headers["host"] for each in double.asked} == {"forge.invalid"}


@pytest.mark.parametrize(
    "answer",
    [
        Response("<html>Sign in</html>", 203, {"content-type": "text/html"}),
        Response("", 302, {"location": "https://azure.example.org/_signin?realm=x"}),
    ],
    ids=["a page", "a redirect"],
)
def test_a_page_of_azure_to_sign_in_is_a_refused_token(answer: Response) -> None:
    double = Azure()
    double.faults.append(Fault("GET", "/pullRequests/5", answer, times=-1))
    with pytest.raises(BadInput, match="refuses the token"):
        comment(double, wish())
    assert len(double.asked) == 1


def test_a_page_that_names_another_host_as_the_next_is_read_from_the_same_host() -> None:
    double = GitHub()
    for number in range(150):
        double.say(OTHER, f"Remark {number}")
    comment(double, wish())
    assert {each.headers["host"] for each in double.asked} == {"forge.invalid"}
    pages = [each.query.get("page") for each in double.asked if each.path.endswith("/comments")]
    assert pages.count("2") == pages.count("1") > 1


def test_where_a_proxy_takes_the_headers_away_a_full_page_goes_on() -> None:
    double = GitLab()
    body = "<!-- helloid-reconciler plan -->\n\nHello"
    first = [{"id": n, "body": "x", "author": {"id": 1}, "system": False} for n in range(100)]
    second = [{"id": 100, "body": body, "author": {"id": ME.id}, "system": False}]
    double.faults.append(Fault("GET", "/notes", JSONResponse(first)))
    double.faults.append(Fault("GET", "/notes", JSONResponse(second)))
    assert comment(double, wish("Hello")).doing == "keep"


def test_a_list_without_an_end_is_given_up() -> None:
    double = GitHub()
    more = {"link": '<https://x.invalid/?page=2>; rel="next"'}
    double.faults.append(Fault("GET", "/comments", JSONResponse([], headers=more), times=-1))
    with pytest.raises(ForgeUnreachable, match="does not end"):
        comment(double, wish())
    assert sum(each.path.endswith("/comments") for each in double.asked) == MOST_PAGES


def test_a_project_may_be_named_by_its_path() -> None:
    double = GitLab()
    at = PullRequest(ForgeKind.GITLAB, "http://forge.invalid/api/v4", "example/staff", 5)

    async def go() -> Heard:
        async with line_to(at, Secret(TOKEN), {}, Patience(), double.app()) as line:
            return await line.ask("GET", "projects/example%2Fstaff/merge_requests/5")

    assert asyncio.run(go()).is_good
    assert double.asked[0].path == "/api/v4/projects/example%2Fstaff/merge_requests/5"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12),
        ({"retry-after": "Mon, 23 Nov 2026 10:01:00 GMT"}, 60),
        ({"retry-after": "Mon, 23 Nov 2026 09:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": RESET}, 40),
        ({"ratelimit-remaining": "0", "ratelimit-reset": RESET}, 40),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 400}, None),
        ({"x-ratelimit-remaining": "9", "x-ratelimit-reset": RESET}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_read_from_the_headers(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert wait_asked(headers, START) == seconds


# ---------------------------------------------------------------- over a real connection

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def half(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"a": ')
    await writer.drain()


async def never(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SMTP ready\r\n\r\n")
    await writer.drain()


@asynccontextmanager
async def broken(script: Script, heard: list[bytes]) -> AsyncGenerator[str]:
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
        except asyncio.IncompleteReadError:
            writer.close()
            return
        await script(reader, writer)
        writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*tasks)


async def tell(line: ForgeLine) -> Heard | Unclear:
    return await line.tell("x", {"body": "Hello"})


async def ask(line: ForgeLine) -> Heard | Unclear:
    return await line.ask("GET", "x")


def over_wire(
    script: Script, asked: Callable[[ForgeLine], Awaitable[Heard | Unclear]], heard: list[bytes]
) -> Heard | Unclear:
    time = Time()
    patience = Patience(tries=3, sleep=time.sleep, now=time.now, request_seconds=0.2)

    async def go() -> Heard | Unclear:
        async with broken(script, heard) as base:
            at = place_at(GitHub(), base)
            async with line_to(at, Secret(TOKEN), {}, patience, None) as line:
                return await asked(line)

    return asyncio.run(go())


@pytest.mark.parametrize("script", [reset, half, never, nonsense])
def test_a_comment_whose_request_breaks_off_is_sent_once_and_unclear(script: Script) -> None:
    heard: list[bytes] = []
    assert isinstance(over_wire(script, tell, heard), Unclear)
    assert len(heard) == 1


@pytest.mark.parametrize("script", [reset, half, nonsense])
def test_a_reading_that_always_breaks_off_is_tried_and_given_up(script: Script) -> None:
    heard: list[bytes] = []
    with pytest.raises(ForgeUnreachable):
        over_wire(script, ask, heard)
    assert len(heard) == 3


def test_a_forge_where_nobody_listens_is_out_of_reach_and_nothing_was_written() -> None:
    with served(GitHub().app()) as base:
        gone = base

    async def go() -> Heard | Unclear:
        at = place_at(GitHub(), gone)
        async with line_to(at, Secret(TOKEN), {}, Time().patience(), None) as line:
            return await line.tell("x", {"body": "Hello"})

    with pytest.raises(ForgeUnreachable, match="could not be reached") as gave_up:
        asyncio.run(go())
    assert gave_up.value.exit_code == 6


def test_text_travels_as_utf8_and_half_a_character_as_a_question_mark() -> None:
    double = GitHub()
    comment(double, wish("Zoë 👩‍🚒 \ud800"))
    assert double.bodies[0].endswith("Zoë 👩‍🚒 ?")
