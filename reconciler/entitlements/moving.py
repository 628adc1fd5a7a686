"""Two declared states held against each other: for whom they may give something else, and that alone given."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date

from reconciler.entitlements.contracts import manager_of
from reconciler.entitlements.entitle import SOURCES, entitle
from reconciler.entitlements.rulebook import RuleBook
from reconciler.entitlements.source import Claims
from reconciler.model.address import PermissionKey, PersonId
from reconciler.model.declared import AccountEntry, Declared, MemberEntry, Period, PermissionEntry
from reconciler.model.person import Person, says_the_same
from reconciler.model.provenance import Location
from reconciler.model.rules import AllOf, AnyOf, Condition, FieldTest, Not, Resource, Rule
from reconciler.model.state import Desired
from reconciler.model.value import alike

NOWHERE = Location("", 0, 0)


def moved(before: Declared, after: Declared, day: date) -> frozenset[PersonId]:
    """Return everybody to whom two states may give something else on a day, accounts and grants.

    To all others both give the same: their records, entries and member lines say the same, and they
    meet no rule that differs, whatever its window. Where something stands does not count.
    """
    found = set(before.persons.keys() - after.persons.keys())
    for who, person in after.persons.items():
        if not says_the_same(before.persons.get(who), person):
            found.add(who)
    found |= _by_accounts(before.accounts, after.accounts)
    found |= _by_permissions(before.permissions, after.permissions)
    found |= _by_rules(before, after, found, day)
    return frozenset(found)


def with_managers(
    persons: Collection[PersonId], states: Sequence[Declared], day: date
) -> frozenset[PersonId]:
    """Return persons with those whose manager they are, and with the managers of all these.

    A manager who gets an account, or loses it, is written to other accounts too.
    """
    found = set(persons)
    pairs = {pair for state in states for pair in _managed(state, day)}
    found |= {who for who, manager in pairs if manager in persons}
    return frozenset(found | {manager for who, manager in pairs if who in found})


def entitle_some(
    declared: Declared, persons: AbstractSet[PersonId], day: date, rest: Sequence[Claims]
) -> Desired:
    """Return what the files ask for on a date, but of some persons alone; `rest` is that of the others.

    Groups and products are all there, also where nobody of these persons holds them.
    """
    some = replace(
        declared,
        persons={who: person for who, person in declared.persons.items() if who in persons},
        accounts=tuple(entry for entry in declared.accounts if entry.person in persons),
        permissions=tuple(_of_some(entry, persons) for entry in declared.permissions),
    )
    return entitle(some, day, rest)


def rest_of(declared: Declared, persons: AbstractSet[PersonId], day: date) -> tuple[Claims, ...]:
    """Return, source by source, the groups that exist because of everybody but some persons.

    Nothing else of these others counts for what some persons get.
    """
    naming = _naming(declared)
    if not naming and not declared.resources:
        return ()
    others = {who: person for who, person in declared.persons.items() if who not in persons}
    alone = Declared(others, (), (), rules=naming, resources=declared.resources)
    found = (source(alone, day) for source in SOURCES)
    return tuple(Claims(names=claim.names, manages=claim.manages) for claim in found)


def name_alike(before: Declared, after: Declared) -> bool:
    """Tell whether two states make names of groups from person data in the same way."""
    rules = [{_bare(rule) for rule in _naming(state)} for state in (before, after)]
    return rules[0] == rules[1] and _texts(before.resources) == _texts(after.resources)


def _naming(declared: Declared) -> tuple[Rule, ...]:
    return tuple(rule for rule in declared.rules if rule.grants.group_per_contract is not None)


def _texts(resources: Iterable[Resource]) -> list[str]:
    return [resource.group.text for resource in resources]


def _managed(state: Declared, day: date) -> Iterator[tuple[PersonId, PersonId]]:
    for who, person in state.persons.items():
        manager = manager_of(person, day)
        if manager is not None:
            yield who, manager


def _of_some(entry: PermissionEntry, persons: AbstractSet[PersonId]) -> PermissionEntry:
    if not entry.members:
        return entry
    return replace(entry, members=tuple(line for line in entry.members if line.person in persons))


# ---------------------------------------------------------------- entries and lines


def _by_accounts(before: Sequence[AccountEntry], after: Sequence[AccountEntry]) -> set[PersonId]:
    """Return whose account entries differ. Nobody has two for one period: that contradicts itself."""
    gone, came = _apart(before, after), _apart(after, before)
    found = {who for who, _ in gone.keys() ^ came.keys()}
    for key in gone.keys() & came.keys():
        one, other = gone[key], came[key]
        if one.state is not other.state or not alike(one.fields, other.fields):
            found.add(one.person)
    return found


def _apart(
    entries: Iterable[AccountEntry], others: Iterable[AccountEntry]
) -> dict[tuple[PersonId, Period], AccountEntry]:
    """Return the entries that are not the very same object among others."""
    known = set(map(id, others))
    return {(entry.person, entry.period): entry for entry in entries if id(entry) not in known}


def _by_permissions(
    before: Iterable[PermissionEntry], after: Iterable[PermissionEntry]
) -> set[PersonId]:
    old, new = _by_key(before), _by_key(after)
    found: set[PersonId] = set()
    for key in old.keys() | new.keys():
        one, other = old.get(key), new.get(key)
        if one is other:
            continue
        found |= {who for who, _ in _lines(one) ^ _lines(other)}
    return found


def _by_key(entries: Iterable[PermissionEntry]) -> Mapping[PermissionKey, PermissionEntry]:
    return {PermissionKey.of(entry.kind, entry.name): entry for entry in entries}


def _lines(entry: PermissionEntry | None) -> set[tuple[PersonId, Period]]:
    lines: tuple[MemberEntry, ...] = (entry.members if entry else None) or ()
    return {(line.person, line.period) for line in lines}


# ---------------------------------------------------------------- rules


def _by_rules(
    before: Declared, after: Declared, known: AbstractSet[PersonId], day: date
) -> set[PersonId]:
    """Return who meets a rule that only one of the states has, on any contract, unless known already."""
    old = {_bare(rule): rule for rule in before.rules}
    new = {_bare(rule): rule for rule in after.rules}
    differing = [old[rule] if rule in old else new[rule] for rule in old.keys() ^ new.keys()]
    if not differing:
        return set()
    persons: list[Person] = [one for who, one in after.persons.items() if who not in known]
    book = RuleBook(differing, day, persons)
    return {one.id for one in persons if next(book.ever_met_by(one), None) is not None}


def _bare(rule: Rule) -> Rule:
    """Return a rule that stands nowhere, to be held against another."""
    return replace(rule, when=_nowhere(rule.when), at=NOWHERE)


def _nowhere(condition: Condition) -> Condition:
    match condition:
        case FieldTest():
            return replace(condition, at=NOWHERE)
        case Not(part=part):
            return Not(_nowhere(part), NOWHERE)
        case AllOf(parts=parts):
            return AllOf(tuple(map(_nowhere, parts)), NOWHERE)
        case AnyOf(parts=parts):
            return AnyOf(tuple(map(_nowhere, parts)), NOWHERE)
