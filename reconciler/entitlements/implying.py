"""Whether one condition holds wherever another does, and so whether one rule gives all of another."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from reconciler.entitlements.contradicting import EQUALITIES
from reconciler.entitlements.rulebook import handles
from reconciler.entitlements.values import Key, keys_for
from reconciler.model.rules import (
    About,
    AllOf,
    AnyOf,
    Condition,
    FieldPath,
    FieldTest,
    Not,
    Rule,
    is_about_contracts,
    tests_of,
)

_Place: TypeAlias = tuple[About, tuple[str, ...], Key]


def redundant(rules: Sequence[Rule]) -> Iterator[tuple[Rule, Rule]]:
    """Yield rules of which another gives all, the last first, each with that other one.

    Of two that give the same the later one is yielded. Only rules are compared of which one asks for a
    value that the other allows: of many rules that give the same most ask for another department.
    """
    by_key: defaultdict[_Place, set[int]] = defaultdict(set)
    anywhere: set[int] = set()
    for number, rule in enumerate(rules):
        asked = min(handles(rule.when), key=lambda handle: len(handle[1]), default=None)
        if asked is None:
            anywhere.add(number)
            continue
        for key in asked[1]:
            by_key[_place(asked[0], key)].add(number)
    told: set[int] = set()
    for number in reversed(range(len(rules))):
        near = anywhere.union(*(by_key.get(place, ()) for place in _places(rules[number].when)))
        for other in sorted(near - told - {number}):
            if gives_all_of(rules[other], rules[number]):
                told.add(number)
                yield rules[number], rules[other]
                break


def _places(condition: Condition) -> "set[_Place]":
    return {
        _place(test.path, key)
        for test in tests_of(condition)
        if test.operator in EQUALITIES
        for given in test.given
        for key in keys_for(given)
    }


def _place(path: FieldPath, key: Key) -> "_Place":
    return path.about, tuple(name.casefold() for name in path.names), key


def gives_all_of(wide: Rule, narrow: Rule) -> bool:
    """Tell whether a rule gives everybody at least what another gives, for as long; a no may be unknown.

    A rule about the person alone has no window, and counts every contract.
    """
    mine, other = wide.grants, narrow.grants
    if not (
        (other.account is None or mine.account is True or mine.account is other.account)
        and {each.key for each in other.permissions} <= {each.key for each in mine.permissions}
        and (
            other.group_per_contract is None or other.group_per_contract == mine.group_per_contract
        )
    ):
        return False
    is_alone = not is_about_contracts(wide.when)
    if not is_alone and not is_about_contracts(narrow.when):
        return False
    is_as_long = (
        wide.window.days_before_start >= narrow.window.days_before_start
        and wide.window.days_after_end >= narrow.window.days_after_end
    )
    if not is_as_long and (not is_alone or other.group_per_contract is not None):
        return False
    return implies(narrow.when, wide.when)


def implies(narrow: Condition, wide: Condition) -> bool:
    """Tell whether a condition holds wherever another one does, on each contract; a no may be unknown."""
    known: dict[tuple[int, int], bool] = {}

    def follows(one: Condition, other: Condition) -> bool:
        key = id(one), id(other)
        if key not in known:
            known[key] = _follows(one, other, follows)
        return known[key]

    return follows(narrow, wide)


def _follows(
    one: Condition, other: Condition, follows: Callable[[Condition, Condition], bool]
) -> bool:
    if isinstance(one, FieldTest) and isinstance(other, FieldTest):
        return _test_follows(one, other)
    if isinstance(one, Not) and isinstance(other, Not):
        return follows(other.part, one.part)
    if isinstance(other, AllOf):
        return all(follows(one, part) for part in other.parts)
    if isinstance(one, AnyOf):
        return all(follows(part, other) for part in one.parts)
    if isinstance(one, AllOf) and any(follows(part, other) for part in one.parts):
        return True
    return isinstance(other, AnyOf) and any(follows(one, part) for part in other.parts)


def _test_follows(one: FieldTest, other: FieldTest) -> bool:
    if one.path.about is not other.path.about or [name.casefold() for name in one.path.names] != [
        name.casefold() for name in other.path.names
    ]:
        return False
    if one.operator in EQUALITIES and other.operator in EQUALITIES:
        keys = frozenset(key for each in other.given for key in keys_for(each))
        return all(keys_for(each) <= keys for each in one.given)
    return one.operator is other.operator and _words(one) == _words(other)


def _words(test: FieldTest) -> list[str]:
    return sorted(given.written for given in test.given)
