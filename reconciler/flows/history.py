"""History: what was applied, when, from which plan, by whom. Reads the ledger only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import cast
from zoneinfo import ZoneInfo

from reconciler.errors import BadInput, LedgerUnusable
from reconciler.flows.journal import PAGE, latest_runs
from reconciler.flows.project import settings_of
from reconciler.flows.world import World
from reconciler.model.address import fold
from reconciler.model.run import Run
from reconciler.model.value import JSON
from reconciler.reports.history import about_person, run_document


@dataclass(frozen=True, slots=True)
class HistoryOptions:
    """Whose actions (an ExternalId, a user name or a userGUID), how many runs, and from which day on."""

    person: str | None = None
    limit: int | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class History:
    """The document of each run, latest first; `kept` is false with `ledger: none`."""

    runs: tuple[dict[str, JSON], ...]
    kept: bool


def read_history(world: World, options: HistoryOptions) -> History:
    """Return what was applied, latest first; of runs that do nothing to the person asked for, none.

    Needs no credentials. Raises LedgerUnusable where a run cannot be read.
    """
    settings = settings_of(world, need_credentials=False)
    since = "" if options.since is None else _beginning(options.since, settings.time_zone)
    size = PAGE if options.person else min(PAGE, options.limit or PAGE)
    runs = latest_runs(world.open_ledger(settings), since, size)
    documents = (_document(run, options.person) for run in runs)
    found = islice((each for each in documents if each is not None), options.limit)
    return History(tuple(found), settings.ledger != "none")


def _document(run: Run, person: str | None) -> dict[str, JSON] | None:
    """Return a run's document; None where it does nothing to the person asked for."""
    if person is not None and not _may_name(run, person):
        return None
    try:
        plan = cast("Mapping[str, JSON]", json.loads(run.plan))
        document = run_document(run, plan)
    except (ValueError, RecursionError, BadInput) as error:
        raise LedgerUnusable(
            "A run in the ledger cannot be read",
            f"Run {run.id} of {run.started_at}: {error}",
            "A newer version of reconciler may have written it; else restore the ledger from a backup.",
        ) from error
    return document if person is None else about_person(document, person, _made(run, person))


def _may_name(run: Run, person: str) -> bool:
    """Tell whether a run may be about somebody: parsing its plan costs a hundred times more."""
    simple = person.isascii() and person.isprintable() and not {'"', "\\"} & set(person)
    return not simple or fold(person) in run.plan.casefold() or bool(_made(run, person))


def _made(run: Run, guid: str) -> frozenset[str]:
    """Return the steps of a run that made or found the account with a userGUID."""
    return frozenset(entry.step for entry in run.entries if entry.account == fold(guid))


def _beginning(day: date, zone: str) -> str:
    """Return the moment at which a day begins, as the ledger writes moments."""
    try:
        begins = datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return day.isoformat()
    return begins.isoformat(timespec="seconds")
