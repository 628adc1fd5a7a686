"""What plan and apply take: dates, persons, modes, snapshots; and the exit codes that say what follows."""

import json
from pathlib import Path

import pytest

from reconciler.sandbox import seed
from tests.cli.offices import MANY, Office, checks, user_name
from tests.cli.terminals import on_terminal

DIFFERENCES = 2


def kinds(office: Office, *arguments: str) -> list[tuple[str, str]]:
    ran = office.refused("plan", "--format", "json", *arguments)
    assert ran.code == 0, ran
    return sorted((each["kind"], each["person"]) for each in ran.json["actions"])


def test_a_plan_ends_with_0_and_only_where_asked_with_2_for_differences(office: Office) -> None:
    assert office.refused("plan").code == 0
    assert office.refused("plan", "--detailed-exitcode").code == 0
    office.accounts("disabled", 20)
    assert office.refused("plan").code == 0
    assert office.refused("plan", "--detailed-exitcode").code == DIFFERENCES


def test_refused_by_a_safeguard_wins_over_differences(office: Office) -> None:
    office.members("Laptop")
    assert office.refused("plan", "--detailed-exitcode").code == 3


def test_apply_with_nothing_to_do_ends_with_0(office: Office) -> None:
    ran = office.project.run("apply", "--auto-approve")
    assert ran.code == 0
    assert "Applied: nothing had to change." in ran.out


def test_additive_holds_back_what_takes_away_and_says_so(office: Office) -> None:
    office.accounts("disabled", 20)
    office.accounts("absent", 21)
    office.members("Sales", *range(2, 15), 16)
    ran = office.refused("plan", "--additive", "--format", "json")
    assert ran.json["mode"] == "additive"
    assert [each["kind"] for each in ran.json["actions"]] == ["grant_group"]
    held = sorted(each["kind"] for each in ran.json["held"])
    assert held == ["delete_account", "disable_account", "revoke_group"]
    applied = office.project.run("apply", "--auto-approve", "--additive")
    assert applied.code == 0, applied
    assert user_name(1) in office.holds("Sales")
    assert user_name(16) in office.holds("Sales")
    assert kinds(office) == [
        ("delete_account", "21"),
        ("disable_account", "20"),
        ("revoke_group", "1"),
    ]


def test_person_plans_and_applies_that_persons_actions_alone(office: Office) -> None:
    office.accounts("disabled", 20, 21, 22)
    assert kinds(office, "--person", "20", "--person", "22") == [
        ("disable_account", "20"),
        ("disable_account", "22"),
    ]
    assert office.project.run("apply", "--auto-approve", "--person", "20").code == 0
    assert kinds(office) == [("disable_account", "21"), ("disable_account", "22")]


def test_a_person_that_does_not_exist_is_an_error_with_the_nearest(office: Office) -> None:
    refused = office.refused("plan", "--person", "300")
    assert refused.code == 1
    assert "Did you mean 30?" in refused.err


def test_as_of_is_the_day_that_dates_are_judged_by(office: Office) -> None:
    for entry in office.desired["accounts"]:
        if entry["person"] == "20":
            entry["until"] = "2031-01-01"
    office.project.want(office.desired)
    assert kinds(office, "--as-of", "2030-12-31") == []
    after = kinds(office, "--as-of", "2031-01-01")
    assert ("disable_account", "20") in after


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "01-02-2026", ""])
def test_a_date_that_is_none_is_a_wrong_command_line(text: str, office: Office) -> None:
    refused = office.refused("plan", "--as-of", text)
    assert refused.code == 64
    assert "YYYY-MM-DD" in refused.err


def test_a_plan_from_a_snapshot_is_the_live_plan(office: Office) -> None:
    office.accounts("disabled", 20)
    office.members("Sales", *range(2, 15))
    office.project.good("snapshot", "-o", "snapshot.json")
    office.project.good("plan", "-o", "live.json")
    held = office.project.held()
    office.project.tenant.unlink()
    office.project.good("plan", "-o", "offline.json", "--snapshot", "snapshot.json")
    assert not office.project.tenant.exists()
    live, offline = office.project.read("live.json"), office.project.read("offline.json")
    for plan in (live, offline):
        for name in ("created_at", "expires_at", "seal"):
            del plan[name]
    assert offline == live
    seed(office.project.tenant, held)
    assert office.project.run("apply", "offline.json").code == 0


