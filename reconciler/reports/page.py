"""A page of plain lines for a terminal: inert, wrapped, and in colour where wanted."""

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from reconciler.reports.inert import pieces, visible, width_of


class Style(Enum):
    """What a piece of text means; the colours are in ANSI."""

    PLAIN = "plain"
    STRONG = "strong"
    FAINT = "faint"
    ADD = "add"
    CHANGE = "change"
    REMOVE = "remove"
    ALARM = "alarm"


ANSI = {
    Style.STRONG: "\x1b[1m",
    Style.FAINT: "\x1b[2m",
    Style.ADD: "\x1b[32m",
    Style.CHANGE: "\x1b[33m",
    Style.REMOVE: "\x1b[31m",
    Style.ALARM: "\x1b[1;31m",
}
RESET = "\x1b[0m"
NARROWEST = 24
"""Below this many columns a page keeps its shape and lets the terminal wrap."""


class Span(NamedTuple):
    """A piece of a line in one style."""

    text: str
    style: Style = Style.PLAIN


class Page:
    """Lines in the order in which they were written.

    Whatever text comes in, `text` has no control character but newlines and, in colour, the
    sequences of ANSI.
    """

    def __init__(self, width: int, *, colour: bool) -> None:
        self.width = max(width, NARROWEST)
        self._colour = colour
        self._lines: list[str] = []

    def line(self, *spans: Span, indent: int = 0, hang: int = 4) -> None:
        """Write a line, wrapped between words; what follows is indented by `hang` more."""
        shown = [Span(visible(span.text), span.style) for span in spans]
        if indent + sum(width_of(span.text) for span in shown) <= self.width:
            self._write(indent, shown)
            return
        hang = min(hang, max(0, self.width - indent - NARROWEST // 2))
        for at, row in enumerate(_rows(shown, self.width - indent, hang)):
            self._write(indent + (hang if at else 0), row)

    def command(self, text: str, indent: int = 0, style: Style = Style.STRONG) -> None:
        """Write something to copy: on a line of its own, never wrapped."""
        self._write(indent, [Span(visible(text), style)])

    def blank(self) -> None:
        """Write an empty line; two never follow each other and none comes first."""
        if self._lines and self._lines[-1]:
            self._lines.append("")

    def fits(self, spans: list[Span], indent: int) -> bool:
        """Tell whether spans go on one line."""
        return indent + sum(width_of(visible(span.text)) for span in spans) <= self.width

    def text(self) -> str:
        """Return the page, with a newline at the end."""
        return "\n".join(self._lines).strip("\n") + "\n"

    def _write(self, indent: int, spans: list[Span]) -> None:
        painted = "".join(self._paint(span) for span in spans)
        self._lines.append((" " * indent + painted).rstrip(" "))

    def _paint(self, span: Span) -> str:
        before = ANSI.get(span.style)
        if not self._colour or before is None or not span.text.strip():
            return span.text
        return f"{before}{span.text}{RESET}"


class _Word(NamedTuple):
    gap: str
    spans: list[Span]
    width: int


def _rows(spans: list[Span], room: int, hang: int) -> Iterator[list[Span]]:
    row: list[Span] = []
    taken, limit = 0, room
    for word in _words(spans, max(1, room - hang)):
        if row and taken + len(word.gap) + word.width > limit:
            yield row
            row, taken, limit = [], 0, room - hang
        if row and word.gap:
            row.append(Span(word.gap))
            taken += len(word.gap)
        row.extend(word.spans)
        taken += word.width
    if row:
        yield row


def _words(spans: list[Span], room: int) -> Iterator[_Word]:
    """Yield what blanks separate; what is wider than the room comes in pieces."""
    gap, word, width = "", list[Span](), 0
    for span in spans:
        for token in re.findall(r" +|[^ ]+", span.text):
            if token[0] == " ":
                if word:
                    yield _Word(gap, word, width)
                    gap, word, width = "", [], 0
                gap += token
                continue
            for piece in pieces(token, room):
                columns = width_of(piece)
                if word and width + columns > room:
                    yield _Word(gap, word, width)
                    gap, word, width = "", [], 0
                word.append(Span(piece, span.style))
                width += columns
    if word:
        yield _Word(gap, word, width)
