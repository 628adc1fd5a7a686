"""All rules made ready for one day: who meets which, found without asking every rule of every contract."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from reconciler.entitlements.conditions import NO_CONTRACT, Check, compiled
from reconciler.entitlements.contracts import shifted
from reconciler.entitlements.values import Key, Read, keys_for, keys_of, reader
from reconciler.model.person import Contract, Person
from reconciler.model.rules import (
    About,
    AllOf,
    AnyOf,
    Condition,
    FieldPath,
    FieldTest,
    Operator,
    Rule,
    is_about_contracts,
)

SAMPLE = 400
"""So many persons are looked at to see which condition of a rule singles out the fewest."""

Handle: TypeAlias = tuple[FieldPath, frozenset[Key]]
"""A path and the keys one of which a person or contract has there, or does not meet the rule."""

_Table: TypeAlias = dict[Key, "list[ReadyRule]"]


@dataclass(frozen=True, slots=True, eq=False)
class ReadyRule:
    """A rule for one day. A contract counts that starts by `latest_start` and ends no sooner than `earliest_end`."""

    number: int
    rule: Rule
    check: Check
    is_about_contracts: bool
    latest_start: date
    earliest_end: date

    def is_open(self, contract: Contract) -> bool:
        """Tell whether a contract is in the rule's window."""
        return (contract.start is None or contract.start <= self.latest_start) and (
            contract.end is None or contract.end >= self.earliest_end
        )


@dataclass(frozen=True, slots=True)
class Met:
    """The rules that one person meets, by number; a rule about the person alone has no contracts.

    `over` are rules met on contracts whose window has closed, with those contracts; of rules that are
    still met, only where each contract gives something of its own.
    """

    contracts: Mapping[int, Sequence[Contract]]
    over: Mapping[int, Sequence[Contract]]


class RuleBook:
    """Rules by what they ask first, so that a person meets only those that can hold."""

    def __init__(self, rules: Sequence[Rule], day: date, persons: Iterable[Person] = ()) -> None:
        self.rules = tuple(_ready(number, rule, day) for number, rule in enumerate(rules))
        self._of_persons: list[ReadyRule] = []
        self._of_contracts: list[ReadyRule] = []
        self._by_person: list[tuple[Read, _Table]] = []
        self._by_contract: list[tuple[Read, _Table]] = []
        self._index(_Sample(day, list(persons)), day)

    def met_by(self, person: Person) -> Met:
        """Return the rules that a person meets, and those that the person met until a window closed."""
        alone, by_contract = self._candidates(person)
        found: dict[int, list[Contract]] = {
            rule.number: [] for rule in alone if rule.check(person, NO_CONTRACT)
        }
        past: list[tuple[ReadyRule, Contract]] = []
        for contract in person.contracts:
            start, end = contract.start, contract.end
            for rule in self._of_contract(person, contract, by_contract):
                if start is not None and start > rule.latest_start:
                    continue
                if end is not None and end < rule.earliest_end:
                    past.append((rule, contract))
                elif rule.check(person, contract):
                    held = found.setdefault(rule.number, [])
                    if not held or held[-1] is not contract:
                        held.append(contract)
        return Met(found, _over(person, past, found))

    def ever_met_by(self, person: Person) -> Iterator[tuple[Rule, Contract]]:
        """Yield the rules that a person meets whatever their windows, each with a contract that meets it.

        A rule about the person alone comes with no contract. A pair may come twice.
        """
        alone, by_contract = self._candidates(person)
        for rule in alone:
            if rule.check(person, NO_CONTRACT):
                yield rule.rule, NO_CONTRACT
        for contract in person.contracts:
            for rule in self._of_contract(person, contract, by_contract):
                if rule.check(person, contract):
                    yield rule.rule, contract

    def _candidates(self, person: Person) -> tuple[list[ReadyRule], list[ReadyRule]]:
        alone, by_contract = self._of_persons, self._of_contracts
        for read, table in self._by_person:
            for key in keys_of(read(person, NO_CONTRACT)):
                for rule in table.get(key, ()):
                    if rule.is_about_contracts:
                        by_contract = [*by_contract, rule]
                    else:
                        alone = [*alone, rule]
        return alone, by_contract

    def _of_contract(
        self, person: Person, contract: Contract, always: list[ReadyRule]
    ) -> list[ReadyRule]:
        candidates = always
        for read, table in self._by_contract:
            for key in keys_of(read(person, contract)):
                rules = table.get(key)
                if rules:
                    candidates = candidates + rules
        return candidates

    def _index(self, sample: "_Sample", day: date) -> None:
        tables: defaultdict[FieldPath, _Table] = defaultdict(dict)
        for ready in self.rules:
            handle = min(handles(ready.rule.when), key=sample.share, default=None)
            if handle is None:
                rest = self._of_contracts if ready.is_about_contracts else self._of_persons
                rest.append(ready)
                continue
            path, keys = handle
            for key in keys:
                tables[path].setdefault(key, []).append(ready)
        for path, table in tables.items():
            where = self._by_person if path.about is About.PERSON else self._by_contract
            where.append((reader(path, day), table))


def _over(
    person: Person, past: list[tuple[ReadyRule, Contract]], found: Mapping[int, Sequence[Contract]]
) -> dict[int, list[Contract]]:
    over: dict[int, list[Contract]] = {}
    for rule, contract in past:
        matters = rule.number not in found or rule.rule.grants.group_per_contract is not None
        if matters and rule.check(person, contract):
            over.setdefault(rule.number, []).append(contract)
    return over


def _ready(number: int, rule: Rule, day: date) -> ReadyRule:
    return ReadyRule(
        number,
        rule,
        compiled(rule.when, day),
        is_about_contracts(rule.when),
        shifted(day, rule.window.days_before_start),
        shifted(day, -rule.window.days_after_end),
    )


def handles(condition: Condition) -> list[Handle]:
    """Return what a condition surely asks for by equality, each enough to rule most persons out."""
    match condition:
        case FieldTest(path=path, operator=Operator.EQUALS | Operator.IN, given=given):
            return [(path, frozenset(key for each in given for key in keys_for(each)))]
        case AllOf(parts=parts):
            return [handle for part in parts for handle in handles(part)]
        case AnyOf(parts=parts):
            return _joined([handles(part) for part in parts])
        case _:
            return []


def _joined(each: list[list[Handle]]) -> list[Handle]:
    """Return one handle where every part asks for something of one and the same path."""
    paths = [{path for path, _ in found} for found in each]
    shared = set[FieldPath].intersection(*paths) if paths else set[FieldPath]()
    return [
        (
            path,
            frozenset(
                key
                for found in each
                for key in next(keys for other, keys in found if other == path)
            ),
        )
        for path in sorted(shared, key=str)
    ]


class _Sample:
    """Some persons, to see how many of them have what a handle asks for."""

    def __init__(self, day: date, persons: Sequence[Person]) -> None:
        self._day = day
        self._persons = persons[:: max(1, len(persons) // SAMPLE)]
        self._counts: dict[FieldPath, Counter[Key]] = {}

    def share(self, handle: Handle) -> tuple[int, int, str]:
        path, keys = handle
        counts = self._counts.get(path)
        if counts is None:
            counts = self._counts[path] = self._count(path)
        return sum(counts[key] for key in keys), len(keys), str(path)

    def _count(self, path: FieldPath) -> Counter[Key]:
        read = reader(path, self._day)
        return Counter(
            key
            for person in self._persons
            for contract in (person.contracts if path.about is About.CONTRACT else (NO_CONTRACT,))
            for key in keys_of(read(person, contract))
        )
