import json
from pathlib import Path
from typing import Any

import pytest

from tests.projects import Project, account, group, person, tenant_of


def rule(name: str, when: dict[str, Any], **grant: Any) -> dict[str, Any]:
    return {"name": name, "when": when, "grant": grant, "window": {"days_before_start": 7}}


def contract(name: str, department: str, start: str, end: str | None = None) -> dict[str, Any]:
    return {
        "ExternalId": name,
        "StartDate": start,
        "EndDate": end,
        "Department": {"ExternalId": department},
    }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project.at(tmp_path)
    sales = {"Contract.Department.ExternalId": "SALES"}
    made.want(
        {
            "persons": [
                {
                    **person(1, "Anna", "Visser"),
                    "Contracts": [contract("c1", "sales", "2040-01-01")],
                },
                {
                    **person(2, "Bram", "Bakker"),
                    "Contracts": [contract("c2", "HR", "2020-01-01", "2030-12-31")],
                },
                person(3, "Cato", "Smit"),
            ],
            "accounts": [account(1), account(2)],
            "groups": [group("Staff", 1, 3), group("Tools", 2)],
            "products": [group("tools", 1)],
            "rules": [rule("sales", sales, groups=["Sales"])],
        }
    )
    made.seed(tenant_of(["Staff", "Sales", "Tools", "Odd"], ["tools"]))
    return made


def answers(document: Any) -> dict[tuple[str, str], Any]:
    return {(each["type"], each["name"]): each for each in document["person"]["permissions"]}


def ask(project: Project, *arguments: str) -> Any:
    return project.good("explain", *arguments, "--format", "json", "-q").json


def test_a_person_is_told_what_is_held_what_is_near_and_what_the_plan_does(
    project: Project,
) -> None:
    told = ask(project, "1", "--as-of", "2035-01-01")
    assert [
        (each["type"], each["name"], each["has"]) for each in told["person"]["permissions"]
    ] == [
        ("group", "Staff", True),
        ("product", "tools", True),
        ("group", "Sales", False),
    ]
    obstacle = answers(told)["group", "Sales"]["unmet"][0]["obstacles"][0]
    assert (obstacle["timing"], obstacle["start"]) == ("not_yet", "2039-12-25")
    assert obstacle["failed"] == []
    kinds = [action["kind"] for action in told["plan"]["actions"]]
    assert sorted(kinds) == [
        "create_account",
        "enable_account",
        "grant_group",
        "grant_product",
    ] or (sorted(kinds) == ["create_account", "grant_group", "grant_product"])
    assert {action["person"] for action in told["plan"]["actions"]} == {"1"}


def test_a_failed_test_shows_what_was_wanted_and_found_on_which_contract(project: Project) -> None:
    told = ask(project, "2", "SALES", "--as-of", "2040-01-01", "--offline")
    (obstacle,) = answers(told)["group", "Sales"]["unmet"][0]["obstacles"]
    (failed,) = obstacle["failed"]
    assert (obstacle["contract"], obstacle["timing"], obstacle["until"]) == (
        "c2",
        "over",
        "2031-01-01",
    )
    assert (failed["path"], failed["wanted"], failed["found"], failed["holds"]) == (
        "Contract.Department.ExternalId",
        ["SALES"],
        "HR",
        False,
    )
    assert failed["at"].startswith("desired/rules.yaml:")
    assert told["plan"] is None


def test_a_name_of_a_group_and_of_a_product_explains_both_unless_told(project: Project) -> None:
    assert set(answers(ask(project, "1", "TOOLS"))) == {("group", "Tools"), ("product", "tools")}
    assert set(answers(ask(project, "1", "--group", "tools"))) == {("group", "Tools")}


def test_a_group_shows_its_holders_and_who_lacks_an_account(project: Project) -> None:
    (told,) = ask(project, "--group", "staff")["permissions"]
    assert [each["person"] for each in told["holders"]] == ["1"]
    assert [(each["person"], each["answer"]["lacks_account"]) for each in told["near"]] == [
        ("3", True)
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["11"], "Did you mean 1 "),
        (["anna visser"], "Did you mean 1 "),
        (["1", "Stafff"], "Did you mean Staff?"),
        (["--group", "CRM"], "No such group"),
        (["1", "--product", "Staff"], "No such product"),
    ],
)
def test_who_or_what_nobody_knows_ends_with_1_and_a_suggestion(
    project: Project, arguments: list[str], said: str
) -> None:
    ran = project.run("explain", *arguments, "--offline")
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err


@pytest.mark.parametrize("arguments", [[], ["1", "--offline", "--snapshot", "s.json"]])
def test_a_question_that_is_none_is_a_wrong_command_line(
    project: Project, arguments: list[str]
) -> None:
    assert project.run("explain", *arguments).code == 64


@pytest.mark.long
def test_a_tenant_out_of_reach_leaves_the_explanation(project: Project) -> None:
    project.set({"target": {"api_key": "k", "api_secret": "s"}}, "http://127.0.0.1:9/api/v1")
    told = ask(project, "1", "Staff")
    assert answers(told)["group", "Staff"]["has"] is True
    assert told["plan"] is None
    assert told["no_plan"]


