import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from reconciler.errors import TenantUnreadable
from reconciler.helloid.document import Reading
from reconciler.helloid.line import Got, NotThere, Query, Refused, Sent
from reconciler.helloid.reading import read_tenant
from reconciler.model.settings import Patterns, Scope
from reconciler.model.value import JSON

AT = "2026-11-23T10:00:00Z"


def user(guid: str, **more: JSON) -> dict[str, JSON]:
    return {"userGUID": guid, "userName": guid, "isEnabled": True, "isDeleted": False, **more}


def assigned(user: str, product: str, **more: JSON) -> dict[str, JSON]:
    return {"assignmentGuid": f"{user}{product}", "userGuid": user, "productGuid": product, **more}


@dataclass
class World:
    """A tenant held in lists that a test can move while it is read."""

    live: list[dict[str, JSON]]
    deleted: list[dict[str, JSON]] = field(default_factory=list[dict[str, JSON]])
    groups: dict[str, dict[str, JSON]] = field(default_factory=dict[str, dict[str, JSON]])
    products: list[dict[str, JSON]] = field(default_factory=list[dict[str, JSON]])
    assignments: list[dict[str, JSON]] = field(default_factory=list[dict[str, JSON]])
    before: Callable[[str, int], None] = lambda _path, _count: None
    asked: list[str] = field(default_factory=list[str])

    async def get(self, path: str, query: Query | None = None) -> Got:
        name = path + ("?deleted" if query and "isDeleted" in query else "")
        self.asked.append(name)
        self.before(name, self.asked.count(name))
        await asyncio.sleep(0)
        if query is None:
            return self.groups.get(path.removeprefix("/groups/")) or NotThere("Group not found")
        lists: Mapping[str, Sequence[dict[str, JSON]]] = {
            "/users": self.live,
            "/users?deleted": self.deleted,
            "/groups": [
                {k: v for k, v in row.items() if k != "users"} for row in self.groups.values()
            ],
            "/products": self.products,
            "/product-assignment": self.assignments,
        }
        take, skip = int(query["take"]), int(query["skip"])
        return lists[name][skip : skip + take]

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, JSON] | None = None,
        hide: Sequence[str] = (),
    ) -> Sent:
        return Refused(f"{method} {path} {body} {hide}")

    def add(self, guid: str, name: str, users: list[JSON] | None, **more: JSON) -> None:
        row: dict[str, JSON] = {"groupGuid": guid, "name": name, **more}
        self.groups[guid] = row if users is None else {**row, "users": users}


def read(world: World, scope: Scope | None = None) -> Reading:
    return asyncio.run(read_tenant(world, scope or Scope(), AT))


def users_of(reading: Reading) -> dict[str, bool]:
    return {str(row["userGUID"]): row["isDeleted"] is True for row in reading.accounts}


def test_a_member_that_no_list_has_makes_a_tenant_unreadable() -> None:
    world = World([user("anna")])
    world.add("g", "Sales", ["anna", "ghost"])
    with pytest.raises(TenantUnreadable, match="ghost"):
        read(world)


def test_a_holder_that_no_list_has_makes_a_tenant_unreadable_unless_it_is_history() -> None:
    world = World([user("anna")], products=[{"productId": "p", "name": "CRM"}])
    world.assignments = [assigned("ghost", "p", returnDate="2026-01-01T00:00:00")]
    assert users_of(read(world)) == {"anna": False}
    world.assignments = [assigned("ghost", "p")]
    with pytest.raises(TenantUnreadable, match="ghost"):
        read(world)


def test_a_member_who_is_deleted_or_out_of_scope_is_known() -> None:
    world = World([user("anna"), user("svc-x")], [user("gone", isDeleted=True)])
    world.add("g", "Sales", ["gone", "svc-x"])
    assert users_of(read(world)) == {"anna": False, "svc-x": False, "gone": True}


