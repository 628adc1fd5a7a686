from typing import Any

import pytest

from tests.sandbox.tenants import NOBODY, Tenant, key, refused


def test_a_user_is_created_with_the_defaults_of_the_api(tenant: Tenant) -> None:
    user = tenant.post("/users", {"userName": "a.visser@example.org"})

    assert tenant.get(f"/users/{user['userGUID']}") == user
    assert user["id"] == 1
    assert (user["isEnabled"], user["isDeleted"], user["mustChangePassword"]) == (False,) * 3
    assert (user["source"], user["userAttributes"]) == ("API", {})
    assert user["firstName"] is None
    assert [link["title"] for link in user["links"]] == ["self", "self"]
    assert "password" not in user


def test_names_of_properties_have_no_case_and_booleans_may_be_texts(tenant: Tenant) -> None:
    body = {"USERNAME": "b", "IsEnabled": "True", "mustchangepassword": "TRUE", "unheardOf": [1]}
    user = tenant.post("/users/", body)

    assert (user["userName"], user["isEnabled"], user["mustChangePassword"]) == ("b", True, True)
    assert "unheardOf" not in user


@pytest.mark.parametrize(
    "name",
    ["a.visser@example.org", "guest#EXT#@example.org", "O/U", "Zoë van Dijk", "a?b&c=d", "50%"],
)
def test_a_user_is_found_by_any_key_in_any_case(tenant: Tenant, name: str) -> None:
    user = tenant.post("/users", {"userName": name, "immutableId": "S-1-5-21/7"})

    for found in (name, name.upper(), user["userGUID"].upper(), "s-1-5-21/7"):
        assert tenant.get(f"/users/{key(found)}") == user
    refused(tenant.call("GET", f"/users/{user['id']}"), 404, "User not found")
    tenant.delete(f"/users/{user['id']}")
    assert tenant.get(f"/users/{key(name)}")["isDeleted"] is True


def test_an_absent_user_is_not_found(tenant: Tenant) -> None:
    for method in ("GET", "PUT", "DELETE"):
        body: Any = {} if method == "PUT" else None
        answer = tenant.call(method, f"/users/{NOBODY}", body)
        assert (answer.status_code, answer.json()) == (404, {"message": "User not found"})


