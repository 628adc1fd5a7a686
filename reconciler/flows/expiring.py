"""Expiring: what the files say is about to end; needs no tenant and no ledger."""

from dataclasses import dataclass
from datetime import date, timedelta

from reconciler.entitlements.endings import Ending, endings, lapses
from reconciler.errors import BadInput
from reconciler.flows.project import Project, read_project, today
from reconciler.flows.world import World
from reconciler.model.resolution import Resolution


@dataclass(frozen=True, slots=True)
class Expiring:
    """What ends after `as_of` and up to `until`."""

    as_of: date
    until: date
    endings: tuple[Ending, ...]
    exclusions: tuple[Resolution, ...]
    """Those whose issue comes back; `until` is its first day."""
    project: Project


def find_expiring(world: World, as_of: date | None, days: int) -> Expiring:
    """Return the memberships, accounts and exclusions that end within so many days after a day, today if None."""
    project = read_project(world, need_credentials=False)
    start = as_of or today(world, project.settings)
    try:
        until = start + timedelta(days=days)
    except OverflowError as error:
        raise BadInput(
            "Period beyond the calendar",
            f"{days:,} days after {start} is no day.",
            "Name fewer days, such as --within 30d.",
        ) from error
    declared = project.declared
    ending, lapsing = endings(declared, start, until), lapses(declared, start, until)
    return Expiring(start, until, ending, lapsing, project)
