"""What rules could give on some day, whichever it is: to check the files without a date."""

from collections.abc import Iterable
from datetime import date

from reconciler.entitlements.conditions import NO_CONTRACT, Check, compiled
from reconciler.entitlements.contracts import window_of
from reconciler.entitlements.naming import pattern_of
from reconciler.model.address import PermissionKey, PermissionKind
from reconciler.model.declared import Period
from reconciler.model.person import Person
from reconciler.model.rules import About, Condition, Rule, is_about_contracts, tests_of

ALWAYS = Period()
_OF_THE_DAY = frozenset({"primarycontract", "primarymanager"})


class AccountProspects:
    """The days on which rules give a person an account."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules: list[tuple[Rule, Check | None]] = [
            (rule, None if depends_on_day(rule.when) else compiled(rule.when, date.min))
            for rule in rules
            if rule.grants.account is not None
        ]

    def of(self, person: Person) -> list[Period]:
        """Return the periods; a condition that looks different from day to day is taken to hold."""
        found: list[Period] = []
        for rule, check in self._rules:
            if not is_about_contracts(rule.when):
                if check is None or check(person, NO_CONTRACT):
                    found.append(ALWAYS)
                continue
            found.extend(
                Period(*window_of(contract, rule.window))
                for contract in person.contracts
                if check is None or check(person, contract)
            )
        return found


def depends_on_day(condition: Condition) -> bool:
    """Tell whether a condition looks at the primary contract or manager, which change with the day."""
    return any(
        test.path.about is About.PERSON and test.path.names[0].casefold() in _OF_THE_DAY
        for test in tests_of(condition)
    )


def could_grant(rules: Iterable[Rule], key: PermissionKey) -> bool:
    """Tell whether a rule names a permission, or may make its name for somebody."""
    for rule in rules:
        if any(permission.key == key for permission in rule.grants.permissions):
            return True
        template = rule.grants.group_per_contract
        if template is not None and key.kind is PermissionKind.GROUP:
            pattern = pattern_of(template)
            if pattern is None or pattern.fullmatch(key.name):
                return True
    return False


def is_met_by_somebody(rule: Rule, persons: Iterable[Person]) -> bool:
    """Tell whether some person meets a rule on some day; taken to be so where the day matters."""
    if depends_on_day(rule.when):
        return True
    check = compiled(rule.when, date.min)
    if not is_about_contracts(rule.when):
        return any(check(person, NO_CONTRACT) for person in persons)
    return any(check(person, contract) for person in persons for contract in person.contracts)
