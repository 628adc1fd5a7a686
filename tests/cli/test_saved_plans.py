"""A saved plan that must not be carried out: 4, and the tenant is as it was."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciler.sandbox import seed
from tests.cli.offices import Office, user_name

NOT_USABLE = 4


@pytest.fixture
def planned(office: Office) -> Office:
    """An office with a plan in plan.json that disables two and takes one out of a group."""
    office.accounts("disabled", 20, 21)
    office.members("Sales", *range(2, 15))
    office.project.good("plan", "-o", "plan.json")
    return office


def rewrite(office: Office, change: dict[str, Any], *, digest: bool, seal: bool) -> None:
    """Edit the plan; with `digest` and `seal` as somebody would who knows how they are made."""
    plan = {**office.project.read("plan.json"), **change}
    if digest:
        unsealed = ("digest", "seal", "created_at", "expires_at")
        kept = {name: value for name, value in plan.items() if name not in unsealed}
        text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        plan["digest"] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    if seal:
        text = "\n".join(plan[name] for name in ("digest", "created_at", "expires_at"))
        plan["seal"] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    office.project.write("plan.json", plan)


def holding(office: Office, change: Any) -> None:
    """Change the tenant behind the plan's back; `change` gets a snapshot to edit."""
    held = office.project.held()
    change(held)
    seed(office.project.tenant, held)


def account_of(held: dict[str, Any], number: int) -> dict[str, Any]:
    return next(each for each in held["accounts"] if each["userName"] == user_name(number))


def group_of(held: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in held["groups"] if each["name"] == name)


def test_an_altered_plan_is_refused(planned: Office) -> None:
    plan = planned.project.read("plan.json")
    rewrite(planned, {"actions": plan["actions"][1:]}, digest=False, seal=False)
    refused = planned.refused("apply", "plan.json")
    assert refused.code == NOT_USABLE
    assert "altered" in refused.err
    assert "reconciler plan -o FILE" in refused.err
    assert planned.refused("show", "plan.json").code == NOT_USABLE


@pytest.mark.parametrize("name", ["expires_at", "created_at"])
def test_a_plan_whose_life_was_prolonged_is_refused(name: str, planned: Office) -> None:
    later = (datetime.now(UTC) + timedelta(days=300)).strftime("%Y-%m-%dT%H:%M:%SZ")
    rewrite(planned, {name: later}, digest=False, seal=False)
    refused = planned.refused("apply", "plan.json")
    assert refused.code == NOT_USABLE
    assert "altered" in refused.err


def test_an_expired_plan_is_refused_and_can_still_be_shown(planned: Office) -> None:
    past = {"created_at": "2024-01-01T10:00:00Z", "expires_at": "2024-01-02T10:00:00Z"}
    rewrite(planned, past, digest=False, seal=True)
    refused = planned.refused("apply", "plan.json")
    assert refused.code == NOT_USABLE
    assert "expired" in refused.err
    assert "2024-01-02 10:00:00 UTC" in refused.err
    assert planned.refused("show", "plan.json").code == 0


def test_how_long_a_plan_lives_is_a_setting(office: Office) -> None:
    office.set(safeguards={"plan_expires": "30m"})
    office.accounts("disabled", 20)
    office.project.good("plan", "-o", "plan.json")
    plan = office.project.read("plan.json")
    made, ends = (datetime.fromisoformat(plan[name]) for name in ("created_at", "expires_at"))
    assert ends - made == timedelta(minutes=30)


def test_a_plan_for_another_tenant_is_refused(planned: Office) -> None:
    planned.project.set({}, base_url="sandbox:.reconciler/other.db")
    refused = planned.refused("apply", "plan.json")
    assert refused.code == NOT_USABLE
    assert "sandbox:.reconciler/tenant.db" in refused.err
    assert "sandbox:.reconciler/other.db" in refused.err


def test_an_applied_plan_is_refused_and_says_who_applied_it(planned: Office) -> None:
    assert planned.project.run("apply", "plan.json").code == 0
    refused = planned.refused("apply", "plan.json")
    assert refused.code == NOT_USABLE
    assert "applied already" in refused.err
    assert "ended as done" in refused.err


def test_a_stale_plan_is_refused_whole_and_names_what_is_stale(planned: Office) -> None:
    def change(held: dict[str, Any]) -> None:
        account_of(held, 20)["isEnabled"] = False

    holding(planned, change)
    refused = planned.refused("apply", "plan.json")
    assert refused.code == NOT_USABLE
    assert user_name(20) in refused.err
    assert user_name(21) not in refused.err
    assert "--skip-stale" in refused.err


def test_with_skip_stale_just_the_stale_actions_are_left_out(planned: Office) -> None:
    def change(held: dict[str, Any]) -> None:
        account_of(held, 20)["isDeleted"] = True

    holding(planned, change)
    ran = planned.project.run("apply", "plan.json", "--skip-stale", "--format", "json")
    assert ran.code == 5, ran
    status = {(each["kind"], each["person"]): each["status"] for each in ran.json["actions"]}
    assert status == {
        ("disable_account", "20"): "stale",
        ("disable_account", "21"): "done",
        ("revoke_group", "1"): "done",
    }
    held = planned.project.held()
    assert account_of(held, 20)["isEnabled"] is True
    assert account_of(held, 21)["isEnabled"] is False


def test_a_member_gone_meanwhile_is_stale(planned: Office) -> None:
    def change(held: dict[str, Any]) -> None:
        users = group_of(held, "Sales")["users"]
        users.remove(account_of(held, 1)["userGUID"])

    holding(planned, change)
    refused = planned.refused("apply", "plan.json")
    assert refused.code == NOT_USABLE
    assert "it is not held any more" in refused.err


def test_other_changes_in_the_tenant_do_not_matter(planned: Office) -> None:
    def change(held: dict[str, Any]) -> None:
        account_of(held, 22)["lastName"] = "Somebody else"
        group_of(held, "Other")["users"] = [account_of(held, 22)["userGUID"]]

    holding(planned, change)
    assert planned.project.run("apply", "plan.json").code == 0


def test_desired_state_that_moved_on_does_not_change_what_a_saved_plan_does(
    planned: Office,
) -> None:
    planned.accounts("enabled", 20, 21)
    assert planned.project.run("apply", "plan.json").code == 0
    assert account_of(planned.project.held(), 20)["isEnabled"] is False


def test_a_plan_shows_the_same_when_it_is_saved_and_shown(planned: Office) -> None:
    plan = planned.project.good("plan", "-o", "again.json")
    shown = planned.project.good("show", "again.json")
    assert shown.out == plan.out
    as_json = planned.project.good("show", "again.json", "--format", "json")
    assert as_json.json == planned.project.read("again.json")


def test_a_plan_is_readable_by_its_owner_alone_and_replaces_the_one_before(
    planned: Office,
) -> None:
    path = planned.project.folder / "plan.json"
    path.chmod(0o666)
    planned.project.good("plan", "-o", "plan.json")
    assert path.stat().st_mode & 0o777 == 0o600
    assert not list(planned.project.folder.glob(".plan.json*"))
