"""Every safeguard refuses with 3, says what would admit it, and leaves the tenant as it was."""

from collections.abc import Callable

import pytest

from tests.cli.offices import MANY, Office, checks, people, user_name
from tests.projects import account, group

REFUSED = 3


def delete_twelve(office: Office) -> None:
    office.accounts("absent", *range(15, 27))


def disable_twelve(office: Office) -> None:
    office.accounts("disabled", *range(15, 27))


def revoke_eleven(office: Office) -> None:
    office.members("Staff", *range(12, 31))


def revoke_twelve_products(office: Office) -> None:
    office.members("CRM", 1, 2)


def revoke_twelve_of_fourteen(office: Office) -> None:
    office.members("Sales", 1, 2)


BREACHES: dict[str, tuple[Callable[[Office], None], str, int, str, str]] = {
    "delete_account": (delete_twelve, "limit.delete_account", 12, "5%", "delete_account=12"),
    "disable_account": (disable_twelve, "limit.disable_account", 12, "10%", "disable_account=12"),
    "revoke_group": (revoke_eleven, "limit.revoke_group", 11, "10%", "revoke_group=11"),
    "revoke_product": (
        revoke_twelve_products,
        "limit.revoke_product",
        12,
        "10%",
        "revoke_product=12",
    ),
    "members_lost": (
        revoke_twelve_of_fourteen,
        "limit.members_lost/Sales",
        12,
        "50%",
        "members_lost/Sales=12",
    ),
}
ALSO = {
    "revoke_product": ["--ack", "members_lost/CRM=12"],
    "members_lost": ["--ack", "revoke_group=12"],
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_refused_with_rule_value_limit_and_what_would_admit_it(
    name: str, office: Office
) -> None:
    change, rule, value, limit, ack = BREACHES[name]
    change(office)
    shown = office.refused("plan", "-o", "plan.json", "--format", "json")
    assert shown.code == REFUSED
    refused = office.refused("apply", "plan.json")
    assert refused.code == REFUSED
    fresh = office.refused("apply", "--auto-approve")
    assert fresh.code == REFUSED
    for said in (refused.err, fresh.err):
        assert f"{rule}: {value} of " in said
        assert f"limit {limit}" in said
        assert f"--ack {ack}" in said
    saved = office.project.read("plan.json")["checks"]
    check = next(each for each in saved if each["rule"] == rule)
    assert (check["status"], check["value"], check["limit"]) == ("fail", value, limit)


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_acknowledged_in_the_plan_needs_no_repeating(name: str, office: Office) -> None:
    change, rule, _, _, ack = BREACHES[name]
    change(office)
    plan = office.refused(
        "plan", "-o", "plan.json", "-q", "--ack", ack, *ALSO.get(name, ()), "--detailed-exitcode"
    )
    assert plan.code == 2, plan
    status = {each["rule"]: each["status"] for each in office.project.read("plan.json")["checks"]}
    assert status[rule] == "acknowledged"
    applied = office.project.run("apply", "plan.json", "-q")
    assert applied.code == 0, applied
    assert office.project.run("plan", "--detailed-exitcode").code == 0


def test_an_acknowledgement_given_to_apply_serves_that_run(office: Office) -> None:
    disable_twelve(office)
    assert office.refused("plan", "-o", "plan.json", "-q").code == REFUSED
    assert office.refused("apply", "plan.json").code == REFUSED
    assert office.project.run("apply", "plan.json", "--ack", "disable_account=12").code == 0


@pytest.mark.parametrize("ack", ["disable_account=11", "disable_account=13", "disable_account=0"])
def test_an_acknowledgement_of_another_value_admits_nothing(ack: str, office: Office) -> None:
    disable_twelve(office)
    assert office.refused("plan", "-o", "plan.json", "--ack", ack).code == REFUSED
    refused = office.refused("apply", "plan.json", "--ack", ack)
    assert refused.code == REFUSED
    assert f"Acknowledged was {ack.partition('=')[2]}, but it is 12." in refused.err


def test_an_acknowledgement_of_nothing_known_is_an_error_that_names_the_nearest(
    office: Office,
) -> None:
    revoke_twelve_of_fourteen(office)
    refused = office.refused("plan", "--ack", "members_lost/Slaes=12")
    assert refused.code == 1
    assert "Did you mean members_lost/Sales?" in refused.err


@pytest.mark.parametrize("ack", ["disable_account", "=3", "disable_account=", "disable_account=-1"])
def test_an_acknowledgement_without_name_or_number_is_a_wrong_command_line(
    ack: str, office: Office
) -> None:
    refused = office.refused("plan", "--ack", ack)
    assert refused.code == 64
    assert "NAME=VALUE" in refused.err


def test_a_limit_may_be_a_number_and_the_total_has_one_too(office: Office) -> None:
    office.set(safeguards={"limits": {"total": {"at_most": 1}, "disable_account": {"at_most": 1}}})
    office.accounts("disabled", 20, 21)
    refused = office.refused("apply", "--auto-approve")
    assert refused.code == REFUSED
    assert "limit.total: 2" in refused.err
    assert "limit.disable_account: 2 of 30, limit 1" in refused.err
    admitted = ["--ack", "total=2", "--ack", "disable_account=2"]
    assert office.project.run("apply", "--auto-approve", *admitted).code == 0


def test_up_to_ten_of_a_kind_no_percentage_refuses(office: Office) -> None:
    office.accounts("disabled", *range(15, 25))
    assert office.project.run("apply", "--auto-approve").code == 0


def test_a_saved_plan_is_judged_by_the_limits_of_the_day_it_is_applied(office: Office) -> None:
    office.accounts("disabled", 20, 21)
    office.project.good("plan", "-o", "plan.json")
    office.set(safeguards={"limits": {"disable_account": {"at_most": 1}}})
    refused = office.refused("apply", "plan.json")
    assert refused.code == REFUSED
    assert "limit.disable_account: 2 of 30, limit 1" in refused.err


def test_an_emptied_group_is_refused_until_it_is_acknowledged_or_allowed(office: Office) -> None:
    office.members("Laptop")
    plan = office.refused("plan", "-o", "plan.json", "-q")
    assert plan.code == REFUSED
    refused = office.refused("apply", "plan.json")
    assert refused.code == REFUSED
    assert "allow_empty/Laptop: 2 of 2, limit allow_empty: false" in refused.err
    assert "--ack allow_empty/Laptop=2" in refused.err
    office.set(safeguards={"allow_empty": True})
    assert office.project.run("plan", "-o", "allowed.json").code == 0
    office.set()
    assert office.project.run("apply", "plan.json", "--ack", "allow_empty/Laptop=2").code == 0


def test_a_group_whose_entry_has_no_members_left_by_a_date_is_no_emptied_one(
    office: Office,
) -> None:
    for entry in office.desired["products"]:
        if entry["name"] == "Laptop":
            entry["members"] = [{"person": "1", "until": "2025-01-01"}]
    office.project.want(office.desired)
    assert office.project.run("plan").code == 0


def grant_protected(office: Office) -> None:
    office.members("Admins", 1, 2, 3)


def revoke_protected(office: Office) -> None:
    office.members("Admins", 1)


def delete_a_member_of_a_protected_group(office: Office) -> None:
    office.accounts("absent", 2)


def lift_and_revoke(office: Office) -> None:
    office.members("Admins", 1, protected=False)


def drop_the_entry(office: Office) -> None:
    office.want(groups=[each for each in office.desired["groups"] if each["name"] != "Admins"])


@pytest.mark.parametrize(
    "change",
    [
        grant_protected,
        revoke_protected,
        delete_a_member_of_a_protected_group,
        lift_and_revoke,
        drop_the_entry,
    ],
)
def test_a_change_of_a_protected_group_is_refused_until_it_is_allowed(
    change: Callable[[Office], None], office: Office
) -> None:
    change(office)
    assert office.refused("plan", "-o", "plan.json").code == REFUSED
    for words in (["plan.json"], ["--auto-approve"], ["plan.json", "--ack", "total=1"]):
        refused = office.refused("apply", *words)
        assert refused.code == REFUSED
        assert "protected/group/Admins: " in refused.err
        assert "--allow-protected" in refused.err
    assert office.project.run("apply", "plan.json", "--allow-protected").code == 0
    assert office.project.run("plan", "--detailed-exitcode").code == 0


def test_a_group_allowed_in_the_plan_needs_no_repeating(office: Office) -> None:
    grant_protected(office)
    assert office.project.run("plan", "-o", "plan.json", "--allow-protected").code == 0
    assert office.project.run("apply", "plan.json").code == 0


def test_protection_taken_away_by_itself_is_applied_and_then_gone(office: Office) -> None:
    office.members("Admins", 1, 2, protected=False)
    assert office.project.run("apply", "--auto-approve").code == 0
    revoke_protected(office)
    office.members("Admins", 1, protected=False)
    assert office.project.run("apply", "--auto-approve").code == 0


def update_protected(office: Office) -> None:
    office.want(persons=[*people(range(1, 30)), {**people()[29], "Name": {"NickName": "Zoë"}}])


def disable_protected(office: Office) -> None:
    office.accounts("disabled", 30)


def delete_protected(office: Office) -> None:
    office.accounts("absent", 30)


def revoke_of_protected(office: Office) -> None:
    office.members("Staff", *range(1, 30))


def leave(office: Office) -> None:
    office.want(
        persons=people(range(1, 30)),
        accounts=[account(n) for n in range(1, 30)],
        groups=[group("Staff", *range(1, 30)), *office.desired["groups"][1:]],
    )


@pytest.mark.parametrize(
    "change", [update_protected, disable_protected, delete_protected, revoke_of_protected, leave]
)
def test_a_protected_account_is_never_updated_disabled_deleted_or_revoked(
    change: Callable[[Office], None], office: Office
) -> None:
    office.set(safeguards={"protected_accounts": [user_name(30).upper()]})
    assert office.project.run("apply", "--auto-approve").code == 0
    change(office)
    refused = office.refused("apply", "--auto-approve")
    assert refused.code == REFUSED
    assert f"protected/account/{user_name(30)}" in refused.err
    office.set()
    lifted = office.refused("apply", "--auto-approve")
    assert lifted.code == REFUSED
    assert "no longer protect it" in lifted.err
    assert office.project.run("apply", "--auto-approve", "--allow-protected").code == 0


def test_a_limit_is_no_check_that_persons_or_additive_plans_escape(office: Office) -> None:
    delete_twelve(office)
    held = office.project.run("plan", "--additive", "--format", "json")
    assert held.code == 0
    assert held.json["mode"] == "additive"
    assert checks(held)["limit.delete_account"]["value"] == 0
    assert [each["kind"] for each in held.json["held"]].count("delete_account") == 12
    one = office.project.run("plan", "--person", "15", "--format", "json")
    assert one.code == 0
    assert [each["kind"] for each in one.json["actions"]] == ["delete_account"]
    assert len(MANY) == 30
