"""Whatever happens to a pull request, one comment a key is left, and nobody else's is touched."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import BadInput, ForgeUnreachable
from reconciler.flows.commenting import Wish, comment_on
from reconciler.model.comment import Comment, Label
from reconciler.reports.mark import Mark, mark_of, marked
from tests.forges.conversations import KINDS, RED, STOP, Time, a_double, place_at, wish
from tests.forges.doubles import ME, TOKEN

KEYS = ("plan", "diff")
TEXTS = ("One", "Two", "No differences.")


@dataclass
class Page:
    """A pull request in memory that gives others their turn at every request, and may lose answers."""

    me_id: str | None
    held: list[Comment] = field(default_factory=list[Comment])
    tags: list[str] = field(default_factory=list[str])
    losses: list[bool] = field(default_factory=list[bool])
    bot: bool = False
    next_id: int = 0

    def add(self, author: str, body: str, *, is_bot: bool = False) -> Comment:
        self.next_id += 1
        comment = Comment(self.next_id, author, is_bot, body)
        self.held.append(comment)
        return comment

    async def me(self) -> str | None:
        return self.me_id

    async def comments(self) -> Sequence[Comment]:
        await asyncio.sleep(0)
        return list(self.held)

    async def create(self, body: str) -> Comment | None:
        await asyncio.sleep(0)
        made = self.add("us", body, is_bot=self.bot)
        await asyncio.sleep(0)
        return None if self.losses and self.losses.pop() else made

    async def edit(self, comment: Comment, body: str) -> Comment | None:
        await asyncio.sleep(0)
        for at, each in enumerate(self.held):
            if each.id == comment.id:
                assert each.author == "us"
                self.held[at] = replace(each, body=body)
                return self.held[at]
        return None

    async def delete(self, comment: Comment) -> None:
        await asyncio.sleep(0)
        assert comment.author == "us"
        self.held = [each for each in self.held if each.id != comment.id]

    async def labels(self) -> Sequence[str]:
        return list(self.tags)

    async def add_labels(self, labels: Sequence[Label]) -> None:
        self.tags += [label.name for label in labels]

    async def remove_labels(self, names: Sequence[str]) -> None:
        self.tags = [name for name in self.tags if name not in names]

    def ours(self, key: str) -> list[Comment]:
        marks = ((each, mark_of(each.body)) for each in self.held if each.author == "us")
        return [each for each, mark in marks if mark is not None and mark.key == key]


labels = st.lists(st.sampled_from([RED, STOP]), unique_by=lambda each: each.name, max_size=2)


def _wish(key: str, text: str, asked: list[Label]) -> Wish:
    return wish(text, key, *asked)


wishes = st.builds(_wish, st.sampled_from(KEYS), st.sampled_from(TEXTS), labels)
strangers = st.sampled_from(
    [marked(text, Mark(key)) for text in TEXTS for key in KEYS] + ["Hello", "> quoted", ""]
)


_TURNS = given(
    before=st.lists(st.tuples(st.sampled_from(["us", "them", ""]), strangers), max_size=6),
    rounds=st.lists(st.lists(wishes, min_size=1, max_size=3), min_size=1, max_size=4),
    losses=st.lists(st.booleans(), max_size=2),
    is_bot=st.booleans(),
)


@_TURNS
def test_one_comment_a_key_is_left_and_no_other_is_touched(
    before: list[tuple[str, str]], rounds: list[list[Wish]], losses: list[bool], is_bot: bool
) -> None:
    _hold(before, rounds, losses, is_bot=is_bot)


@pytest.mark.long
@settings(max_examples=4000)
@_TURNS
def test_one_comment_a_key_is_left_whatever_happens(
    before: list[tuple[str, str]], rounds: list[list[Wish]], losses: list[bool], is_bot: bool
) -> None:
    _hold(before, rounds, losses, is_bot=is_bot)


def _hold(
    before: list[tuple[str, str]], rounds: list[list[Wish]], losses: list[bool], *, is_bot: bool
) -> None:
    page = Page(None if is_bot else "us", losses=losses, bot=is_bot)
    for author, body in before:
        page.add(author, body, is_bot=is_bot and author == "us")
    theirs = [each for each in page.held if each.author != "us"]
    plain = [each for each in page.held if each.author == "us" and mark_of(each.body) is None]

    async def at_once(wished: list[Wish]) -> None:
        await asyncio.gather(*(comment_on(page, each) for each in wished))

    for wished in rounds:
        asyncio.run(at_once(wished))
        for key in {each.key for each in wished}:
            said = [each.body for each in wished if each.key == key]
            assert [each.body for each in page.ours(key)] in [[body] for body in said]
        asked = {name for key in KEYS for each in page.ours(key) for name in _asked(each)}
        assert set(page.tags) == asked
    assert [each for each in page.held if each.author != "us"] == theirs
    assert [each for each in page.held if each in plain] == plain


def _asked(comment: Comment) -> tuple[str, ...]:
    mark = mark_of(comment.body)
    return mark.labels if mark else ()


@given(key=st.text(min_size=1, max_size=50), names=st.lists(st.text(min_size=1, max_size=50)))
def test_a_mark_is_read_as_it_was_written_and_cannot_be_broken_out_of(
    key: str, names: list[str]
) -> None:
    mark = Mark(key.encode("utf-8", "replace").decode(), tuple(sorted(set(names)))[:5])
    body = marked("Text", mark)
    first = body.split("\n")[0]
    assert first.isascii()
    assert first.startswith("<!-- ")
    assert first.endswith(" -->")
    assert "--" not in first[4:-3]
    read = mark_of(body)
    assert read is not None
    assert read.key == mark.key
    if all(name.isprintable() for name in names):
        assert read.labels == mark.labels


@given(st.text())
def test_no_text_of_others_is_taken_for_a_mark_by_accident(text: str) -> None:
    assert mark_of(text) is None
    assert mark_of(f" {marked(text, Mark('plan'))}") is None
    assert mark_of(f"> {marked(text, Mark('plan'))}") is None


@pytest.mark.parametrize("kind", KINDS)
def test_several_runs_at_the_same_moment_leave_one_comment(kind: str) -> None:
    from reconciler.forges import open_forge
    from reconciler.model.value import Secret

    double = a_double(kind)

    async def one(text: str) -> None:
        at = place_at(double, "http://forge.invalid")
        opened = open_forge(at, Secret(TOKEN), Time().patience(), double.app())
        async with opened as forge:
            await comment_on(forge, wish(text, "plan", RED))

    async def all_at_once() -> None:
        await asyncio.gather(*(one(f"Run {number}") for number in range(5)))

    asyncio.run(all_at_once())
    assert len(double.notes) == 1
    assert double.notes[0].user == ME
    assert double.labels == ["removals"]


def test_a_forge_that_takes_every_comment_away_again_is_given_up() -> None:
    page = Page("us", losses=[True] * 10)

    async def go() -> None:
        async def forget() -> Sequence[Comment]:
            page.held.clear()
            return []

        page.comments = forget
        await comment_on(page, wish("Hello"))

    with pytest.raises(ForgeUnreachable, match="could not be settled"):
        asyncio.run(go())


def test_labels_that_cannot_be_set_are_told_after_the_comment_is_in_place() -> None:
    page = Page("us")

    async def refuse(labels: Sequence[Label]) -> None:
        raise BadInput("No", f"{labels[0].name} may not be set.")

    page.add_labels = refuse
    with pytest.raises(BadInput, match="comment is in place"):
        asyncio.run(comment_on(page, wish("Hello", "plan", RED)))
    assert len(page.held) == 1
