"""The source of rules: what each person gets by the rules met on a date, with the reasons."""

from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from re import Pattern

from reconciler.entitlements.conditions import NO_CONTRACT
from reconciler.entitlements.contracts import window_of
from reconciler.entitlements.naming import Fill, filler, pattern_of
from reconciler.entitlements.reasons import Reason, account, joined, longest_first, membership
from reconciler.entitlements.rulebook import ReadyRule, RuleBook
from reconciler.entitlements.source import Claims, Named
from reconciler.model.address import PermissionKey, PermissionKind, PersonId
from reconciler.model.declared import Declared
from reconciler.model.person import Contract, Person
from reconciler.model.provenance import Origin, Via
from reconciler.model.rules import About, NameTemplate, Rule
from reconciler.model.state import Membership, PersonError, Unwanted, Wanted


def ruled(declared: Declared, as_of: date) -> Claims:
    """Return what the rules give on a date: their union, and the strongest state of an account."""
    if not declared.rules:
        return Claims()
    book = RuleBook(declared.rules, as_of, declared.persons.values())
    actors = tuple(_Actor.of(ready, as_of) for ready in book.rules)
    found = _Gathered(
        {}, defaultdict(dict), {}, defaultdict(dict), _static_names(declared.rules), []
    )
    for person in declared.persons.values():
        met = book.met_by(person)
        accounts: list[tuple[bool, Reason]] = []
        for number in sorted(met.contracts):
            accounts += _give(found, actors[number], person, met.contracts[number])
        if accounts:
            found.accounts[person.id] = account(accounts)
        if met.over:
            over = [(actors[number], met.over[number]) for number in sorted(met.over)]
            _end(found, person, over)
    return Claims(
        accounts=found.accounts,
        grants=found.grants,
        ended_accounts=found.ended_accounts,
        ended_grants=found.ended_grants,
        names=found.names,
        manages=_Managed.by(declared, as_of).holds,
        errors=tuple(found.errors),
    )


@dataclass(frozen=True, slots=True)
class _Gathered:
    """What all persons together get, while it is gathered."""

    accounts: dict[PersonId, Wanted | Unwanted]
    grants: defaultdict[PermissionKey, dict[PersonId, Membership]]
    ended_accounts: dict[PersonId, Origin]
    ended_grants: defaultdict[PermissionKey, dict[PersonId, Origin]]
    names: dict[PermissionKey, Named]
    errors: list[PersonError]

    def grant(self, key: PermissionKey, person: PersonId, held: Membership) -> None:
        holders = self.grants[key]
        first = holders.get(person)
        holders[person] = held if first is None else joined(first, held)


@dataclass(frozen=True, slots=True)
class _Actor:
    """What one rule does for those who meet it; what they share is made once."""

    ready: ReadyRule
    origin: Origin
    keys: tuple[PermissionKey, ...]
    fill: Fill | None
    alone: Reason

    @classmethod
    def of(cls, ready: ReadyRule, day: date) -> "_Actor":
        rule = ready.rule
        template = rule.grants.group_per_contract
        origin = origin_of(rule)
        return cls(
            ready,
            origin,
            tuple(dict.fromkeys(permission.key for permission in rule.grants.permissions)),
            None if template is None else filler(template, day),
            Reason(origin, Via(rule.name)),
        )

    def reason(self, contract: Contract) -> Reason:
        start, until = window_of(contract, self.ready.rule.window)
        return Reason(self.origin, Via(self.ready.rule.name, contract.external_id, start, until))

    def reasons(self, contracts: Sequence[Contract]) -> list[Reason]:
        """Return a reason for each contract, the one that lasts longest first."""
        if not self.ready.is_about_contracts:
            return [self.alone]
        if len(contracts) == 1:
            return [self.reason(contracts[0])]
        return sorted(map(self.reason, contracts), key=lambda each: longest_first(each.via))

    def naming_contracts(self, person: Person, contracts: Sequence[Contract]) -> Sequence[Contract]:
        """Return the contracts that each name a group: those in the conditions."""
        template = self.ready.rule.grants.group_per_contract
        if self.ready.is_about_contracts or template is None:
            return contracts
        if all(path.about is About.PERSON for path in template.paths):
            return (NO_CONTRACT,)
        return [contract for contract in person.contracts if self.ready.is_open(contract)]


def origin_of(rule: Rule) -> Origin:
    """Return the origin of everything that a rule gives."""
    return Origin(rule.at, f"rule {rule.name}")


def _static_names(rules: Sequence[Rule]) -> dict[PermissionKey, Named]:
    """Return every permission that a rule names in so many words, also where nobody gets it today."""
    found: dict[PermissionKey, Named] = {}
    for rule in rules:
        for permission in rule.grants.permissions:
            found.setdefault(permission.key, Named(permission.name, origin_of(rule)))
    return found


