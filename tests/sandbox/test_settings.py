import dataclasses
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import StateError, TenantSettings, create_app
from tests.sandbox.conftest import Made
from tests.sandbox.tenants import NOBODY, Tenant, inside, refused


def test_settings_stay_with_the_state(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "tenant.db"
    settings = TenantSettings(duplicate_user_status=409, pending_products=("CRM",), guid_seed=3)
    for given in (settings, None):
        with inside(state, given) as tenant:
            tenant.call("POST", "/users", {"userName": "a"})
            refused(tenant.call("POST", "/users", {"userName": "a"}), 409, "already exists")
    assert TenantSettings.load(settings.dump()) == settings
    assert state.stat().st_mode & 0o77 == 0


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"aproval": "auto"}, "Did you mean approval?"),
        ({"approval": "maybe"}, "auto, pending"),
        ({"duplicate_user_status": True}, "400, 409"),
        ({"max_take": "9"}, "whole number"),
        ({"max_take": 0}, "at least 1"),
        ({"deletion_disables": 1}, "true or false"),
        ({"pending_products": "CRM"}, "list of names"),
        ({"guid_seed": "x"}, "int"),
    ],
)
def test_a_setting_that_does_not_exist_is_refused(values: dict[str, Any], text: str) -> None:
    with pytest.raises(StateError, match=text.replace("?", r"\?")):
        TenantSettings.read(values)


def test_a_setting_read_from_a_file_may_be_a_list() -> None:
    assert TenantSettings.read({"pending_products": ["A"]}).pending_products == ("A",)
    assert TenantSettings.read(dataclasses.asdict(TenantSettings())) == TenantSettings()


def test_a_deleted_name_may_be_free_and_then_the_setting_says_who_is_found(made: Made) -> None:
    for preferred in ("live", "deleted"):
        tenant = made(deleted_user_name="free", same_name_gives=preferred)
        old = tenant.user("a")
        tenant.delete("/users/a")
        new = tenant.user("A")
        assert tenant.get("/users/a")["userGUID"] == {"live": new, "deleted": old}[preferred]
        restore = tenant.call("PUT", f"/users/{old}", {"isSoftDeleted": False})
        refused(restore, 400, "already exists")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {"firstName": None, "userAttributes": {"b": "2", "c": "3"}}),
        (
            {"null_attribute": "kept"},
            {"firstName": None, "userAttributes": {"a": None, "b": "2", "c": "3"}},
        ),
        (
            {"null_in_put": "ignore"},
            {"firstName": "An", "userAttributes": {"a": "1", "b": "2", "c": "3"}},
        ),
        ({"user_attributes_in_put": "replace"}, {"firstName": None, "userAttributes": {"c": "3"}}),
        (
            {"user_attributes_in_put": "replace", "null_in_put": "ignore"},
            {"firstName": "An", "userAttributes": {"a": "1", "c": "3"}},
        ),
    ],
)
def test_what_null_and_leaving_out_do_in_a_put(
    made: Made, settings: dict[str, Any], expected: dict[str, Any]
) -> None:
    tenant = made(**settings)
    tenant.user("a", firstName="An", userAttributes={"a": "1", "b": "2"})
    tenant.put("/users/a", {"firstName": None, "userAttributes": {"a": None, "c": "3"}})
    found = tenant.get("/users/a")
    assert {name: found[name] for name in expected} == expected


def test_null_for_all_attributes_clears_or_is_ignored(made: Made) -> None:
    for settings, left in (("clear", {}), ("ignore", {"a": "1"})):
        tenant = made(null_in_put=settings)
        tenant.user("a", userAttributes={"a": "1"})
        assert tenant.put("/users/a", {"userAttributes": None})["userAttributes"] == left


def test_names_of_attributes_may_have_no_case(made: Made) -> None:
    for settings, left in (("exact", {"Title": "1", "title": "2"}), ("any_case", {"Title": "2"})):
        tenant = made(attribute_names=settings)
        tenant.user("a", userAttributes={"Title": "1"})
        answer = tenant.put("/users/a", {"userAttributes": {"title": "2"}})
        assert answer["userAttributes"] == left


def test_no_attributes_show_in_three_ways(made: Made) -> None:
    shown: dict[str, Any] = {"empty": {}, "null": None, "absent": "absent"}
    for settings, value in shown.items():
        tenant = made(no_attributes=settings)
        tenant.user("a")
        assert tenant.get("/users/a").get("userAttributes", "absent") == value


def test_an_unknown_manager_may_be_accepted(made: Made) -> None:
    tenant = made(unknown_manager="accept")
    tenant.user("a", managedByUserGUID=NOBODY)
    assert tenant.get("/users/a")["managedByUserGUID"] == NOBODY
    assert tenant.put("/users/a", {"managedByUserGUID": None})["managedByUserGUID"] is None


def test_is_locked_may_mean_unlock(made: Made) -> None:
    for meaning, left in (("state", True), ("unlocks", False)):
        tenant = made(is_locked=meaning)
        tenant.user("a")
        assert tenant.put("/users/a", {"isLocked": True})["isLocked"] is left


