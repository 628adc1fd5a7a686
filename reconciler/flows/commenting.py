"""Commenting: one comment and its labels on a pull request, found again and edited in place."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from reconciler.errors import BadInput, ForgeUnreachable
from reconciler.model.comment import Comment, Label
from reconciler.reports.commented import Doing
from reconciler.reports.mark import Mark, mark_of, marked

ROUNDS: Final = 4
"""How often the comments are looked at anew: after an answer that was lost, or a comment that went."""


class Forge(Protocol):
    """One pull request's comments and labels. Every method raises BadInput or ForgeUnreachable."""

    async def me(self) -> str | None:
        """Return who writes with this token; None where that cannot be known: then it is a bot."""
        ...

    async def comments(self) -> Sequence[Comment]:
        """Return every comment, the oldest first."""
        ...

    async def create(self, body: str) -> Comment | None:
        """Write a comment; None where nobody knows whether it was written."""
        ...

    async def edit(self, comment: Comment, body: str) -> Comment | None:
        """Replace a comment's text; None where the comment is no more."""
        ...

    async def delete(self, comment: Comment) -> None:
        """Take a comment away; it may be gone already."""
        ...

    async def labels(self) -> Sequence[str]:
        """Return the names of the pull request's labels."""
        ...

    async def add_labels(self, labels: Sequence[Label]) -> None:
        """Put labels on the pull request, made where missing."""
        ...

    async def remove_labels(self, names: Sequence[str]) -> None:
        """Take labels off the pull request."""
        ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to stand on the pull request below a mark of this key.

    `labels` are those that this key asks for, of `managed`, which it decides about; none: labels are
    left alone.
    """

    key: str
    text: str
    labels: tuple[Label, ...] = ()
    managed: tuple[Label, ...] = ()

    @property
    def body(self) -> str:
        """The whole comment."""
        return marked(self.text, Mark(self.key, _names(self.labels)))


@dataclass(frozen=True, slots=True)
class Commented:
    """What was done, or would be."""

    doing: Doing
    url: str | None = None
    surplus: int = 0
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """Our comments: the one to keep, the surplus of the same key, and the labels that they ask for."""

    kept: Comment | None
    surplus: tuple[Comment, ...] = ()
    asked_here: tuple[str, ...] = ()
    asked_elsewhere: tuple[str, ...] = ()


@dataclass(slots=True)
class _Written:
    doing: Doing = "keep"
    comment: Comment | None = None
    surplus: set[int] = field(default_factory=set[int])


async def comment_on(forge: Forge, wish: Wish, *, dry_run: bool = False) -> Commented:
    """Let exactly one comment of ours say what is wished, and let the labels agree with it.

    Only comments of the token's own user are edited or deleted. With `dry_run` the forge is only read.
    Raises BadInput where the forge refuses, ForgeUnreachable where the outcome cannot be known.
    """
    me = await forge.me()
    found = _found(await forge.comments(), me, wish.key)
    if dry_run:
        doing: Doing = _doing(found.kept, wish.body)
        written = _Written(doing, found.kept, {each.id for each in found.surplus})
        asked = (*_names(wish.labels), *found.asked_elsewhere)
        added, removed = await _label_changes(forge, wish, asked, found.asked_here)
    else:
        written = await _write(forge, wish, found, me)
        added, removed = await _settle_labels(forge, wish, me, found.asked_here)
    url = written.comment.url if written.comment else None
    return Commented(written.doing, url, len(written.surplus), _names(added), tuple(removed))


async def _write(forge: Forge, wish: Wish, found: _Found, me: str | None) -> _Written:
    written = _Written()
    for _ in range(ROUNDS):
        if found.kept is None:
            if written.comment is not None:  # a list that lags behind does not show it yet
                return written
            written.doing = "create"
            written.comment = await forge.create(wish.body)
        else:
            comment = found.kept
            if _doing(comment, wish.body) == "edit":
                if written.doing != "create":
                    written.doing = "edit"
                edited = await forge.edit(comment, wish.body)
            else:
                edited = comment
            written.comment = edited
            if edited is not None:
                await _delete_surplus(forge, found, written)
                return written
        # Another run may have written at the same time: the first comment stays, whoever wrote it.
        found = _found(await forge.comments(), me, wish.key)
    raise ForgeUnreachable(
        "The comment could not be settled",
        f"It was written or edited {ROUNDS} times, and was not there afterwards.",
        "Try again later.",
    )


async def _delete_surplus(forge: Forge, found: _Found, written: _Written) -> None:
    for each in found.surplus:
        await forge.delete(each)
        written.surplus.add(each.id)


async def _settle_labels(
    forge: Forge, wish: Wish, me: str | None, before: Sequence[str]
) -> tuple[Sequence[Label], Sequence[str]]:
    """Let the labels be those that our comments ask for; returns what was added and removed.

    What another run does at the same time is seen when looking again, whichever of the two comes last.
    """
    added: dict[str, Label] = {}
    removed: dict[str, str] = {}
    try:
        for _ in range(ROUNDS if wish.managed else 0):
            found = _found(await forge.comments(), me, wish.key)
            # A list that lags behind does not show what was just written.
            here = found.asked_here if found.kept else _names(wish.labels)
            asked = (*here, *found.asked_elsewhere)
            adds, removes = await _label_changes(forge, wish, asked, before)
            if not adds and not removes:
                break
            if adds:
                await forge.add_labels(adds)
                added |= {label.name: label for label in adds}
            if removes:
                await forge.remove_labels(removes)
                removed |= {name: name for name in removes}
    except BadInput as error:
        raise BadInput(
            "The comment is in place, the labels are not",
            f"{error.summary}. {error.detail}",
            "Give the token the right to label, or run it with --no-labels.",
        ) from error
    return tuple(added.values()), sorted(removed)


async def _label_changes(
    forge: Forge, wish: Wish, asked: Sequence[str], before: Sequence[str]
) -> tuple[Sequence[Label], Sequence[str]]:
    """Return the labels to add, and the names of those that nothing of ours asks for any more."""
    if not wish.managed:
        return (), ()
    present = {name.casefold(): name for name in await forge.labels()}
    wanted = {name.casefold() for name in asked}
    ours = {name.casefold() for name in (*before, *_names(wish.managed))}
    adds = [
        label
        for label in wish.managed
        if label.name.casefold() in wanted and label.name.casefold() not in present
    ]
    return adds, sorted(present[name] for name in (ours - wanted) & present.keys())


def _found(comments: Sequence[Comment], me: str | None, key: str) -> _Found:
    ours = [(comment, mark) for comment, mark in _marked(comments) if _is_ours(comment, me)]
    same = [comment for comment, mark in ours if mark.key == key]
    if me is None and len({comment.author for comment in same}) > 1:
        raise BadInput(
            "Comments of several bots carry this mark",
            f"The key is {key!r}, and nobody knows which of the bots this token belongs to.",
            "Give a key of your own:\n  reconciler comment FILE --key NAME",
        )
    here = [name for _, mark in ours if mark.key == key for name in mark.labels]
    elsewhere = [name for _, mark in ours if mark.key != key for name in mark.labels]
    first, *surplus = same or [None]
    rest = tuple(each for each in surplus if each is not None)
    return _Found(first, rest, tuple(here), tuple(elsewhere))


def _names(labels: Sequence[Label]) -> tuple[str, ...]:
    return tuple(label.name for label in labels)


def _marked(comments: Sequence[Comment]) -> Sequence[tuple[Comment, Mark]]:
    marks = ((comment, mark_of(comment.body)) for comment in comments)
    return [(comment, mark) for comment, mark in marks if mark is not None]


def _is_ours(comment: Comment, me: str | None) -> bool:
    return comment.author == me if me is not None else comment.is_bot


def _doing(kept: Comment | None, body: str) -> Doing:
    if kept is None:
        return "create"
    return "keep" if _as_kept(kept.body) == _as_kept(body) else "edit"


def _as_kept(body: str) -> str:
    """Return a text without what a forge may change of it: line ends and blanks at the end."""
    return body.replace("\r\n", "\n").rstrip()
