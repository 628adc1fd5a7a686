"""What is said of rules without looking at data, held against what they give."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reconciler.entitlements.conditions import NO_CONTRACT, compiled
from reconciler.entitlements.contradicting import clashes
from reconciler.entitlements.entitle import entitle
from reconciler.entitlements.implying import gives_all_of, implies, redundant
from reconciler.model.declared import Declared
from reconciler.model.rules import Condition, Rule
from reconciler.model.state import Desired, Wanted
from tests.entitlements.files import declare
from tests.entitlements.organisations import (
    BASE,
    PATHS_AND_VALUES,
    conditions,
    organisations,
    persons,
    rules,
)

FEW_PATHS = ["Contract.Department.ExternalId", "Contract.StartDate", "Contract.Custom.Level"]
PEOPLE = st.lists(
    st.integers(0, 9).flatmap(persons),
    min_size=1,
    max_size=4,
    unique_by=lambda person: person["ExternalId"],
)
RULE = {"grant": {"account": "enabled"}}


def _conditions(people: list[Any], *whens: Any) -> tuple[Declared, list[Condition]]:
    named = [{"name": f"r{number}", "when": when, **RULE} for number, when in enumerate(whens)]
    declared = declare({"persons": people, "rules": named})
    return declared, [rule.when for rule in declared.rules]


def _holds(condition: Condition, declared: Declared) -> list[bool]:
    check = compiled(condition, BASE)
    return [
        check(person, contract)
        for person in declared.persons.values()
        for contract in (*person.contracts, NO_CONTRACT)
    ]


@given(
    PEOPLE,
    conditions(FEW_PATHS),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_condition_that_is_said_to_be_impossible_holds_for_nobody(
    people: list[Any], when: Any
) -> None:
    _check_impossible(people, when)


@pytest.mark.long
@given(
    PEOPLE,
    conditions(FEW_PATHS),
)
@settings(max_examples=3000, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_condition_that_is_said_to_be_impossible_holds_for_nobody_of_many(
    people: list[Any], when: Any
) -> None:
    _check_impossible(people, when)


def _check_impossible(people: list[Any], when: Any) -> None:
    declared, (condition,) = _conditions(people, {"all": [when, when]})
    found, is_possible = clashes(condition, lambda _path: False)
    assert is_possible or found
    assert is_possible or True not in _holds(condition, declared)


@given(
    PEOPLE,
    st.lists(conditions(FEW_PATHS), min_size=1, max_size=3),
    conditions(list(PATHS_AND_VALUES)),
)
@settings(max_examples=30, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_condition_that_is_said_to_follow_holds_wherever_the_other_does(
    people: list[Any], whens: list[Any], other: Any
) -> None:
    _check_implied(people, whens, other)


@pytest.mark.long
@given(
    PEOPLE,
    st.lists(conditions(FEW_PATHS), min_size=1, max_size=3),
    conditions(list(PATHS_AND_VALUES)),
)
@settings(max_examples=2000, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_condition_that_is_said_to_follow_holds_wherever_the_other_does_of_many(
    people: list[Any], whens: list[Any], other: Any
) -> None:
    _check_implied(people, whens, other)


def _check_implied(people: list[Any], whens: list[Any], other: Any) -> None:
    narrow: Any = {"all": [*whens, other]}
    wide: Any = {"any": [whens[0], {"not": {"not": other}}]}
    declared, both = _conditions(people, narrow, wide, whens[-1])
    for one in both:
        for another in both:
            if implies(one, another):
                pairs = zip(_holds(one, declared), _holds(another, declared), strict=True)
                assert all(second for first, second in pairs if first)
    assert implies(both[0], both[2])


@given(organisations(), st.data(), st.integers(0, 25))
@settings(max_examples=20, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_rule_that_is_said_to_be_redundant_gives_nobody_anything(
    records: dict[str, Any], data: st.DataObject, days: int
) -> None:
    _check_redundant(records, data, days)


@pytest.mark.long
@given(organisations(), st.data(), st.integers(0, 25))
@settings(max_examples=1000, suppress_health_check=[HealthCheck.filter_too_much])
def test_a_rule_that_is_said_to_be_redundant_gives_nobody_anything_of_many(
    records: dict[str, Any], data: st.DataObject, days: int
) -> None:
    _check_redundant(records, data, days)


def _check_redundant(records: dict[str, Any], data: st.DataObject, days: int) -> None:
    first = records["rules"][0]
    more = data.draw(rules(99))
    narrowed = {"all": [first["when"], data.draw(conditions(FEW_PATHS))]}
    copies = [{**first, "name": "copy"}, {**more, "name": "narrow", "when": narrowed}]
    grants = {**more["grant"], **first["grant"]}
    copies.append({**first, "name": "narrower", "when": narrowed, "grant": grants})
    declared = declare({**records, "rules": [*records["rules"], *copies]})
    pairs = list(redundant(declared.rules))
    assume(pairs)
    assert {rule.name for rule, _ in pairs} == _one_by_one(declared.rules)
    for rule, _ in pairs:
        rest = tuple(other for other in declared.rules if other is not rule)
        day = BASE + timedelta(days)
        assert _given(entitle(replace(declared, rules=rest), day)) == _given(entitle(declared, day))
    gone = {rule.name for rule, _ in pairs}
    rest = tuple(rule for rule in declared.rules if rule.name not in gone)
    assert _given(entitle(replace(declared, rules=rest), BASE)) == _given(entitle(declared, BASE))


def _one_by_one(listed: Sequence[Rule]) -> set[str]:
    told = set[str]()
    for rule in reversed(listed):
        others = [each for each in listed if each is not rule and each.name not in told]
        if any(gives_all_of(each, rule) for each in others):
            told.add(rule.name)
    return told


def _given(desired: Desired) -> object:
    return (
        {who: isinstance(one, Wanted) and one.enabled for who, one in desired.accounts.items()},
        {key: set(wanted.members or ()) for key, wanted in desired.permissions.items()},
    )


def test_clashes_are_found_wherever_no_value_is_left() -> None:
    path = "Contract.Custom.Level"
    impossible: list[Any] = [
        {"all": [{path: 1}, {path: 2}]},
        {"all": [{path: "a"}, {"not": {path: "A"}}]},
        {path: {"in": ["a", "b"], "not_in": ["A", "B"]}},
        {path: {"exists": False, "contains": "a"}},
        {path: {"exists": False, "after": 3}},
        {path: {"exists": True}, "not": {path: {"exists": True}}},
        {path: {"equals": "sales", "starts_with": "x"}},
        {path: {"before": 3, "after": 3}},
        {path: {"after": "2024-01-01", "before": "2024-01-02"}},
        {"all": [{path: {"before": "2024-01-01"}}, {"not": {path: {"before": "2024-02-01"}}}]},
        {path: {"before": "2024-01-01", "after": 5}},
        {path: {"starts_with": "a", "ends_with": "b", "equals": "aa"}},
        {"all": [{path: {"starts_with": "ab"}}, {path: {"starts_with": "ac"}}]},
        {
            "Contract.StartDate": {"after": "2024-05-01"},
            "Contract.EndDate": {"before": "2024-05-01"},
        },
        {"all": [{path: "a"}, {"any": [{path: "b"}, {path: "c"}]}]},
        {"not": {"any": [{path: "a"}, {"not": {path: "A"}}]}},
    ]
    possible: list[Any] = [
        {"all": [{path: 1}, {path: "1"}]},
        {"all": [{path: 1}, {path: "1.0"}, {path: {"after": 0}}]},
        {path: {"in": ["a", "b"], "not_in": ["A"]}},
        {path: {"exists": False, "not_equals": "a"}},
        {path: {"after": "2024-01-01", "before": "2024-01-03"}},
        {path: {"before": 3, "after": 2.5}},
        {path: {"equals": "2024-01-01", "ends_with": "Z"}},
        {path: {"starts_with": "ab", "ends_with": "c"}},
        {"all": [{path: {"starts_with": "ab"}}, {path: {"starts_with": "A"}}]},
        {"any": [{path: "a"}, {path: "b"}]},
        {"all": [{path: "a"}, {"any": [{path: "b"}, {"Contract.Title.Name": "c"}]}]},
        {
            "Contract.StartDate": {"after": "2024-05-01"},
            "Contract.EndDate": {"before": "2024-06-01"},
        },
    ]
    for when in impossible:
        assert clashes(_conditions([], when)[1][0], lambda _path: False)[1] is False, when
    for when in possible:
        assert clashes(_conditions([], when)[1][0], lambda _path: False)[1] is True, when
