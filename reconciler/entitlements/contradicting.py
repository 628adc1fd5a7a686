"""Parts of a condition that can never hold together, whatever the data."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from reconciler.entitlements.conditions import value_test
from reconciler.entitlements.contracts import NOBODY
from reconciler.entitlements.values import number_of
from reconciler.model.day import calendar_day_of
from reconciler.model.rules import (
    About,
    AllOf,
    AnyOf,
    Condition,
    FieldPath,
    FieldTest,
    Given,
    Not,
    Operator,
)
from reconciler.model.value import JSON

EQUALITIES = frozenset({Operator.EQUALS, Operator.IN})
_DENIALS = frozenset({Operator.NOT_EQUALS, Operator.NOT_IN})
_ORDERS = frozenset({Operator.BEFORE, Operator.AFTER})
_PARTS = frozenset({Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH})
_ENDS = {Operator.STARTS_WITH: str.startswith, Operator.ENDS_WITH: str.endswith}
_START, _END = ("startdate",), ("enddate",)

IsListed = Callable[[FieldPath], bool]
"""Whether somebody has several values at a path: each test may then hold of another one of them."""


@dataclass(frozen=True, slots=True)
class Literal:
    """One field test, and whether the condition asks that it hold, or below `not` that it does not."""

    test: FieldTest
    holds: bool


@dataclass(frozen=True, slots=True)
class Clash:
    """Two tests that cannot both be as they are asked to be."""

    first: Literal
    second: Literal


def clashes(condition: Condition, is_listed: IsListed) -> tuple[tuple[Clash, ...], bool]:
    """Return the clashes of a condition, and whether it can hold all the same, by another part of an `any`."""
    found: list[Clash] = []
    is_possible = _walk(condition, [], is_listed, found, holds=True)
    return tuple(found), is_possible


def surely(condition: Condition) -> list[Literal]:
    """Return the tests without which a condition cannot hold."""
    return _split(condition, holds=True)[0]


def _walk(
    condition: Condition,
    known: list[Literal],
    is_listed: IsListed,
    found: list[Clash],
    *,
    holds: bool,
) -> bool:
    own, choices = _split(condition, holds=holds)
    literals = [*known, *own]
    clash = _clash(literals, is_listed) if own else None
    if clash is not None:
        found.append(clash)
        return False
    is_possible = True
    for choice in choices:
        ways = [_walk(part, literals, is_listed, found, holds=side) for part, side in choice]
        is_possible = is_possible and True in ways
    return is_possible


_Choice = Sequence[tuple[Condition, bool]]


def _split(condition: Condition, *, holds: bool) -> tuple[list[Literal], list[_Choice]]:
    """Return what a condition surely asks for, and the choices of which one part each has to hold."""
    match condition:
        case FieldTest():
            return [Literal(condition, holds)], []
        case Not(part=part):
            return _split(part, holds=not holds)
        case AllOf(parts=parts) | AnyOf(parts=parts):
            if isinstance(condition, AllOf) is not holds and len(parts) > 1:
                return [], [[(part, holds) for part in parts]]
            each = [_split(part, holds=holds) for part in parts]
            return (
                [literal for own, _ in each for literal in own],
                [choice for _, choices in each for choice in choices],
            )


# ---------------------------------------------------------------- what cannot be together


def _clash(literals: Sequence[Literal], is_listed: IsListed) -> Clash | None:
    by_path: defaultdict[tuple[About, tuple[str, ...]], list[Literal]] = defaultdict(list)
    for literal in literals:
        path = literal.test.path
        by_path[path.about, tuple(name.casefold() for name in path.names)].append(literal)
    for alike in by_path.values():
        clash = next(_of_one_value(alike), None)
        if clash is not None and not is_listed(alike[0].test.path):
            return clash
    return _ends_before_it_starts(
        by_path.get((About.CONTRACT, _START), []), by_path.get((About.CONTRACT, _END), [])
    )


def _of_one_value(literals: Sequence[Literal]) -> Iterator[Clash]:
    asked = [literal for literal in literals if _is_equality(literal)]
    if asked:
        yield from _of_given_values(asked, literals)
        return
    absent = [literal for literal in literals if is_absence(literal)]
    there = [literal for literal in literals if _needs_value(literal)]
    if absent and there:
        yield Clash(*_in_order(absent[0], there[0]))
    yield from _of_bounds(literals)
    yield from _of_texts([literal for literal in literals if literal.holds])


def _of_given_values(asked: Sequence[Literal], literals: Sequence[Literal]) -> Iterator[Clash]:
    """Yield a clash where none of the values that one test admits passes all the others."""
    first = min(asked, key=lambda literal: len(literal.test.given))
    left = list(first.test.given)
    for other in literals:
        passes = _passing(other)
        left = [given for given in left if passes(given)]
        if not left:
            yield Clash(*_in_order(first, other))
            return


def _passing(literal: Literal) -> Callable[[Given], bool]:
    """Return whether some value that equals a given one makes a test what it is asked to be."""
    test = literal.test
    is_textual = test.operator not in EQUALITIES | _DENIALS | _ORDERS | {Operator.EXISTS}
    meets = value_test(test.operator, test.given)

    def passes(given: Given) -> bool:
        if is_textual and (isinstance(given.value, date) or calendar_day_of(given.written)):
            return True
        return any(meets(value) is literal.holds for value in _values_of(given))

    return passes


def _values_of(given: Given) -> Iterator[JSON]:
    yield given.written
    if isinstance(given.value, bool | int | float):
        yield given.value
    number = number_of(given.written)
    if number is not None and not isinstance(given.value, date):
        yield number


def _is_equality(literal: Literal) -> bool:
    return literal.test.operator in (EQUALITIES if literal.holds else _DENIALS)


def is_absence(literal: Literal) -> bool:
    """Tell whether there must be no value."""
    test = literal.test
    return test.operator is Operator.EXISTS and (test.given[0].value is True) is not literal.holds


def _needs_value(literal: Literal) -> bool:
    test = literal.test
    if test.operator is Operator.EXISTS:
        return (test.given[0].value is True) is literal.holds
    if not literal.holds:
        return False
    written = test.given[0].written.strip().casefold()
    return test.operator in _ORDERS or (test.operator in _PARTS and written not in NOBODY)


# ---------------------------------------------------------------- before and after

_Bound = tuple[float, int]
"""A number or a day's ordinal, and 1 for just above it, -1 for just below."""


