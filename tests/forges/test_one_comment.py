"""One comment on a pull request: found by its mark, edited in place, and only if it is ours."""

import pytest
from starlette.responses import JSONResponse

from reconciler.errors import BadInput
from tests.forges.azure import PAGE, Azure
from tests.forges.conversations import (
    KINDS,
    RED,
    STOP,
    a_double,
    comment,
    comment_over_http,
    wish,
    writing,
)
from tests.forges.doubles import (
    ACTIONS,
    ME,
    OTHER,
    OTHER_BOT,
    ROBOT_TOKEN,
    Fault,
    Forge,
    said,
)
from tests.forges.github import GitHub
from tests.forges.gitlab import GitLab


@pytest.fixture(params=KINDS)
def double(request: pytest.FixtureRequest) -> Forge:
    return a_double(request.param)


def test_the_first_time_a_comment_is_written_below_a_hidden_mark(double: Forge) -> None:
    done = comment(double, wish("Hello\n"))
    assert done.doing == "create"
    assert double.bodies == ["<!-- helloid-reconciler plan -->\n\nHello\n"]
    assert done.url is not None
    assert str(double.notes[0].id) in done.url


def test_the_second_time_the_same_comment_is_edited(double: Forge) -> None:
    comment(double, wish("Hello\n"))
    double.say(OTHER, "Looks good")
    done = comment(double, wish("No differences.\n"))
    assert done.doing == "edit"
    assert double.bodies == ["<!-- helloid-reconciler plan -->\n\nNo differences.\n", "Looks good"]


def test_what_says_the_same_is_left_as_it_is(double: Forge) -> None:
    comment(double, wish("Hello\n"))
    double.notes[0].body = double.notes[0].body.replace("\n", "\r\n").rstrip()
    writes = len(double.writes())
    assert comment(double, wish("Hello\n")).doing == "keep"
    assert len(double.writes()) == writes


def test_it_is_the_same_over_a_real_connection(double: Forge) -> None:
    assert comment_over_http(double, wish("Zoë 👩‍🚒\n", "plan", RED)).doing == "create"
    assert comment_over_http(double, wish("Bye\n")).doing == "edit"
    assert len(double.notes) == 1
    assert double.labels == []


def test_each_key_has_a_comment_of_its_own(double: Forge) -> None:
    comment(double, wish("Staff\n", "staff"))
    comment(double, wish("Guests\n", "guests -- <b> ö"))
    comment(double, wish("Staff again\n", "staff"))
    comment(double, wish("Guests again\n", "guests -- <b> ö"))
    assert [body.split("\n")[2] for body in double.bodies] == ["Staff again", "Guests again"]
    assert "--" not in double.bodies[1][4:].split("-->")[0]


def test_a_comment_that_quotes_the_mark_is_not_ours(double: Forge) -> None:
    comment(double, wish("Hello\n"))
    body = double.bodies[0]
    double.notes.clear()
    double.say(OTHER, body)
    double.say(ME, f"> {body}")
    double.say(ME, f"Look:\n{body}")
    double.say(None, body)
    assert comment(double, wish("Anew\n")).doing == "create"
    assert len(double.notes) == 5
    assert [note.body for note in double.notes if note.user is OTHER] == [body]


def test_a_comment_is_found_on_a_later_page(double: Forge) -> None:
    for number in range(230):
        double.say(OTHER, f"Remark {number}")
    comment(double, wish("Hello\n"))
    for number in range(70):
        double.say(OTHER, f"Remark {number}")
    assert comment(double, wish("Bye\n")).doing == "edit"
    assert sum("helloid-reconciler" in body for body in double.bodies) == 1
    if isinstance(double, Azure):
        return  # its lists come whole
    pages = [each.query["page"] for each in double.asked if each.query.get("per_page") == "100"]
    assert {"1", "2", "3", "4"} <= set(pages)


def test_a_full_last_page_is_no_reason_to_look_further_or_less_far(double: Forge) -> None:
    for number in range(99):
        double.say(OTHER, f"Remark {number}")
    comment(double, wish("Hello\n"))
    assert comment(double, wish("Bye\n")).doing == "edit"
    assert len(double.notes) == 100


def test_of_several_the_first_is_kept_and_the_others_go(double: Forge) -> None:
    comment(double, wish("Hello\n"))
    body = double.bodies[0]
    double.say(ME, body)
    double.say(OTHER, body)
    double.say(ME, body)
    done = comment(double, wish("Bye\n"))
    assert done.surplus == 2
    assert [note.user for note in double.notes] == [ME, OTHER]
    assert double.bodies == [body.replace("Hello", "Bye"), body]


def test_two_runs_at_the_same_time_leave_one_comment(double: Forge) -> None:
    rival = ["<!-- helloid-reconciler plan -->\n\nThe other run\n"]

    def happen(method: str, path: str) -> None:
        if method == "POST" and path.endswith(writing(double)) and rival:
            double.say(ME, rival.pop())

    double.before.append(happen)
    comment(double, wish("This run\n"))
    assert double.bodies == ["<!-- helloid-reconciler plan -->\n\nThis run\n"]