def test_a_snapshot_of_another_tenant_is_refused(office: Office) -> None:
    office.project.good("snapshot", "-o", "snapshot.json")
    office.project.set({}, base_url="sandbox:.reconciler/other.db")
    refused = office.project.run("plan", "--snapshot", "snapshot.json")
    assert refused.code == 1
    assert "another tenant" in refused.err


def test_an_altered_snapshot_is_refused(office: Office) -> None:
    office.project.good("snapshot", "-o", "snapshot.json")
    snapshot = office.project.read("snapshot.json")
    snapshot["groups"][0]["users"] = []
    office.project.write("snapshot.json", snapshot)
    refused = office.project.run("plan", "--snapshot", "snapshot.json")
    assert refused.code == 1
    assert "Traceback" not in refused.err


def test_without_a_terminal_nobody_is_asked(office: Office) -> None:
    office.accounts("disabled", 20)
    refused = office.refused("apply")
    assert refused.code == 64
    assert "--auto-approve" in refused.err


@pytest.mark.parametrize(("typed", "code"), [("yes", 0), ("y", 1)])
def test_on_a_terminal_only_yes_is_taken_as_yes(typed: str, code: int, office: Office) -> None:
    office.accounts("disabled", 20)
    before = office.state()
    ran = on_terminal(office.project, ["apply"], f"{typed}\n")
    assert ran.code == code, ran
    assert "Carry this out?" in ran.out
    assert (office.state() == before) == (code != 0)


def test_who_wants_a_document_is_shown_the_plan_and_asked_beside_it(
    office: Office, tmp_path: Path
) -> None:
    office.accounts("disabled", 20)
    told = tmp_path / "told.json"
    ran = on_terminal(office.project, ["apply", "--format", "json"], "yes\n", output=told)
    assert ran.code == 0, ran
    assert ran.out.index("Plan: ") < ran.out.index("Carry this out?")
    assert json.loads(told.read_text("utf-8"))["status"] == "done"


@pytest.mark.parametrize(
    "option", [["--as-of", "2030-01-01"], ["--person", "1"], ["--additive"], ["--auto-approve"]]
)
def test_what_a_saved_plan_cannot_be_told_any_more_is_a_wrong_command_line(
    option: list[str], office: Office
) -> None:
    office.accounts("disabled", 20)
    office.project.good("plan", "-o", "plan.json")
    assert office.refused("apply", "plan.json", *option).code == 64


def test_apply_writes_its_outcome_as_json(office: Office) -> None:
    office.accounts("disabled", 20)
    ran = office.project.run("apply", "--auto-approve", "--format", "json")
    assert ran.code == 0
    assert ran.json["status"] == "done"
    assert ran.json["summary"] == {"done": 1}
    office.accounts("enabled", 20)
    ran = office.project.run("apply", "--auto-approve", "-o", "outcome.json", "-q")
    assert office.project.read("outcome.json")["summary"] == {"done": 1}
    assert "Applied: 1 done." in ran.out


def test_plan_writes_json_that_is_the_plan_file(office: Office) -> None:
    office.accounts("disabled", 20)
    shown = office.project.good("plan", "--format", "json").json
    both = office.project.good("plan", "--format", "json", "-o", "plan.json")
    assert both.out == ""
    saved = office.project.read("plan.json")
    assert saved["digest"] == shown["digest"]
    assert checks(office.project.good("plan", "--format", "json"))["limit.total"]["value"] == 1


def test_a_person_in_error_is_left_out_the_rest_is_done_and_apply_ends_with_5(
    office: Office,
) -> None:
    mapping = office.project.read("fieldMapping.json")
    script = "if (Person.ExternalId === '20') { throw new Error('no such pet') } 'cat'"
    action = {
        "MapForActions": ["Create", "Update"],
        "MappingMode": "Complex",
        "Value": json.dumps(script),
        "UsedInNotifications": False,
        "StoreInAccountData": False,
    }
    field = {
        "Name": "userAttributes.pet",
        "Description": "",
        "Type": "Text",
        "MappingActions": [action],
    }
    mapping["MappingFields"].append(field)
    office.project.write("fieldMapping.json", mapping)
    office.members("Sales", *range(1, 15), 20, 21)
    plan = office.refused("plan", "--format", "json")
    assert plan.code == 0
    assert [each["person"] for each in plan.json["errors"]] == ["20"]
    assert "no such pet" in plan.json["errors"][0]["detail"]
    assert {each["person"] for each in plan.json["actions"]} == {str(n) for n in MANY} - {"20"}
    assert office.project.run("apply", "--auto-approve", "-q").code == 5
    assert user_name(21) in office.holds("Sales")
    assert user_name(20) not in office.holds("Sales")
