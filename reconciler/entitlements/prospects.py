"""What rules could give on some day, whichever it is: to check the files without a date."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from reconciler.entitlements.conditions import NO_CONTRACT
from reconciler.entitlements.contracts import window_of
from reconciler.entitlements.naming import pattern_of
from reconciler.entitlements.rulebook import RuleBook
from reconciler.model.address import PermissionKey, PermissionKind, PersonId
from reconciler.model.declared import Period
from reconciler.model.person import Contract, Person
from reconciler.model.rules import Condition, Rule, is_about_contracts, is_of_the_day, tests_of

ALWAYS = Period()
FEW, MORE = 100, 5_000
"""Most rules are met by some of the first persons; the others are then asked of the rest alone."""


class AccountProspects:
    """The days on which rules give a person an account."""

    def __init__(self, rules: Iterable[Rule], persons: Iterable[Person]) -> None:
        giving = [rule for rule in rules if rule.grants.account is not None]
        self._of_the_day = [rule for rule in giving if depends_on_day(rule.when)]
        settled = [rule for rule in giving if not depends_on_day(rule.when)]
        self._book = RuleBook(settled, date.min, persons)
        self._known: dict[PersonId, frozenset[Period]] = {}

    def of(self, person: Person) -> frozenset[Period]:
        """Return the periods; a condition that looks different from day to day is taken to hold."""
        known = self._known.get(person.id)
        if known is None:
            known = self._known[person.id] = frozenset(self._periods(person))
        return known

    def _periods(self, person: Person) -> Iterator[Period]:
        for rule, contract in self._book.ever_met_by(person):
            yield _period(rule, contract)
        for rule in self._of_the_day:
            is_alone = not is_about_contracts(rule.when)
            for contract in (NO_CONTRACT,) if is_alone else person.contracts:
                yield _period(rule, contract)


def _period(rule: Rule, contract: Contract) -> Period:
    return ALWAYS if contract is NO_CONTRACT else Period(*window_of(contract, rule.window))


def depends_on_day(condition: Condition) -> bool:
    """Tell whether a condition looks at the primary contract or manager, which change with the day."""
    return any(is_of_the_day(test.path) for test in tests_of(condition))


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


def never_met(rules: Sequence[Rule], persons: Sequence[Person]) -> list[Rule]:
    """Return the rules that nobody meets on any contract and any day; not those that depend on the day."""
    left = [rule for rule in rules if not depends_on_day(rule.when)]
    for first, last in ((0, FEW), (FEW, MORE), (MORE, None)):
        book = RuleBook(left, date.min, persons)
        met = {rule.name for one in persons[first:last] for rule, _ in book.ever_met_by(one)}
        left = [rule for rule in left if rule.name not in met]
    return left
