"""Something wrong in a file, with its place and its fix."""

from dataclasses import dataclass
from enum import StrEnum

from reconciler.model.provenance import Location


class Severity(StrEnum):
    """An error stops; a warning is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, why it matters and what would be right.

    `summary` is a fixed phrase without user data ("Unknown key"); `detail` has the particulars in
    full sentences; `fix` says what to write instead; `code` is short and stable (`unknown-key`);
    `also` is the other place, where there is one (a duplicate's first occurrence).
    """

    code: str
    summary: str
    detail: str
    fix: str = ""
    at: Location | None = None
    also: Location | None = None
    severity: Severity = Severity.ERROR


def in_order(problems: "list[Problem] | tuple[Problem, ...]") -> tuple[Problem, ...]:
    """Return the problems sorted by place, those without a place first, each once."""
    nowhere = Location("", 0, 0)
    return tuple(
        sorted(set(problems), key=lambda p: (p.at or nowhere, p.severity, p.code, p.detail))
    )
