"""Where things come from: a place in a file, and the reason that a step exists."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file, relative to the project; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def short(self) -> str:
        """File and line, as plans show it."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Origin:
    """The line that decided, and in words what it went through (`rule sales-employees`)."""

    at: Location | None
    detail: str


@dataclass(frozen=True, slots=True)
class Via:
    """How a rule came to give something: the rule, the contract that met it, and the days it counts.

    `contract` is its ExternalId, None for a rule about the person alone. The window is open from `start`
    (included) to `until` (excluded); None is open-ended.
    """

    rule: str
    contract: str | None = None
    start: date | None = None
    until: date | None = None


class CauseKind(StrEnum):
    """Why a step is in the plan."""

    DESIRED = "desired"
    DRIFT = "drift"
    REMOVED = "removed"
    EXPIRED = "expired"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Cause:
    """The reason shown to people; after planning nothing branches on it."""

    kind: CauseKind
    detail: str
    source: str | None = None
