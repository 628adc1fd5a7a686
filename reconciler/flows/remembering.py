"""The field mapping, asked once about each person: the plans of one import ask the same many times."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from reconciler.flows.world import PersonMapping
from reconciler.model.address import PersonId
from reconciler.model.mapped import Mapped, MappingFailed, Stage
from reconciler.model.person import Person
from reconciler.model.value import Generated, Plain, Secret


@dataclass(frozen=True, slots=True)
class Remembering:
    """A mapping that keeps its latest answer about each person, as long as nothing of the person changes."""

    mapping: PersonMapping
    _kept: dict[tuple[PersonId, Stage, int], tuple[Person, Mapped | MappingFailed]] = field(
        default_factory=dict[tuple[PersonId, Stage, int], tuple[Person, Mapped | MappingFailed]]
    )

    def map(self, person: Person, stage: Stage, iteration: int = 0) -> Mapped | MappingFailed:
        """Return the mapped fields, or why a script failed for this person."""
        key = (person.id, stage, iteration)
        kept = self._kept.get(key)
        if kept is not None and _is_same(kept[0], person):
            return kept[1]
        found = self.mapping.map(person, stage, iteration)
        self._kept[key] = (person, found)
        return found

    def names(self, stage: Stage) -> tuple[str, ...]:
        """Return the fields that are mapped for an action, sorted."""
        return self.mapping.names(stage)

    def draw(self, person: Person, stage: Stage, field: Generated) -> Secret | Plain:
        """Return a fresh value for the field."""
        return self.mapping.draw(person, stage, field)

    def stored(self) -> tuple[str, ...]:
        """Return the fields to keep as account data, sorted; never a password."""
        return self.mapping.stored()

    def notified(self, stage: Stage) -> tuple[str, ...]:
        """Return the fields that notifications of an action may use, sorted."""
        return self.mapping.notified(stage)

    def unique(self) -> tuple[str, ...]:
        """Return the fields that the mapping itself says must be unique."""
        return self.mapping.unique()

    def on(self, day: date) -> "Remembering":
        """Return the mapping as of a day; it has forgotten everything where that is another day."""
        return self._of(self.mapping.on(day))

    def seeing(self, accounts: Mapping[PersonId, Mapping[str, Plain]]) -> "Remembering":
        """Return the mapping with other account data of each person; it has forgotten everything."""
        return self._of(self.mapping.seeing(accounts))

    def _of(self, mapping: PersonMapping) -> "Remembering":
        return self if mapping is self.mapping else Remembering(mapping)


def _is_same(left: Person, right: Person) -> bool:
    """Tell whether scripts see the same person; for them true is not 1, and the order of keys may count."""
    return left is right or repr(left.fields) == repr(right.fields)
