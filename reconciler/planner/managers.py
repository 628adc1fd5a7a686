"""Who manages whom, as account references: managers first, and a cycle broken by a later update."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.address import AccountRef, PersonId
from reconciler.model.person import Person
from reconciler.model.value import AccountOf


@dataclass(frozen=True, slots=True)
class Managers:
    """Manager references for one plan.

    `live` are bound accounts, `new` the persons whose accounts the plan creates; `later` are the new
    persons whose manager is written only after both exist, because a cycle has to start somewhere.
    """

    is_sent: bool
    live: Mapping[PersonId, AccountRef]
    new: frozenset[PersonId]
    later: frozenset[PersonId]

    def of(self, person: Person) -> AccountRef | AccountOf | None:
        """Return the manager's account, or None where there is none to point at."""
        if person.manager is None:
            return None
        if person.manager in self.live:
            return self.live[person.manager]
        return AccountOf(person.manager) if person.manager in self.new else None

    def is_left_alone(self, person: Person) -> bool:
        """Tell whether the manager is not written: the setting is off, or the manager has no account."""
        return not self.is_sent or (person.manager is not None and self.of(person) is None)


def find_managers(
    persons: Mapping[PersonId, Person],
    live: Mapping[PersonId, AccountRef],
    new: frozenset[PersonId],
    *,
    is_sent: bool,
) -> Managers:
    """Find who can be named as manager, and break each cycle of new persons at its first ExternalId."""
    later: set[PersonId] = set()
    settled: set[PersonId] = set()
    for start in sorted(new):
        path: list[PersonId] = []
        person: PersonId | None = start
        while person is not None and person in new and person not in settled and person not in path:
            path.append(person)
            person = persons[person].manager
        if person is not None and person in path:
            later.add(min(path[path.index(person) :]))
        settled.update(path)
    return Managers(is_sent, live, new, frozenset(later))
