"""The connector's own calls, in its order and with its bodies."""

from pathlib import Path
from typing import Any

from tests.sandbox.tenants import Tenant, inside, refused


def create(tenant: Tenant, name: str) -> str:
    refused(tenant.call("GET", f"/users/{name}"), 404, "User not found")
    body = {
        "userName": name,
        "userGUID": None,
        "firstName": "Bo",
        "lastName": "Kok",
        "contactEmail": name,
        "isEnabled": False,
        "mustChangePassword": "TRUE",
        "password": "Xy4#plantjes",
        "source": "Local",
        "managedByUserGUID": None,
        "userAttributes": {"department": "Sales", "phoneNumber": "0600000000", "title": None},
    }
    return tenant.post("/users", body)["userGUID"]


def pages(tenant: Tenant, path: str, **query: Any) -> list[Any]:
    found: list[Any] = []
    while True:
        page = tenant.get(path, take=1000, skip=len(found), **query)
        found += page
        if len(page) < 1000:
            return found


def test_the_life_of_an_account(tenant: Tenant) -> None:
    guid = create(tenant, "b.kok@example.org")

    tenant.put(f"/users/{tenant.get(f'/users/{guid}')['userGUID']}", {"isEnabled": True})
    read = tenant.get(f"/users/{guid}")
    changed = read | {"lastName": "Kok-Bos", "isEnabled": "true"}
    changed["userAttributes"] = read["userAttributes"] | {"title": "Lead"}
    changed["IdentifierObject"] = {"userName": "b.kokbos@example.org"}
    answer = tenant.put(f"/users/{guid}", changed)
    assert (answer["userName"], answer["lastName"]) == ("b.kokbos@example.org", "Kok-Bos")
    assert answer["userAttributes"] == {
        "department": "Sales",
        "phoneNumber": "0600000000",
        "title": "Lead",
    }
    assert (answer["isEnabled"], answer["mustChangePassword"]) == (True, True)

    tenant.put(f"/users/{guid}", {"userGUID": guid, "isEnabled": False})
    assert tenant.get(f"/users/{guid}")["isEnabled"] is False
    tenant.delete(f"/users/{guid}")
    assert pages(tenant, "/users") == []
    assert [user["userGUID"] for user in pages(tenant, "/users", isDeleted="true")] == [guid]


def test_groups_are_found_or_made_granted_read_back_and_revoked(tenant: Tenant) -> None:
    guid = create(tenant, "b.kok@example.org")
    assert [group for group in pages(tenant, "/groups") if group["name"] == "Sales"] == []
    group = tenant.post("/groups", {"name": "Sales", "isEnabled": True})["groupGuid"]
    tenant.get(f"/users/{guid}")
    tenant.post(f"/users/{guid}/groups", {"groupGuid": group})

    (listed,) = pages(tenant, "/groups")
    assert "users" not in listed
    assert tenant.get(f"/groups/{listed['groupGuid']}")["users"] == [guid]
    tenant.delete(f"/users/{guid}/groups/{group}")
    assert tenant.get(f"/groups/{group}")["users"] == []


def test_products_are_requested_once_and_returned(tenant: Tenant) -> None:
    guid, product = create(tenant, "b.kok@example.org"), tenant.product("CRM")
    assert pages(tenant, "/products")[0]["productId"] == product
    assert tenant.get(f"/product-assignment/by-user/{guid}", take=1000, skip=0) == []
    assert tenant.request(guid, product, comment="Requested by reconciler").status_code == 200
    held = pages(tenant, "/product-assignment")
    assert [(item["userGuid"], item["productGuid"]) for item in held] == [(guid, product)]
    assert tenant.request(guid, product).status_code == 409

    body = {"productGUID": product, "userGUID": guid, "executeActions": True}
    tenant.post("/product-assignment/unassign/by-product", body)
    assert pages(tenant, "/product-assignment") == []


def test_a_thousand_of_everything_are_read_in_full(tmp_path: Path) -> None:
    with inside(tmp_path / "tenant.db") as tenant:
        names = [f"g{number}" for number in range(1001)]
        tenant.post("/groups/batch", [{"name": name} for name in names])
        assert [group["name"] for group in pages(tenant, "/groups")] == names
