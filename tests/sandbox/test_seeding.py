import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.sandbox import SeedError, credentials, export, seed
from tests.sandbox.tenants import NOBODY, inside

ANNA, BEN = "aaaaaaaa-0000-4000-8000-000000000001", "BBBBBBBB-0000-4000-8000-000000000002"
SALES, ALL, CRM = (f"cccccccc-0000-4000-8000-00000000000{n}" for n in range(3))
HELD = "dddddddd-0000-4000-8000-000000000001"
SNAPSHOT: dict[str, Any] = {
    "format_version": "1.0",
    "base_url": "sandbox:x",
    "accounts": [
        {"userGUID": ANNA, "userName": "Anna", "isEnabled": True, "id": 40, "roles": ["x"]}
        | {"userAttributes": {"title": "Lead"}, "managedByUserGUID": BEN.lower()},
        {"userGUID": BEN, "userName": "ANNA", "isDeleted": True, "source": "AD"},
    ],
    "groups": [
        {"groupGuid": SALES, "name": "Sales", "users": [ANNA.upper()], "groups": [ALL]},
        {"groupGuid": ALL, "name": "All", "isDefault": True, "source": "AD"},
    ],
    "products": [{"productId": CRM, "name": "CRM", "code": "C", "extra": {"a": [1]}}],
    "assignments": [{"assignmentGuid": HELD, "userGuid": ANNA, "productGuid": CRM, "source": "S"}],
}


def test_a_seeded_tenant_answers_as_the_snapshot_says(tmp_path: Path) -> None:
    state = tmp_path / "t.db"
    seed(state, SNAPSHOT)
    with inside(state) as tenant:
        (anna,) = tenant.get("/users")
        assert (anna["id"], anna["userAttributes"], anna["roles"]) == (40, {"title": "Lead"}, ["x"])
        assert tenant.get("/users", isDeleted="true")[0]["userGUID"] == BEN.lower()
        sales = tenant.get("/groups/sales")
        assert (sales["users"], sales["groups"]) == ([ANNA], [ALL])
        new = tenant.user("new")
        assert tenant.get("/groups/all")["users"] == [new]
        assert tenant.get("/product-assignment/by-source/s")[0]["productSku"] == "C"
        assert tenant.get("/products")[0]["extra"] == {"a": [1]}


def test_what_is_exported_can_be_seeded_and_is_the_same(tmp_path: Path) -> None:
    first, second = tmp_path / "1.db", tmp_path / "2.db"
    seed(first, SNAPSHOT)
    before: Any = export(first)
    seed(second, before)
    assert export(second) == before
    guids = [account["userGUID"] for account in before["accounts"]]
    assert guids == sorted(guids)
    assert "links" not in json.dumps(before)


def test_seeding_replaces_everything_but_the_key(tmp_path: Path) -> None:
    state = tmp_path / "t.db"
    key = credentials(state)
    seed(state, SNAPSHOT)
    seed(state, {"format_version": "1.3", "accounts": []})
    assert credentials(state) == key
    rest = export(state)
    assert [rest[name] for name in ("accounts", "groups", "products", "assignments")] == [[]] * 4


def test_a_digest_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    text = json.dumps(SNAPSHOT, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    good = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
    signed: dict[str, Any] = {**SNAPSHOT, "digest": good, "taken_at": "2026-11-23T10:00:00Z"}
    seed(tmp_path / "t.db", signed)
    with pytest.raises(SeedError, match="digest"):
        seed(tmp_path / "t.db", {**signed, "accounts": []})


@pytest.mark.parametrize(
    ("place", "value", "text"),
    [
        (("actions",), [], "actions"),
        (("format_version",), None, "format_version"),
        (("format_version",), "2.0", "2.0"),
        (("accounts",), {}, "accounts must be a list"),
        (("accounts", 0), "x", "accounts[0] must be an object"),
        (("accounts", 0, "userGUID"), "x", "accounts[0]: userGUID"),
        (("accounts", 0, "userName"), "", "accounts[0]: userName"),
        (("accounts", 0, "isEnabled"), "x", "accounts[0]: The value of isEnabled"),
        (("accounts", 0, "id"), -1, "accounts[0]: id"),
        (("accounts", 0, "userAttributes"), [], "userAttributes"),
        (("accounts", 1, "userGUID"), ANNA, "accounts[1]: userGUID or id occurs twice"),
        (("accounts", 1, "isDeleted"), False, "second live account"),
        (("groups", 1, "groupGuid"), SALES, "groups[1]: groupGuid or id occurs twice"),
        (("groups", 0, "users"), [NOBODY], "groups[0]: users has"),
        (("groups", 0, "users"), [5], "groups[0]: users must"),
        (("groups", 0, "groups"), "x", "groups[0]: groups must"),
        (("products", 0, "productId"), None, "products[0]: productId"),
        (("assignments", 0, "userGuid"), NOBODY, "assignments[0]: userGuid"),
        (("assignments", 0, "productGuid"), NOBODY, "assignments[0]: productGuid"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place_and_changes_nothing(
    tmp_path: Path, place: tuple[Any, ...], value: Any, text: str
) -> None:
    state = tmp_path / "t.db"
    seed(state, SNAPSHOT)
    before = export(state)
    wrong = copy.deepcopy(SNAPSHOT)
    inner: Any = wrong
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    with pytest.raises(SeedError) as refused:
        seed(state, wrong)
    assert text in str(refused.value)
    assert export(state) == before


guids = st.uuids(version=4).map(str)
names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8)


@st.composite
def snapshots(draw: st.DrawFn) -> dict[str, Any]:
    users = draw(st.lists(guids, unique=True, max_size=5))
    groups = draw(st.lists(guids, unique=True, max_size=3))
    products = draw(st.lists(guids, unique=True, max_size=3))
    pairs = [(user, product) for user in users for product in products]
    held = draw(st.lists(st.sampled_from(pairs), max_size=6)) if pairs else []
    some = st.lists(st.sampled_from(users), unique=True) if users else st.just([])
    return {
        "format_version": "1.0",
        "accounts": [
            {"userGUID": guid, "userName": f"{n} {draw(names)}", "isEnabled": draw(st.booleans())}
            | {"isDeleted": draw(st.booleans()), "firstName": draw(st.none() | names)}
            | {"userAttributes": draw(st.dictionaries(names, names, max_size=2))}
            for n, guid in enumerate(users)
        ],
        "groups": [
            {"groupGuid": guid, "name": f"{n} {draw(names)}", "users": draw(some)}
            for n, guid in enumerate(groups)
        ],
        "products": [{"productId": guid, "name": draw(names)} for guid in products],
        "assignments": [
            {"assignmentGuid": draw(guids), "userGuid": user, "productGuid": product}
            for user, product in held
        ],
    }


@given(snapshots())
@settings(max_examples=40, deadline=None)
def test_any_tenant_survives_export_and_seed(
    tmp_path_factory: pytest.TempPathFactory, snapshot: dict[str, Any]
) -> None:
    state = tmp_path_factory.mktemp("any") / "t.db"
    seed(state, snapshot)
    first: Any = export(state)
    seed(state, first)
    assert export(state) == first
    for name in ("accounts", "groups", "products", "assignments"):
        assert len(first[name]) == len(snapshot[name])
    for wanted in snapshot["accounts"]:
        (found,) = [a for a in first["accounts"] if a["userGUID"] == wanted["userGUID"]]
        assert wanted.items() <= found.items()
