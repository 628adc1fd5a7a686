"""What was applied is told as it was, by the ledger alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from reconciler.ledger import open_ledger
from reconciler.model.plan import StepId
from reconciler.model.run import Entry, Run, RunId, RunStatus, StepStatus
from tests.cli.offices import Office, user_name
from tests.projects import EMBEDDED, Project, person, tenant_of

RUN_MEMBERS = "id started_at ended_at status plan_digest by commit actions".split()  # noqa: SIM905 - a list of names reads best as a line


def runs(office: Office, *arguments: str) -> Any:
    document = office.project.good("history", "--format", "json", *arguments).json
    assert list(document) == ["runs"]
    return document["runs"]


def begun(office: Office, name: str, at: str, plan: dict[str, Any]) -> tuple[Any, RunId]:
    """Write down that a run of a plan began, by somebody who was killed."""
    ledger = open_ledger("sqlite:///.reconciler/ledger.db", EMBEDDED, office.project.folder)
    run = RunId(name)
    text = json.dumps(plan)
    ledger.begin(
        Run(run, plan["digest"], at, None, RunStatus.RUNNING, "Bram@box", None, text),
    )
    return ledger, run


def test_each_apply_has_its_plan_its_author_and_its_commit_the_latest_first(office: Office) -> None:
    plan = office.project.read("plan.json")
    latest, first = runs(office)

    assert list(latest) == RUN_MEMBERS
    assert latest["plan_digest"] == plan["digest"]
    assert latest["by"].startswith("Anna@")
    assert latest["commit"] == "0123456789abcdef0123"
    assert latest["status"] == first["status"] == "done"
    # a beginning is told to the second, an end more exactly
    moments = [run[at][:19] for run in (first, latest) for at in ("started_at", "ended_at")]
    assert moments == sorted(moments)


def test_the_actions_are_the_plan_s_with_what_became_of_them(office: Office) -> None:
    plan = office.project.read("plan.json")
    actions = runs(office)[0]["actions"]

    assert len(actions) == len(plan["actions"]) == 2
    for action, planned in zip(actions, plan["actions"], strict=True):
        assert action["status"] == "done"
        assert action["error"] == ""
        assert action["at"] >= runs(office)[0]["started_at"]
        assert {key: action[key] for key in planned} == planned
        assert set(action) - set(planned) == {"status", "at", "error"}


def test_the_text_says_who_when_and_what(office: Office) -> None:
    latest, first = office.project.good("history").out.split("\n\n")

    assert "done  by Anna@" in latest
    assert "commit 0123456789ab  in" in latest
    assert "2 actions: 1 disabled, 1 granted." in latest
    assert f"Person 20, account {user_name(20)}" in latest
    assert "- disable account" in latest
    assert "+ grant group Sales" not in first
    assert "30 created" in first
    assert "are done: see --full" in first


def test_every_action_of_a_large_apply_is_listed_where_asked(office: Office) -> None:
    text = office.project.good("history", "--full").out
    assert text.count("+ create account") == 30
    assert "--full" not in text


def test_only_so_many_as_asked(office: Office) -> None:
    assert len(runs(office, "--limit", "1")) == 1
    assert runs(office, "--limit", "1") == runs(office)[:1]
    assert runs(office, "--limit", "7") == runs(office)
    assert office.project.run("history", "--limit", "0").code == 64


@pytest.mark.parametrize("who", ["20", user_name(20), user_name(20).upper(), "guid"])
def test_a_person_s_actions_are_found_by_any_of_their_names(who: str, office: Office) -> None:
    if who == "guid":
        who = next(
            each["userGUID"]
            for each in office.project.held()["accounts"]
            if each["userName"] == user_name(20)
        ).upper()
    latest, first = runs(office, who)

    assert [action["kind"] for action in latest["actions"]] == ["disable_account"]
    assert {action["person"] for action in first["actions"]} == {"20"}
    assert {action["kind"] for action in first["actions"]} == {
        "create_account",
        "enable_account",
        "grant_group",
    }
    assert len(runs(office, who, "--limit", "1")) == 1


def test_a_person_of_whom_nothing_is_written_down_has_no_history(office: Office) -> None:
    assert runs(office, "2") != []
    assert runs(office, "99") == []
    assert office.project.good("history", 'no "such\\ é').out == "Nothing was applied.\n"
    told = office.project.good("history", "nobody")
    assert "No apply that is asked for did anything to nobody." in told.err


def test_from_a_day_on_in_the_project_s_time_zone(office: Office) -> None:
    # Both applies are ended, at moments that the test does not choose: one of long ago joins them.
    plan: dict[str, Any] = {**office.project.read("plan.json"), "actions": []}
    ledger, run = begun(office, "older", "2026-01-31T23:30:00+00:00", plan)
    ledger.end(run, RunStatus.DONE, "2026-01-31T23:31:00+00:00", ())
    office.set(time_zone="Europe/Amsterdam")

    assert runs(office, "--since", "2026-02-01")[0]["id"] == "older"
    assert len(runs(office, "--since", "2026-02-02")) == 2
    assert len(runs(office, "--since", "0001-01-01")) == 3
    assert runs(office, "--since", "9999-12-31") == []
    office.set(time_zone="UTC")
    assert len(runs(office, "--since", "2026-02-01")) == 2


def test_an_apply_that_was_killed_says_what_is_known_of_each_action(office: Office) -> None:
    plan = office.project.read("plan.json")
    plan["actions"].append({**plan["actions"][-1], "id": "the last"})
    steps = [StepId(action["id"]) for action in plan["actions"]]
    at = "2026-11-23T10:00:00+00:00"
    ledger, run = begun(office, "killed", at, plan)
    failed = Entry(steps[0], StepStatus.FAILED, at, "The tenant said no\x1b[2J.")
    ledger.settle(run, [failed], ())
    ledger.intend(run, [steps[1], StepId("a step of no plan")], at)

    found = runs(office)[0]
    assert (found["status"], found["ended_at"]) == ("running", None)
    assert [action["status"] for action in found["actions"]] == ["failed", "unconfirmed", "skipped"]
    assert found["actions"][0]["error"] == "The tenant said no\x1b[2J."
    assert found["actions"][2]["error"] == "Not begun yet."
    text = office.project.good("history", "--limit", "1").out
    assert "not ended  by Bram@box" in text
    assert "It is running, or it was stopped" in text
    assert r"The tenant said no\x1b[2J." in text


def test_an_apply_that_the_next_one_settled_says_so(office: Office) -> None:
    ledger, run = begun(office, "stopped", "2026-11-23T10:00:00Z", office.project.read("plan.json"))
    ledger.end(run, RunStatus.INTERRUPTED, "2026-11-24T10:00:00Z", ())

    assert runs(office)[0]["status"] == "interrupted"
    assert {each["status"] for each in runs(office)[0]["actions"]} == {"skipped"}
    assert "stopped before its end" in office.project.good("history", "--limit", "1").out


def test_what_waits_for_approval_is_pending(tmp_path: Path) -> None:
    office = Office(Project.at(tmp_path / "project"), {})
    office.want(
        persons=[person(1, "Anna", "Visser")],
        accounts=[{"person": "1", "state": "enabled"}],
        products=[{"name": "CRM", "members": ["1"]}],
    )
    office.project.seed(tenant_of(products=["CRM"]), approval="pending")
    office.project.good("apply", "--auto-approve", "-q")

    assert [each["status"] for each in runs(office)[0]["actions"]] == ["done", "done", "pending"]
    assert "1 created, 1 enabled, 1 waiting for approval" in office.project.good("history").out


def test_before_the_first_apply_there_is_none(tmp_path: Path) -> None:
    project = Project.at(tmp_path / "project")
    assert project.good("history").out == "Nothing was applied.\n"
    assert project.good("history", "--format", "json").json == {"runs": []}
    assert not project.ledger.exists()
    assert not project.tenant.exists()


def test_without_a_ledger_it_says_that_nothing_is_written_down(tmp_path: Path) -> None:
    project = Project.at(tmp_path / "project", {"ledger": "none"})
    ran = project.good("history")
    assert "With `ledger: none` no apply is written down" in ran.err
    assert ran.out == "Nothing was applied.\n"


def test_it_needs_neither_credentials_nor_the_tenant(office: Office) -> None:
    # The ledger knows its runs by the tenant's address: of another tenant it has none.
    office.project.set({}, base_url="https://tenant.helloid.invalid/api/v1")
    assert runs(office) == []


def test_a_run_that_this_version_cannot_read_stops_it(office: Office) -> None:
    begun(office, "strange", "2026-11-23T10:00:00Z", {"digest": "sha256:of-later"})
    ran = office.project.run("history")
    assert ran.code == 1
    assert "A run in the ledger cannot be read" in ran.err
    assert "Run strange" in ran.err


def test_it_is_saved_where_asked(office: Office) -> None:
    ran = office.project.good("history", "--format", "json", "-o", "history.json")
    assert ran.out == ""
    assert len(office.project.read("history.json")["runs"]) == 2
