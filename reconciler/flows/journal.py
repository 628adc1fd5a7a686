"""The ledger's runs, latest first, read page by page: each holds its whole plan."""

from collections.abc import Iterator
from typing import Final

from reconciler.applier.ports import Ledger
from reconciler.model.run import Run, RunId

PAGE: Final = 20


def latest_runs(ledger: Ledger, since: str = "", page: int = PAGE) -> Iterator[Run]:
    """Yield the runs begun at a moment (ISO 8601 in UTC) or later, latest first, so many read at once."""
    before: RunId | None = None
    while found := ledger.latest_runs(page, before, since):
        yield from found
        before = found[-1].id
