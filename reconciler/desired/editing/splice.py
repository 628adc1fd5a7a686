"""One replacement in a text."""

from collections.abc import Iterable
from typing import NamedTuple


class Splice(NamedTuple):
    """Characters from `start` to `end` (excluded) become `text`."""

    start: int
    end: int
    text: str = ""


class CannotSplice(Exception):
    """The file is written in a way that this change does not fit in. Never leaves this package."""


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """Return the text with the splices in it; what overlaps is taken out once."""
    parts: list[str] = []
    at = 0
    for splice in sorted(splices, key=lambda each: (each.start, each.end)):
        parts += (text[at : splice.start], splice.text)
        at = max(at, splice.end)
    return "".join((*parts, text[at:]))
