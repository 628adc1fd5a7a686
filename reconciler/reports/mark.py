"""The hidden mark by which a comment of ours is found again: an HTML comment as its first line."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

_MARK: Final = re.compile(r"<!-- helloid-reconciler ([^ <>]{1,400})((?: [^ <>]{1,400}){0,10}) -->")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a mark says: which comment it is, and the labels that it asks for, sorted."""

    key: str
    labels: tuple[str, ...] = ()


def marked(text: str, mark: Mark) -> str:
    """Return a text below its mark, which nobody sees."""
    words = " ".join(_encoded(each) for each in (mark.key, *sorted(mark.labels)))
    return f"<!-- helloid-reconciler {words} -->\n\n{text}"


def mark_of(body: str) -> Mark | None:
    """Return the mark of a comment; None where its first line is none, as in one that quotes ours."""
    found = _MARK.fullmatch(body.split("\n", 1)[0].rstrip())
    if found is None:
        return None
    labels = tuple(unquote(word) for word in found.group(2).split())
    return Mark(unquote(found.group(1)), labels)


def _encoded(text: str) -> str:
    # Two hyphens would end an HTML comment in some readers.
    return quote(text, safe="", errors="backslashreplace").replace("-", "%2D")
