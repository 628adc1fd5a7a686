"""The page of messages: what it lists, section by section."""

import re
from dataclasses import dataclass
from typing import Final

from tests.docs.blocks import ROOT

PAGE: Final = ROOT / "docs/messages.md"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: its section's heading, and its cells."""

    section: str
    cells: tuple[str, ...]


def rows() -> list[Row]:
    """Return the lines of the page's tables, without their heads."""
    found, section, head = list[Row](), "", True
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("#"):
            section = line.lstrip("# ")
        if not line.startswith("|"):
            head = True
        elif set(line) <= set("|- "):
            head = False
        elif not head:
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            found.append(Row(section, tuple(cells)))
    return found


def in_section(name: str) -> list[tuple[str, ...]]:
    """Return the cells of a section's lines."""
    found = [row.cells for row in rows() if row.section == name]
    assert found, f"docs/messages.md has no section '{name}'"
    return found
