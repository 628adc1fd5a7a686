import json
from collections import Counter

import pytest

from tests.newcomer.hour import Hour, Step, play

_CHANGE = {"create_account": 1, "enable_account": 1, "grant_group": 1, "grant_product": 1}


@pytest.fixture(scope="module")
def hour(tmp_path_factory: pytest.TempPathFactory) -> Hour:
    return play(tmp_path_factory.mktemp("hour"), 60)


def test_what_is_played_is_what_is_committed(hour: Hour) -> None:
    assert hour.program == hour.clone / "reconciler/__init__.py"


def test_what_is_imported_has_no_problem_and_a_plan_with_nothing_to_do(hour: Hour) -> None:
    assert "No problems found." in _step(hour, "validate").out

    plan = _step(hour, "plan --detailed-exitcode").json

    assert set(plan["summary"]) == {"correlate_account"}
    assert len(plan["adopts"]) > 100
    assert plan["issues"] == plan["errors"] == plan["held"] == []


def test_a_change_on_a_branch_says_what_it_means_and_stands_on_the_pull_request(hour: Hour) -> None:
    diff = (hour.folder / "diff.json").read_text("utf-8")

    assert len(hour.comments) == 2, "one comment for the difference, one for the plan"
    for comment in hour.comments:
        assert "Group 0001" in comment
        assert "Product 01" in comment
    assert '"create_account"' in diff


def test_the_plan_is_the_change_and_apply_does_all_of_it(hour: Hour) -> None:
    plan = json.loads((hour.folder / "plan.json").read_text("utf-8"))
    applied = _step(hour, "apply plan.json").json

    assert plan["summary"] == _CHANGE
    assert Counter(action["kind"] for action in applied["actions"]) == _CHANGE
    assert {action["status"] for action in applied["actions"]} == {"done"}


def test_at_the_end_nothing_is_there_that_nobody_asked_for(hour: Hour) -> None:
    audit = _step(hour, "audit").json

    assert audit["issues"] == []


def test_no_step_shows_a_traceback_or_the_credentials(hour: Hour) -> None:
    assert len(hour.secrets) == 3
    for step in hour.steps.values():
        said = step.out + step.err
        assert "Traceback" not in said, step.command
        assert [secret for secret in hour.secrets if secret in said] == [], step.command


def _step(hour: Hour, beginning: str) -> Step:
    return next(step for command, step in hour.steps.items() if command.startswith(beginning))