def test_creating_twice_is_refused_and_shows(tenant: Tenant) -> None:
    tenant.user("Anna")

    refused(tenant.call("POST", "/users", {"userName": "aNNA"}), 400, "already exists")
    assert tenant.names() == ["Anna"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "userName"),
        ({"userName": " "}, "userName"),
        ({"userName": None}, "userName"),
        ({"userName": ["a"]}, "userName"),
        ({"userName": "a", "isEnabled": "yes"}, "isEnabled"),
        ({"userName": "a", "password": "short"}, "password"),
        ({"userName": "a", "password": ""}, "password"),
        ({"userName": "a", "userAttributes": ["x"]}, "userAttributes"),
        ({"userName": "a", "userAttributes": {"x": {}}}, "userAttributes.x"),
        ({"userName": "a", "managedByUserGUID": "boss"}, "managedByUserGUID"),
        ({"userName": "a", "managedByUserGUID": NOBODY}, "manager"),
        ([], "object"),
        ("text", "object"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_created(
    tenant: Tenant, body: object, text: str
) -> None:
    refused(tenant.call("POST", "/users", body), 400, text)
    assert tenant.get("/users") == []


def test_a_put_without_a_body_and_broken_json_are_refused(tenant: Tenant) -> None:
    guid = tenant.user("a")
    json_type = {"Content-Type": "application/json"}
    for content in (b"", b"{", b'{"firstName": NaN}', b'{"firstName": "\\ud800"}', b"\xff\xfe"):
        answer = tenant.raw("PUT", f"/users/{guid}", content=content, headers=json_type)
        assert answer.status_code == 400, content
    answer = tenant.raw("PUT", f"/users/{guid}", content=b"{}", headers={"Content-Type": "text/x"})
    refused(answer, 400, "Content-Type")


def test_a_synced_user_may_have_any_password(tenant: Tenant) -> None:
    guid = tenant.user("a", source="AD", password="x")  # noqa: S106 - an invented one
    tenant.put(f"/users/{guid}", {"password": "y"})
    assert tenant.get(f"/users/{guid}")["source"] == "AD"


def test_put_changes_what_is_sent_and_nothing_else(tenant: Tenant) -> None:
    boss = tenant.user("boss")
    guid = tenant.user(
        "a", firstName="An", lastName="Vis", userAttributes={"title": "x", "dep": "y"}
    )
    before = tenant.get(f"/users/{guid}")

    answer = tenant.put(
        f"/users/{guid}",
        {"firstName": "Anna", "lastName": None, "managedByUserGUID": boss, "isLocked": "true"}
        | {"userAttributes": {"title": "Lead", "n": 5}, "userName": "other", "isDeleted": True},
    )

    assert answer == tenant.get(f"/users/{guid}")
    assert answer == before | {
        "firstName": "Anna",
        "lastName": None,
        "managedByUserGUID": boss,
        "isLocked": True,
        "userAttributes": {"title": "Lead", "dep": "y", "n": "5"},
    }


def test_a_whole_user_sent_back_changes_nothing(tenant: Tenant) -> None:
    guid = tenant.user("a", firstName="An", userAttributes={"title": "x"}, isEnabled=True)
    before = tenant.get(f"/users/{guid}")
    assert tenant.put(f"/users/{guid}", before) == before


def test_a_rename_goes_by_the_identifier_object(tenant: Tenant) -> None:
    guid = tenant.user("old")
    tenant.user("taken")

    answer = tenant.put(
        f"/users/{guid}", {"userName": "old", "IdentifierObject": {"userName": "new"}}
    )
    assert answer["userName"] == "new"
    refused(tenant.call("GET", "/users/old"), 404, "User not found")
    taken = tenant.call("PUT", "/users/new", {"identifierObject": {"UserName": "TAKEN"}})
    refused(taken, 400, "already exists")
    assert tenant.put("/users/new", {"IdentifierObject": {"userName": "NEW"}})["userName"] == "NEW"
    assert tenant.names() == ["NEW", "taken"]


def test_a_deleted_user_leaves_the_list_but_can_be_found_and_restored(tenant: Tenant) -> None:
    guid = tenant.user("a", isEnabled=True)
    group = tenant.group("G")
    tenant.link(guid, group)
    tenant.delete(f"/users/{guid}")
    tenant.delete(f"/users/{guid}")

    assert tenant.names() == []
    assert tenant.names(isDeleted="True") == ["a"]
    assert tenant.get("/users/A")["isDeleted"] is True
    assert tenant.get(f"/groups/{group}")["users"] == []
    refused(tenant.call("POST", "/users", {"userName": "A"}), 400, "already exists")
    assert tenant.put("/users/a", {"isSoftDeleted": False})["isDeleted"] is False
    assert tenant.names() == ["a"]
    assert tenant.get(f"/groups/{group}")["users"] == []


def test_lists_are_filtered_and_paged(tenant: Tenant) -> None:
    for number in range(7):
        tenant.user(f"u{number}", isEnabled=number % 2 == 0, lastName="Ünal" if number < 3 else "X")

    assert tenant.names(enabled="TRUE") == ["u0", "u2", "u4", "u6"]
    assert tenant.names(enabled="false") == ["u1", "u3", "u5"]
    assert tenant.names(search="ÜNA") == ["u0", "u1", "u2"]
    assert tenant.names(search="%") == []
    pages = [tenant.names(take=3, skip=skip) for skip in (0, 3, 6, 9)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert sorted(name for page in pages for name in page) == tenant.names()


@pytest.mark.parametrize(
    "query", [{"take": 0}, {"take": -1}, {"skip": -1}, {"take": "x"}, {"enabled": "maybe"}]
)
def test_a_query_that_makes_no_sense_is_refused(tenant: Tenant, query: dict[str, object]) -> None:
    assert tenant.call("GET", "/users", **query).status_code == 400


def test_take_is_a_hundred_and_at_most_a_thousand(tenant: Tenant) -> None:
    for number in range(101):
        tenant.user(f"u{number}")
    assert len(tenant.get("/users")) == 100
    assert len(tenant.get("/users", TAKE=5000)) == 101


def test_credentials_are_needed_everywhere(tenant: Tenant) -> None:
    for auth in (("x", "y"), ("", "")):
        for path in ("/users", "/nothing"):
            answer = tenant.raw("GET", path, auth=auth)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Basic")
    wrong = tenant.raw("GET", "/users", headers={"Authorization": "Basic §".encode()}, auth=None)
    assert wrong.status_code == 401


def test_unknown_paths_and_methods_are_refused(tenant: Tenant) -> None:
    assert tenant.call("GET", "/nothing").status_code == 404
    for method, path in (("PATCH", "/users"), ("POST", "/users/a"), ("GET", "/users/a/groups")):
        assert tenant.call(method, path).status_code == 405
    assert tenant.call("GET", "/users/%FF").status_code == 400


def test_other_fields_of_a_put_are_kept_and_may_delete(tenant: Tenant) -> None:
    tenant.user("a")
    body: dict[str, Any] = {
        "options": 1,
        "roles": ["x"],
        "source": "AD",
        "mustChangePassword": "true",
    }
    body["IdentifierObject"] = {"immutableId": "S-1"}
    answer = tenant.put("/users/a", body)
    assert {name: answer[name] for name in ("options", "roles", "source", "immutableId")} == {
        "options": 1,
        "roles": ["x"],
        "source": "AD",
        "immutableId": "S-1",
    }
    empty = tenant.call("PUT", "/users/a", {"IdentifierObject": {"userName": ""}})
    refused(empty, 400, "userName")
    assert tenant.put("/users/S-1", {"isSoftDeleted": True})["isDeleted"] is True
    assert tenant.names() == []
