"""Figures: what was measured, what it is held against, and how much of that it may be."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value and its peer, measured in the same run; `limit` None only shows the ratio."""

    name: str
    value: float
    peer: float
    against: str
    unit: str = "s"
    limit: float | None = None

    @property
    def ratio(self) -> float:
        """How many times its peer the value is."""
        return self.value / self.peer if self.peer else float("inf")

    @property
    def verdict(self) -> str:
        """Whether the ratio stays within its limit; `shown` where it has none."""
        if self.limit is None:
            return "shown"
        return "pass" if self.ratio <= self.limit else "FAIL"

    def as_json(self) -> dict[str, str | float | None]:
        """Return all of it for a file."""
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "against": self.against,
            "peer": round(self.peer, 4),
            "unit": self.unit,
            "ratio": round(self.ratio, 3),
            "limit": self.limit,
            "verdict": self.verdict,
        }


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as lines of text with aligned columns."""
    rows = [("figure", "measured", "against", "peer", "ratio", "limit", "")]
    for one in figures:
        limit = "" if one.limit is None else f"{one.limit:g}"
        shown = _shown(one.value, one.unit), _shown(one.peer, one.unit)
        rows.append(
            (one.name, shown[0], one.against, shown[1], f"{one.ratio:.2f}", limit, one.verdict)
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(_line(row, widths) for row in rows)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    texts = (0, 2, 6)
    cells = [
        cell.ljust(width) if column in texts else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def _shown(value: float, unit: str) -> str:
    return f"{value:.3f} {unit}" if value < 10 else f"{value:,.0f} {unit}"
