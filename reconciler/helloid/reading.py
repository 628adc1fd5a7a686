"""The tenant read whole: five lists and the members of every group, at one moment or not at all.

Deleted accounts are read after the live ones, so an account deleted in between is in both and shows
that the reading moved. At the end every list is looked at once more: as many rows as were read, and
nobody who is a member or holds a product unknown; what moved is read again, a few times at most.
"""

from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any, Final

from reconciler.helloid import wire
from reconciler.helloid.document import Reading, is_held
from reconciler.helloid.line import Line, NotThere
from reconciler.helloid.lists import (
    READINGS,
    Listed,
    Listing,
    Moved,
    read_list,
    still_so,
    unreadable,
)
from reconciler.helloid.together import together
from reconciler.model.address import PermissionRef
from reconciler.model.person import member
from reconciler.model.settings import Scope
from reconciler.model.value import JSON

_SHOWN: Final = 5


def _live(row: wire.Row) -> dict[str, JSON]:
    found = wire.account(row, deleted=False)
    if member(row, "isEnabled") in (None, ""):
        # taken for disabled, a leaver would keep access while the report says that nobody has it
        raise wire.WrongShape(f"Account {found['userName']} came without isEnabled.")
    return found


def _deleted(row: wire.Row) -> dict[str, JSON]:
    return wire.account(row, deleted=True)


def _by(name: str) -> Callable[[wire.Row], str]:
    return lambda row: str(row[name])


def _assignment_key(row: wire.Row) -> str:
    own = row.get("assignmentGuid")
    parts = (row["userGuid"], row["productGuid"], row.get("requestedAt"))
    return str(own) if own else "/".join(map(str, parts))


LIVE: Final = Listing("/users", _live, _by("userGUID"))
DELETED: Final = Listing("/users", _deleted, _by("userGUID"), (("isDeleted", "true"),))
GROUPS: Final = Listing("/groups", wire.group, _by("groupGuid"))
PRODUCTS: Final = Listing("/products", wire.product, _by("productId"))
ASSIGNMENTS: Final = Listing("/product-assignment", wire.assignment, _assignment_key)


def assignments_of(user: str) -> Listing:
    """Return the list of one account's assignments."""
    path = f"/product-assignment/by-user/{wire.in_path(user)}"
    return Listing(path, wire.assignment, _assignment_key, missing_is_empty=True)


async def read_tenant(
    line: Line, scope: Scope, now: str, members_of: Collection[PermissionRef] | None = None
) -> Reading:
    """Return everything, with the members of every group in scope, or only of `members_of`.

    Raises TenantUnreadable where anything is missing, AccessDenied on 401 and 403.
    """
    return await _TenantReading(line, scope, now, members_of).whole()