def test_a_member_who_came_while_the_tenant_was_read_is_read_after_all() -> None:
    def newcomer(path: str, count: int) -> None:
        if path == "/groups/g" and count == 1:
            world.live.append(user("new"))
            world.add("g", "Sales", ["anna", "new"])

    world = World([user("anna")], before=newcomer)
    world.add("g", "Sales", ["anna"])
    assert users_of(read(world)) == {"anna": False, "new": False}


@pytest.mark.parametrize("when", [1, 2])
def test_an_account_deleted_between_the_lists_is_read_as_deleted(when: int) -> None:
    def leave(path: str, count: int) -> None:
        if path == "/users?deleted" and count == when:
            world.deleted.extend({**row, "isDeleted": True} for row in world.live[:1])
            del world.live[:1]

    world = World([user("anna"), user("bob")], before=leave)
    assert users_of(read(world)) == {"anna": True, "bob": False}


@pytest.mark.parametrize("when", [1, 2])
def test_an_account_restored_between_the_lists_is_not_lost(when: int) -> None:
    def back(path: str, count: int) -> None:
        if path == "/users?deleted" and count == when and world.deleted:
            world.deleted.clear()
            world.live.append(user("gone"))

    world = World([user("anna")], [user("gone", isDeleted=True)], before=back)
    assert users_of(read(world)) == {"anna": False, "gone": False}


def test_an_account_that_stays_in_both_lists_is_unreadable() -> None:
    with pytest.raises(TenantUnreadable, match="anna"):
        read(World([user("anna")], [user("anna", isDeleted=True)]))


def test_a_group_that_vanishes_between_list_and_reading_is_gone() -> None:
    def vanish(path: str, count: int) -> None:
        if path == "/groups/g" and count == 1:
            del world.groups["g"]

    world = World([user("anna")], before=vanish)
    world.add("g", "Sales", ["anna"])
    world.add("h", "Admins", ["anna"])
    assert [row["name"] for row in read(world).groups] == ["Admins"]


def test_a_group_that_is_listed_but_never_found_makes_a_tenant_unreadable() -> None:
    class Hiding(World):
        async def get(self, path: str, query: Query | None = None) -> Got:
            return NotThere() if path == "/groups/g" else await super().get(path, query)

    world = Hiding([user("anna")])
    world.add("g", "Sales", ["anna"])
    with pytest.raises(TenantUnreadable, match="Sales"):
        read(world)


def test_a_group_that_comes_without_its_members_makes_a_tenant_unreadable() -> None:
    world = World([user("anna")])
    world.add("g", "Sales", None)
    with pytest.raises(TenantUnreadable, match="Sales"):
        read(world)


@pytest.mark.parametrize("said", [None, ""])
def test_an_account_of_which_nobody_says_whether_it_is_enabled_is_not_taken_for_disabled(
    said: JSON,
) -> None:
    with pytest.raises(TenantUnreadable, match="anna came without isEnabled"):
        read(World([user("anna", isEnabled=said)]))
    assert read(World([], [user("anna", isEnabled=said, isDeleted=True)])).accounts


def test_deleted_groups_are_not_read() -> None:
    world = World([user("anna")])
    world.add("g", "Sales", ["anna"], isDeleted="True")
    assert read(world).groups == ()
    assert "/groups/g" not in world.asked


def test_a_product_that_only_an_assignment_has_makes_a_tenant_unreadable_if_in_scope() -> None:
    world = World([user("anna")], assignments=[assigned("anna", "p", productName="Secret app")])
    assert read(world, Scope(products=Patterns(exclude=("secret*",)))).products == ()
    with pytest.raises(TenantUnreadable, match="products"):
        read(world)


def test_a_list_that_grows_all_the_time_is_unreadable() -> None:
    def hire(path: str, count: int) -> None:
        if path == "/users":
            world.live.append(user(f"new{count}"))

    world = World([user("anna")], before=hire)
    with pytest.raises(TenantUnreadable):
        read(world)
