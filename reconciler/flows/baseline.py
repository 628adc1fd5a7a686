"""Plan with --base: the files at a revision stand for the ledger that nobody keeps."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from reconciler.desired import Shelf
from reconciler.entitlements import entitle
from reconciler.entitlements.calendar import turnings
from reconciler.errors import BadInput
from reconciler.flows.differing import read_revision
from reconciler.flows.project import Project
from reconciler.flows.world import World
from reconciler.model.difference import Revision
from reconciler.model.settings import Settings
from reconciler.model.state import Actual, Desired, Recorded
from reconciler.planner.baseline import Baseline, recorded_from

NO_LEDGER = "none"


@dataclass(frozen=True, slots=True)
class Base:
    """The project at the revision that was applied last."""

    project: Project
    revision: Revision

    def recorded(self, actual: Actual, as_of: date) -> Recorded:
        """Return what the revision asked for from its commit to a day, as what is recorded."""
        start = min(self._day() or as_of, as_of)
        project = self.project.on(as_of)
        days = (project.desired(start), *self._later(start, as_of))
        return recorded_from(Baseline(days, project.mapping, project.settings), actual)

    def _later(self, start: date, as_of: date) -> Iterator[Desired]:
        """Yield what is asked for on later days, of those persons for whom something changes."""
        declared = self.project.declared
        for day, persons in turnings(declared, start, as_of).items():
            concerned = {who: declared.persons[who] for who in sorted(persons)}
            yield entitle(replace(declared, persons=concerned), day)

    @property
    def said(self) -> str:
        """Say in a sentence what counts as recorded."""
        commit = (self.revision.commit or "")[:12]
        return (
            f"The ledger is none: what {self.revision.name} ({commit}) asked for counts as ours,"
            " and is taken away where nothing asks for it any more."
        )

    def _day(self) -> date | None:
        committed = self.revision.committed_at
        if committed is None:
            return None
        return committed.astimezone(ZoneInfo(self.project.settings.time_zone)).date()


def read_base(world: World, settings: Settings, revision: str, shelf: Shelf) -> Base:
    """Return the project at a revision. Raises BadInput where a ledger is kept, or there is no project."""
    if settings.ledger != NO_LEDGER:
        raise BadInput(
            "--base is for projects without a ledger",
            "This project's ledger records what was applied, so no revision has to stand for it.",
            "Leave out --base, or set `ledger: none`.",
        )
    project, found = read_revision(world, revision, shelf)
    if project is None:
        raise BadInput(
            "No project at this revision",
            f"{revision}: it has no {world.config.name}, so nothing was asked for there.",
            "Name the revision that was applied last.",
        )
    return Base(project, found)
