"""What the planner needs of others."""

from typing import Protocol

from reconciler.model.mapped import Mapped, MappingFailed, Stage
from reconciler.model.person import Person


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
