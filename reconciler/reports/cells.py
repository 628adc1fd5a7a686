"""Others' text in Markdown, where nothing is mentioned, linked, shown as HTML or run; and rows of it."""

import re
from typing import Final

from reconciler.reports.inert import visible

LONGEST: Final = 160
"""Characters of one name or value that are shown at most."""
LESS: Final = "\N{MINUS SIGN}"


def code(text: str, most: int = LONGEST) -> str:
    """Return others' text as a code span that it cannot leave, fit for a cell of a table.

    A bar would end the cell in some readers even when it is escaped, so it stands between two spans.
    """
    text = visible(text)
    if len(text) > most:
        text = f"{text[:most]}… ({len(text) - most:,} more characters)"
    return "&#124;".join(_span(piece) for piece in text.split("|")) or "` `"


def _span(text: str) -> str:
    if not text:
        return ""
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    pad = " " if text.strip(" ") and (text[0] in "` " or text[-1] in "` ") else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def row(*cells: str) -> str:
    """Return cells as a line of a table."""
    return f"| {' | '.join(cells)} |"


def signed(sign: str, number: int) -> str:
    """Return a number with its sign; nothing where there is nothing."""
    return f"{sign}{number:,}" if number else ""