@pytest.mark.parametrize("late", [True, False])
def test_a_comment_whose_answer_was_lost_is_not_written_twice(late: bool, double: Forge) -> None:
    double.faults.append(Fault("POST", writing(double), said(502, "Bad gateway"), after=late))
    assert comment(double, wish("Hello\n")).doing == "create"
    assert double.bodies == ["<!-- helloid-reconciler plan -->\n\nHello\n"]


def test_a_comment_that_goes_while_it_is_edited_is_written_anew(double: Forge) -> None:
    comment(double, wish("Hello\n"))
    comments = double.notes

    def happen(method: str, _: str) -> None:
        if method in {"PATCH", "PUT"}:
            comments.clear()

    double.before.append(happen)
    assert comment(double, wish("Bye\n")).doing == "create"
    assert [note.user for note in double.notes] == [ME]


def test_a_list_that_lags_behind_does_not_make_a_second_comment() -> None:
    double = GitHub()

    def happen(method: str, path: str) -> None:
        if method == "GET" and path.endswith("/comments"):
            double.notes.clear()

    double.before.append(happen)
    done = comment(double, wish("Hello\n"))
    assert done.doing == "create"
    assert sum(w.startswith("POST") and w.endswith("/comments") for w in double.writes()) == 1


def test_a_dry_run_writes_nothing_and_says_what_it_would(double: Forge) -> None:
    assert comment(double, wish("Hello\n", "plan", RED), dry_run=True).doing == "create"
    assert double.writes() == []
    comment(double, wish("Hello\n", "plan", RED))
    double.say(ME, double.bodies[0])
    writes = double.writes()
    done = comment(double, wish("Bye\n", "plan", STOP), dry_run=True)
    assert (done.doing, done.surplus) == ("edit", 1)
    assert (done.added, done.removed) == (("refused",), ("removals",))
    assert double.writes() == writes


def test_a_system_note_of_gitlab_is_no_comment() -> None:
    double = GitLab()
    double.say(ME, "<!-- helloid-reconciler plan -->\n\nchanged the description", system=True)
    assert comment(double, wish("Hello\n")).doing == "create"
    assert len(double.notes) == 2


# ---------------------------------------------------------------- threads of Azure


def test_a_thread_of_azure_is_closed_so_that_it_holds_no_pull_request_up() -> None:
    double = Azure()
    done = comment(double, wish("Hello\n"))
    assert list(double.statuses.values()) == ["closed"]
    assert done.url == f"{PAGE}/pullrequest/5?discussionId={double.notes[0].id}"


def test_a_system_thread_or_one_without_its_first_comment_is_no_comment() -> None:
    double = Azure()
    body = "<!-- helloid-reconciler plan -->\n\nHello\n"
    double.say(ME, body, system=True)
    assert comment(double, wish("Hello\n")).doing == "create"
    root = {"id": 1, "content": body, "author": {"id": "x"}, "commentType": "text"}
    rows: list[dict[str, object]] = [
        {"id": 1, "comments": [{**root, "isDeleted": True}, root]},
        {"id": 2, "comments": [root], "isDeleted": True},
        {"id": 3, "comments": []},
        {"id": 4},
        {"id": "5", "comments": [root]},
        {"id": 6, "comments": [{**root, "author": None}]},
    ]
    double.faults.append(Fault("GET", "/threads", JSONResponse({"value": rows})))
    assert comment(double, wish("Hello\n"), dry_run=True).doing == "create"


# ---------------------------------------------------------------- the token of a workflow


def test_the_token_of_a_workflow_finds_the_comment_of_its_bot() -> None:
    double = GitHub()
    comment(double, wish("Hello\n"), token=ROBOT_TOKEN)
    assert [note.user for note in double.notes] == [ACTIONS]
    done = comment(double, wish("Bye\n"), token=ROBOT_TOKEN)
    assert done.doing == "edit"
    assert len(double.notes) == 1


def test_the_token_of_a_workflow_touches_no_comment_of_a_person() -> None:
    double = GitHub()
    body = "<!-- helloid-reconciler plan -->\n\nMine\n"
    double.say(OTHER, body)
    assert comment(double, wish("Hello\n"), token=ROBOT_TOKEN).doing == "create"
    assert double.bodies[0] == body


def test_where_several_bots_carry_the_mark_nothing_is_touched() -> None:
    double = GitHub()
    body = "<!-- helloid-reconciler plan -->\n\nMine\n"
    double.say(OTHER_BOT, body)
    double.say(ACTIONS, body)
    with pytest.raises(BadInput, match="--key"):
        comment(double, wish("Hello\n"), token=ROBOT_TOKEN)
    assert double.bodies == [body, body]
