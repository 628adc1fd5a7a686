"""`plan --until`: the days on which something will change, each planned on the one before."""

from pathlib import Path
from typing import Any

import pytest

from tests.projects import Project, account, group, person, tenant_of

PEOPLE = [person(1, "Anna", "Visser"), person(2, "Bram", "Kok")]
DESIRED: dict[str, Any] = {
    "persons": PEOPLE,
    "accounts": [
        account(1),
        {"person": "2", "state": "enabled", "from": "2030-01-10", "until": "2030-02-01"},
    ],
    "groups": [
        {
            "name": "Sales",
            "members": [
                {"person": "1", "from": "2030-01-05", "until": "2030-01-20"},
                {"person": "2"},
            ],
        },
        {"name": "New", "create": True, "members": [{"person": "2"}]},
    ],
}
FIRST, LAST = "2030-01-01", "2030-03-31"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.at(tmp_path / "project", {"delete_after_days": 30})
    made.want(DESIRED)
    made.seed(tenant_of(["Sales"]))
    return made


def told(document: Any) -> list[tuple[str, list[str]]]:
    return [
        (each["date"], [action["kind"] for action in each["actions"]]) for each in document["days"]
    ]


def test_every_day_is_planned_on_the_one_before(project: Project) -> None:
    before = project.held()
    found = project.good("plan", "--as-of", FIRST, "--until", LAST, "--format", "json").json
    days = told(found)
    assert [day for day, _ in days] == [
        "2030-01-01",
        "2030-01-05",
        "2030-01-10",
        "2030-01-20",
        "2030-02-01",
        "2030-03-03",
    ]
    kinds = dict(days)
    assert "create_account" in kinds["2030-01-01"]
    assert kinds["2030-01-05"] == ["grant_group"]
    assert kinds["2030-01-20"] == ["revoke_group"]
    assert sorted(kinds["2030-02-01"]) == ["disable_account", "revoke_group", "revoke_group"]
    assert kinds["2030-03-03"] == ["delete_account"]
    refs = [
        action["account"]["user_guid"]
        for each in found["days"]
        for action in each["actions"]
        if action["account"]
    ]
    assert set(refs) == {None}
    assert "digest" not in found
    assert project.held() == before


def test_what_it_foretells_is_what_each_day_then_plans(project: Project) -> None:
    found = project.good("plan", "--as-of", FIRST, "--until", LAST, "--format", "json").json
    for day in found["days"]:
        plan = project.good("plan", "--as-of", day["date"], "--format", "json").json
        assert [(a["kind"], a["person"]) for a in plan["actions"]] == [
            (a["kind"], a["person"]) for a in day["actions"]
        ]
        project.good("apply", "--auto-approve", "--as-of", day["date"], "-q")
    assert project.good("plan", "--as-of", LAST, "--detailed-exitcode").code == 0


def test_a_day_that_is_refused_is_told_and_ends_with_3(project: Project) -> None:
    forbid = {"name": "never", "max_members": [{"group": "Sales"}], "at_most": 1}
    project.want({**DESIRED, "policies": [forbid]})
    ran = project.run("plan", "--as-of", FIRST, "--until", LAST, "--format", "json")
    assert ran.code == 3
    refused = [each["date"] for each in ran.json["days"] if each["checks"]]
    assert refused == ["2030-01-10"]
    text = project.run("plan", "--as-of", FIRST, "--until", LAST).out
    assert "policy.never/Sales: 2, limit 1, refuses the plan of that day" in text
    assert project.good("plan", "--as-of", FIRST, "--until", "2030-01-09").code == 0


def test_the_text_has_a_heading_for_each_day(project: Project) -> None:
    text = project.good("plan", "--as-of", FIRST, "--until", LAST).out
    assert "2030-01-20  1 to revoke" in text
    assert "on 6 days." in text


def test_nothing_to_come_is_no_difference(project: Project) -> None:
    project.want({"persons": PEOPLE, "groups": [group("Sales")]})
    arguments = ("plan", "--as-of", FIRST, "--until", LAST, "--detailed-exitcode")
    assert "No differences." in project.good(*arguments).out
    project.want(DESIRED)
    assert project.run(*arguments).code == 2


def test_it_is_not_saved_and_not_dressed(project: Project) -> None:
    for more in (("-o", "days.json"), ("--format", "html"), ("--ack", "total=1")):
        assert project.run("plan", "--until", LAST, *more).code == 64
    assert project.run("plan", "--as-of", LAST, "--until", FIRST).code == 1
