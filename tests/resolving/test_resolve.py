from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from tests.cli.terminals import on_terminal
from tests.projects import Project, account, group, guid, person, tenant_of

DEFAULT_ZONE = ZoneInfo("Europe/Amsterdam")

COMMENTED = """# Decisions of the access board.
resolutions:
  # Kept on purpose.
  - issue: permission_unmanaged   # see CHG-3
    account: anna.visser@example.org
    permission: {group: "Old"}
    resolution: resolve
"""


def user(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {"userGUID": guid(number), "userName": name, "isEnabled": True, **more}


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Anna, Bram and Cato are managed; two accounts and a grant are nobody's, Cato was disabled by hand."""
    project = Project.at(
        tmp_path_factory.mktemp("resolving") / "project",
        {
            "governance": {
                "automatic": {
                    "account_incorrectly_has_no_access": "report",
                    "permission_missing": "report",
                }
            }
        },
    )
    people = [
        person(1, "Anna", "Visser"),
        person(2, "Bram", "Visser"),
        person(3, "Cato", "Visser"),
    ]
    project.want(
        {
            "persons": people,
            "accounts": [account(1), account(2), account(3)],
            "groups": [group("Sales", 1, 2)],
        }
    )
    project.seed(tenant_of(["Sales", "Old"]))
    project.good("apply", "--auto-approve", "-q")
    held = project.held()
    ids = {each["userName"]: each["userGUID"] for each in held["accounts"]}
    for each in held["accounts"]:
        if each["userName"] == "cato.visser@example.org":
            each["isEnabled"] = False
    held["accounts"] += [
        user(0x900, "intern@example.org"),
        user(0x901, "gone@example.org", isEnabled=False),
    ]
    members = {"Old": ["anna"], "Sales": ["anna"]}
    for each in held["groups"]:
        each["users"] = [ids[f"{name}.visser@example.org"] for name in members[each["name"]]]
    project.seed(held)
    return project


@pytest.fixture
def project(applied: Project, tmp_path: Path) -> Project:
    return applied.copy(tmp_path / "project")


@pytest.fixture(scope="module")
def known(applied: Project) -> dict[str, dict[str, Any]]:
    return issues(applied)


def issues(project: Project) -> dict[str, dict[str, Any]]:
    plan = project.run("plan", "--format", "json", "-q").json
    return {
        f"{each['type']} {each['account']['user_name'].split('@')[0]}": each
        for each in plan["issues"]
    }


def decided(project: Project, name: str = "resolutions") -> list[dict[str, Any]]:
    text = (project.folder / f"desired/{name}.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["resolutions"]


def test_open_issues_are_walked_through_and_choices_become_yaml(project: Project) -> None:
    held = project.held()
    typed = (
        "en\nBack from leave\n"  # account_incorrectly_has_no_access of Cato
        "delete\n\n"  # account_unmanaged gone@
        "exclude\n6 months\n\nAudit until spring\n"  # account_unmanaged intern@; a reason is asked for again
        "grant\n\n"  # permission_missing of Bram
        "x\n2020-01-01\nskip\n"  # permission_unmanaged of Anna: no such choice, twice
        "y\n"
    )
    ran = on_terminal(project, ["resolve"], typed)
    assert ran.code == 0, ran
    assert "5 open issues" in ran.out
    today = datetime.now(DEFAULT_ZONE).date()
    assert decided(project) == [
        {
            "issue": "account_incorrectly_has_no_access",
            "account": "cato.visser@example.org",
            "resolution": "enable",
            "reason": "Back from leave",
        },
        {"issue": "account_unmanaged", "account": "gone@example.org", "resolution": "delete"},
        {
            "issue": "account_unmanaged",
            "account": "intern@example.org",
            "resolution": "exclude",
            "period": "6 months",
            "from": today,
            "reason": "Audit until spring",
        },
        {
            "issue": "permission_missing",
            "account": "bram.visser@example.org",
            "permission": {"group": "Sales"},
            "resolution": "grant",
        },
    ]
    assert project.held() == held, "nothing in the tenant changes"


def test_the_next_plan_does_exactly_what_was_decided(
    project: Project, known: dict[str, dict[str, Any]]
) -> None:
    found = known
    for name, what in (
        ("account_unmanaged intern", ["--as", "disable"]),
        ("permission_missing bram.visser", ["--as", "grant"]),
        (
            "permission_unmanaged anna.visser",
            ["--as", "exclude", "--period", "1 year", "--reason", "Both"],
        ),
    ):
        project.good("resolve", "--issue", found[name]["id"], *what)
    plan = project.run("plan", "--format", "json", "-q").json
    assert [
        (a["kind"], a["account"]["user_name"], a["cause"]["kind"]) for a in plan["actions"]
    ] == [
        ("disable_account", "intern@example.org", "resolution"),
        ("grant_group", "bram.visser@example.org", "resolution"),
    ]
    assert {each["account"]["user_name"] + " " + each["status"] for each in plan["issues"]} == {
        "intern@example.org resolved",
        "bram.visser@example.org resolved",
        "anna.visser@example.org excluded",
        "cato.visser@example.org open",
        "gone@example.org open",
    }


def test_comments_and_order_of_the_file_stay(project: Project) -> None:
    project.write("desired/board.yaml", COMMENTED)
    found = issues(project)
    assert found["permission_unmanaged anna.visser"]["status"] == "postponed"
    project.good(
        "resolve", "--issue", found["account_unmanaged intern"]["id"], "--as", "delete",
        "--into", "desired/board.yaml",
    )  # fmt: skip
    text = (project.folder / "desired/board.yaml").read_text(encoding="utf-8")
    assert text == COMMENTED + (
        "  - issue: account_unmanaged\n    account: intern@example.org\n    resolution: delete\n"
    )


def test_an_exclusion_that_is_over_is_replaced_where_it_stands(project: Project) -> None:
    over = date(2025, 5, 1)
    project.write(
        "desired/old.yaml",
        "resolutions:\n"
        "  # The intern of spring.\n"
        "  - issue: account_unmanaged\n"
        "    account: INTERN@example.org\n"
        "    resolution: exclude\n"
        f"    until: {over}\n"
        "    reason: Spring\n",
    )
    found = issues(project)["account_unmanaged intern"]
    assert found["status"] == "open"
    until = datetime.now(DEFAULT_ZONE).date() + timedelta(days=30)
    ran = project.good(
        "resolve", "--issue", found["id"], "--as", "exclude", "--until", str(until), "--reason", "Summer"
    )  # fmt: skip
    assert "-    reason: Spring" in ran.out
    assert "+    reason: Summer" in ran.out
    assert not yaml.safe_load((project.folder / "desired/old.yaml").read_text())["resolutions"]
    assert decided(project)[0]["until"] == until
    assert issues(project)["account_unmanaged intern"]["status"] == "excluded"


def test_issues_that_a_plan_would_settle_can_be_decided_on_too(project: Project) -> None:
    project.set({})  # everything automatic again
    found = issues(project)["permission_missing bram.visser"]
    assert found["status"] == "resolved"
    asked = on_terminal(
        project,
        ["resolve", "--type", "permission_missing", "--all"],
        "exclude\n3 years\nBy hand\ny\n",
    )
    assert asked.code == 0, asked
    assert issues(project)["permission_missing bram.visser"]["status"] == "excluded"


@pytest.mark.parametrize("typed", ["delete\n\nq\nn\n", "delete\n\n\x04"])
def test_nothing_is_written_when_somebody_says_no_or_goes_away(
    project: Project, typed: str
) -> None:
    ran = on_terminal(project, ["resolve", "--type", "account_unmanaged"], typed)
    assert ran.code in (1, 130), ran
    assert not (project.folder / "desired/resolutions.yaml").exists()


def test_only_issues_of_a_person_are_asked_about(applied: Project) -> None:
    ran = on_terminal(applied, ["resolve", "--person", "1"], "q\n")
    assert "1 of 1  permission_unmanaged" in ran.out
    assert "Nothing was decided" in ran.out


def test_a_name_that_two_accounts_have_is_no_name(project: Project) -> None:
    held = project.held()
    held["accounts"].append(user(0x902, "intern@example.org", isDeleted=True))
    project.seed(held)
    found = issues(project)["account_unmanaged intern"]
    project.good("resolve", "--issue", found["id"], "--as", "disable")
    assert decided(project)[0]["account"] == guid(0x900)
    assert issues(project)["account_unmanaged intern"]["status"] == "resolved"


@pytest.mark.parametrize(
    ("more", "summary"),
    [
        (["--as", "grant"], "This does not resolve the issue"),
        (["--as", "exclude", "--period", "1 year"], "An exclusion needs a reason"),
        (["--as", "exclude", "--reason", "x"], "An exclusion needs one end"),
        (["--as", "exclude", "--reason", "x", "--period", "2 weeks"], "No such period"),
        (["--as", "exclude", "--reason", "x", "--until", "2020-01-01"], "The exclusion is over"),
        (
            ["--as", "exclude", "--reason", "x", "--until", "2099-01-01", "--period", "1 year"],
            "An exclusion needs one end",
        ),
        (["--as", "delete", "--period", "1 year"], "Only an exclusion has an end"),
        (["--as", "delete", "--into", "elsewhere.yaml"], "Not a desired file"),
        (["--as", "delete", "--into", "desired/notes.txt"], "Not a desired file"),
        (["--as", "delete", "--into", "desired/.hidden.yaml"], "Not a desired file"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    applied: Project, known: dict[str, dict[str, Any]], more: list[str], summary: str
) -> None:
    before = sorted((applied.folder / "desired").iterdir())
    ran = applied.run("resolve", "--issue", known["account_unmanaged intern"]["id"], *more)
    assert ran.code == 1
    assert summary in ran.err
    assert sorted((applied.folder / "desired").iterdir()) == before


def test_an_account_without_access_cannot_be_disabled(
    applied: Project, known: dict[str, dict[str, Any]]
) -> None:
    found = known["account_unmanaged gone"]
    ran = applied.run("resolve", "--issue", found["id"], "--as", "disable")
    assert ran.code == 1
    assert "is not among delete, resolve, exclude" in ran.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--issue", "zz", "--as", "delete"], "No open issue of this id"),
        (["--issue", "", "--as", "delete"], "The id is not enough"),
    ],
)
def test_an_id_names_one_open_issue(applied: Project, arguments: list[str], says: str) -> None:
    ran = applied.run("resolve", *arguments)
    assert ran.code == 1
    assert says in ran.err


@pytest.mark.parametrize(
    "arguments",
    [["--issue", "ab"], ["--as", "delete"], ["--reason", "x"], []],
)
def test_half_a_command_line_is_refused(applied: Project, arguments: list[str]) -> None:
    assert applied.run("resolve", *arguments).code == 64


def test_a_type_that_does_not_exist_is_refused_with_the_nearest(applied: Project) -> None:
    ran = on_terminal(applied, ["resolve", "--type", "account_unmanged"])
    assert ran.code == 1
    assert "Did you mean account_unmanaged?" in ran.out


def test_an_answer_replaces_the_one_before_also_on_a_snapshot(
    project: Project, known: dict[str, dict[str, Any]]
) -> None:
    found = known["account_unmanaged intern"]
    snapshot = project.folder / "now.json"
    project.good("snapshot", "-o", str(snapshot))
    project.good("resolve", "--issue", found["id"], "--as", "delete", "--snapshot", str(snapshot))
    # The entry is in force; the snapshot says the issue is there, and a second entry replaces the first.
    again = project.good(
        "resolve", "--issue", found["id"], "--as", "disable", "--snapshot", str(snapshot)
    )  # fmt: skip
    assert "-    resolution: delete" in again.out
    assert [each["resolution"] for each in decided(project)] == ["disable"]
