from pathlib import Path
from typing import Any

import pytest

from tests.diff.repository import Repository
from tests.diff.test_diff import told
from tests.projects import account, group, person, tenant_of

ANNA, BRAM = person(10001, "Anna", "Visser"), person(10002, "Bram", "Bakker")
START: dict[str, Any] = {
    "persons": [ANNA, BRAM],
    "accounts": [account(10001), account(10002)],
    "groups": [group("Sales", 10001, 10002)],
    "products": [group("CRM", 10001)],
}
WITHOUT = {"ledger": "none", "safeguards": {"allow_empty": True, "limits": {"percent_from": 1000}}}


@pytest.fixture
def applied(tmp_path: Path) -> Repository:
    """A project without a ledger whose files are in force."""
    made = Repository.at(tmp_path / "repository", settings=WITHOUT)
    made.project.seed(tenant_of(["Sales", "Other"], ["CRM"]))
    made.project.want(START)
    made.commit()
    made.project.good("apply", "--auto-approve")
    return made


def planned(repository: Repository, *arguments: str) -> list[str]:
    return told(repository.project.good("plan", "--format", "json", *arguments).json)


def test_what_left_the_files_is_taken_away_where_the_tenant_holds_it(applied: Repository) -> None:
    applied.project.want(
        {"persons": [ANNA], "accounts": [account(10001)], "groups": [group("Sales")]}
    )

    assert planned(applied) == []
    assert planned(applied, "--base", "main") == [
        "revoke_group 10001 Sales",
        "revoke_group 10002 Sales",
        "revoke_product 10001 CRM",
        "disable_account 10002",
    ]


def test_nothing_is_planned_where_the_files_are_those_of_the_base(applied: Repository) -> None:
    assert planned(applied, "--base", "main") == []


def test_a_plan_from_a_base_is_applied_as_it_is(applied: Repository) -> None:
    applied.project.want({**START, "groups": [group("Sales", 10001)], "products": []})
    applied.project.good("plan", "--base", "main", "-o", "plan.json")
    applied.project.good("apply", "plan.json")
    applied.commit()

    assert planned(applied, "--base", "main~1") == []
    assert planned(applied, "--base", "main") == []
    assert applied.project.held()["assignments"] == []


def test_a_grant_that_nobody_asked_for_stays(applied: Repository) -> None:
    held = applied.project.held()
    other = next(each for each in held["groups"] if each["name"] == "Other")
    other["users"] = [held["accounts"][0]["userGUID"]]
    applied.project.seed(held)
    applied.project.want({**START, "groups": []})

    assert "revoke_group 10001 Other" not in planned(applied, "--base", "main")


def test_who_correlates_with_several_loses_nothing(applied: Repository) -> None:
    settings = {
        **WITHOUT,
        "correlation": {"account_field": "firstName", "person_field": "Name.NickName"},
    }
    applied.project.set(settings)
    applied.commit()
    held = applied.project.held()
    for each in held["accounts"]:
        each["firstName"] = "Anna"
    applied.project.seed(held)
    applied.project.want({"persons": [BRAM], "accounts": [account(10002)]})
    document = applied.project.good("plan", "--format", "json", "--base", "main").json

    kinds = {each["kind"] for each in document["actions"]}
    assert not kinds & {"revoke_group", "revoke_product", "disable_account", "delete_account"}


def test_what_a_date_ended_since_the_commit_is_taken_away(applied: Repository) -> None:
    line = {"person": "10002", "until": "2026-11-20"}
    applied.project.want({**START, "groups": [{"name": "Sales", "members": ["10001", line]}]})
    applied.commit("2026-11-10T12:00:00+00:00")
    document = applied.project.good(
        "plan", "--format", "json", "--base", "main", "--as-of", "2026-11-21"
    ).json

    assert told(document) == ["revoke_group 10002 Sales"]
    assert document["actions"][0]["cause"]["kind"] == "expired"
    applied.commit("2026-11-20T12:00:00+00:00")
    assert planned(applied, "--base", "main", "--as-of", "2026-11-21") == []


def test_what_began_and_ended_since_the_commit_counts_only_where_it_is_held(
    applied: Repository,
) -> None:
    line = {"person": "10002", "from": "2026-11-12", "until": "2026-11-20"}
    groups = [{"name": "Sales", "members": ["10001", line]}, group("Other", 10001)]
    applied.project.want({**START, "groups": groups})
    applied.commit("2026-11-10T12:00:00+00:00")
    plan = planned(applied, "--base", "main", "--as-of", "2026-11-21")

    assert plan == ["revoke_group 10002 Sales", "grant_group 10001 Other"]


def test_what_the_base_protected_cannot_be_freed_and_removed_at_once(applied: Repository) -> None:
    applied.project.want({**START, "groups": [group("Sales", 10001, 10002, protected=True)]})
    applied.commit()
    applied.project.want({**START, "groups": [group("Sales", 10001)]})
    ran = applied.project.run("plan", "--base", "main")

    assert ran.code == 3
    assert "protected/group/Sales" in ran.out


def test_access_that_the_tenant_took_is_drift(applied: Repository) -> None:
    held = applied.project.held()
    held["accounts"][0]["isEnabled"] = False
    held["accounts"][0]["firstName"] = "Someone"
    applied.project.seed(held)
    document = applied.project.good("plan", "--format", "json", "--base", "main").json

    assert {(each["kind"], each["cause"]["kind"]) for each in document["actions"]} == {
        ("enable_account", "drift"),
        ("update_account", "drift"),
    }


def test_one_person_of_the_base_can_be_asked_for(applied: Repository) -> None:
    applied.project.want({"persons": [], "accounts": [], "groups": [], "products": []})

    assert planned(applied, "--base", "main", "--person", "10002") == [
        "revoke_group 10002 Sales",
        "disable_account 10002",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--base", "nowhere"), 1, "No such revision"),
        (("--base", "main", "--until", "2042-01-01"), 64, "--until"),
    ],
)
def test_a_base_that_cannot_be_is_refused(
    applied: Repository, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ran = applied.project.run("plan", *arguments)

    assert ran.code == code
    assert said in ran.err


def test_with_a_ledger_a_base_is_refused(applied: Repository) -> None:
    applied.project.set({})
    ran = applied.project.run("plan", "--base", "main")

    assert ran.code == 1
    assert "--base is for projects without a ledger" in ran.err
