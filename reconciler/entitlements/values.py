"""What stands at a path of a person or contract, and when a rule takes two values for equal."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeAlias

from reconciler.entitlements.contracts import NOBODY, primary_contract, primary_manager
from reconciler.model.address import caseless
from reconciler.model.day import calendar_day_of
from reconciler.model.person import Contract, Person, member
from reconciler.model.rules import About, FieldPath, Given
from reconciler.model.value import JSON

Key: TypeAlias = str | int | float | date
"""Two values are equal to a rule where their keys are: text without case, dates by day, numbers as such."""

Read: TypeAlias = Callable[[Person, Contract], JSON]

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_MAX_DIGITS = 15


def reader(path: FieldPath, day: date) -> Read:
    """Return what reads a path. The primary contract and manager are those of the day."""
    names = path.names
    if path.about is About.CONTRACT:
        return lambda _person, contract: _at(contract.fields, names)
    first, rest = names[0].casefold(), names[1:]
    if first == "primarycontract":
        return lambda person, _contract: _of_primary_contract(person, day, rest)
    if first == "primarymanager":
        return lambda person, _contract: _at(primary_manager(person, day), rest)
    return lambda person, _contract: _at(person.fields, names)


def _of_primary_contract(person: Person, day: date, names: Sequence[str]) -> JSON:
    contract = primary_contract(person, day)
    return None if contract is None else _at(contract.fields, names)


def _at(found: JSON, names: Sequence[str]) -> JSON:
    for name in names:
        found = member(found, name)
        if found is None:
            return None
    return found


# ---------------------------------------------------------------- what a value is


def keys_of(value: JSON) -> tuple[Key, ...]:
    """Return the keys of a value: one, none where it is absent, several for a list."""
    if isinstance(value, str):
        return (_key(value),) if value else ()
    if value is None or isinstance(value, Mapping):
        return ()
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, int | float):
        return (value,)
    return tuple(key for item in value for key in keys_of(item))


def keys_for(given: Given) -> frozenset[Key]:
    """Return the keys of the values that equal a given one: 1.0 is the number, and the text `1.0`."""
    value = given.value
    if isinstance(value, str):
        number = number_of(value)
        return frozenset([_key(value)] if number is None else [_key(value), number])
    if isinstance(value, bool | date):
        return frozenset(["true" if value else "false"] if isinstance(value, bool) else [value])
    return frozenset([value, caseless(given.written)])


def _key(text: str) -> Key:
    if len(text) >= 10 and text[4] == "-":
        day = calendar_day_of(text)
        if day is not None:
            return day
    return caseless(text)


def texts_of(value: JSON) -> tuple[str, ...]:
    """Return a value as text, as `contains` and the like see it; several for a list."""
    if isinstance(value, str):
        return (value,)
    if value is None or isinstance(value, Mapping):
        return ()
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, float) and value.is_integer():
        return (str(int(value)),)
    if isinstance(value, int | float):
        return (str(value),)
    return tuple(text for item in value for text in texts_of(item))


def days_of(value: JSON) -> tuple[date, ...]:
    """Return the days that a value writes, as written: the offset of a time moves nothing."""
    return tuple(day for text in texts_of(value) if (day := calendar_day_of(text)) is not None)


def numbers_of(value: JSON) -> tuple[float, ...]:
    """Return the numbers that a value is or writes."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (value,)
    if isinstance(value, str):
        number = number_of(value)
        return () if number is None else (number,)
    if isinstance(value, Sequence):
        return tuple(number for item in value for number in numbers_of(item))
    return ()


def number_of(text: str) -> float | None:
    """Return the number that a text writes in JSON's way; `007` and `+31` are no numbers."""
    if len(text) > _MAX_DIGITS or _NUMBER.fullmatch(text) is None:
        return None
    return float(text)


def is_there(value: JSON) -> bool:
    """Tell whether there is a value: null, empty text, empty lists and objects of such are none."""
    if value is None:
        return False
    if isinstance(value, str):
        return bool(value.strip()) and value != NOBODY
    if isinstance(value, Mapping):
        return any(is_there(item) for item in value.values())
    if isinstance(value, Sequence):
        return any(is_there(item) for item in value)
    return True
