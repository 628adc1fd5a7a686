"""One list of the tenant, read whole, with the proof that it is whole.

Paging is by offset, without totals and without a promised order. A reading counts as whole when
each page begins with the row that ended the pages before (so nothing was shifted out of sight
between two requests), no row comes twice, and the page behind the last row is empty (so a short
page is not taken for the last one, whether the tenant lowers `take` or lost some rows). A reading
that fails this is done again; one that keeps failing raises TenantUnreadable.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from reconciler.errors import TenantUnreadable
from reconciler.helloid import wire
from reconciler.helloid.line import Line, NotThere
from reconciler.model.value import JSON

TAKE: Final = 1000
"""What every script of the vendor asks for; nothing larger was ever seen."""

READINGS: Final = 3
"""How often something that moves is read before it is called unreadable."""


_SURPRISES: Final = 3
"""How often rows may follow a short page: once tells that the tenant lowers `take`, often that it grows."""


class Moved(Exception):
    """What was read does not fit together: it changed meanwhile, or the tenant errs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its path, how a row is read, and what tells rows apart."""

    path: str
    shape: Callable[[wire.Row], dict[str, JSON]]
    key: Callable[[wire.Row], str]
    query: tuple[tuple[str, str], ...] = ()
    missing_is_empty: bool = False
    take: int = TAKE

    def __str__(self) -> str:
        return self.path + "".join(f"?{name}={text}" for name, text in self.query)


@dataclass(frozen=True, slots=True)
class Listed:
    """A whole list by key, in the tenant's order; `unpaged` where it ignores take and skip."""

    rows: Mapping[str, dict[str, JSON]]
    unpaged: bool = False


async def read_list(line: Line, listing: Listing) -> Listed:
    """Return the whole list, or raise TenantUnreadable."""
    reason = ""
    for _ in range(READINGS):
        try:
            return await _read(line, listing)
        except Moved as moved:
            reason = moved.reason
    raise unreadable(f"GET {listing}: {reason}, in {READINGS} readings.")


async def still_so(line: Line, listing: Listing, listed: Listed) -> bool:
    """Tell on a second look whether the list ends where the reading ended.

    The last row is asked for alone, and then what is behind it: a tenant that always loses the last
    row of a page shows itself by an empty first answer.
    """
    size = len(listed.rows)
    try:
        behind = await _page(line, listing, size, 1)
        last = await _page(line, listing, size - 1, 1) if size else behind
    except Moved:
        return False
    if listed.unpaged:
        return behind.keys() == listed.rows.keys()
    return not behind and len(last) == min(size, 1) and last.keys() <= listed.rows.keys()


def unreadable(detail: str) -> TenantUnreadable:
    """Return the reason to stop where a reading is not whole."""
    return TenantUnreadable(
        "The tenant could not be read in full",
        detail,
        "Nothing was concluded. Try again, best at a quiet moment.",
    )


async def _read(line: Line, listing: Listing) -> Listed:
    rows: dict[str, dict[str, JSON]] = {}
    full = listing.take
    surprises = 0
    while True:
        overlap = 1 if len(rows) > 1 else 0
        page = await _page(line, listing, len(rows) - overlap, listing.take)
        known = page.keys() & rows.keys()
        if len(known) != overlap:
            return await _unpaged(line, listing, rows, page)
        rows.update(page)
        if not rows:
            return Listed(rows)
        more = len(page) > overlap
        if more and len(page) == full:
            continue
        behind = await _page(line, listing, len(rows), listing.take)
        if not behind:
            return Listed(rows)
        if behind.keys() & rows.keys():
            return await _unpaged(line, listing, rows, behind)
        surprises += 1
        if not more or surprises > _SURPRISES:
            raise Moved("rows kept appearing behind the last one")
        full = len(page)


async def _unpaged(
    line: Line,
    listing: Listing,
    rows: Mapping[str, dict[str, JSON]],
    page: Mapping[str, dict[str, JSON]],
) -> Listed:
    """Accept a list that comes whole whatever is asked, where asking for one row proves it."""
    if page.keys() == rows.keys():
        one = await _page(line, listing, 0, 1)
        if one.keys() == rows.keys():
            return Listed(rows, unpaged=True)
    raise Moved("rows came twice, or not at all, while paging")


async def _page(
    line: Line, listing: Listing, skip: int, take: int
) -> Mapping[str, dict[str, JSON]]:
    document = await line.get(listing.path, {**dict(listing.query), "take": take, "skip": skip})
    if isinstance(document, NotThere) and listing.missing_is_empty:
        return {}
    if isinstance(document, NotThere):
        raise unreadable(f"GET {listing}: 404. Does target.base_url end in /api/v1?")
    found = [listing.shape(row) for row in wire.rows(document)]
    page = {listing.key(row): row for row in found}
    if len(page) != len(found):
        raise Moved("a row came twice in one page")
    return page
