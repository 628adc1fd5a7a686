"""The rows of the connector's feature table, each in the process and over HTTP."""

import json
from typing import Any

import pytest

from reconciler.sandbox import requests
from tests.connector.stand import Stand
from tests.projects import account, group, guid, person

ANNA, BO = person(10001, "Anna", "Visser"), person(10002, "Bo", "Kok")


def user(number: int, name: str, **more: Any) -> dict[str, Any]:
    row = {"userGUID": guid(number), "userName": name, "isEnabled": True, "firstName": "X"}
    return {**row, **more}


def people(stand: Stand, *persons: dict[str, Any], **more: Any) -> None:
    entries = [account(int(one["ExternalId"])) for one in persons]
    stand.want(persons=list(persons), **{"accounts": entries, **more})


def refs(stand: Stand) -> dict[str, str]:
    return {p: o.ref for p, o in stand.ledger().accounts.items()}


# ---------------------------------------------------------------- correlation


@pytest.mark.parametrize(
    ("person_field", "account_field", "held"),
    [
        ("ExternalId", "userAttributes.employeeId", {"userAttributes": {"EmployeeID": "10001"}}),
        ("Contact.Business.Email", "contactEmail", {"contactEmail": "Anna.VISSER@example.org "}),
        ("person.displayname", "firstName", {"firstName": "anna visser"}),
    ],
)
def test_any_field_correlates_with_any_field_whatever_the_case(
    stand: Stand, person_field: str, account_field: str, held: dict[str, Any]
) -> None:
    stand.set(correlation={"person_field": person_field, "account_field": account_field})
    stand.seed({"accounts": [user(1, "somebody", **held), user(2, "other")]})
    people(stand, ANNA)
    assert stand.applied() == {}
    assert refs(stand) == {"10001": guid(1)}


def test_nothing_correlates_with_nothing(stand: Stand) -> None:
    stand.set(correlation={"person_field": "Custom.Badge", "account_field": "contactEmail"})
    stand.seed({"accounts": [user(1, "somebody", contactEmail="")]})
    people(stand, {**ANNA, "Custom": {"Badge": " "}})
    assert stand.applied() == {}
    assert refs(stand)["10001"] != guid(1)


def test_two_matches_stop_that_person_alone(stand: Stand) -> None:
    stand.set(
        correlation={
            "person_field": "Contact.Business.Email",
            "account_field": "contactEmail",
        }
    )
    twice = {"contactEmail": "anna.visser@example.org"}
    stand.seed({"accounts": [user(1, "a", **twice), user(2, "b", **twice)]})
    people(stand, ANNA, BO)
    issues = [(i.type.value, i.person) for i in stand.plan().plan.issues]
    assert ("person_multiple_accounts", "10001") in issues
    assert stand.applied() == {}
    assert list(refs(stand)) == ["10002"]


@pytest.mark.parametrize("restores", [True, False])
def test_a_deleted_match_comes_back_or_is_reported_as_what_it_is(
    stand: Stand, *, restores: bool
) -> None:
    stand.set(target={"restore_deleted": restores})
    stand.seed({"accounts": [user(1, "anna.visser@example.org", isDeleted=True)]})
    people(stand, ANNA)
    warned, failed = stand.warned(), stand.applied()
    if restores:
        assert (warned, failed, refs(stand)) == ("", {}, {"10001": guid(1)})
    else:
        assert "is soft-deleted" in warned
        assert "already exists" in failed["create_account anna.visser@example.org"]


# ---------------------------------------------------------------- managers


def managed(stand: Stand, of: str) -> str | None:
    manager = stand.account(of).get("managedByUserGUID")
    names = {one["userGUID"]: one["userName"] for one in stand.held()["accounts"]}
    return names.get(manager) if manager else None


def test_a_cycle_of_managers_converges(stand: Stand) -> None:
    stand.set(target={"set_manager": True})
    circle = [
        person(10001, "Anna", "Visser", manager=10003),
        person(10002, "Bo", "Kok", manager=10001),
        person(10003, "Cor", "Dam", manager=10002),
    ]
    people(stand, *circle)
    assert stand.applied() == {}
    assert stand.kinds() == []
    names = ["anna.visser@example.org", "bo.kok@example.org", "cor.dam@example.org"]
    assert [managed(stand, name) for name in names] == [names[2], names[0], names[1]]


