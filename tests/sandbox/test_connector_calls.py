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


def test_an_account_that_is_found_is_updated_with_its_whole_body_and_keeps_the_rest(
    tenant: Tenant,
) -> None:
    """create.ps1 correlates by user name in the path; update.ps1 sends back all that it read."""
    guid = tenant.user(
        "b.kok@example.org",
        isEnabled=True,
        contactEmail="old@example.org",
        userAttributes={"badge": "7", "title": "Clerk"},
    )
    found = tenant.get("/users/B.Kok@example.org")
    assert found["userGUID"] == guid
    whole = {**found, "contactEmail": "new@example.org"}
    whole["userAttributes"] = {**found["userAttributes"], "title": "Lead"}
    whole["mustChangePassword"] = "FALSE"
    answer = tenant.put(f"/users/{guid}", whole)
    assert (answer["userGUID"], answer["contactEmail"]) == (guid, "new@example.org")
    assert answer["userAttributes"] == {"badge": "7", "title": "Lead"}
    assert (answer["isEnabled"], answer["isDeleted"]) == (True, False)


def test_a_manager_is_set_changed_and_cleared_in_the_whole_body(tenant: Tenant) -> None:
    boss, other = tenant.user("boss@example.org"), tenant.user("other@example.org")
    guid = create(tenant, "b.kok@example.org")
    for manager in (boss, other.upper(), None):
        whole = {**tenant.get(f"/users/{guid}"), "managedByUserGUID": manager}
        shown = tenant.put(f"/users/{guid}", whole)["managedByUserGUID"]
        assert shown == (manager.lower() if manager else None)


def test_what_is_gone_is_404_for_every_script_and_a_second_delete_is_no_error(
    tenant: Tenant,
) -> None:
    """disable.ps1 and delete.ps1 take these very words for success."""
    nobody = "00000000-0000-4000-8000-00000000dead"
    for method, path, body in (
        ("GET", f"/users/{nobody}", None),
        ("PUT", f"/users/{nobody}", {"isEnabled": False}),
        ("DELETE", f"/users/{nobody}", None),
        ("POST", f"/users/{nobody}/groups", {"groupGuid": nobody}),
    ):
        answer = tenant.call(method, path, body)
        refused(answer, 404, "User not found")
        assert answer.json()["message"] == "User not found"
    guid = create(tenant, "b.kok@example.org")
    tenant.delete(f"/users/{guid}")
    assert tenant.get(f"/users/{guid}")["isDeleted"] is True
    tenant.delete(f"/users/{guid}")


def test_the_older_connector_s_restore_brings_the_user_back(tenant: Tenant) -> None:
    guid = create(tenant, "b.kok@example.org")
    tenant.delete(f"/users/{guid}")
    found = tenant.get("/users/b.kok@example.org")
    assert (found["userGUID"], found["isDeleted"]) == (guid, True)
    body = {"userGUID": guid, "userName": found["userName"], "isSoftDeleted": False}
    tenant.put(f"/users/{guid}", body)
    assert tenant.names() == ["b.kok@example.org"]
    assert tenant.names(isDeleted="True") == []


def test_resources_are_made_once_by_name_whatever_the_case(tenant: Tenant) -> None:
    """resources.ps1 lists all groups, compares names without case, and posts name and isEnabled."""
    wanted = ["department_S01", "Department_s01", "department_HR"]
    for name in wanted:
        known = {group["name"].lower() for group in pages(tenant, "/groups")}
        if name.lower() not in known:
            made = tenant.post("/groups", {"name": name, "isEnabled": True})
            assert (made["name"], made["isEnabled"]) == (name, True)
    assert sorted(group["name"] for group in pages(tenant, "/groups")) == [
        "department_HR",
        "department_S01",
    ]


def test_the_import_reads_live_and_deleted_users_and_members_group_by_group(
    tenant: Tenant,
) -> None:
    live, gone = tenant.user("live@example.org"), tenant.user("gone@example.org")
    group, product = tenant.group("Sales"), tenant.product("CRM", allowMultipleRequests=True)
    for user in (live, gone):
        tenant.link(user, group)
    for _ in range(2):
        assert tenant.request(live, product).status_code == 200
    tenant.delete(f"/users/{gone}")
    accounts = [*pages(tenant, "/users"), *pages(tenant, "/users", isDeleted="True")]
    assert [one["userGUID"] for one in accounts] == [live, gone]
    assert tenant.get(f"/groups/{group}")["users"] == [live]
    assigned = pages(tenant, "/product-assignment")
    assert [(one["userGuid"], one["productName"]) for one in assigned] == [(live, "CRM")] * 2
    body = {"productGUID": product.upper(), "userGUID": live.upper(), "executeActions": True}
    tenant.post("/product-assignment/unassign/by-product", body)
    assert tenant.get(f"/product-assignment/by-user/{live}", take=1000, skip=0) == []
