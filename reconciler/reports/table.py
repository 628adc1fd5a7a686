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
    """Write rows of a name and what is counted of it, below titles; of many rows the first ones.

    Where the page is too narrow for columns, what is counted stands below its name.
    """
    shown = [[visible(cell) for cell in row] for row in rows[:MOST_ROWS]]
    widths = [max(map(width_of, column)) for column in zip(titles, *shown, strict=True)]
    room = page.width - indent - sum(widths[1:]) - GAP * (len(widths) - 1)
    if room < min(NARROW_NAME, widths[0]):
        for row in shown:
            _write_below(page, titles, row, indent)
    else:
        widths[0] = min(widths[0], room)
        _write_row(page, titles, widths, Style.FAINT, indent)
        for row in shown:
            _write_row(page, row, widths, Style.PLAIN, indent)
    if len(rows) > MOST_ROWS:
        page.line(Span(f"and {len(rows) - MOST_ROWS:,} more", Style.FAINT), indent=indent)


def _write_below(page: Page, titles: Sequence[str], row: Sequence[str], indent: int) -> None:
    page.line(Span(row[0]), indent=indent)
    counted = [
        f"{title} {number}" for title, number in zip(titles[1:], row[1:], strict=True) if number
    ]
    page.line(Span(", ".join(counted), Style.FAINT), indent=indent + 2, hang=0)


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
