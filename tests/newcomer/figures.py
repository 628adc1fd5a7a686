"""How long each step of the newcomer's hour took, against what a newcomer waits for gladly."""

from tests.bench.figures import Figure
from tests.newcomer.hour import Hour

SECONDS = 2.0
"""What a step may take for a tenant of 1,000 accounts, its start included."""


def figures(hour: Hour) -> list[Figure]:
    """Return a figure for each step, in the order of the hour."""
    return [
        Figure(f"hour: {_short(step.command)}", step.seconds, SECONDS, "a glad wait", limit=1.0)
        for step in hour.steps.values()
    ]


def _short(command: str) -> str:
    return " ".join(command.split()[:2])
