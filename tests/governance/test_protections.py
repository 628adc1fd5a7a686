from typing import Any

import pytest

from reconciler.governance.judging import judge
from reconciler.model.plan import CheckStatus, Plan
from tests.governance.plans import check_of, drawn_of, failed, guards, touching
from tests.planner.world import drawn_of as drawn

ANNA: dict[str, Any] = {"ref": "A1", "user": "a@x.org", "fields": {"firstName": "Anna"}}
FILES: dict[str, Any] = {
    "persons": {"anna": {"upn": "a@x.org", "first": "Anna"}},
    "accounts": {"anna": "enabled"},
}
RECORDED: dict[str, Any] = {"accounts": {"anna": {**ANNA, "enabled": True}}}
TENANT: dict[str, Any] = {"accounts": {"A1": {"user": "a@x.org", "first": "Anna"}}}


def judged(allow: bool = False, **world: Any) -> Plan:
    return judge(drawn(world), guards(), {}, allow_protected=allow)


def test_a_protected_thing_passes_only_when_allowed() -> None:
    touched = drawn_of("x", 0, touched=[touching("group", "Admins")])
    assert failed(judge(touched, guards(), {}, allow_protected=False)) == ["protected/group/Admins"]
    allowed = judge(touched, guards(), {}, allow_protected=True)
    assert check_of(allowed, "protected/group/Admins").status is CheckStatus.ACKNOWLEDGED


def test_protection_that_was_lifted_is_said() -> None:
    touched = drawn_of("x", 0, touched=[touching("group", "Admins", lifted=True)])
    check = check_of(judge(touched, guards(), {}, allow_protected=False), "protected/group/Admins")
    assert check.status is CheckStatus.FAILED
    assert "was protected until now" in check.detail


def test_taking_the_line_out_and_revoking_in_one_plan_is_refused() -> None:
    plan = judged(
        desired={**FILES, "groups": {"Admins": []}},
        recorded={
            **RECORDED,
            "grants": [["anna", "group", "Admins"]],
            "protections": [["group", "group:Admins", "Admins"]],
        },
        actual={**TENANT, "groups": {"Admins": ["A1"]}},
    )
    assert "protected/group/Admins" in failed(plan)
    assert plan.bookkeeping.protections == ()


def test_protection_by_name_guards_a_group_before_it_exists_and_after() -> None:
    group = {"Admins": {"members": ["anna"], "protected": True, "create": True}}
    first = judged(desired={**FILES, "groups": group}, recorded=RECORDED, actual=TENANT)
    assert failed(first) == ["protected/group/Admins"]
    assert check_of(first, "protected/group/Admins").value == 2
    (remembered,) = first.bookkeeping.protections
    assert (remembered.ref, remembered.name) == ("", "Admins")

    later = judged(
        desired={**FILES, "groups": {"Admins": []}},
        recorded={
            **RECORDED,
            "grants": [["anna", "group", "Admins"]],
            "protections": [["group", "", "Admins"]],
        },
        actual={**TENANT, "groups": {"Admins": ["A1"]}},
    )
    assert "protected/group/Admins" in failed(later)


def test_a_first_grant_into_a_protected_group_is_refused() -> None:
    plan = judged(
        desired={**FILES, "groups": {"Admins": {"members": ["anna"], "protected": True}}},
        recorded=RECORDED,
        actual={**TENANT, "groups": {"Admins": []}},
    )
    assert failed(plan) == ["protected/group/Admins"]


def test_one_person_s_plan_lifts_no_protection() -> None:
    plan = judged(
        desired={
            "persons": {**FILES["persons"], "bob": {"upn": "b@x.org"}},
            "accounts": FILES["accounts"],
        },
        recorded={**RECORDED, "protections": [["group", "group:Admins", "Admins"]]},
        actual={**TENANT, "groups": {"Admins": []}},
        settings={"persons": ["bob"]},
    )
    assert [p.name for p in plan.bookkeeping.protections] == ["Admins"]


@pytest.mark.parametrize(
    ("state", "enabled", "kind"),
    [
        ("disabled", True, "disable_account"),
        ("enabled", False, "enable_account"),
        ("absent", True, "delete_account"),
    ],
)
def test_nothing_is_done_to_a_protected_account(state: str, enabled: bool, kind: str) -> None:
    plan = judged(
        desired={**FILES, "accounts": {"anna": state}},
        recorded={"accounts": {"anna": {**ANNA, "enabled": enabled}}},
        actual={"accounts": {"A1": {"user": "A@x.org", "first": "Anna", "enabled": enabled}}},
        settings={"protected_accounts": ["a@*"]},
    )
    assert [step.kind for step in plan.steps] == [kind]
    assert failed(plan) == ["protected/account/A@x.org"]


def test_a_protected_account_is_known_by_its_reference_after_a_rename() -> None:
    plan = judged(
        desired={**FILES, "accounts": {"anna": "disabled"}},
        recorded={
            "accounts": {"anna": {**ANNA, "enabled": True}},
            "protections": [["account", "A1", "boss@x.org"]],
        },
        actual=TENANT,
    )
    assert failed(plan) == ["protected/account/boss@x.org"]