def test_the_source_of_a_new_user_may_always_be_the_api(made: Made) -> None:
    assert made().post("/users", {"userName": "a", "source": "Local"})["source"] == "Local"
    tenant = made(source_of_new_user="api")
    assert tenant.post("/users", {"userName": "a", "source": "Local"})["source"] == "API"


def with_holdings(tenant: Tenant) -> tuple[str, str]:
    user, group = tenant.user("a", isEnabled=True), tenant.group("G")
    tenant.link(user, group)
    tenant.request(user, tenant.product("P"))
    tenant.delete("/users/a")
    return user, group


@pytest.mark.parametrize("shown", ["hidden", "listed"])
@pytest.mark.parametrize("drops", [True, False])
def test_what_a_deletion_takes_along(made: Made, shown: str, drops: bool) -> None:
    tenant = made(
        deletion_drops_memberships=drops, deletion_drops_assignments=drops, deleted_users=shown
    )
    user, group = with_holdings(tenant)
    seen = not drops and shown == "listed"
    assert tenant.get(f"/groups/{group}")["users"] == [user] * seen
    assert len(tenant.get("/product-assignment")) == seen
    assert len(tenant.get(f"/product-assignment/by-user/{user}")) == seen
    tenant.put("/users/a", {"isSoftDeleted": "false"})
    assert tenant.get(f"/groups/{group}")["users"] == [user] * (not drops)
    assert len(tenant.get("/product-assignment")) == (not drops)


def test_a_deletion_may_disable(made: Made) -> None:
    for disables in (True, False):
        tenant = made(deletion_disables=disables)
        with_holdings(tenant)
        assert tenant.get("/users/a")["isEnabled"] is not disables


def test_deleted_users_may_be_out_of_reach_of_writes(made: Made) -> None:
    tenant = made(deleted_user_writes="missing", delete_again="missing")
    user, group = with_holdings(tenant)
    for method, path, body in (
        ("PUT", "/users/a", {"firstName": "x"}),
        ("DELETE", "/users/a", None),
        ("POST", "/users/a/groups", {"groupGUID": group}),
        ("POST", f"/groups/{group}/users", {"userGUID": user}),
    ):
        assert tenant.call(method, path, body).status_code == 404
    assert tenant.put("/users/a", {"isSoftDeleted": False})["isDeleted"] is False


def test_restoring_may_be_ignored_or_refused(made: Made) -> None:
    for how, status in (("ignored", 200), ("refused", 400)):
        tenant = made(restore=how)
        with_holdings(tenant)
        answer = tenant.call("PUT", "/users/a", {"isSoftDeleted": False})
        assert answer.status_code == status
        assert tenant.get("/users/a")["isDeleted"] is True


@pytest.mark.parametrize(
    ("rule", "password"),
    [
        ({"password_min_length": 20}, "Xy4#Xy4#Xy4#Xy4#"),
        ({"password_max_length": 10}, "Xy4#Xy4#Xy4#"),
        ({"password_min_upper": 1}, "xy4#xy4#"),
        ({"password_min_lower": 1}, "XY4#XY4#"),
        ({"password_min_digits": 3}, "Xy4#Xy4#"),
        ({"password_min_special": 3}, "Xy4#Xy4#"),
    ],
)
def test_a_password_follows_the_policy(made: Made, rule: dict[str, int], password: str) -> None:
    tenant = made(**rule)
    body = {"userName": "a", "password": password}
    refused(tenant.call("POST", "/users", body), 400, "password")
    tenant.user("a")
    refused(tenant.call("PUT", "/users/a", body), 400, "password")
    made().post("/users", body)


def test_group_names_may_repeat(made: Made) -> None:
    tenant = made(duplicate_group="accept")
    first = tenant.group("G")
    tenant.group("g")
    assert tenant.get("/groups/g")["groupGuid"] == first
    strict = made(duplicate_group_status=409)
    strict.group("G")
    assert strict.call("POST", "/groups", {"name": "g"}).status_code == 409


def test_deleted_groups_may_be_listed(made: Made) -> None:
    tenant = made(deleted_groups="listed")
    user, group = tenant.user("a"), tenant.group("G")
    tenant.delete("/groups/G")
    assert [item["isDeleted"] for item in tenant.get("/groups")] == [True]
    assert tenant.get(f"/groups/{group}")["isDeleted"] is True
    answer = tenant.call("POST", f"/groups/{group}/users", {"userGUID": user})
    assert answer.status_code == 404


def test_the_list_of_groups_may_have_members(made: Made) -> None:
    for how, users in (("empty", 0), ("full", 1)):
        tenant = made(members_in_list=how)
        tenant.link(tenant.user("a"), tenant.group("G"))
        assert [len(group["users"]) for group in tenant.get("/groups")] == [users]


