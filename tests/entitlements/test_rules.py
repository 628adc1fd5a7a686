from datetime import date

import pytest

from reconciler.model.address import PermissionKey, PermissionKind, PersonId
from reconciler.model.provenance import Origin, Via
from reconciler.model.state import Membership, Unwanted, Wanted, WantedPermission
from reconciler.model.value import JSON
from tests.entitlements.files import declare, desired, held

ANN, BO = PersonId("ann"), PersonId("bo")
TODAY = date(2026, 1, 10)
Record = dict[str, JSON]


def contract(
    name: str, department: str, title: str = "Clerk", start: str = "2025-01-01", end: str = ""
) -> Record:
    return {
        "ExternalId": name,
        "StartDate": start,
        "EndDate": end or None,
        "Department": {"ExternalId": department},
        "Title": {"Name": title},
    }


def person(name: str, *contracts: JSON) -> Record:
    return {"ExternalId": name, "Contracts": contracts}


def rule(name: str, when: JSON, **grant: JSON) -> Record:
    return {"name": name, "when": when, "grant": grant}


EVERYBODY = rule("everybody", {"Person.ExternalId": {"exists": True}}, account="enabled")
IN_SALES: JSON = {"Contract.Department.ExternalId": "sales"}
PER_DEPARTMENT = "department_{Contract.Department.ExternalId}"


def permission(records: Record, name: str, day: date = TODAY) -> WantedPermission:
    return desired(records, day).permissions[PermissionKey.of(PermissionKind.GROUP, name)]


def test_conditions_hold_together_on_one_contract() -> None:
    when: JSON = {"all": [IN_SALES, {"Contract.Title.Name": "Manager"}]}
    records: Record = {
        "persons": [
            person("ann", contract("a", "SALES", "Clerk"), contract("b", "HR", "Manager")),
            person("bo", contract("a", "HR"), contract("b", "Sales", "manager")),
        ],
        "rules": [EVERYBODY, rule("r", when, groups=["Leads"])],
    }
    assert held(desired(records, TODAY)) == {"group Leads": ["bo"]}


def test_not_is_judged_contract_by_contract_and_needs_one() -> None:
    records: Record = {
        "persons": [
            person("ann", contract("a", "SALES"), contract("b", "HR")),
            person("bo", contract("a", "SALES")),
            person("cy"),
        ],
        "rules": [EVERYBODY, rule("r", {"not": IN_SALES}, groups=["Others"])],
    }
    assert held(desired(records, TODAY)) == {"group Others": ["ann"]}


def test_a_rule_about_the_person_alone_needs_no_contract() -> None:
    records: Record = {"persons": [person("ann")], "rules": [EVERYBODY]}
    account = desired(records, TODAY).accounts[ANN]
    assert isinstance(account, Wanted)
    assert (account.enabled, account.via) == (True, Via("everybody"))


def test_the_strongest_state_wins_and_no_reason_is_lost() -> None:
    records: Record = {
        "persons": [
            person("ann", contract("a", "SALES", end="2026-01-31"), contract("b", "SALES"))
        ],
        "rules": [
            rule("a-weak", IN_SALES, account="disabled"),
            rule("b", IN_SALES, account="enabled"),
        ],
    }
    account = desired(records, TODAY).accounts[ANN]
    assert isinstance(account, Wanted)
    assert account.enabled
    reasons = [(each.enabled, each.via) for each in (account, *account.also)]
    start = date(2025, 1, 1)
    assert reasons == [
        (True, Via("b", "b", start, None)),
        (True, Via("b", "a", start, date(2026, 2, 1))),
        (False, Via("a-weak", "b", start, None)),
        (False, Via("a-weak", "a", start, date(2026, 2, 1))),
    ]


@pytest.mark.parametrize("state", ["enabled", "disabled", "absent"])
def test_an_account_entry_overrides_the_rules_in_its_period_only(state: str) -> None:
    records: Record = {
        "persons": [person("ann")],
        "accounts": [{"person": "ann", "state": state, "until": "2026-01-11"}],
        "rules": [rule("r", EVERYBODY["when"], account="disabled", groups=["Staff"])],
    }
    today, tomorrow = desired(records, TODAY), desired(records, date(2026, 1, 11))
    account = today.accounts[ANN]
    assert isinstance(account, Unwanted) is (state == "absent")
    assert account.origin.detail == "account entry"
    assert held(today) == {"group Staff": [] if state == "absent" else ["ann"]}
    after = tomorrow.accounts[ANN]
    assert isinstance(after, Wanted)
    assert (after.enabled, after.origin.detail, tomorrow.ended) == (False, "rule r", {})