def test_where_managers_are_off_the_tenant_s_own_stays(stand: Stand) -> None:
    stand.seed(
        {
            "accounts": [
                user(1, "boss@example.org"),
                user(2, "bo.kok@example.org", managedByUserGUID=guid(1)),
            ]
        }
    )
    people(stand, ANNA, person(10002, "Bo", "Kok", manager=10001))
    assert stand.applied() == {}
    assert managed(stand, "bo.kok@example.org") == "boss@example.org"
    assert managed(stand, "anna.visser@example.org") is None


def test_a_manager_without_account_leaves_it_and_says_so(stand: Stand) -> None:
    stand.set(target={"set_manager": True})
    boss = user(2, "bo.kok@example.org", managedByUserGUID=guid(1))
    stand.seed({"accounts": [user(1, "boss@example.org"), boss]})
    report = person(10002, "Bo", "Kok", manager=10001)
    stand.want(persons=[ANNA, report], accounts=[account(10002)])
    assert "10002 (manager 10001)" in stand.warned()
    assert stand.applied() == {}
    assert managed(stand, "bo.kok@example.org") == "boss@example.org"


# ---------------------------------------------------------------- products


def product(number: int, name: str, **more: Any) -> dict[str, Any]:
    return {"productId": guid(0x200 + number), "name": name, "visibility": "All", **more}


DEMANDS: list[tuple[dict[str, Any], str]] = [
    ({"dynamicForm": {"id": "f"}}, "has a form"),
    ({"hasTimeLimit": True}, "time limit"),
    ({"visibility": "Disabled"}, "is disabled"),
]


@pytest.mark.parametrize(("demand", "words"), DEMANDS)
def test_a_product_with_demands_fails_with_what_helloid_said(
    stand: Stand, demand: dict[str, Any], words: str
) -> None:
    stand.seed({"products": [product(1, "CRM", **demand), product(2, "Phone")]})
    people(stand, ANNA, products=[group("CRM", 10001), group("Phone", 10001)])
    failed = stand.applied()
    assert list(failed) == ["grant_product CRM anna.visser@example.org"]
    assert words in failed["grant_product CRM anna.visser@example.org"]
    assert [one["productName"] for one in stand.held()["assignments"]] == ["Phone"]


def test_a_product_that_demands_a_comment_gets_the_one_of_the_settings(stand: Stand) -> None:
    stand.set(products={"comment": "Zoë's wish"})
    stand.seed({"products": [product(1, "CRM", requestComment="Required")]})
    people(stand, ANNA, products=[group("CRM", 10001)])
    assert stand.applied() == {}
    assert [one["comment"] for one in requests(stand.state)] == ["Zoë's wish"]


def test_a_product_is_requested_although_the_person_holds_others(stand: Stand) -> None:
    """The connector requests nothing for who holds anything, and reports success."""
    held = {"assignmentGuid": guid(9), "userGuid": guid(1), "productGuid": guid(0x202)}
    stand.seed(
        {
            "accounts": [user(1, "anna.visser@example.org")],
            "products": [product(1, "CRM"), product(2, "Phone")],
            "assignments": [held],
        }
    )
    people(stand, ANNA, products=[group("CRM", 10001)])
    assert stand.applied() == {}
    assert sorted(one["productName"] for one in stand.held()["assignments"]) == ["CRM", "Phone"]


def test_a_revoke_returns_all_assignments_of_the_product(stand: Stand) -> None:
    rows = [
        {"assignmentGuid": guid(n), "userGuid": guid(1), "productGuid": guid(0x201)} for n in (8, 9)
    ]
    stand.seed(
        {
            "accounts": [user(1, "anna.visser@example.org")],
            "products": [product(1, "CRM", allowMultipleRequests=True)],
            "assignments": rows,
        }
    )
    people(stand, ANNA, products=[group("CRM", 10001)])
    assert stand.applied() == {}
    people(stand, ANNA, products=[group("CRM")])
    assert stand.applied() == {}
    assert stand.held()["assignments"] == []


# ---------------------------------------------------------------- import


