"""HelloID's person model: persons and their contracts, unknown fields kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, cast

from reconciler.model.address import PersonId
from reconciler.model.provenance import Location
from reconciler.model.value import JSON, alike


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract; `start` and `end` are whole days, `end` included, None is open."""

    external_id: str
    start: date | None
    end: date | None
    fields: Mapping[str, JSON]
    at: Location | None = None


class Known(NamedTuple):
    """How a person is called, and the department of the primary contract on a day; None where there is none."""

    name: str
    department: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """A human, with everything the files or the vault export say in `fields` (HelloID's JSON).

    `primary_contract` is the one given in the data, or None where HelloID's order decides.
    Dates in `fields` stay as they were written (ISO text).
    """

    id: PersonId
    display_name: str
    fields: Mapping[str, JSON]
    contracts: tuple[Contract, ...] = ()
    primary_contract: Contract | None = None
    manager: PersonId | None = None
    at: Location | None = None

    def value(self, path: str) -> JSON:
        """Return the value at a dotted path such as `Accounts.EntraID.userPrincipalName`.

        Names match without regard to case; a leading `Person.` is allowed; absent gives None.
        """
        names = path.split(".")
        if names and names[0].casefold() == "person":
            names = names[1:]
        found: JSON = self.fields
        for name in names:
            found = member(found, name)
        return found


def says_the_same(one: Person | None, other: Person | None) -> bool:
    """Tell whether two records of a person say the same, wherever they stand; a missing one says nothing."""
    if one is other:
        return True
    if one is None or other is None:
        return False
    return alike(one.fields, other.fields)


def member(value: JSON, name: str) -> JSON:
    """Return a member of a JSON object by its name, exact first, then without regard to case."""
    # Asked millions of times: a plain dict is told without the detour over its abstract class.
    if type(value) is not dict and not isinstance(value, Mapping):
        return None
    fields = cast("Mapping[str, JSON]", value)
    if name in fields:
        return fields[name]
    wanted = name.casefold()
    return next((fields[key] for key in fields if key.casefold() == wanted), None)
