"""What the planner needs of others."""

from typing import Protocol

from reconciler.model.issue import Issue
from reconciler.model.mapped import Mapped, MappingFailed, Stage
from reconciler.model.person import Person
from reconciler.model.resolution import Decision


class Mapper(Protocol):
    """The field mapping, for one person and one lifecycle action.

    A field that draws a random number, and every password, comes as `Generated`; an account reference
    (`userGUID`) and fields in mode None are left out; dates and numbers come as text.
    """

    def map(self, person: Person, stage: Stage, iteration: int = 0) -> Mapped | MappingFailed:
        """Return the mapped fields, or why a script failed for this person."""
        ...

    def names(self, stage: Stage) -> tuple[str, ...]:
        """Return the fields that are mapped for an action (mode None left out), sorted."""
        ...


class Decisions(Protocol):
    """What was decided about issues: by `resolutions:` of the files, else by `governance.automatic`."""

    def on(self, issue: Issue) -> Decision:
        """Return what is to be done about an issue."""
        ...