def test_thousands_are_read_in_full_deleted_ones_too(stand: Stand) -> None:
    """The connector stops reading deleted users after the first thousand."""
    stand.set(target={"restore_deleted": True})
    live = [user(n, f"u{n}@example.org") for n in range(1, 1203)]
    gone = [user(n, f"g{n}@example.org", isDeleted=True) for n in range(2001, 3203)]
    members = [one["userGUID"] for one in (*live, *gone[:3])]
    stand.seed(
        {
            "accounts": [*live, *gone],
            "groups": [
                {"groupGuid": guid(0x9001), "name": "All", "isEnabled": True, "users": members},
                {"groupGuid": guid(0x9002), "name": "Outer", "groups": [guid(0x9001)]},
                {"groupGuid": guid(0x9003), "name": "Nobody"},
            ],
        }
    )
    last = {**ANNA, "Accounts": {"EntraID": {"userPrincipalName": "g3202@example.org"}}}
    leaver = {**BO, "Accounts": {"EntraID": {"userPrincipalName": "u1202@example.org"}}}
    people(stand, last, leaver, groups=[group("All", 10002), group("Nobody", 10001)])
    planned = stand.plan().plan
    kinds = sorted(step.kind for step in planned.steps)
    assert "restore_account" in kinds
    assert "create_account" not in kinds
    assert [a.permission.name for a in planned.bookkeeping.adopts] == ["All"]
    assert any("Outer" in warning and "All" in warning for warning in planned.warnings)


# ---------------------------------------------------------------- names


ODD = "jo#EXT#/o'neil é ?&%@example.org"


def test_names_with_marks_live_a_whole_life(stand: Stand) -> None:
    stand.set(target={"update_user_name": True})

    def wish(name: str, state: str) -> None:
        who = {**ANNA, "Accounts": {"EntraID": {"userPrincipalName": name}}}
        stand.want(
            persons=[who],
            accounts=[account(10001, state)],
            groups=[group("Øst / 50% #1", *([10001] if state != "absent" else []), create=True)],
        )
        assert stand.applied() == {}

    wish(ODD, "enabled")
    made = stand.account(ODD)["userGUID"]
    wish("x/../" + ODD, "disabled")
    assert stand.account("x/../" + ODD)["userGUID"] == made
    assert [one["users"] for one in stand.held()["groups"]] == [[made]]
    wish("x/../" + ODD, "absent")
    assert [one["isDeleted"] for one in stand.held()["accounts"]] == [True]


def test_an_account_of_ours_renamed_out_of_scope_is_not_made_again(stand: Stand) -> None:
    stand.seed({"accounts": [user(1, "anna.visser@example.org")]})
    people(stand, ANNA)
    assert stand.applied() == {}
    stand.seed({"accounts": [user(1, "svc-anna")]})
    assert [error.summary for error in stand.plan().plan.errors] == ["Account out of scope"]
    assert stand.kinds() == []


# ---------------------------------------------------------------- uniqueness


def same_name(number: int) -> dict[str, Any]:
    one = person(number, "Jan", "Smit")
    one["Accounts"] = {"EntraID": {"userPrincipalName": "j.smit@example.org"}}
    return one


@pytest.mark.parametrize("where", ["settings", "mapping"])
@pytest.mark.parametrize("order", [(10001, 10002, 10003), (10003, 10001, 10002)])
def test_unique_names_are_numbered_the_same_in_any_order(
    stand: Stand, where: str, order: tuple[int, ...]
) -> None:
    stand.set(correlation={"enabled": False})
    if where == "settings":
        stand.set(unique_fields=["username"])
    else:
        stand.map({**stand.mapping(), "UniqueFieldNames": ["userName"]})
    stand.seed(
        {
            "accounts": [
                user(1, "J.Smit@example.org"),
                user(2, "j.smit2@example.org", isDeleted=True),
            ]
        }
    )
    people(stand, *map(same_name, order))
    assert stand.applied() == {}
    names = {p: o.user_name for p, o in sorted(stand.ledger().accounts.items())}
    assert names == {
        "10001": "j.smit3@example.org",
        "10002": "j.smit4@example.org",
        "10003": "j.smit5@example.org",
    }
    assert stand.kinds() == []


