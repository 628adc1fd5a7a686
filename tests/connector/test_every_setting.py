"""One life of many accounts, told to a tenant in each of its settings: it ends the same in all."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import TenantSettings, decide
from tests.connector.manners import dressed_up
from tests.connector.stand import WAYS, Stand, inside
from tests.connector.variants import Variant, bundles, variants
from tests.projects import account, group, guid, person

SEED: dict[str, Any] = {
    "accounts": [
        {
            "userGUID": guid(1),
            "userName": "bo.kok@example.org",
            "firstName": "Bob",
            "isEnabled": True,
            "userAttributes": {"floor": "3", "title": "Clerk", "phoneNumber": "1"},
        },
        {"userGUID": guid(2), "userName": "cor.dam@example.org", "isDeleted": True},
        {"userGUID": guid(3), "userName": "stranger@example.org", "isEnabled": True},
    ],
    "groups": [
        {"groupGuid": guid(0x11), "name": "Sales", "isEnabled": True, "users": [guid(3)]},
        {"groupGuid": guid(0x12), "name": "Support", "isEnabled": True, "users": [guid(1)]},
    ],
    "products": [
        {"productId": guid(0x21), "name": "CRM", "visibility": "All"},
        {"productId": guid(0x22), "name": "Phone", "visibility": "All"},
    ],
    "assignments": [
        {"assignmentGuid": guid(0x31), "userGuid": guid(3), "productGuid": guid(0x22)},
    ],
}
ANNA = person(10001, "Anna", "Visser")
BO = person(10002, "Bo", "Kok", manager=10001)
COR = person(10003, "Cor", "Dam", manager=10002)

COMES_BACK = "restore_account cor.dam@example.org"
REFUSED = {
    "restore=refused": {COMES_BACK: "A deleted user cannot be restored"},
    "restore=ignored": {COMES_BACK: "still deleted"},
}
"""Where the life cannot end the same: what the tenant does not do, and the words that say so."""


def first(stand: Stand) -> None:
    stand.want(
        persons=[ANNA, BO, COR],
        accounts=[account(10001), account(10002), account(10003)],
        groups=[
            group("Sales", 10001, 10002, 10003),
            group("Support", 10002),
            group("Board", 10001, create=True),
        ],
        products=[group("CRM", 10001, 10002)],
    )


def second(stand: Stand) -> None:
    _later(stand, "disabled", 10001)


def third(stand: Stand) -> None:
    _later(stand, "absent")


def _later(stand: Stand, state: str, *annas: int) -> None:
    renamed = {
        **person(10002, "Bo", "Kok", title="Lead", manager=10001),
        "Accounts": {"EntraID": {"userPrincipalName": "bo.bos@example.org"}},
    }
    stand.want(
        persons=[ANNA, renamed, COR],
        accounts=[account(10001, state), account(10002), account(10003)],
        groups=[group("Sales", *annas), group("Support", 10002, 10003), group("Board", *annas)],
        products=[group("CRM", 10002), group("Phone", 10002)],
    )


def picture(stand: Stand) -> dict[str, Any]:
    """All that matters to people, by the names of things; a deleted account keeps its name only."""
    tenant = stand.held()
    names = {one["userGUID"]: one["userName"] for one in tenant["accounts"]}
    live = {one["userGUID"] for one in tenant["accounts"] if not one["isDeleted"]}
    products = {one["productId"]: one["name"] for one in tenant["products"]}
    held = {
        (names[one["userGuid"]], products[one["productGuid"]])
        for one in tenant["assignments"]
        if one["userGuid"] in live
    }
    held |= {
        (names[user], one["name"])
        for one in tenant["groups"]
        for user in one["users"]
        if user in live
    }
    return {
        "accounts": {
            one["userName"]: _shown(one, names) if one["userGUID"] in live else "deleted"
            for one in tenant["accounts"]
        },
        "grants": sorted(held),
    }


def _shown(one: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    held: dict[str, str | None] = one.get("userAttributes") or {}
    attributes = {name: value for name, value in held.items() if value}
    plain = ("firstName", "lastName", "contactEmail", "isEnabled")
    manager = names.get(one.get("managedByUserGUID") or "")
    return {**{name: one[name] for name in plain}, "manager": manager, **attributes}


def live(stand: Stand) -> tuple[dict[str, Any], dict[str, str]]:
    """Let three organisations follow each other; return how it ended and what was refused."""
    stand.set(
        target={"set_manager": True, "update_user_name": True, "restore_deleted": True},
    )
    stand.seed(SEED)
    refused: dict[str, str] = {}
    for wish in (first, second, third):
        wish(stand)
        refused |= {n: why for n, why in stand.applied().items() if why != "pending"}
        decide(stand.state, "approved")
        if not refused:
            assert stand.kinds() == [], wish.__name__
    return picture(stand), refused


@pytest.fixture(scope="module")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """How the life ends in a tenant of likely answers."""
    with WAYS["in the process"](tmp_path_factory.mktemp("agreed") / "project") as stand:
        end, refused = live(stand)
    assert refused == {}
    return end


def test_the_life_ends_as_the_files_say(agreed: dict[str, Any]) -> None:
    contact = {"department": "Sales"}
    assert agreed["accounts"] == {
        "anna.visser@example.org": "deleted",
        "bo.bos@example.org": {
            "firstName": "Bo",
            "lastName": "Kok",
            "contactEmail": "bo.kok@example.org",
            "isEnabled": True,
            "manager": "anna.visser@example.org",
            "title": "Lead",
            "floor": "3",
            **contact,
        },
        "cor.dam@example.org": {
            "firstName": "Cor",
            "lastName": "Dam",
            "contactEmail": "cor.dam@example.org",
            "isEnabled": True,
            "manager": "bo.bos@example.org",
            "title": "Clerk",
            **contact,
        },
        "stranger@example.org": agreed["accounts"]["stranger@example.org"],
    }
    assert agreed["grants"] == [
        ("bo.bos@example.org", "CRM"),
        ("bo.bos@example.org", "Phone"),
        ("bo.bos@example.org", "Support"),
        ("cor.dam@example.org", "Support"),
        ("stranger@example.org", "Phone"),
        ("stranger@example.org", "Sales"),
    ]


def hold(
    way: str, settings: TenantSettings, root: Path, agreed: dict[str, Any], refusals: dict[str, str]
) -> None:
    with WAYS[way](root / "project", settings) as stand:
        end, refused = live(stand)
    assert refused.keys() >= refusals.keys()
    for name, words in refusals.items():
        assert words in refused[name]
    if not refusals:
        assert refused == {}
        assert end == agreed


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("settings", bundles(6, REFUSED), ids=lambda _: "")
def test_whatever_the_tenant_does_it_ends_the_same(
    way: str, settings: TenantSettings, tmp_path: Path, agreed: dict[str, Any]
) -> None:
    hold(way, settings, tmp_path, agreed, {})


@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("name", list(REFUSED))
def test_what_the_tenant_does_not_do_is_said(
    way: str, name: str, tmp_path: Path, agreed: dict[str, Any]
) -> None:
    (variant,) = [one for one in variants() if str(one) == name]
    hold(way, variant.settings, tmp_path, agreed, REFUSED[name])


@pytest.mark.long
@pytest.mark.parametrize("way", list(WAYS))
@pytest.mark.parametrize("variant", variants(), ids=str)
def test_each_setting_by_itself(
    way: str, variant: Variant, tmp_path: Path, agreed: dict[str, Any]
) -> None:
    hold(way, variant.settings, tmp_path, agreed, REFUSED.get(str(variant), {}))


def test_no_setting_is_forgotten() -> None:
    assert {variant.name for variant in variants()} == {one.name for one in fields(TenantSettings)}


def test_in_another_dress_it_ends_the_same(tmp_path: Path, agreed: dict[str, Any]) -> None:
    with inside(tmp_path / "project", manners=dressed_up) as stand:
        assert live(stand) == (agreed, {})
