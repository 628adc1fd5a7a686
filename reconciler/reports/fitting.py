"""A comment that fits: tables that share its room, and what is left out counted."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from reconciler.reports.cells import row

MOST: Final = 60_000
"""Characters that a comment has at most; GitHub takes 65,536."""
_FOLD: Final = ("<details><summary>{}</summary>", "</details>")


class Part(NamedTuple):
    """A table of the comment. `rows` makes them anew each time, as many as are asked for."""

    title: str
    columns: Sequence[str]
    total: int
    rows: Callable[[], Iterator[str]]
    is_folded: bool = False
    intro: str = ""


@dataclass(frozen=True, slots=True)
class _Rest:
    """How the rows that are not shown are spoken of."""

    elsewhere: str

    @property
    def longest(self) -> int:
        return len(self.said(1_000_000_000))

    def said(self, rows: int) -> str:
        return f"\n\n… and {rows:,} more, not shown here: {self.elsewhere}"


def fitted(head: str, parts: Iterable[Part], foot: str, elsewhere: str) -> str:
    """Return a comment of at most 60,000 characters: parts without rows are left out.

    Every part gets its share of the room, the first ones more where some is left over; rows that do not
    fit are counted, and `elsewhere` says where they are.
    """
    shown = [part for part in parts if part.total]
    rest = _Rest(elsewhere)
    room = MOST - len(head) - len(foot) - 4 * len(shown)
    needs = [min(room, _length(part, room, rest)) for part in shown]
    shares = _shares(needs, room)
    written = [_written(part, share, rest) for part, share in zip(shown, shares, strict=True)]
    return "\n\n".join([head, *written, foot]) + "\n"


def _opening(part: Part) -> str:
    title = f"{part.title} ({part.total:,})"
    lines = [_FOLD[0].format(title) if part.is_folded else f"### {title}", ""]
    lines += [part.intro, ""] if part.intro else []
    lines += [row(*part.columns), row(*(["---"] * len(part.columns)))]
    return "\n".join(lines)


def _closing(part: Part) -> str:
    return f"\n\n{_FOLD[1]}" if part.is_folded else ""


def _length(part: Part, enough: int, rest: _Rest) -> int:
    """Return how many characters a part needs; no more is counted than `enough`."""
    length = len(_opening(part)) + len(_closing(part)) + rest.longest
    for line in part.rows():
        length += len(line) + 1
        if length > enough:
            break
    return length


def _shares(needs: Sequence[int], room: int) -> list[int]:
    """Return what each part gets: an equal share for all that need it, the rest to those first in line."""
    if not needs:
        return []
    shares = [min(need, room // len(needs)) for need in needs]
    left = room - sum(shares)
    for at, need in enumerate(needs):
        more = min(left, need - shares[at])
        shares[at] += more
        left -= more
    return shares


def _written(part: Part, share: int, rest: _Rest) -> str:
    lines = [_opening(part)]
    left = share - len(lines[0]) - len(_closing(part)) - rest.longest
    for line in part.rows():
        left -= len(line) + 1
        if left < 0:
            break
        lines.append(line)
    more = part.total - len(lines) + 1
    return "\n".join(lines) + (rest.said(more) if more else "") + _closing(part)