def test_after_fifty_tries_a_person_is_left_out(stand: Stand) -> None:
    stand.set(correlation={"enabled": False}, unique_fields=["userName"])
    names = ["j.smit@example.org", *(f"j.smit{n}@example.org" for n in range(2, 52))]
    stand.seed({"accounts": [user(n, name) for n, name in enumerate(names, 1)]})
    people(stand, same_name(10001), BO)
    assert [error.summary for error in stand.plan().plan.errors] == ["No unique value found"]
    assert stand.kinds() == ["create_account", "enable_account"]


def test_a_script_may_give_the_same_for_several_iterations(stand: Stand) -> None:
    script = "'j.smit' + (Iteration < 4 ? '' : Iteration) + '@example.org'"
    whole = stand.mapping()
    for one in whole["MappingFields"]:
        if one["Name"] == "userName":
            one["MappingActions"][0]["Value"] = json.dumps(script)
    stand.map(whole)
    stand.set(correlation={"enabled": False}, unique_fields=["userName"])
    people(stand, same_name(10001), same_name(10002))
    assert stand.applied() == {}
    names = sorted(o.user_name for o in stand.ledger().accounts.values())
    assert names == ["j.smit4@example.org", "j.smit@example.org"]


# ---------------------------------------------------------------- dynamic permissions, resources


def worker(*departments: str) -> dict[str, Any]:
    contracts = [
        {
            "ExternalId": f"10001-{number}",
            "StartDate": "2024-01-01",
            "Department": {"ExternalId": name, "DisplayName": name},
        }
        for number, name in enumerate(departments, 1)
    ]
    return {**person(10001, "Anna", "Visser"), "Contracts": contracts}


RULE = {
    "name": "departments",
    "when": {"Contract.Department.ExternalId": {"exists": True}},
    "grant": {
        "account": "enabled",
        "group_per_contract": "department_{Contract.Department.ExternalId}",
    },
}
RESOURCES = [{"group": "department_{Contract.Department.ExternalId}"}]


def ruled(stand: Stand, *departments: str, **more: Any) -> None:
    keys: dict[str, Any] = {
        "persons": [worker(*departments), {**BO, "Contracts": []}],
        "accounts": [account(10002)],
        "rules": [RULE],
    }
    stand.want(**{**keys, **more})


def held(stand: Stand) -> list[str]:
    ref = stand.account("anna.visser@example.org")["userGUID"]
    return sorted(one["name"] for one in stand.held()["groups"] if ref in one["users"])


def test_groups_follow_the_contracts_and_are_made_from_them_once(stand: Stand) -> None:
    ruled(stand, "S 01", "Zoë's", "s 01", resources=RESOURCES)
    assert stand.applied() == {}
    assert held(stand) == ["department_S-01", "department_Zoes"]
    assert stand.kinds() == []
    ruled(stand, "s 01", "HR", resources=RESOURCES)
    changed = [kind for kind in stand.kinds() if kind != "update_account"]
    assert sorted(changed) == ["create_group", "grant_group", "revoke_group"]
    assert stand.applied() == {}
    assert held(stand) == ["department_HR", "department_S-01"]
    assert len(stand.held()["groups"]) == 3


def test_a_missing_or_doubled_group_stops_that_person_alone(stand: Stand) -> None:
    twice = [{"groupGuid": guid(n), "name": "Department_S01", "isEnabled": True} for n in (1, 2)]
    stand.seed({"groups": twice})
    for department in ("S01", "S02"):
        ruled(stand, department)
        assert [error.person for error in stand.plan().plan.errors] == ["10001"]
    outcome = stand.apply().outcome
    assert outcome is not None
    assert outcome.exit_code == 5
    assert [one["userName"] for one in stand.held()["accounts"]] == ["bo.kok@example.org"]


def test_with_the_last_contract_all_of_them_are_revoked(stand: Stand) -> None:
    ruled(stand, "S01", "S02", resources=RESOURCES)
    assert stand.applied() == {}
    assert len(held(stand)) == 2
    stand.want(persons=[worker()], accounts=[account(10001)], rules=[RULE], resources=RESOURCES)
    assert stand.applied() == {}
    assert held(stand) == []
    assert len(stand.held()["groups"]) == 2
