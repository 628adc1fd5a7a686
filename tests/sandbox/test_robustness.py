"""No request makes the tenant stumble, and no request walks through all of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.sandbox import TenantSettings, assignments, groups, requesting, users
from reconciler.sandbox.seeding import seed
from reconciler.sandbox.store import Store
from reconciler.sandbox.wire import JSON, Call, Fields
from tests.sandbox.tenants import Tenant, inside, key

NAMES = [
    "userName",
    "IdentifierObject",
    "userAttributes",
    "isEnabled",
    "name",
    "isSoftDeleted",
    "groupGUID",
    "userGUID",
    "productGUID",
    "userNames",
    "toDate",
    "durationInSeconds",
    "managedByUserGUID",
    "requestedForUserGUID",
    "formData",
    "immutableId",
    "code",
    "source",
]
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
bodies = st.recursive(
    scalars | st.sampled_from(["true", "a", "00000000-0000-4000-8000-000000000000"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES) | st.text(), inner, max_size=4)
    ),
    max_leaves=8,
)
PATHS = [
    "/users",
    "/users/{}",
    "/users/{}/groups",
    "/users/{}/groups/{}",
    "/groups",
    "/groups/{}",
    "/groups/batch",
    "/groups/{}/users",
    "/products",
    "/products/{}",
    "/product-assignment",
    "/product-assignment/{}",
    "/product-assignment/by-user/{}",
    "/selfservice/products",
    "/selfservice/products/request",
    "/product-assignment/unassign/by-product",
]
keys = st.text(min_size=1, max_size=6) | st.sampled_from(["a", "1", "G", "."])
methods = st.sampled_from(["GET", "POST", "PUT", "DELETE"])


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with inside(tmp_path_factory.mktemp("one") / "t.db") as tenant:
        tenant.link(tenant.user("a"), tenant.group("G"))
        yield tenant


@given(methods, st.sampled_from(PATHS), keys, keys, bodies, st.dictionaries(st.text(), st.text()))
@settings(max_examples=200, deadline=None)
def test_no_request_breaks_the_tenant(
    one: Tenant, method: str, path: str, a: str, b: str, body: Any, query: dict[str, str]
) -> None:
    content = None if method in ("GET", "DELETE") else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    path = path.format(key(a), key(b))
    answer = one.raw(method, path, content=content, headers=headers, params=query)
    assert answer.status_code in (200, 400, 404, 405, 409)


@st.composite
def moves(draw: st.DrawFn) -> list[tuple[str, int, int]]:
    kinds = st.sampled_from(["link", "unlink", "delete", "restore"])
    small = st.integers(0, 2)
    return draw(st.lists(st.tuples(kinds, small, small), max_size=25))


@given(moves())
@settings(max_examples=15, deadline=None)
def test_memberships_are_those_that_were_linked(
    tmp_path_factory: pytest.TempPathFactory, done: list[tuple[str, int, int]]
) -> None:
    with inside(tmp_path_factory.mktemp("moves") / "t.db") as tenant:
        people = [tenant.user(f"u{number}") for number in range(3)]
        sets = [tenant.group(f"g{number}") for number in range(3)]
        expected: set[tuple[str, str]] = set()
        deleted: set[str] = set()
        for kind, left, right in done:
            user, group = people[left], sets[right]
            match kind:
                case "link":
                    tenant.link(user, group)
                    expected.add((group, user))
                case "unlink":
                    tenant.delete(f"/users/{user}/groups/{group}")
                    expected.discard((group, user))
                case "delete":
                    tenant.delete(f"/users/{user}")
                    if user not in deleted:
                        expected = {pair for pair in expected if pair[1] != user}
                    deleted.add(user)
                case _:
                    tenant.put(f"/users/{user}", {"isSoftDeleted": False})
                    deleted.discard(user)
        for group in sets:
            shown = {user for name, user in expected if name == group and user not in deleted}
            assert set(tenant.get(f"/groups/{group}")["users"]) == shown


GUID = "00000000-0000-4000-8000-00000000000{}"
REQUEST = {"requestedProductGUID": GUID.format(2), "requestedByUserGUID": GUID.format(0)}
BOTH = {"productGUID": GUID.format(2), "userGUID": GUID.format(0)}
CALLS: list[tuple[Callable[..., JSON], tuple[str, ...], JSON]] = [
    (users.get_user, ("a",), None),
    (users.list_users, (), None),
    (users.create_user, (), {"userName": "new"}),
    (users.put_user, ("a",), {"IdentifierObject": {"userName": "b"}, "isEnabled": False}),
    (users.delete_user, ("a",), None),
    (groups.list_groups, (), None),
    (groups.create_group, (), {"name": "new", "userNames": ["a"]}),
    (groups.get_group, ("G",), None),
    (groups.link_group_to_user, ("a",), {"groupGUID": GUID.format(1)}),
    (groups.unlink_group_from_user, ("a", "G"), None),
    (assignments.list_assignments, (), None),
    (assignments.assignments_by_user, (GUID.format(0),), None),
    (assignments.assignments_by_product, (GUID.format(2),), None),
    (assignments.assignments_by_source, ("s",), None),
    (assignments.unassign, (), BOTH),
    (requesting.request_product, (), {**REQUEST, "requestedForUserGUID": GUID.format(0)}),
]


@pytest.mark.parametrize(
    ("handler", "keys", "body"), CALLS, ids=lambda v: getattr(v, "__name__", "")
)
def test_no_request_sorts_or_walks_all_of_a_table(
    tmp_path: Path, handler: Callable[..., JSON], keys: tuple[str, ...], body: JSON
) -> None:
    state = tmp_path / "t.db"
    seed(
        state,
        {
            "format_version": "1.0",
            "accounts": [{"userGUID": GUID.format(0), "userName": "a", "isEnabled": True}],
            "groups": [{"groupGuid": GUID.format(1), "name": "G", "users": [GUID.format(0)]}],
            "products": [{"productId": GUID.format(2), "name": "P", "allowMultipleRequests": True}],
        },
    )
    store = Store(state, TenantSettings())
    asked: list[str] = []
    store.connection.set_trace_callback(asked.append)
    with store.session(write=True) as session:
        handler(session, Call(keys, Fields({}), body))
    store.connection.set_trace_callback(None)
    looked = [text for text in asked if text.lstrip().startswith(("SELECT", "UPDATE", "DELETE"))]
    assert looked
    for question in looked:
        steps = [row[3] for row in store.connection.execute("EXPLAIN QUERY PLAN " + question)]
        paged = "LIMIT 100 OFFSET" in question
        for step in steps:
            assert "TEMP B-TREE" not in step or "_id = " in question, (question, steps)
            assert not step.startswith("SCAN") or paged, (question, steps)
    store.close()
