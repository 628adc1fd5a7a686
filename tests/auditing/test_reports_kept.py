"""What the ledger remembers of reports: since when, what is new and settled, and what was postponed by which."""

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.auditing.drifting import Drifted, desired, entry, exclusion, settings
from tests.projects import Project

Change = Callable[[Drifted], None]


def audit(project: Project, *options: str) -> dict[str, Any]:
    return project.good("audit", "--format", "json", *options).json


def drift(project: Project, *changes: Change) -> Drifted:
    made = Drifted(project, random.Random(1))  # noqa: S311 - drift needs no secrecy
    for change in changes:
        change(made)
    made.settle()
    return made


def differs(number: int) -> Change:
    return lambda drift: drift.differ(number)


def gives(number: int, name: str = "Others") -> Change:
    return lambda drift: drift.give(number, name)


def figures(document: dict[str, Any]) -> tuple[int, int, int]:
    trend = document["trend"]
    return trend["new"], trend["settled"], trend["still_open"]


def test_an_issue_keeps_the_moment_it_was_first_seen(project: Project) -> None:
    drift(project, gives(1))
    first = audit(project)
    drift(project, gives(2))
    second = audit(project)
    since = {each["person"]: each["first_seen"] for each in second["issues"]}
    assert since["1"] == first["taken_at"] == first["issues"][0]["first_seen"]
    assert since["2"] == second["taken_at"]
    assert second["trend"]["oldest"] == first["taken_at"]
    assert second["trend"]["before"] == first["taken_at"]


def test_a_report_counts_what_is_new_settled_and_still_open(project: Project) -> None:
    assert figures(audit(project)) == (0, 0, 0)
    clean = project.held()
    drift(project, gives(1), gives(2))
    assert figures(audit(project)) == (2, 0, 0)
    assert figures(audit(project)) == (0, 0, 2)
    project.seed(clean)
    drift(project, gives(1))
    assert figures(audit(project)) == (0, 1, 1)
    assert [each["open"] for each in audit(project)["trend"]["reports"]] == [1]


def test_filters_change_what_is_shown_and_not_what_is_remembered(project: Project) -> None:
    drift(project, gives(1), gives(2))
    shown = audit(project, "--person", "1")
    assert [each["person"] for each in shown["issues"]] == ["1"]
    assert shown["totals"]["all"]["issues"] == 2
    assert figures(audit(project)) == (0, 0, 2)


@pytest.mark.parametrize("options", [["--no-record"], ["--as-of", "2031-01-01"]])
def test_a_look_counts_as_no_report(options: list[str], project: Project) -> None:
    drift(project, gives(1))
    looked = audit(project, *options)
    assert looked["recorded"] is False
    assert looked["issues"][0]["first_seen"] is None
    later = audit(project)
    assert later["recorded"] is True
    assert later["trend"]["before"] is None


def test_the_ledger_of_a_look_is_byte_for_byte_as_it_was(project: Project) -> None:
    drift(project, gives(1))
    project.good("plan", "-q")
    before = project.ledger.read_bytes()
    audit(project, "--no-record")
    assert project.ledger.read_bytes() == before


def test_without_a_ledger_there_is_no_first_seen_and_no_trend(project: Project) -> None:
    drift(project, gives(1))
    project.set({**settings(), "ledger": "none"})
    for _ in range(2):
        document = audit(project)
        assert document["trend"] is None
        assert document["recorded"] is False
        assert {each["first_seen"] for each in document["issues"]} == {None}
    assert "first report" not in project.good("audit").out


def test_a_snapshot_counts_once_and_an_old_one_never(project: Project) -> None:
    drift(project, gives(1))
    project.good("snapshot", "-o", "snapshot.json")
    _date(project.folder / "snapshot.json", "2020-01-01T00:00:00Z")
    old = audit(project, "--snapshot", "snapshot.json")
    assert old["recorded"] is False
    assert any("older than the last report" in each for each in old["warnings"])
    _date(project.folder / "snapshot.json", "2100-01-01T00:00:00Z")
    assert audit(project, "--snapshot", "snapshot.json")["recorded"] is True
    _date(project.folder / "snapshot.json", "2026-01-01T00:00:00Z")
    assert audit(project, "--snapshot", "snapshot.json")["recorded"] is False
    assert len(audit(project)["trend"]["reports"]) == 1


def _date(snapshot: Path, moment: str) -> None:
    document = json.loads(snapshot.read_text("utf-8"))
    document["taken_at"] = moment
    snapshot.write_text(json.dumps(document), "utf-8")


# ---------------------------------------------------------------- resolve


