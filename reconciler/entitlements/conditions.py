"""Conditions, made ready once to be judged on many persons and contracts."""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import TypeAlias, assert_never
from unicodedata import normalize

from reconciler.entitlements.values import (
    days_of,
    is_there,
    keys_for,
    keys_of,
    numbers_of,
    reader,
    texts_of,
)
from reconciler.model.address import caseless
from reconciler.model.person import Contract, Person
from reconciler.model.rules import AllOf, AnyOf, Condition, FieldTest, Given, Not, Operator
from reconciler.model.value import JSON

Check: TypeAlias = Callable[[Person, Contract], bool]
Test: TypeAlias = Callable[[JSON], bool]

NO_CONTRACT = Contract("", None, None, {})
"""Stands where a condition looks at the person alone."""

_OPPOSITES = {Operator.NOT_EQUALS: Operator.EQUALS, Operator.NOT_IN: Operator.IN}
_SEEN = 10_000
"""So many different texts are matched once against an expression and then remembered."""


def compiled(condition: Condition, day: date) -> Check:
    """Return the condition as a function of a person and one contract, as of a day."""
    match condition:
        case FieldTest():
            return _field_test(condition, day)
        case AllOf(parts=parts):
            return _all([compiled(part, day) for part in parts])
        case AnyOf(parts=parts):
            return _any([compiled(part, day) for part in parts])
        case Not(part=part):
            check = compiled(part, day)
            return lambda person, contract: not check(person, contract)
        case _:
            assert_never(condition)


def _field_test(test: FieldTest, day: date) -> Check:
    read = reader(test.path, day)
    holds = value_test(test.operator, test.given)
    return lambda person, contract: holds(read(person, contract))


def _all(checks: list[Check]) -> Check:
    def holds(person: Person, contract: Contract) -> bool:
        for check in checks:  # noqa: SIM110 - a generator for every contract would cost as much as the checks
            if not check(person, contract):
                return False
        return True

    return checks[0] if len(checks) == 1 else holds


def _any(checks: list[Check]) -> Check:
    def holds(person: Person, contract: Contract) -> bool:
        for check in checks:  # noqa: SIM110 - a generator for every contract would cost as much as the checks
            if check(person, contract):
                return True
        return False

    return checks[0] if len(checks) == 1 else holds


# ---------------------------------------------------------------- one value


def value_test(operator: Operator, given: tuple[Given, ...]) -> Test:
    """Return the test of one value. A list meets a test where one of its items does."""
    if operator in _OPPOSITES:
        meets = value_test(_OPPOSITES[operator], given)
        return lambda value: not meets(value)
    match operator:
        case Operator.EQUALS | Operator.IN:
            return _equal(given)
        case Operator.EXISTS:
            wanted = given[0].value
            return lambda value: is_there(value) is wanted
        case Operator.BEFORE | Operator.AFTER:
            return _ordered(given[0], is_after=operator is Operator.AFTER)
        case _:
            return _textual(operator, given[0].written)


def _equal(given: tuple[Given, ...]) -> Test:
    keys = frozenset(key for each in given for key in keys_for(each))
    return lambda value: not keys.isdisjoint(keys_of(value))


def _ordered(given: Given, *, is_after: bool) -> Test:
    limit = given.value
    if isinstance(limit, date):
        if is_after:
            return lambda value: any(day > limit for day in days_of(value))
        return lambda value: any(day < limit for day in days_of(value))
    if isinstance(limit, str):
        return lambda _value: False
    if is_after:
        return lambda value: any(number > limit for number in numbers_of(value))
    return lambda value: any(number < limit for number in numbers_of(value))


def _textual(operator: Operator, written: str) -> Test:
    part = caseless(written)
    if operator is Operator.CONTAINS:
        return lambda value: any(part in caseless(text) for text in texts_of(value))
    if operator is Operator.STARTS_WITH:
        return lambda value: any(caseless(text).startswith(part) for text in texts_of(value))
    if operator is Operator.ENDS_WITH:
        return lambda value: any(caseless(text).endswith(part) for text in texts_of(value))
    search = re.compile(normalize("NFC", written), re.IGNORECASE).search

    @lru_cache(maxsize=_SEEN)
    def found(text: str) -> bool:
        return search(normalize("NFC", text)) is not None

    return lambda value: any(found(text) for text in texts_of(value))
