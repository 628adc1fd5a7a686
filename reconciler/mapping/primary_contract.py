"""HelloID's primary contract, where the data does not give one."""

from datetime import date
from math import inf

from reconciler.model.person import Contract, Person, member
from reconciler.model.value import JSON


def primary_contract(person: Person, day: date) -> Contract | None:
    """Return the contract that stands for the person on that day.

    The given one; else HelloID's default order (Fte, HoursPerWeek, Percentage, Sequence and EndDate
    falling, StartDate rising) among the active contracts, else the future ones, else the past ones.
    """
    if person.primary_contract is not None:
        return person.primary_contract
    return min(person.contracts, key=lambda one: (_state(one, day), _rank(one)), default=None)


def _state(contract: Contract, day: date) -> int:
    if contract.start is not None and contract.start > day:
        return 1
    if contract.end is not None and contract.end < day:
        return 2
    return 0


def _rank(contract: Contract) -> tuple[float, ...] | tuple[float | str, ...]:
    details = member(contract.fields, "Details")
    sizes = [
        -_number(member(details, name))
        for name in ("Fte", "HoursPerWeek", "Percentage", "Sequence")
    ]
    end = -inf if contract.end is None else -contract.end.toordinal()
    start = -inf if contract.start is None else contract.start.toordinal()
    return (*sizes, end, start, contract.external_id)


def _number(value: JSON) -> float:
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value.replace(",", "."))
        except ValueError:
            return 0.0
    return 0.0
