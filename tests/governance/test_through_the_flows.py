"""What the flows add to judging: which plan was applied, whom it is about, what a snapshot can say."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from reconciler.sandbox import seed
from tests.projects import Project, account, group, person, tenant_of

PEOPLE = [person(1, "Anna", "Visser"), person(2, "Bram", "Kok")]
DESIRED: dict[str, Any] = {
    "persons": PEOPLE,
    "accounts": [account(1), account(2)],
    "groups": [group("Sales", 1, 2), group("Staff", 1)],
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.at(tmp_path / "project")
    made.want(DESIRED)
    made.seed(tenant_of(["Sales", "Staff"]))
    made.good("apply", "--auto-approve", "-q")
    return made


def lose_sales(project: Project) -> None:
    held = project.held()
    for each in held["groups"]:
        if each["name"] == "Sales":
            each["users"] = []
    seed(project.tenant, held)


def test_the_same_drift_on_the_same_day_is_put_right_again(project: Project) -> None:
    for name in ("first.json", "second.json"):
        lose_sales(project)
        while True:  # a plan made within the same second is the same file
            project.good("plan", "-o", name)
            if (
                name == "first.json"
                or project.read(name)["seal"] != project.read("first.json")["seal"]
            ):
                break
        project.good("apply", name)
    first, second = project.read("first.json"), project.read("second.json")
    assert first["digest"] == second["digest"]
    assert project.run("apply", "second.json").code == 4
    assert project.good("plan", "--detailed-exitcode").code == 0


def test_person_also_names_who_left_the_files(project: Project) -> None:
    project.want({**DESIRED, "persons": PEOPLE[:1], "accounts": [account(1)], "groups": []})
    plan = project.good("plan", "--format", "json", "--person", "2").json
    assert {each["person"] for each in plan["actions"]} == {"2"}
    assert "disable_account" in plan["summary"]
    assert project.run("plan", "--person", "3").code == 1


def test_an_old_snapshot_makes_nothing_forgotten(project: Project) -> None:
    project.good("snapshot", "-o", "old.json")
    project.want({**DESIRED, "groups": [group("Sales", 1, 2), group("Staff", 1, 2)]})
    project.good("apply", "--auto-approve", "-q")
    project.want({**DESIRED, "groups": [group("Sales", 1, 2), group("Staff", 1)]})
    late = _earlier(project)
    plan = project.good("plan", "--format", "json", "--snapshot", late).json
    assert plan["bookkeeping"]["forgets_grants"] == []
    assert any("older than the last apply" in each for each in plan["warnings"])
    revokes = project.good("plan", "--format", "json").json["actions"]
    assert [each["kind"] for each in revokes] == ["revoke_group"]


def test_what_an_old_snapshot_shows_is_not_taken_for_what_is(project: Project) -> None:
    governance = {
        "automatic": {"account_incorrectly_has_no_access": "report", "permission_missing": "report"}
    }
    project.set({"governance": governance})
    project.good("snapshot", "-o", "old.json")
    late = _earlier(project)
    project.want({**DESIRED, "accounts": [account(1)]})
    project.good("apply", "--auto-approve", "-q")
    project.want(DESIRED)
    project.good("plan", "-o", "plan.json", "--snapshot", late)
    project.good("apply", "plan.json")
    plan = project.good("plan", "--format", "json").json
    assert plan["issues"] == []
    assert plan["summary"] == {"enable_account": 1, "grant_group": 1}
    project.good("apply", "--auto-approve", "-q")
    assert all(each["isEnabled"] for each in project.held()["accounts"])


@pytest.mark.parametrize("days", [-1, 1])
def test_what_is_taken_away_by_another_day_than_today_is_said(project: Project, days: int) -> None:
    day = (datetime.now(ZoneInfo("Europe/Amsterdam")) + timedelta(days=days)).date().isoformat()
    quiet = project.good("plan", "--format", "json", "--as-of", day).json
    project.want({**DESIRED, "groups": [group("Sales", 1), group("Staff", 1)]})
    plan = project.good("plan", "--format", "json", "--as-of", day).json
    today = project.good("plan", "--format", "json").json
    said = f"This plan is of {day}, not of today"
    assert [said in each for each in plan["warnings"]] == [True]
    assert quiet["warnings"] == today["warnings"] == []


def _earlier(project: Project) -> str:
    """Return the snapshot dated before the first apply: tests are too fast for whole seconds."""
    snapshot = {**project.read("old.json"), "taken_at": "2024-01-01T00:00:00Z"}
    project.write("earlier.json", snapshot)
    return "earlier.json"


def test_a_group_renamed_out_of_scope_is_not_gone(project: Project) -> None:
    project.set({"scope": {"groups": {"exclude": ["AD-*"]}}})
    held = project.held()
    for each in held["groups"]:
        each["name"] = f"AD-{each['name']}"
    seed(project.tenant, held)
    plan = project.good("plan", "--format", "json").json
    assert plan["actions"] == []
    assert {each["summary"] for each in plan["errors"]} == {"Group not usable"}
    assert all("scope.groups leaves out" in each["detail"] for each in plan["errors"])
    project.want({**DESIRED, "groups": []})
    plan = project.good("plan", "--format", "json").json
    assert plan["actions"] == []
    assert plan["bookkeeping"]["forgets_grants"] == []


def test_a_request_is_made_again_after_its_days_and_not_before(tmp_path: Path) -> None:
    made = Project.at(tmp_path / "project", {"products": {"pending_days": 30}})
    made.want({**DESIRED, "groups": [], "products": [group("CRM", 1)]})
    made.seed(tenant_of(products=["CRM"]), approval="pending", request_while_pending="accept")
    day = ("--as-of", "2026-12-01")
    made.good("apply", "--auto-approve", "-q", *day)
    since = made.good("plan", "--format", "json").json["warnings"][0][-11:-1]
    early = date.fromisoformat(since) + timedelta(days=29)
    assert made.good("plan", "--format", "json", "--as-of", f"{early}").json["actions"] == []
    late = ("--as-of", f"{early + timedelta(days=1)}")
    (again,) = made.good("plan", "--format", "json", *late).json["actions"]
    assert (again["kind"], again["cause"]["kind"]) == ("grant_product", "desired")
    assert f"requested on {since} and not given" in again["cause"]["detail"]
    made.good("plan", "-o", "plan.json", *late)
    made.good("apply", "plan.json")
    made.set({})
    assert made.good("plan", "--format", "json", *late).json["actions"] == []


def test_a_request_is_not_made_again_where_the_settings_do_not_say_so(tmp_path: Path) -> None:
    made = Project.at(tmp_path / "project", {"products": {"pending_days": 30}})
    made.want({**DESIRED, "groups": [], "products": [group("CRM", 1)]})
    made.seed(tenant_of(products=["CRM"]), approval="pending", request_while_pending="accept")
    made.good("apply", "--auto-approve", "-q")
    made.good("plan", "-o", "plan.json", "--as-of", "2047-01-01")
    made.set({})
    ran = made.run("apply", "plan.json")
    assert ran.code == 4
    assert "requested already and waits for approval" in ran.err


def test_protection_declared_after_a_plan_was_made_guards_against_it(project: Project) -> None:
    project.want({**DESIRED, "groups": [group("Sales", 1), group("Staff", 1)]})
    project.good("plan", "-o", "plan.json")
    project.want({**DESIRED, "groups": [group("Sales", 1, protected=True), group("Staff", 1)]})
    project.good("apply", "--auto-approve", "-q", "--additive")
    before = project.held()
    refused = project.run("apply", "plan.json")
    assert refused.code == 3
    assert "protected/group/Sales" in refused.err
    assert project.held() == before
    project.good("apply", "plan.json", "--allow-protected")
