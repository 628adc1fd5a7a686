"""HelloID's contract logic: active, future and past, the primary contract and the primary manager."""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import IntEnum
from math import inf

from reconciler.model.address import PersonId
from reconciler.model.person import Contract, Person, member
from reconciler.model.rules import Window
from reconciler.model.value import JSON

NOBODY = "00000000-0000-0000-0000-000000000000"
"""HelloID's way to write that there is no such person."""


class ContractState(IntEnum):
    """Where a day is seen from a contract, in the order in which HelloID prefers contracts."""

    ACTIVE = 0
    FUTURE = 1
    PAST = 2


def contract_state(contract: Contract, day: date) -> ContractState:
    """Tell whether a contract is active on a day, the first and the last day included."""
    if contract.start is not None and contract.start > day:
        return ContractState.FUTURE
    if contract.end is not None and contract.end < day:
        return ContractState.PAST
    return ContractState.ACTIVE


def window_of(contract: Contract, window: Window) -> tuple[date | None, date | None]:
    """Return the first day on which a contract is in a window, and the first after; None is open."""
    start = contract.start and shifted(contract.start, -window.days_before_start)
    until = contract.end and shifted(contract.end, window.days_after_end + 1)
    return start, until


def shifted(day: date, days: int) -> date:
    """Return the day so many days later, or the calendar's first or last."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def primary_contract(person: Person, day: date) -> Contract | None:
    """Return the contract that stands for the person on that day.

    The given one; else HelloID's default order (Fte, HoursPerWeek, Percentage, Sequence and EndDate
    falling, StartDate rising) among the active contracts, else the future ones, else the past ones.
    """
    if person.primary_contract is not None:
        return person.primary_contract
    if len(person.contracts) == 1:
        return person.contracts[0]
    return min(
        person.contracts, key=lambda one: (contract_state(one, day), _rank(one)), default=None
    )


def primary_manager(person: Person, day: date) -> JSON:
    """Return the person's PrimaryManager where one is given, else the primary contract's Manager."""
    given = member(person.fields, "PrimaryManager")
    if _is_somebody(given):
        return given
    contract = primary_contract(person, day)
    found = None if contract is None else member(contract.fields, "Manager")
    return found if _is_somebody(found) else None


def manager_of(person: Person, day: date) -> PersonId | None:
    """Return the ExternalId of the primary manager, or None where there is none."""
    if person.manager is not None:
        return person.manager
    found = member(primary_manager(person, day), "ExternalId")
    return PersonId(found) if isinstance(found, str) and found.strip() else None


def _is_somebody(manager: JSON) -> bool:
    if not isinstance(manager, Mapping) or member(manager, "PersonId") == NOBODY:
        return False
    return any(value is not None and value != "" for value in manager.values())


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