def _give(
    found: _Gathered, actor: _Actor, person: Person, contracts: Sequence[Contract]
) -> list[tuple[bool, Reason]]:
    """Add what a rule grants to a person who meets it; return its reasons for an account."""
    reasons = actor.reasons(contracts)
    if actor.keys:
        held = membership(reasons)
        for key in actor.keys:
            found.grant(key, person.id, held)
    if actor.fill is not None:
        _give_named(found, actor, actor.fill, person, contracts)
    enabled = actor.ready.rule.grants.account
    return [] if enabled is None else [(enabled, reason) for reason in reasons]


def _give_named(
    found: _Gathered, actor: _Actor, fill: Fill, person: Person, contracts: Sequence[Contract]
) -> None:
    by_key: dict[PermissionKey, list[Reason]] = {}
    for contract in actor.naming_contracts(person, contracts):
        name = fill(person, contract)
        if name is None:
            found.errors.append(_nameless(actor.ready.rule, person, contract))
            continue
        key = PermissionKey.of(PermissionKind.GROUP, name)
        known = found.names.get(key)
        if known is None or known.is_made:
            named = Named(name, actor.origin, is_made=True)
            found.names[key] = named if known is None else known.or_first(named)
        reason = actor.alone if contract is NO_CONTRACT else actor.reason(contract)
        by_key.setdefault(key, []).append(reason)
    for key, reasons in by_key.items():
        reasons.sort(key=lambda each: longest_first(each.via))
        found.grant(key, person.id, membership(reasons))


def _nameless(rule: Rule, person: Person, contract: Contract) -> PersonError:
    template = rule.grants.group_per_contract
    text = "" if template is None else template.text
    which = "" if contract is NO_CONTRACT else f" on contract {contract.external_id}"
    return PersonError(
        person.id,
        "Group name cannot be made",
        f"rule {rule.name}: group_per_contract is {text}, and a path in it has no value{which}.",
        rule.at.short,
    )


def _end(
    found: _Gathered, person: Person, over: Sequence[tuple[_Actor, Sequence[Contract]]]
) -> None:
    """Note what rules gave until their windows closed; of an account the rule that gave it last."""
    latest = date.min
    for actor, contracts in over:
        for key in actor.keys:
            found.ended_grants[key].setdefault(person.id, actor.origin)
        if actor.fill is not None:
            _end_named(found, actor, actor.fill, person, contracts)
        if actor.ready.rule.grants.account is None:
            continue
        window = actor.ready.rule.window
        until = max(window_of(contract, window)[1] or latest for contract in contracts)
        if until > latest:
            latest, found.ended_accounts[person.id] = until, actor.origin


def _end_named(
    found: _Gathered, actor: _Actor, fill: Fill, person: Person, contracts: Sequence[Contract]
) -> None:
    for contract in contracts:
        name = fill(person, contract)
        if name is not None:
            key = PermissionKey.of(PermissionKind.GROUP, name)
            found.ended_grants[key].setdefault(person.id, actor.origin)


@dataclass(frozen=True, slots=True)
class _Managed:
    """Which permissions some rule decides on, whoever gets them today.

    Without it the last person to leave a group would keep it: nobody would be asked for there any more,
    as where membership is not managed.
    """

    keys: AbstractSet[PermissionKey]
    patterns: tuple[Pattern[str], ...]

    @classmethod
    def by(cls, declared: Declared, as_of: date) -> "_Managed":
        keys = set(_static_names(declared.rules))
        patterns: list[Pattern[str]] = []
        for rule in declared.rules:
            template = rule.grants.group_per_contract
            if template is None:
                continue
            pattern = pattern_of(template)
            if pattern is not None:
                patterns.append(pattern)
            else:
                keys |= _names_ever_made(template, declared, as_of)
        return cls(keys, tuple(patterns))

    def holds(self, key: PermissionKey) -> bool:
        """Tell whether a rule names the permission, or could make its name."""
        if key in self.keys:
            return True
        if key.kind is not PermissionKind.GROUP:
            return False
        return any(pattern.fullmatch(key.name) is not None for pattern in self.patterns)


def _names_ever_made(template: NameTemplate, declared: Declared, as_of: date) -> set[PermissionKey]:
    """Return the groups of all contracts in the data, for a template whose names look like any other."""
    fill = filler(template, as_of)
    names = {
        fill(person, contract)
        for person in declared.persons.values()
        for contract in (*person.contracts, NO_CONTRACT)
    }
    return {PermissionKey.of(PermissionKind.GROUP, name) for name in names if name is not None}
