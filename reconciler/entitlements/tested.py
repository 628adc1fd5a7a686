"""Why a condition holds or does not: the tests that decide it, with what they found."""

from dataclasses import dataclass
from datetime import date

from reconciler.entitlements.conditions import compiled
from reconciler.entitlements.values import reader
from reconciler.model.person import Contract, Person
from reconciler.model.provenance import Location
from reconciler.model.rules import AllOf, AnyOf, Condition, FieldTest, Not
from reconciler.model.value import JSON


@dataclass(frozen=True, slots=True)
class Tested:
    """One field test of a condition, whether it holds, and the value it found.

    `choice` is the place of the condition of which any one part would decide otherwise: of an `any`
    where none holds, or below `not` of an `all` where each does.
    """

    test: FieldTest
    holds: bool
    found: JSON
    choice: Location | None = None


def deciding(
    condition: Condition,
    person: Person,
    contract: Contract,
    day: date,
    choice: Location | None = None,
) -> tuple[Tested, ...]:
    """Return the tests that make a condition what it is, in the order of the file.

    Were each of them the other way round, the condition would be too.
    """
    holds = compiled(condition, day)(person, contract)
    match condition:
        case FieldTest(path=path):
            return (Tested(condition, holds, reader(path, day)(person, contract), choice),)
        case Not(part=part):
            return deciding(part, person, contract, day, choice)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            if len(parts) > 1 and holds is isinstance(condition, AllOf):
                choice = condition.at
            return tuple(
                tested
                for part in parts
                if compiled(part, day)(person, contract) is holds
                for tested in deciding(part, person, contract, day, choice)
            )
