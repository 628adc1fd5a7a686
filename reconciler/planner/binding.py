"""Whose account is whose: ownership first, then correlation, and everything that is not one to one."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from reconciler.model.address import AccountRef, PersonId, fold
from reconciler.model.issue import IssueType
from reconciler.model.person import Person
from reconciler.model.settings import Correlation
from reconciler.model.state import Actual, Desired, Found, Owned, Recorded
from reconciler.model.value import Plain

NOTHING_KNOWN: Mapping[str, Plain] = {}


@dataclass(frozen=True, slots=True)
class Binding:
    """What a person has: a live account, or soft-deleted ones that would be theirs, or nothing."""

    owned: Owned | None
    live: Found | None
    deleted: tuple[Found, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Tell whether the live account is the one that an earlier apply bound."""
        return self.owned is not None and self.live is not None and self.owned.ref == self.live.ref

    @property
    def known_fields(self) -> Mapping[str, Plain]:
        """What we last wrote to the live account; empty where it is not ours yet."""
        return self.owned.fields if self.owned is not None and self.is_ours else NOTHING_KNOWN


@dataclass(frozen=True, slots=True)
class Conflict:
    """Persons and accounts that do not fit one to one; nothing of theirs is planned."""

    type: IssueType
    persons: tuple[PersonId, ...]
    accounts: tuple[AccountRef, ...]


@dataclass(frozen=True, slots=True)
class Bindings:
    """Every person with something to plan, and the conflicts that take others out.

    `released` are persons no longer in the files whose account now correlates to somebody else.
    `involved` are the accounts of conflicts.
    """

    of: Mapping[PersonId, Binding]
    conflicts: tuple[Conflict, ...]
    blocked: frozenset[PersonId]
    involved: frozenset[AccountRef]
    released: frozenset[PersonId]


def accounts_of_somebody(bindings: Bindings, recorded: Recorded) -> frozenset[AccountRef]:
    """Return the accounts that are some person's, or in a conflict: every other live one is nobody's."""
    refs = {*bindings.involved, *(owned.ref for owned in recorded.accounts.values())}
    for binding in bindings.of.values():
        refs.update(each.ref for each in (binding.live, binding.owned) if each is not None)
    return frozenset(refs)


def bind(desired: Desired, recorded: Recorded, actual: Actual, rule: Correlation) -> Bindings:
    """Bind persons to accounts. Owned accounts are found by reference, others by correlation."""
    live, deleted = _by_value(actual, rule)
    asking = set(desired.accounts) | {error.person for error in desired.errors}
    found: dict[PersonId, set[AccountRef]] = {}
    graves: dict[PersonId, tuple[Found, ...]] = {}
    for person in asking:
        value = _value(desired.persons.get(person), rule)
        matches = set(live.get(value, ())) if value else set[AccountRef]()
        owned = recorded.accounts.get(person)
        if owned is not None and _is_live(actual, owned.ref):
            matches.add(owned.ref)
        found[person] = matches
        graves[person] = _graves(actual, owned, deleted.get(value, ()) if value else ())
    released = _released(found, recorded, desired)
    for person, owned in recorded.accounts.items():
        if person not in found and person not in released:
            found[person] = {owned.ref} if _is_live(actual, owned.ref) else set()
    conflicts = tuple(_conflicts(found))
    blocked = frozenset(person for conflict in conflicts for person in conflict.persons)
    return Bindings(
        of={
            person: Binding(
                recorded.accounts.get(person),
                actual.accounts[next(iter(refs))] if refs else None,
                graves.get(person, ()),
            )
            for person, refs in sorted(found.items())
            if person not in blocked
        },
        conflicts=conflicts,
        blocked=blocked,
        involved=frozenset(ref for conflict in conflicts for ref in conflict.accounts),
        released=released,
    )


def _by_value(
    actual: Actual, rule: Correlation
) -> tuple[dict[str, list[AccountRef]], dict[str, list[AccountRef]]]:
    """Index live and deleted accounts by the folded value of the account's correlation field."""
    live: defaultdict[str, list[AccountRef]] = defaultdict(list)
    deleted: defaultdict[str, list[AccountRef]] = defaultdict(list)
    if rule.enabled:
        for ref, account in sorted(actual.accounts.items()):
            value = account.field(rule.account_field)
            if value is not None and fold(str(value)):
                (deleted if account.deleted else live)[fold(str(value))].append(ref)
    return dict(live), dict(deleted)


def _value(person: Person | None, rule: Correlation) -> str:
    """Return what a person correlates by, folded; empty text never correlates."""
    if person is None or not rule.enabled:
        return ""
    value = person.value(rule.person_field)
    return fold(str(value)) if isinstance(value, str | int) else ""


def _is_live(actual: Actual, ref: AccountRef) -> bool:
    account = actual.accounts.get(ref)
    return account is not None and not account.deleted


def _graves(
    actual: Actual, owned: Owned | None, matches: Iterable[AccountRef]
) -> tuple[Found, ...]:
    """Return the soft-deleted accounts that would be a person's; the one that was ours alone wins."""
    if owned is not None:
        grave = actual.accounts.get(owned.ref)
        if grave is not None and grave.deleted:
            return (grave,)
    return tuple(actual.accounts[ref] for ref in matches)


def _released(
    found: Mapping[PersonId, set[AccountRef]],
    recorded: Recorded,
    desired: Desired,
) -> frozenset[PersonId]:
    """Return owners who left the files altogether while exactly one other person asks for their account."""
    claims: defaultdict[AccountRef, list[PersonId]] = defaultdict(list)
    for person, refs in found.items():
        for ref in refs:
            claims[ref].append(person)
    return frozenset(
        owner
        for owner, owned in recorded.accounts.items()
        if owner not in desired.persons
        and len(claims.get(owned.ref, ())) == 1
        and owner not in found
    )


def _conflicts(found: Mapping[PersonId, set[AccountRef]]) -> Iterable[Conflict]:
    claims: defaultdict[AccountRef, set[PersonId]] = defaultdict(set)
    for person, refs in found.items():
        for ref in refs:
            claims[ref].add(person)
    for person, refs in sorted(found.items()):
        if len(refs) > 1:
            yield Conflict(IssueType.PERSON_MULTIPLE_ACCOUNTS, (person,), tuple(sorted(refs)))
    for ref, persons in sorted(claims.items()):
        if len(persons) > 1:
            yield Conflict(IssueType.ACCOUNT_MULTIPLE_PERSONS, tuple(sorted(persons)), (ref,))