def _of_bounds(literals: Sequence[Literal]) -> Iterator[Clash]:
    orders = [literal for literal in literals if literal.test.operator in _ORDERS]
    asked = [literal for literal in orders if literal.holds]
    if not asked:
        return
    for literal in asked[1:]:
        if _is_day(literal) is not _is_day(asked[0]):
            yield Clash(*_in_order(asked[0], literal))
            return
    alike = [literal for literal in orders if _is_day(literal) is _is_day(asked[0])]
    lows = [literal for literal in alike if _is_lower(literal)]
    highs = [literal for literal in alike if not _is_lower(literal)]
    if lows and highs:
        low, high = max(lows, key=_bound), min(highs, key=_bound)
        if _bound(low) > _bound(high):
            yield Clash(*_in_order(low, high))


def _is_day(literal: Literal) -> bool:
    return isinstance(literal.test.given[0].value, date)


def _is_lower(literal: Literal) -> bool:
    return (literal.test.operator is Operator.AFTER) is literal.holds


def _bound(literal: Literal) -> _Bound:
    """Return the least or the most that a value may be."""
    limit = literal.test.given[0].value
    beyond = (1 if literal.test.operator is Operator.AFTER else -1) if literal.holds else 0
    if isinstance(limit, date):
        return limit.toordinal() + beyond, 0
    return (float(limit), beyond) if isinstance(limit, int | float) else (0.0, 0)


def _ends_before_it_starts(starts: Sequence[Literal], ends: Sequence[Literal]) -> Clash | None:
    lows = [each for each in starts if each.holds and each.test.operator is Operator.AFTER]
    highs = [each for each in ends if each.holds and each.test.operator is Operator.BEFORE]
    lows, highs = (
        [each for each in lows if _is_day(each)],
        [each for each in highs if _is_day(each)],
    )
    if not (lows and highs):
        return None
    low, high = max(lows, key=_bound), min(highs, key=_bound)
    return Clash(*_in_order(low, high)) if _bound(low) > _bound(high) else None


def _of_texts(literals: Sequence[Literal]) -> Iterator[Clash]:
    for operator, holds in _ENDS.items():
        alike = [literal for literal in literals if literal.test.operator is operator]
        for literal in alike[1:]:
            texts = [each.test.given[0].written.casefold() for each in (alike[0], literal)]
            if not (holds(texts[0], texts[1]) or holds(texts[1], texts[0])):
                yield Clash(alike[0], literal)
                return


def _in_order(one: Literal, other: Literal) -> tuple[Literal, Literal]:
    return (one, other) if one.test.at <= other.test.at else (other, one)
