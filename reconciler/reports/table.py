"""A table of names and numbers that fits the page: long names wrap, numbers stay in line."""

from collections.abc import Sequence
from typing import Final

from reconciler.reports.inert import pieces, visible, width_of
from reconciler.reports.page import Page, Span, Style

MOST_ROWS: Final = 40
"""Rows that a table has at most; the others are counted."""
NARROW_NAME: Final = 12
GAP: Final = 2


def write_table(
    page: Page, titles: Sequence[str], rows: Sequence[Sequence[str]], indent: int = 2
) -> None:
    """Write rows of a name and what is counted of it, below titles; of many rows the first ones."""
    shown = [[visible(cell) for cell in row] for row in rows[:MOST_ROWS]]
    table = [list(titles), *shown]
    widths = [max(width_of(row[at]) for row in table) for at in range(len(titles))]
    counted = sum(widths[1:]) + GAP * (len(widths) - 1)
    room = max(NARROW_NAME, page.width - indent - counted)
    widths[0] = min(widths[0], room)
    for number, row in enumerate(table):
        style = Style.FAINT if number == 0 else Style.PLAIN
        _write_row(page, row, widths, style, indent)
    if len(rows) > MOST_ROWS:
        page.line(Span(f"and {len(rows) - MOST_ROWS:,} more", Style.FAINT), indent=indent)


def _write_row(
    page: Page, row: Sequence[str], widths: Sequence[int], style: Style, indent: int
) -> None:
    name, *numbers = row
    first, *more = pieces(name, widths[0]) or [""]
    padded = first + " " * (widths[0] - width_of(first))
    for number, width in zip(numbers, widths[1:], strict=True):
        padded += " " * (GAP + width - width_of(number)) + number
    page.line(Span(padded.rstrip(), style), indent=indent)
    for piece in more:
        page.line(Span(piece, style), indent=indent)