def test_resolve_postpones_until_the_next_report_and_no_plan_acts_until_then(
    project: Project,
) -> None:
    project.set(settings(account_differs="update"))
    drifted = drift(project, differs(1))
    found = audit(project, "--no-record")["issues"][0]
    assert found["status"] == "resolved"
    drifted.desired["resolutions"] = [entry(found, "resolve", reason="Tomorrow")]
    project.want(drifted.desired)

    assert project.good("plan", "--format", "json").json["actions"] == []
    first = audit(project)["issues"][0]
    assert (first["status"], first["reason"]) == ("postponed", "Tomorrow")
    assert first["source"].startswith("desired/resolutions.yaml:")
    for _ in range(2):
        plan = project.good("plan", "--format", "json").json
        assert (plan["actions"], plan["issues"][0]["status"]) == ([], "postponed")

    second = audit(project)
    assert second["issues"][0]["status"] == "resolved"
    assert any("Take it out" in each for each in second["warnings"])
    assert [each["kind"] for each in project.good("plan", "--format", "json").json["actions"]] == [
        "update_account"
    ]


def test_a_postponed_issue_is_open_again_in_the_next_report(project: Project) -> None:
    drifted = drift(project, gives(1))
    drifted.desired["resolutions"] = [entry(audit(project, "--no-record")["issues"][0], "resolve")]
    project.want(drifted.desired)
    statuses = [audit(project)["issues"][0]["status"] for _ in range(3)]
    assert statuses == ["postponed", "open", "open"]


def test_looking_without_recording_spends_no_postponement(project: Project) -> None:
    drifted = drift(project, gives(1))
    drifted.desired["resolutions"] = [entry(audit(project, "--no-record")["issues"][0], "resolve")]
    project.want(drifted.desired)
    for _ in range(3):
        assert audit(project, "--no-record")["issues"][0]["status"] == "postponed"
    assert audit(project)["issues"][0]["status"] == "postponed"
    assert audit(project, "--no-record")["issues"][0]["status"] == "open"


@pytest.mark.long
def test_a_decision_taken_out_and_written_again_postpones_again(project: Project) -> None:
    drifted = drift(project, gives(1))
    resolve = [entry(audit(project)["issues"][0], "resolve")]
    seen: list[str] = []
    for entries in (resolve, resolve, [], resolve, resolve):
        project.want({**drifted.desired, "resolutions": entries})
        seen.append(audit(project)["issues"][0]["status"])
    assert seen == ["postponed", "open", "open", "postponed", "open"]


def test_an_excluded_issue_says_until_when_why_and_where(project: Project) -> None:
    drifted = drift(project, gives(1))
    drifted.desired["resolutions"] = [exclusion(audit(project)["issues"][0])]
    project.want(drifted.desired)
    (found,) = audit(project)["issues"]
    assert (found["status"], found["until"], found["reason"]) == ("excluded", "2120-01-01", "Known")
    assert found["source"] == "desired/resolutions.yaml:1"
    assert project.run("audit", "--detailed-exitcode").code == 0
    assert audit(project, "--as-of", "2120-01-01")["issues"][0]["status"] == "open"


# ---------------------------------------------------------------- who cannot be judged


def test_issues_of_a_person_left_out_are_neither_settled_nor_new(project: Project) -> None:
    made = drift(project, gives(1), gives(2))
    first = audit(project)
    rule = {
        "name": "impossible",
        "when": {"Contract.ExternalId": "1-1"},
        "grant": {"group_per_contract": "nowhere_{Contract.Department.ExternalId}"},
    }
    project.want({**desired(), "rules": [rule]})
    second = audit(project)
    assert [each["person"] for each in second["errors"]] == ["1"]
    assert [each["person"] for each in second["issues"]] == ["2"]
    assert figures(second) == (0, 0, 1)
    assert second["trend"]["unjudged"] == 1
    project.want(made.desired)
    third = audit(project)
    assert figures(third) == (0, 0, 2)
    assert {each["first_seen"] for each in third["issues"]} == {first["taken_at"]}


# ---------------------------------------------------------------- a ledger that cannot be written


def test_a_sqlite_ledger_that_cannot_be_written_gives_a_warning(project: Project) -> None:
    drift(project, gives(1))
    first = audit(project)
    with closing(sqlite3.connect(project.ledger)) as db:
        db.execute(
            "CREATE TRIGGER nobody BEFORE INSERT ON reconciler_reports"
            " BEGIN SELECT RAISE(ABORT, 'nobody may write here'); END"
        )
    second = audit(project)
    assert second["recorded"] is False
    assert any("nobody may write here" in each for each in second["warnings"])
    assert second["issues"][0]["first_seen"] == first["taken_at"]
