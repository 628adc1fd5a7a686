"""The field mapping, asked once about each person: several rounds of an import ask the same."""

from dataclasses import dataclass, field

from reconciler.model.address import PersonId
from reconciler.model.mapped import Mapped, MappingFailed, Stage
from reconciler.model.person import Person
from reconciler.planner.ports import Mapper


@dataclass(frozen=True, slots=True)
class Remembering:
    """A mapper that keeps its latest answer about each person, as long as nothing of the person changes."""

    mapper: Mapper
    _kept: dict[tuple[PersonId, Stage, int], tuple[Person, Mapped | MappingFailed]] = field(
        default_factory=dict[tuple[PersonId, Stage, int], tuple[Person, Mapped | MappingFailed]]
    )

    def map(self, person: Person, stage: Stage, iteration: int = 0) -> Mapped | MappingFailed:
        """Return the mapped fields, or why a script failed for this person."""
        key = (person.id, stage, iteration)
        kept = self._kept.get(key)
        if kept is not None and (kept[0] is person or kept[0].fields == person.fields):
            return kept[1]
        found = self.mapper.map(person, stage, iteration)
        self._kept[key] = (person, found)
        return found

    def names(self, stage: Stage) -> tuple[str, ...]:
        """Return the fields that are mapped for an action, sorted."""
        return self.mapper.names(stage)