def test_whoever_left_the_files_is_explained_by_the_plan(project: Project) -> None:
    project.good("apply", "--auto-approve", "-q")
    gone = project.read("desired/persons.yaml")["persons"][1:]
    project.write("desired/persons.yaml", {"persons": gone})
    project.write("desired/accounts.yaml", {"accounts": [account(2)]})
    project.write("desired/groups.yaml", {"groups": [group("Staff", 2)]})
    project.write("desired/products.yaml", {"products": [group("tools")]})
    told = ask(project, "1")
    assert told["person"]["is_in_files"] is False
    assert told["person"]["account"]["has"] is False
    assert "disable_account" in {action["kind"] for action in told["plan"]["actions"]}


def test_text_says_the_same_and_a_snapshot_stands_for_the_tenant(project: Project) -> None:
    project.good("snapshot", "-o", "s.json", "-q")
    ran = project.good("explain", "1", "Staff", "--snapshot", "s.json")
    assert "group Staff: yes" in ran.out
    assert "because member line (desired/groups.yaml:1)" in ran.out
    assert "grant group Staff" in ran.out
    project.good("explain", "1", "-o", "e.json", "--format", "json")
    assert json.loads((project.folder / "e.json").read_text("utf-8"))["person"]["person"] == "1"


def test_missing_credentials_are_named_where_the_plan_would_stand(project: Project) -> None:
    secret = {"api_key": "${NO_SUCH_KEY_HERE}", "api_secret": "${NO_SUCH_KEY_HERE}"}
    project.set({"target": secret}, "https://tenant.helloid.com/api/v1")
    told = ask(project, "1", "Staff")
    assert "NO_SUCH_KEY_HERE" in told["no_plan"]


def test_an_earlier_name_finds_the_group(project: Project) -> None:
    renamed = {**group("Staff", 1, 3), "previously": ["Everybody"]}
    project.write("desired/groups.yaml", {"groups": [renamed]})
    assert set(answers(ask(project, "1", "everybody", "--offline"))) == {("group", "Staff")}


def test_what_only_the_tenant_knows_is_explained_by_its_issue(project: Project) -> None:
    project.good("apply", "--auto-approve", "-q")
    held = project.held()
    anna = next(each for each in held["accounts"] if "visser" in each["userName"])
    odd = next(each for each in held["groups"] if each["name"] == "Odd")
    odd["users"] = [anna["userGUID"]]
    project.seed(held)
    told = ask(project, "1", "odd")
    answer = answers(told)["group", "Odd"]
    assert (answer["has"], answer["because"], answer["unmet"]) == (False, [], [])
    assert [issue["type"] for issue in told["plan"]["issues"]] == ["permission_unmanaged"]
    ran = project.good("explain", "1", "Odd")
    assert "no rule and no line gives it" in ran.out


def test_text_names_alternatives_and_what_must_not_hold(project: Project) -> None:
    department = "Contract.Department.ExternalId"
    when = {
        "all": [
            {"any": [{department: "SALES"}, {"Contract.EndDate": {"exists": False}}]},
            {"not": {department: {"starts_with": "h"}}},
        ]
    }
    project.write("desired/rules.yaml", {"rules": [rule("picky", when, groups=["Sales"])]})
    out = project.good("explain", "2", "Sales", "--offline", "--as-of", "2031-06-01").out
    said = " ".join(out.split())
    assert "contract c2: the window closed on 2031-01-01" in said
    assert "any one of these would do (desired/rules.yaml:1)" in said
    assert f'failed: {department} equals "SALES"; found "HR"' in said
    assert 'failed: Contract.EndDate has no value; found "2030-12-31"' in said
    assert f'must not be: {department} starts with "h"; found "HR"' in said


def test_a_ledger_that_cannot_be_opened_leaves_the_explanation(project: Project) -> None:
    (project.folder / "ledger.db").mkdir()
    project.set({"ledger": "sqlite:///ledger.db"})
    told = ask(project, "1", "Staff")
    assert answers(told)["group", "Staff"]["has"] is True
    assert (told["plan"], bool(told["no_plan"])) == (None, True)


def test_names_that_play_tricks_are_written_out(project: Project) -> None:
    trick = {**person(1, "Anna", "Visser"), "DisplayName": "A\u202eB"}
    project.write("desired/persons.yaml", {"persons": [trick, person(2, "Bo", "Bos")]})
    project.write("desired/groups.yaml", {"groups": [group("Tr\u202eick", 1)]})
    for arguments in (["1"], ["--group", "tr\u202eick"]):
        out = project.good("explain", *arguments, "--offline").out
        assert "\\u202e" in out
        assert all(char == "\n" or char.isprintable() for char in out)
    refused = project.run("explain", "1", "Trick", "--offline")
    assert "Did you mean Tr\\u202eick?" in refused.err
