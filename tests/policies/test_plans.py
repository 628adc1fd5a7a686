"""What policies do to plans, fresh and saved, and to apply."""

from pathlib import Path
from typing import Any

import pytest

from tests.projects import Project, account, group, person, tenant_of

PEOPLE = [person(1, "Anna", "Visser"), person(2, "Bram", "Kok")]
FORBID: dict[str, Any] = {
    "name": "no-approve-and-pay",
    "forbid_together": [{"group": "Approvers"}, {"group": "Payments"}],
}
RULE = "policy.no-approve-and-pay"


def desired(*policies: dict[str, Any], payers: tuple[int, ...] = (1, 2)) -> dict[str, Any]:
    return {
        "persons": PEOPLE,
        "accounts": [account(1), account(2)],
        "groups": [group("Approvers", 1), group("Payments", *payers)],
        "policies": list(policies),
    }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.at(tmp_path / "project")
    made.seed(tenant_of(["Approvers", "Payments"]))
    return made


def check(plan: Any, rule: str = RULE) -> Any:
    return next(each for each in plan["checks"] if each["rule"] == rule)


def test_a_breach_refuses_the_plan_and_names_both_paths(project: Project) -> None:
    project.want(desired(FORBID))
    ran = project.run("plan", "-o", "plan.json")
    assert ran.code == 3
    assert RULE in ran.out
    assert f"--ack {RULE}=1" in ran.out
    found = check(project.read("plan.json"))
    assert (found["status"], found["value"], found["limit"]) == ("fail", 1, "0")
    assert found["detail"].count("desired/groups.yaml") == 2
    assert project.run("apply", "plan.json").code == 3
    assert project.run("apply", "--auto-approve").code == 3
    assert project.held()["accounts"] == []


def test_a_breach_is_admitted_at_exactly_its_value(project: Project) -> None:
    project.want(desired(FORBID))
    assert project.run("plan", "--ack", f"{RULE}=2").code == 3
    project.good("plan", "--ack", f"{RULE}=1", "-o", "plan.json")
    assert check(project.read("plan.json"))["status"] == "acknowledged"
    project.good("apply", "plan.json")
    assert project.run("plan").code == 3


def test_a_warning_is_shown_and_refuses_nothing(project: Project) -> None:
    project.want(desired({**FORBID, "severity": "warning"}))
    for dress in ("text", "markdown", "html", "junit"):
        assert "no-approve-and-pay" in project.good("plan", "--format", dress).out
    assert check(project.good("plan", "--format", "json").json)["status"] == "warning"
    project.good("apply", "--auto-approve", "-q")


def test_a_policy_that_is_kept_passes(project: Project) -> None:
    project.want(desired(FORBID, payers=(2,)))
    assert check(project.good("plan", "--format", "json").json)["status"] == "pass"


def test_a_policy_made_after_the_plan_judges_the_plan(project: Project) -> None:
    project.want(desired())
    project.good("plan", "-o", "plan.json")
    project.want(desired(FORBID, payers=(2,)))
    refused = project.run("apply", "plan.json")
    assert refused.code == 3
    assert RULE in refused.err
    project.good("apply", "plan.json", "--ack", f"{RULE}=1")


def test_a_saved_breach_outlives_the_policy(project: Project) -> None:
    project.want(desired(FORBID))
    project.run("plan", "-o", "plan.json")
    project.want(desired())
    assert project.run("apply", "plan.json").code == 3
    project.want(desired({**FORBID, "severity": "warning"}))
    project.good("apply", "plan.json")


def test_members_are_counted_as_the_tenant_will_hold_them(project: Project) -> None:
    project.want(desired())
    project.good("apply", "--auto-approve", "-q")
    few = {"name": "few", "max_members": [{"group": "Payments"}], "at_most": 1}
    unlisted = {"name": "Payments"}
    project.want({**desired(few), "groups": [group("Approvers", 1), unlisted]})
    plan = project.run("plan", "--format", "json")
    assert plan.code == 3
    assert check(plan.json, "policy.few/Payments")["value"] == 2
    project.want(desired(few, payers=(2,)))
    plan = project.run("plan", "--format", "json", "-o", "plan.json")
    assert check(project.read("plan.json"), "policy.few/Payments")["value"] == 1
    many = {"name": "few", "min_members": [{"group": "Payments"}], "at_least": 2}
    project.want(desired(many, payers=(2,)))
    assert project.run("apply", "plan.json").code == 3


def test_an_unknown_policy_is_not_acknowledged(project: Project) -> None:
    project.want(desired(FORBID))
    ran = project.run("plan", "--ack", "policy.no-aprove-and-pay=1")
    assert ran.code == 1
    assert f"Did you mean {RULE}?" in ran.err