def test_what_has_no_effect_may_be_refused(made: Made) -> None:
    tenant = made(already_member="refuse", not_member="missing", unassign_nothing="missing")
    user, group, product = tenant.user("a"), tenant.group("G"), tenant.product("P")
    unlink = f"/users/a/groups/{group}"
    assert tenant.call("DELETE", unlink).status_code == 404
    tenant.link(user, group)
    again = tenant.call("POST", "/users/a/groups", {"groupGUID": group})
    refused(again, 400, "already a member")
    tenant.delete(unlink)
    body = {"productGUID": product, "userGUID": user}
    answer = tenant.call("POST", "/product-assignment/unassign/by-product", body)
    assert answer.status_code == 404


def test_a_product_may_be_requested_again_while_the_first_request_waits(made: Made) -> None:
    tenant = made(approval="pending", request_while_pending="accept")
    user, product = tenant.user("a"), tenant.product("P")
    assert [tenant.request(user, product).status_code for _ in range(2)] == [200, 200]


def test_statuses_can_be_chosen(made: Made) -> None:
    tenant = made(
        request_refused_status=400, unknown_in_body_status=400, assignments_of_unknown="missing"
    )
    user, product = tenant.user("a"), tenant.product("P", visibility="Disabled")
    assert tenant.request(user, product).status_code == 400
    assert tenant.request(NOBODY, product).status_code == 400
    for what in ("by-user", "by-product"):
        assert tenant.call("GET", f"/product-assignment/{what}/{NOBODY}").status_code == 404


@pytest.mark.parametrize(
    ("how", "missing", "wrong"),
    [
        ("mixed", {"message": "User not found"}, "resultMsg"),
        ("message", {"message": "User not found"}, "message"),
        ("resultMsg", {"resultMsg": "User not found"}, "resultMsg"),
    ],
)
def test_errors_carry_their_text_where_the_setting_says(
    made: Made, how: str, missing: dict[str, str], wrong: str
) -> None:
    tenant = made(error_key=how)
    assert tenant.call("GET", "/users/a").json() == missing
    assert list(tenant.call("POST", "/users", {}).json()) == [wrong]


def test_errors_may_be_bare_text(made: Made) -> None:
    answer = made(error_key="text").call("GET", "/users/a")
    assert (answer.status_code, answer.text) == (404, "User not found")


def test_the_guid_of_a_group_may_be_spelled_otherwise(made: Made) -> None:
    group = made(group_guid="groupGUID").post("/groups", {"name": "G"})
    assert "groupGUID" in group
    assert "groupGuid" not in group


def test_lists_may_be_wrapped(made: Made) -> None:
    for how in ("data", "pageData", "nested"):
        tenant = made(lists=how)
        for path in ("/users", "/groups", "/products", "/product-assignment"):
            assert tenant.get(path) == ([[]] if how == "nested" else {how: []})


def test_actions_may_answer_with_an_object(made: Made) -> None:
    tenant = made(action_reply="object")
    user, group = tenant.user("a"), tenant.group("G")
    assert tenant.post(f"/users/{user}/groups", {"groupGUID": group}) == {"success": True}


def test_more_than_the_most_is_cut_or_refused(made: Made) -> None:
    for how, status in (("clamp", 200), ("refuse", 400)):
        tenant = made(default_take=2, max_take=3, above_max_take=how)
        for name in "abcd":
            tenant.user(name)
        assert len(tenant.get("/users")) == 2
        assert len(tenant.get("/users", take=3)) == 3
        answer = tenant.call("GET", "/users", take=4)
        assert answer.status_code == status
        assert status == 400 or len(answer.json()) == 3


def test_shuffled_pages_hold_the_same_users_in_another_order(made: Made) -> None:
    orders: list[list[str]] = []
    for seed in (1, 2):
        tenant = made(page_order="shuffled", page_seed=seed)
        for number in range(12):
            tenant.user(f"u{number:02}")
        pages = [tenant.get("/users", take=5, skip=skip) for skip in (0, 5, 10)]
        orders.append([user["userName"] for page in pages for user in page])
        assert sorted(orders[-1]) == tenant.names()
    assert orders[0] != orders[1] != sorted(orders[1])


def test_guids_and_the_clock_can_stand_still(made: Made) -> None:
    first, second = (made(guid_seed=7, now="2026-01-01T00:00:00") for _ in range(2))
    for tenant in (first, second):
        tenant.request(tenant.user("a"), tenant.product("P"))
    assert first.get("/product-assignment") == second.get("/product-assignment")
    assert first.user("b") not in (first.get("/users/a")["userGUID"], NOBODY)


def test_what_is_no_state_of_a_tenant_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("This is no database, but it is long enough to look like one.\n" * 40)
    for path in (text, tmp_path):
        with pytest.raises(StateError, match=str(path)):
            create_app(path)


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as db:
        db.execute("CREATE TABLE ours (a)")
        db.commit()
    before = other.read_bytes()
    with pytest.raises(StateError, match="something else"):
        create_app(other)
    assert other.read_bytes() == before
    newer = tmp_path / "newer.db"
    create_app(newer).state.close()
    with closing(sqlite3.connect(newer)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StateError, match="another version"):
        create_app(newer)
