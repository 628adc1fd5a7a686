"""What rules could give on some day, held against asking every rule of every contract."""

from datetime import date
from typing import Any

from hypothesis import given, settings

from reconciler.entitlements.conditions import NO_CONTRACT, compiled
from reconciler.entitlements.contracts import window_of
from reconciler.entitlements.prospects import ALWAYS, AccountProspects, depends_on_day, never_met
from reconciler.model.declared import Period
from reconciler.model.person import Person
from reconciler.model.rules import Rule, is_about_contracts
from tests.entitlements.files import declare
from tests.entitlements.organisations import organisations


def _asked_one_by_one(rule: Rule, person: Person) -> set[Period]:
    check = compiled(rule.when, date.min)
    unsure = depends_on_day(rule.when)
    if not is_about_contracts(rule.when):
        return {ALWAYS} if unsure or check(person, NO_CONTRACT) else set()
    return {
        Period(*window_of(contract, rule.window))
        for contract in person.contracts
        if unsure or check(person, contract)
    }


@given(organisations())
@settings(max_examples=150)
def test_the_days_on_which_rules_give_an_account_are_those_of_every_rule_one_by_one(
    records: dict[str, Any],
) -> None:
    declared = declare(records)
    persons = list(declared.persons.values())
    prospects = AccountProspects(declared.rules, persons)
    for person in persons:
        expected = set[Period]()
        for rule in declared.rules:
            if rule.grants.account is not None:
                expected |= _asked_one_by_one(rule, person)
        assert prospects.of(person) == expected
        assert prospects.of(person) == expected


@given(organisations())
@settings(max_examples=150)
def test_a_rule_is_never_met_only_where_no_person_meets_it(records: dict[str, Any]) -> None:
    declared = declare(records)
    persons = list(declared.persons.values())
    expected = [
        rule
        for rule in declared.rules
        if not depends_on_day(rule.when)
        and not any(_asked_one_by_one(rule, person) for person in persons)
    ]
    assert never_met(declared.rules, persons) == expected