def test_member_lines_come_on_top_and_both_reasons_are_kept() -> None:
    records: Record = {
        "persons": [person("ann"), person("bo", contract("a", "SALES"))],
        "groups": [{"name": "Staff", "members": ["ann", {"person": "bo", "until": "2026-02-01"}]}],
        "rules": [EVERYBODY, rule("r", IN_SALES, groups=["staff"])],
    }
    staff = permission(records, "Staff")
    assert staff.name == "Staff"
    assert list(staff.members or ()) == ["ann", "bo"]
    bo = (staff.members or {})[BO]
    assert (bo.origin.detail, bo.until, bo.via) == ("member line", date(2026, 2, 1), None)
    assert [each.via for each in bo.also] == [Via("r", "a", date(2025, 1, 1), None)]
    later = permission(records, "Staff", date(2026, 2, 1))
    assert (later.members or {})[BO].origin.detail == "rule r"
    assert later.ended == {}


def test_a_permission_without_an_entry_must_exist_and_is_managed() -> None:
    declared = declare(
        {
            "persons": [person("ann")],
            "rules": [rule("r", IN_SALES, groups=["Sales"], products=["CRM"])],
        }
    )
    assert declared.rules[0].at.short == "desired/all.yaml:1"
    found = desired({"persons": [], "rules": [rule("r", IN_SALES, products=["CRM"])]}, TODAY)
    crm = found.permissions[PermissionKey.of(PermissionKind.PRODUCT, "crm")]
    assert (crm.name, crm.create, crm.members) == ("CRM", False, {})
    assert crm.origin == Origin(crm.origin.at, "rule r")


def test_an_entry_without_members_is_managed_once_a_rule_names_it_whoever_meets_it() -> None:
    records: Record = {
        "persons": [person("ann")],
        "groups": [{"name": name, "create": True} for name in ("Sales", "Other", "department_HR")],
        "rules": [
            rule("r", IN_SALES, groups=["SALES"]),
            rule("d", IN_SALES, group_per_contract=PER_DEPARTMENT),
        ],
    }
    assert permission(records, "sales").members == {}
    assert permission(records, "sales").create
    assert permission(records, "other").members is None
    assert permission(records, "department_hr").members == {}


def test_a_template_that_could_be_any_name_manages_only_names_it_makes() -> None:
    records: Record = {
        "persons": [person("ann", contract("a", "HR", end="2025-06-01"))],
        "groups": [{"name": "HR"}, {"name": "Anything"}],
        "rules": [rule("d", IN_SALES, group_per_contract="{Contract.Department.ExternalId}")],
    }
    assert permission(records, "hr").members == {}
    assert permission(records, "anything").members is None


def test_one_group_for_each_contract_in_the_conditions() -> None:
    window: JSON = {"days_after_end": 5}
    dynamic = {**rule("d", {"not": IN_SALES}, group_per_contract=PER_DEPARTMENT), "window": window}
    people: list[JSON] = [
        person("ann", contract("a", "HR"), contract("b", "it - Süd"), contract("c", "Sales")),
        person("bo", contract("a", "hr", end="2026-01-05"), contract("b", "IT", end="2026-01-04")),
    ]
    found = desired({"persons": people, "rules": [EVERYBODY, dynamic]}, TODAY)
    assert held(found) == {"group department_HR": ["ann", "bo"], "group department_it-Sud": ["ann"]}
    assert not any(wanted.create for wanted in found.permissions.values())
    bo = (found.permissions[PermissionKey(PermissionKind.GROUP, "department_hr")].members or {})[BO]
    assert bo.via == Via("d", "a", date(2025, 1, 1), date(2026, 1, 11))


def test_a_rule_about_the_person_names_groups_by_all_contracts_in_its_window() -> None:
    dynamic = rule("d", EVERYBODY["when"], group_per_contract=PER_DEPARTMENT)
    per_person = rule("p", EVERYBODY["when"], group_per_contract="home_{Person.ExternalId}")
    people: list[JSON] = [
        person("ann", contract("a", "HR"), contract("b", "IT", end="2025-12-31")),
        person("bo"),
    ]
    found = desired({"persons": people, "rules": [EVERYBODY, dynamic, per_person]}, TODAY)
    assert held(found) == {
        "group department_HR": ["ann"],
        "group home_ann": ["ann"],
        "group home_bo": ["bo"],
    }