class _TenantReading:
    def __init__(
        self, line: Line, scope: Scope, now: str, members_of: Collection[PermissionRef] | None
    ) -> None:
        self._line = line
        self._scope = scope
        self._now = now
        self._members_of = None if members_of is None else frozenset(members_of)
        self._lists: dict[str, Listed] = {}
        self._accounts: Mapping[str, wire.Row] = {}
        self._groups: dict[str, wire.Row] = {}

    async def whole(self) -> Reading:
        parts = (self._read_accounts, self._read_groups, self._read_products, self._read_assigned)
        await together(part() for part in parts)
        reason = ""
        for _ in range(READINGS):
            reason = await self._what_moved()
            if not reason:
                return self._reading()
        raise unreadable(reason)

    def _reading(self) -> Reading:
        listed = self._lists[str(GROUPS)].rows.values()
        others = [r for r in listed if r["isDeleted"] is False and not self._is_managed(r)]
        return Reading(
            accounts=tuple(self._accounts.values()),
            groups=(*self._groups.values(), *others),
            products=tuple(self._lists[str(PRODUCTS)].rows.values()),
            assignments=tuple(self._lists[str(ASSIGNMENTS)].rows.values()),
        )

    async def _read(self, listing: Listing) -> Mapping[str, wire.Row]:
        listed = await read_list(self._line, listing)
        self._lists[str(listing)] = listed
        return listed.rows

    async def _read_accounts(self) -> None:
        both: list[str] = []
        for _ in range(READINGS):
            live = await self._read(LIVE)
            deleted = await self._read(DELETED)
            both = [
                key for key in live.keys() & deleted.keys() if not _agree(live[key], deleted[key])
            ]
            if not both:
                self._accounts = {**live, **deleted}
                return
        raise unreadable("Accounts came both as live and as deleted: " + _some(both) + ".")

    async def _read_groups(self) -> None:
        reason = ""
        for _ in range(READINGS):
            listed = await self._read(GROUPS)
            wanted = [row for row in listed.values() if self._is_managed(row)]
            try:
                groups = await together(self._with_members(row) for row in wanted)
            except Moved as moved:
                reason = moved.reason
                continue
            self._groups = {str(row["groupGuid"]): row for row in groups if self._is_managed(row)}
            return
        raise unreadable(reason)

    def _is_managed(self, row: wire.Row) -> bool:
        return row["isDeleted"] is False and self._scope.groups.admits(str(row["name"]))

    async def _with_members(self, listed: wire.Row) -> wire.Row:
        ref, name = str(listed["groupGuid"]), str(listed["name"])
        if self._members_of is not None and ref not in self._members_of:
            return {key: value for key, value in listed.items() if key != "users"}
        document = await self._line.get(f"/groups/{wire.in_path(ref)}")
        if isinstance(document, NotThere):
            raise Moved(f"Group {name} is listed, but cannot be read.")
        group = wire.group(wire.record(document))
        if group["groupGuid"] != ref or group["isDeleted"]:
            raise Moved(f"Group {name} changed while it was read.")
        if "users" not in group:
            raise wire.WrongShape(f"Group {name} came without its users.")
        return {"groups": [], **group}

    async def _read_products(self) -> None:
        await self._read(PRODUCTS)

    async def _read_assigned(self) -> None:
        await self._read(ASSIGNMENTS)

    async def _what_moved(self) -> str:
        """Return "" where all fits together; else read again what does not, and say what it was."""
        listings = (LIVE, DELETED, GROUPS, PRODUCTS, ASSIGNMENTS)
        looks = await together(still_so(self._line, one, self._lists[str(one)]) for one in listings)
        moved = {one for one, same in zip(listings, looks, strict=True) if not same}
        reasons = [
            f"GET {one} has other rows on a second look." for one in listings if one in moved
        ]
        if users := self._unknown_users():
            moved.add(LIVE)
            reasons.append(f"Groups or assignments name users that no list has: {_some(users)}.")
        if products := self._unknown_products():
            moved |= {PRODUCTS, ASSIGNMENTS}
            reasons.append(f"Assignments name products that no list has: {_some(products)}.")
        await together(part() for part in self._parts(moved))
        return " ".join(reasons)

    def _parts(self, moved: set[Listing]) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        parts = {
            self._read_accounts: {LIVE, DELETED},
            self._read_groups: {GROUPS},
            self._read_products: {PRODUCTS},
            self._read_assigned: {ASSIGNMENTS},
        }
        return [part for part, listings in parts.items() if listings & moved]

    def _unknown_users(self) -> set[str]:
        members = (wire.texts(row.get("users")) for row in self._groups.values())
        holders = {str(row["userGuid"]) for row in self._held()}
        return holders.union(*members) - self._accounts.keys()

    def _unknown_products(self) -> set[str]:
        admits = self._scope.products.admits
        named = {
            str(row["productGuid"]) for row in self._held() if admits(str(row.get("productName")))
        }
        return named - self._lists[str(PRODUCTS)].rows.keys()

    def _held(self) -> list[wire.Row]:
        rows = self._lists[str(ASSIGNMENTS)].rows.values()
        return [row for row in rows if is_held(row, self._now)]


def _agree(live: wire.Row, deleted: wire.Row) -> bool:
    return live["isDeleted"] == deleted["isDeleted"]


def _some(names: Collection[str]) -> str:
    shown = sorted(names)[:_SHOWN]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
