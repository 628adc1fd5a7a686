from typing import Any

import pytest

from tests.sandbox.tenants import NOBODY, Tenant, key, refused


def test_a_group_has_the_defaults_of_the_api(tenant: Tenant) -> None:
    group = tenant.post("/groups", {"Name": "Sales"})

    shown = {"id": 1, "groupGuid": group["groupGuid"], "name": "Sales"}
    shown |= dict.fromkeys(("isEnabled", "isDefault", "isQrEnabled", "isDeleted"), False)
    shown |= {"source": None, "managedByUserGuid": None}
    assert tenant.get("/groups") == [shown]
    assert group == tenant.get("/groups/sALES") == {**shown, "users": [], "groups": []}


@pytest.mark.parametrize("name", ["R/D", "C# & Co", "Zoë's #1", "100%"])
def test_a_group_is_found_by_name_or_guid(tenant: Tenant, name: str) -> None:
    guid = tenant.group(name)
    assert tenant.get(f"/groups/{key(name)}") == tenant.get(f"/groups/{guid.upper()}")
    refused(tenant.call("GET", f"/groups/{NOBODY}"), 404, "Group not found")


def test_all_twins_link_and_unlink(tenant: Tenant) -> None:
    user, group = tenant.user("a b"), tenant.group("G/1")
    by_name = f"/users/{key('A B')}/groups/{key('g/1')}"
    links = [
        (f"/users/{user}/groups", {"groupGUID": group}),
        (f"/users/{key('a b')}/groups", {"groupGuid": group.upper()}),
        (f"/groups/{group}/users", {"userGUID": user}),
        (f"/groups/{key('g/1')}/users", {"UserGuid": user.upper()}),
    ]
    unlinks = [f"/users/{user}/groups/{group}", by_name]
    unlinks += [f"/groups/{group}/users/{user}", f"/groups/{key('g/1')}/users/{key('a b')}"]
    for (path, body), unlink in zip(links, unlinks, strict=True):
        assert tenant.post(path, body) is None
        assert tenant.get(f"/groups/{group}")["users"] == [user]
        tenant.delete(unlink)
        assert tenant.get(f"/groups/{group}")["users"] == []


def test_linking_twice_is_linking_once(tenant: Tenant) -> None:
    user, group = tenant.user("a"), tenant.group("G")
    tenant.link(user, group)
    tenant.link(user, group)
    assert tenant.get(f"/groups/{group}")["users"] == [user]
    tenant.delete(f"/users/{user}/groups/{group}")
    tenant.delete(f"/users/{user}/groups/{group}")


def test_links_to_what_does_not_exist_are_refused(tenant: Tenant) -> None:
    user, group = tenant.user("a"), tenant.group("G")
    calls: list[tuple[str, str, Any, int]] = [
        ("POST", f"/users/{user}/groups", {"groupGUID": NOBODY}, 404),
        ("POST", f"/users/{NOBODY}/groups", {"groupGUID": group}, 404),
        ("POST", f"/groups/{NOBODY}/users", {"userGUID": user}, 404),
        ("POST", f"/groups/{group}/users", {"userGUID": NOBODY}, 404),
        ("DELETE", f"/users/{NOBODY}/groups/{group}", None, 404),
        ("DELETE", f"/users/{user}/groups/{NOBODY}", None, 404),
        ("POST", f"/users/{user}/groups", {}, 400),
        ("POST", f"/users/{user}/groups", {"groupGUID": "G"}, 400),
        ("POST", f"/groups/{group}/users", {"userGUID": None}, 400),
    ]
    for method, path, body, status in calls:
        assert tenant.call(method, path, body).status_code == status, path
    assert tenant.get(f"/groups/{group}")["users"] == []


def test_a_default_group_gets_new_users_only(tenant: Tenant) -> None:
    tenant.user("before")
    everyone = tenant.group("Everyone", isDefault="true")
    after = tenant.user("after")
    assert tenant.get(f"/groups/{everyone}")["users"] == [after]


def test_a_group_may_start_with_members(tenant: Tenant) -> None:
    anna, ben = tenant.user("anna"), tenant.user("ben")
    body = {"name": "G", "userNames": ["ANNA"], "userGuids": [ben, anna]}
    assert tenant.post("/groups", body)["users"] == sorted([anna, ben])
    assert tenant.post("/groups", {"name": "H", "userNames": ""})["users"] == []
    unknown = tenant.call("POST", "/groups", {"name": "I", "userNames": ["nobody"]})
    refused(unknown, 404, "User not found")
    assert [group["name"] for group in tenant.get("/groups")] == ["G", "H"]


def test_a_batch_is_made_as_a_whole_or_not_at_all(tenant: Tenant) -> None:
    made = tenant.post("/groups/batch", [{"name": "A"}, {"name": "B", "isEnabled": True}])
    assert [group["isEnabled"] for group in made] == [False, True]
    half = tenant.call("POST", "/groups/batch", [{"name": "C"}, {"name": "a"}])
    refused(half, 400, "already exists")
    assert tenant.call("POST", "/groups/batch", {"name": "C"}).status_code == 400
    assert tenant.call("POST", "/groups/batch", ["C"]).status_code == 400
    assert [group["name"] for group in tenant.get("/groups")] == ["A", "B"]


def test_put_changes_a_group_and_keeps_its_members(tenant: Tenant) -> None:
    user, group = tenant.user("a"), tenant.group("G")
    tenant.link(user, group)
    tenant.group("H")
    answer = tenant.put(f"/groups/{group}", {"Name": "New", "isEnabled": "TRUE", "users": []})
    assert (answer["name"], answer["isEnabled"], answer["users"]) == ("New", True, [user])
    refused(tenant.call("PUT", "/groups/new", {"name": "h"}), 400, "already exists")
    assert tenant.call("PUT", "/groups/gone", {}).status_code == 404


def test_a_deleted_group_is_gone_and_its_name_is_free(tenant: Tenant) -> None:
    user, group = tenant.user("a"), tenant.group("G")
    tenant.link(user, group)
    tenant.delete("/groups/g")
    assert tenant.get("/groups") == []
    assert tenant.call("GET", f"/groups/{group}").status_code == 404
    link = tenant.call("POST", f"/users/{user}/groups", {"groupGUID": group})
    assert link.status_code == 404
    assert tenant.group("G") != group


def test_two_groups_of_a_name_are_refused(tenant: Tenant) -> None:
    tenant.group("Sales")
    refused(tenant.call("POST", "/groups", {"name": "SALES"}), 400, "already exists")
    assert tenant.call("POST", "/groups", {"name": ""}).status_code == 400


def test_a_group_may_get_and_lose_a_manager(tenant: Tenant) -> None:
    boss = tenant.user("boss")
    group = tenant.post("/groups", {"name": "G", "managedByUserGuid": boss.upper()})
    assert group["managedByUserGuid"] == boss
    unknown = tenant.call("PUT", "/groups/G", {"managedByUserGuid": NOBODY})
    refused(unknown, 400, "manager")
    assert tenant.put("/groups/G", {"managedByUserGuid": None})["managedByUserGuid"] is None
    assert tenant.put("/groups/G", {"name": "g"})["name"] == "g"
    assert tenant.call("PUT", "/groups/G", {"name": " "}).status_code == 400