@pytest.mark.parametrize("department", [None, "", "  ", "(!)"])
def test_a_name_that_cannot_be_made_stops_that_person_with_an_account(
    department: str | None,
) -> None:
    one = {**contract("a", ""), "Department": {"ExternalId": department}}
    dynamic = rule(
        "d", {"Contract.ExternalId": "a"}, group_per_contract="{Contract.Department.ExternalId}"
    )
    account = rule("acc", {"Person.ExternalId": "ann"}, account="enabled")
    found = desired(
        {"persons": [person("ann", one), person("bo", one)], "rules": [account, dynamic]}, TODAY
    )
    assert [(error.person, error.summary) for error in found.errors] == [
        ("ann", "Group name cannot be made")
    ]
    assert "contract a" in found.errors[0].detail
    assert held(found) == {}


def test_resources_are_created_once_and_not_managed_unless_a_rule_grants_them() -> None:
    records: Record = {
        "persons": [
            person("ann", contract("a", "hr"), contract("b", "Old", end="2026-01-09")),
            person("bo", contract("a", "HR"), contract("b", "New", start="2026-01-11")),
            person("cy", {"ExternalId": "c", "Department": {"ExternalId": None}}),
        ],
        "groups": [{"name": "team_HR", "protected": True}],
        "resources": [
            {"group": PER_DEPARTMENT},
            {"group": "team_{Contract.Department.ExternalId}"},
        ],
    }
    found = desired(records, TODAY)
    assert [
        (wanted.name, wanted.create, wanted.members) for wanted in found.permissions.values()
    ] == [
        ("department_HR", True, None),
        ("team_HR", True, None),
    ]
    assert found.errors == ()
    dynamic = rule("d", IN_SALES, group_per_contract=PER_DEPARTMENT)
    granted = desired({**records, "rules": [EVERYBODY, dynamic]}, TODAY)
    assert held(granted) == {"group department_HR": []}
    first = granted.permissions[PermissionKey(PermissionKind.GROUP, "department_hr")]
    assert first.create
    assert first.origin.detail == f"resource {PER_DEPARTMENT}"


def test_what_a_rule_gave_until_its_window_closed_has_ended() -> None:
    per_contract = rule(
        "d", IN_SALES, account="enabled", groups=["Sales"], group_per_contract=PER_DEPARTMENT
    )
    people: list[JSON] = [
        person("ann", contract("a", "Sales", end="2026-01-09")),
        person("bo", contract("a", "SALES", end="2026-01-09"), contract("b", "Sales")),
        person("cy", contract("a", "HR", end="2026-01-09")),
        person("dee", contract("a", "sales", start="2026-01-11")),
    ]
    found = desired({"persons": people, "rules": [per_contract]}, TODAY)
    assert list(found.ended) == ["ann"]
    assert found.ended[ANN].detail == "rule d"
    for name in ("sales", "department_sales"):
        wanted = found.permissions[PermissionKey(PermissionKind.GROUP, name)]
        assert list(wanted.ended) == ["ann"]
        assert list(wanted.members or ()) == ["bo"]


def test_reasons_of_several_rules_add_up_by_name() -> None:
    first = rule("a", EVERYBODY["when"], groups=["Staff"])
    second = rule("b", EVERYBODY["when"], groups=["Staff", "Staff"])
    staff = permission({"persons": [person("ann")], "rules": [second, EVERYBODY, first]}, "staff")
    member = (staff.members or {})[ANN]
    assert [each.via for each in (member, *member.also)] == [Via("a"), Via("b")]
    assert isinstance(member.also[0], Membership)


def test_a_group_whose_last_contract_is_over_has_ended_for_its_holder_and_is_asked_for_no_more() -> (
    None
):
    records: Record = {
        "persons": [person("ann", contract("a", "SALES", end="2026-01-09"))],
        "accounts": [{"person": "ann", "state": "enabled"}],
        "rules": [rule("departments", IN_SALES, group_per_contract=PER_DEPARTMENT)],
    }
    key = PermissionKey.of(PermissionKind.GROUP, "department_SALES")
    before, after = desired(records, date(2026, 1, 9)), desired(records, TODAY)
    assert list(before.permissions[key].members or ()) == [ANN]
    assert before.ended_grants == {}
    assert key not in after.permissions
    assert after.ended_grants[key][ANN].detail == "rule departments"
