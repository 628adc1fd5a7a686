"""For each lifecycle action the exact requests that a plan leads to, as agreed in golden files."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import pytest

from reconciler.sandbox import Faults, Recorded, TenantSettings
from tests.connector.stand import MAPPING, Stand, inside
from tests.projects import account, group, guid, person

GOLDEN = Path(__file__).parent / "golden"
ANSWERS = TenantSettings(guid_seed=1, now="2026-11-23T10:00:00")
ANNA, BO = person(10001, "Anna", "Visser"), person(10002, "Bo", "Kok", manager=10001)
HELD: dict[str, Any] = {
    "userGUID": guid(1),
    "userName": "anna.visser@example.org",
    "firstName": "Anna",
    "lastName": "Visser",
    "contactEmail": "anna.visser@example.org",
    "isEnabled": True,
    "source": "Local",
    "userAttributes": {
        "department": "Sales",
        "title": "Clerk",
        "description": "Managed by HelloID provisioning",
        "floor": "3",
    },
}
GROUPS = [{"groupGuid": guid(0x11), "name": "Sales", "isEnabled": True}]
PRODUCTS = [{"productId": guid(0x21), "name": "CRM", "visibility": "All"}]


@pytest.fixture
def stand(tmp_path: Path) -> Iterable[Stand]:
    with inside(tmp_path / "project", ANSWERS, Faults(record=True)) as ready:
        yield ready


def agree(name: str, requests: Iterable[Recorded]) -> None:
    """Compare with golden/NAME.json; with AGREE=1 in the environment, write it instead."""
    said = [
        {"method": each.method, "path": each.path, "body": _masked(each.body)} for each in requests
    ]
    text = json.dumps(said, indent=2, ensure_ascii=False) + "\n"
    file = GOLDEN / f"{name}.json"
    if os.environ.get("AGREE"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    assert text == file.read_text(encoding="utf-8")


def _masked(body: Any) -> Any:
    if not isinstance(body, dict) or "password" not in body:
        return cast("Any", body)
    return {**cast("dict[str, Any]", body), "password": "(drawn)"}


def settle(stand: Stand, *accounts: Any, **more: Any) -> None:
    """Let the files have Anna (and Bo, where somebody asks for him), and forget how that came about."""
    stand.want(persons=[ANNA, BO], accounts=list(accounts), **more)
    assert stand.applied() == {}
    stand.recorded.clear()


def wish(stand: Stand, *accounts: Any, persons: Any = None, **more: Any) -> list[Recorded]:
    stand.want(persons=persons or [ANNA, BO], accounts=list(accounts), **more)
    assert stand.applied() == {}
    return stand.writes()


def test_create(stand: Stand) -> None:
    agree("create", wish(stand, account(10001)))


def test_create_a_disabled_account(stand: Stand) -> None:
    agree("create-disabled", wish(stand, account(10001, "disabled")))


def test_create_a_manager_and_a_report(stand: Stand) -> None:
    stand.set(
        target={"set_manager": True},
    )
    agree("create-managed", wish(stand, account(10002), account(10001)))


def test_correlate(stand: Stand) -> None:
    stand.seed({"accounts": [HELD]})
    agree("correlate", wish(stand, account(10001)))


def test_update(stand: Stand) -> None:
    stand.seed({"accounts": [HELD]})
    settle(stand, account(10001))
    lead = person(10001, "Anna", "Bos-Visser", title="Lead")
    lead["Accounts"] = ANNA["Accounts"]
    agree("update", wish(stand, account(10001), persons=[lead]))


def test_update_that_clears(stand: Stand) -> None:
    stand.seed({"accounts": [HELD]})
    settle(stand, account(10001))
    agree("clear", wish(stand, account(10001, fields={"userAttributes.title": None})))


def test_rename(stand: Stand) -> None:
    stand.set(target={"update_user_name": True})
    stand.seed({"accounts": [HELD]})
    settle(stand, account(10001))
    renamed = {**ANNA, "Accounts": {"EntraID": {"userPrincipalName": "a.bos@example.org"}}}
    agree("rename", wish(stand, account(10001), persons=[renamed]))


def test_a_manager_is_set(stand: Stand) -> None:
    settle(stand, account(10001), account(10002))
    stand.set(target={"set_manager": True})
    agree("manager", wish(stand, account(10001), account(10002)))


def test_a_manager_who_is_gone_is_cleared(stand: Stand) -> None:
    stand.set(target={"set_manager": True})
    settle(stand, account(10001), account(10002))
    alone = {name: value for name, value in BO.items() if name != "PrimaryManager"}
    agree("manager-cleared", wish(stand, account(10001), account(10002), persons=[ANNA, alone]))


def with_stages(stand: Stand) -> None:
    """Let Enable, Disable and Delete write a description too."""
    mapping = json.loads(MAPPING.read_text(encoding="utf-8"))
    (field,) = [f for f in mapping["MappingFields"] if f["Name"] == "userAttributes.description"]
    (created,) = field["MappingActions"]
    for stage, text in (("Enable", "Works here"), ("Disable", "On leave"), ("Delete", "Left")):
        value = {"MapForActions": [stage], "Value": json.dumps(text)}
        field["MappingActions"].append({**created, **value})
    stand.map(mapping)


def test_disable(stand: Stand) -> None:
    with_stages(stand)
    stand.seed({"accounts": [HELD]})
    settle(stand, account(10001))
    agree("disable", wish(stand, account(10001, "disabled")))


def test_enable(stand: Stand) -> None:
    with_stages(stand)
    stand.seed({"accounts": [HELD]})
    settle(stand, account(10001, "disabled"))
    agree("enable", wish(stand, account(10001)))


def test_delete(stand: Stand) -> None:
    with_stages(stand)
    stand.seed({"accounts": [HELD]})
    settle(stand, account(10001))
    agree("delete", wish(stand, account(10001, "absent")))


def test_restore(stand: Stand) -> None:
    stand.set(target={"restore_deleted": True})
    stand.seed({"accounts": [{**HELD, "isDeleted": True, "isEnabled": False}]})
    agree("restore", wish(stand, account(10001)))


def test_create_a_group_and_grant_it(stand: Stand) -> None:
    stand.seed({"accounts": [HELD]})
    settle(stand, account(10001))
    asked = wish(stand, account(10001), groups=[group("Board", 10001, create=True)])
    agree("create-group", asked)


def test_grant_and_revoke_a_group(stand: Stand) -> None:
    stand.seed({"accounts": [HELD], "groups": GROUPS})
    settle(stand, account(10001), groups=[group("Sales")])
    agree("grant-group", wish(stand, account(10001), groups=[group("Sales", 10001)]))
    agree("revoke-group", wish(stand, account(10001), groups=[group("Sales")]))


def test_request_and_return_a_product(stand: Stand) -> None:
    stand.seed({"accounts": [HELD], "products": PRODUCTS})
    settle(stand, account(10001), products=[group("CRM")])
    agree("request-product", wish(stand, account(10001), products=[group("CRM", 10001)]))
    agree("return-product", wish(stand, account(10001), products=[group("CRM")]))
