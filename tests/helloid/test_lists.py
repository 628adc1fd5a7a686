import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import TenantUnreadable
from reconciler.helloid import wire
from reconciler.helloid.line import Got, NotThere, Query, Refused, Sent
from reconciler.helloid.lists import Listed, Listing, read_list, still_so
from reconciler.model.value import JSON

Fault = Callable[["Shelf", list[int]], list[int]]


def shape(row: wire.Row) -> dict[str, JSON]:
    return dict(row)


def key(row: wire.Row) -> str:
    return str(row["id"])


@dataclass
class Shelf:
    """A list that is paged as HelloID does, and what goes wrong at which request."""

    rows: list[int]
    max_take: int = 1000
    unpaged: bool = False
    at: Mapping[int, Fault] = field(default_factory=dict[int, Fault])
    always: Fault | None = None
    asked: list[Query] = field(default_factory=list[Query])

    async def get(self, path: str, query: Query | None = None) -> Got:
        assert path == "/users"
        assert query is not None
        self.asked.append(query)
        fault = self.always or self.at.get(len(self.asked))
        take, skip = min(int(query["take"]), self.max_take), int(query["skip"])
        page = list(self.rows) if self.unpaged else self.rows[skip : skip + take]
        if fault is not None:
            page = fault(self, page)
        return [{"id": number} for number in page]

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, JSON] | None = None,
        hide: Sequence[str] = (),
    ) -> Sent:
        return Refused(f"{method} {path} {body} {hide}")


def read(shelf: Shelf, take: int = 1000) -> tuple[Listed, bool]:
    listing = Listing("/users", shape, key, take=take)

    async def go() -> tuple[Listed, bool]:
        listed = await read_list(shelf, listing)
        return listed, await still_so(shelf, listing, listed)

    return asyncio.run(go())


def numbers(listed: Listed) -> list[int]:
    return [int(number) for number in listed.rows]


def lose_last(_: Shelf, page: list[int]) -> list[int]:
    return page[:-1]


def lose_first(_: Shelf, page: list[int]) -> list[int]:
    return page[1:]


def lose_middle(_: Shelf, page: list[int]) -> list[int]:
    return page[: len(page) // 2] + page[len(page) // 2 + 1 :]


def repeat_row(_: Shelf, page: list[int]) -> list[int]:
    return page + page[-1:]


def first_page_again(shelf: Shelf, page: list[int]) -> list[int]:
    return shelf.rows[: len(page)]


def delete(index: int) -> Fault:
    def happen(shelf: Shelf, page: list[int]) -> list[int]:
        if shelf.rows:
            del shelf.rows[index % len(shelf.rows)]
        return page

    return happen


def insert(index: int) -> Fault:
    def happen(shelf: Shelf, page: list[int]) -> list[int]:
        shelf.rows.insert(index % (len(shelf.rows) + 1), 1000 + len(shelf.asked))
        return page

    return happen


sizes = st.integers(0, 30)
takes = st.integers(2, 8)
losses = st.sampled_from([lose_last, lose_first, lose_middle, repeat_row, first_page_again])


@given(sizes, takes, st.integers(2, 8))
def test_every_row_is_read_whatever_the_tenant_makes_of_take(n: int, take: int, most: int) -> None:
    listed, same = read(Shelf(list(range(n)), most), take)
    assert numbers(listed) == list(range(n))
    assert same


@given(sizes, takes, st.integers(2, 8), st.dictionaries(st.integers(1, 12), losses, max_size=3))
def test_a_page_that_loses_or_repeats_rows_never_makes_a_partial_list(
    n: int, take: int, most: int, at: dict[int, Fault]
) -> None:
    try:
        listed, same = read(Shelf(list(range(n)), most, at=at), take)
    except TenantUnreadable:
        return
    # A list of one row that is hidden looks like an empty one.
    assert not same or n <= 1 or sorted(numbers(listed)) == list(range(n))


@given(st.integers(2, 30), takes, losses)
def test_a_tenant_that_always_loses_or_repeats_rows_is_not_believed(
    n: int, take: int, always: Fault
) -> None:
    try:
        listed, same = read(Shelf(list(range(n)), always=always), take)
    except TenantUnreadable:
        return
    assert not same or sorted(numbers(listed)) == list(range(n))


@given(
    sizes,
    takes,
    st.integers(1, 12),
    st.one_of(st.integers(0, 40).map(delete), st.integers(0, 40).map(insert)),
)
def test_a_row_that_was_there_all_the_time_is_read_although_others_come_and_go(
    n: int, take: int, when: int, what: Fault
) -> None:
    shelf = Shelf(list(range(n)), at={when: what})
    try:
        listed, same = read(shelf, take)
    except TenantUnreadable:
        return
    assert not same or set(range(n)) & set(shelf.rows) <= set(numbers(listed))


def test_a_list_that_never_stands_still_is_unreadable() -> None:
    with pytest.raises(TenantUnreadable, match="/users"):
        read(Shelf(list(range(20)), always=insert(0)), 5)


@pytest.mark.parametrize("n", [0, 1, 2, 700])
def test_a_list_that_comes_whole_whatever_is_asked_is_read(n: int) -> None:
    listed, same = read(Shelf(list(range(n)), unpaged=True))
    assert numbers(listed) == list(range(n))
    assert same


def test_a_list_of_one_page_costs_two_requests_and_two_small_looks() -> None:
    shelf = Shelf(list(range(700)))
    read(shelf)
    assert [(q["take"], q["skip"]) for q in shelf.asked] == [
        (1000, 0),
        (1000, 700),
        (1, 700),
        (1, 699),
    ]


def test_a_second_look_sees_that_a_row_went_or_came() -> None:
    listing = Listing("/users", shape, key)
    listed = Listed({str(n): {"id": n} for n in range(5)})
    for rows, same in ((range(5), True), (range(4), False), (range(6), False), (range(0), False)):
        assert asyncio.run(still_so(Shelf(list(rows)), listing, listed)) is same


def test_an_endpoint_that_is_not_there_is_unreadable_unless_that_means_nothing() -> None:
    class Nowhere(Shelf):
        async def get(self, path: str, query: Query | None = None) -> Got:  # noqa: ARG002 - a Line's
            return NotThere()

    for listing, empty in (
        (Listing("/users", shape, key), False),
        (Listing("/users", shape, key, missing_is_empty=True), True),
    ):
        if empty:
            assert asyncio.run(read_list(Nowhere([]), listing)) == Listed({})
        else:
            with pytest.raises(TenantUnreadable, match="base_url"):
                asyncio.run(read_list(Nowhere([]), listing))
