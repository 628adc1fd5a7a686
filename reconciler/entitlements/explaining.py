"""Why a person has something on a day, or why not: every reason, with what stands in its way."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from reconciler.entitlements.conditions import NO_CONTRACT, Check, compiled
from reconciler.entitlements.contracts import window_of
from reconciler.entitlements.entitle import entitle
from reconciler.entitlements.explanation import (
    Answer,
    Because,
    By,
    Holder,
    Obstacle,
    OutOfPeriod,
    PermissionExplained,
    PersonExplained,
    Timing,
    Unmet,
)
from reconciler.entitlements.naming import Fill, filler
from reconciler.entitlements.prospects import could_grant
from reconciler.entitlements.tested import deciding
from reconciler.model.address import PermissionKey, PermissionKind, PersonId
from reconciler.model.declared import AccountEntry, Declared, MemberEntry
from reconciler.model.person import Contract, Person
from reconciler.model.rules import About, Rule, is_about_contracts
from reconciler.model.state import Desired, Unwanted, Wanted

ENABLED, DISABLED, ABSENT = "enabled", "disabled", "absent"


class Explainer:
    """Explains what declared state says on one day; what rules need is made ready once.

    `names` are those of permissions that the files may not know.
    """

    def __init__(
        self, declared: Declared, as_of: date, names: Mapping[PermissionKey, str] | None = None
    ) -> None:
        self._declared = declared
        self._day = as_of
        self._rules = tuple(_Way.of(rule, as_of) for rule in declared.rules)
        self._entries = {
            PermissionKey.of(each.kind, each.name): each for each in declared.permissions
        }
        self._names = {**(names or {}), **known_names(declared, as_of)}
        self._ways: dict[PermissionKey, tuple[_Way, ...]] = {}
        self._lines: dict[PermissionKey, dict[PersonId, list[MemberEntry]]] = {}

    def person(self, who: PersonId, keys: Iterable[PermissionKey] | None = None) -> PersonExplained:
        """Explain a person's account and these permissions.

        Without `keys`: all that the person holds, then all that only time or an account keeps away.
        """
        person = self._declared.persons.get(who)
        alone = {} if person is None else {who: person}
        found = entitle(replace(self._declared, persons=alone), self._day)
        account = self._account(who, person, found)
        asked = self._everything(person) if keys is None else tuple(keys)
        answers = [self._permission(who, person, key, found) for key in asked]
        if keys is None:
            answers = [each for each in answers if each.has or each.is_near]
            answers.sort(key=lambda each: (not each.has, each.key))
        return PersonExplained(
            who,
            "" if person is None else person.display_name,
            person is not None,
            account,
            tuple(answers),
            found.errors,
        )

    def permission(self, key: PermissionKey) -> PermissionExplained:
        """Explain who holds a permission, and who does not for want of time or of an account."""
        found = entitle(self._declared, self._day)
        wanted = found.permissions.get(key)
        answers = [
            Holder(who, person.display_name, answer)
            for who, person in sorted(self._declared.persons.items())
            if (answer := self._permission(who, person, key, found, is_brief=True)).has
            or answer.is_near
        ]
        entry = self._entries.get(key)
        return PermissionExplained(
            key,
            self._name(key),
            entry.at if entry else None,
            wanted is not None and wanted.members is not None,
            tuple(each for each in answers if each.answer.has),
            tuple(each for each in answers if not each.answer.has),
        )

    def _name(self, key: PermissionKey) -> str:
        return self._names.get(key, key.name)

    def _ways_to(self, key: PermissionKey) -> "tuple[_Way, ...]":
        known = self._ways.get(key)
        if known is None:
            known = tuple(way for way in self._rules if way.could_give(key))
            self._ways[key] = known
        return known

    def _lines_of(self, key: PermissionKey) -> dict[PersonId, list[MemberEntry]]:
        known = self._lines.get(key)
        if known is None:
            entry = self._entries.get(key)
            known = self._lines[key] = {}
            for line in () if entry is None else entry.members or ():
                known.setdefault(line.person, []).append(line)
        return known

    def _everything(self, person: Person | None) -> tuple[PermissionKey, ...]:
        """Return every permission that a line or rule might give the person on some day."""
        if person is None:
            return ()
        keys = {
            key
            for key, entry in self._entries.items()
            if any(line.person == person.id for line in entry.members or ())
        }
        for way in self._rules:
            keys |= {permission.key for permission in way.rule.grants.permissions}
            keys |= way.names_of(person)
        return tuple(sorted(keys))

    # ------------------------------------------------------------ the account

    def _account(self, who: PersonId, person: Person | None, found: Desired) -> Answer:
        entries = [each for each in self._declared.accounts if each.person == who]
        now = [] if person is None else [each for each in entries if each.period.holds(self._day)]
        given = [_by_entry(each) for each in now]
        ways = [way for way in self._rules if way.rule.grants.account is not None]
        by_rules = [
            replace(because, overridden=bool(now))
            for way in ways
            for because in way.reasons(person, None, self._day)
        ]
        account = found.accounts.get(who)
        has = isinstance(account, Wanted)
        state = (ENABLED if account.enabled else DISABLED) if isinstance(account, Wanted) else None
        because = [*(each for each in given if each.gives != ABSENT), *by_rules]
        met = {each.rule for each in by_rules}
        missing = [
            way
            for way in ways
            if way.rule.name not in met
            and (not has or (state == DISABLED and way.gives == ENABLED))
        ]
        return Answer(
            key=None,
            name="account",
            has=has,
            state=ABSENT if isinstance(account, Unwanted) else state,
            because=tuple(because),
            out_of_period=()
            if state == ENABLED
            else tuple(_entry_out(each, self._day) for each in entries if each not in now),
            unmet=() if now else _unmet(missing, person, None, self._day),
            denied_by=next((each for each in given if each.gives == ABSENT), None),
        )

    # ------------------------------------------------------------ a permission

    def _permission(
        self,
        who: PersonId,
        person: Person | None,
        key: PermissionKey,
        found: Desired,
        *,
        is_brief: bool = False,
    ) -> Answer:
        """Answer for one permission; a brief answer has no obstacles but those of time."""
        lines = self._lines_of(key).get(who, [])
        now = [] if person is None else [line for line in lines if line.period.holds(self._day)]
        ways = self._ways_to(key)
        because = [_by_line(line) for line in now]
        for way in ways:
            because += way.reasons(person, key, self._day)
        met = {each.rule for each in because}
        missing = [way for way in ways if way.rule.name not in met]
        wanted = found.permissions.get(key)
        has = wanted is not None and who in (wanted.members or ())
        return Answer(
            key=key,
            name=self._name(key),
            has=has,
            because=tuple(because),
            out_of_period=()
            if has
            else tuple(_line_out(line, self._day) for line in lines if line not in now),
            unmet=() if has else _unmet(missing, person, key, self._day, is_brief=is_brief),
            lacks_account=bool(because) and not has,
        )


@dataclass(frozen=True, slots=True)
class _Way:
    """One rule as a way to an entitlement, made ready for a day."""

    rule: Rule
    check: Check
    fill: Fill | None
    statics: frozenset[PermissionKey]
    by_contract: bool
    names_by_contract: bool

    @classmethod
    def of(cls, rule: Rule, day: date) -> "_Way":
        template = rule.grants.group_per_contract
        return cls(
            rule,
            compiled(rule.when, day),
            None if template is None else filler(template, day),
            frozenset(permission.key for permission in rule.grants.permissions),
            is_about_contracts(rule.when),
            template is not None and any(path.about is About.CONTRACT for path in template.paths),
        )

    @property
    def gives(self) -> str | None:
        """The state of the account that the rule gives."""
        enabled = self.rule.grants.account
        return None if enabled is None else ENABLED if enabled else DISABLED

    def could_give(self, key: PermissionKey) -> bool:
        """Tell whether the rule names the permission, or may make its name for somebody."""
        return could_grant((self.rule,), key)

    def names_of(self, person: Person) -> set[PermissionKey]:
        """Return the groups that the rule would make of the person's contracts, whatever the day."""
        fill = self.fill
        if fill is None:
            return set()
        names = [fill(person, contract) for contract in (*person.contracts, NO_CONTRACT)]
        return {PermissionKey.of(PermissionKind.GROUP, name) for name in names if name}

    def reasons(self, person: Person | None, key: PermissionKey | None, day: date) -> list[Because]:
        """Return every reason by which the rule gives the account (None) or a permission."""
        return [
            Because(
                By.RULE,
                self.rule.at,
                self.rule.name,
                self.gives if key is None else None,
                obstacle.contract,
                obstacle.start,
                obstacle.until,
                tests=deciding(self.rule.when, person, contract, day),
            )
            for contract, obstacle in self._seen(person, key, day, met=True)
            if person is not None
            and obstacle.timing is Timing.OPEN
            and not (obstacle.makes or obstacle.is_nameless)
        ]

    def obstacles(
        self, person: Person | None, key: PermissionKey | None, day: date, *, is_brief: bool
    ) -> Iterator[Obstacle]:
        """Yield what stands in the way, contract by contract; nothing for one that gives it."""
        if is_brief:
            for _, obstacle in self._seen(person, key, day, met=True):
                if obstacle.is_time_only:
                    yield obstacle
            return
        for contract, obstacle in self._seen(person, key, day):
            if person is None:
                continue
            if not self.check(person, contract):
                yield replace(obstacle, failed=deciding(self.rule.when, person, contract, day))
            elif obstacle.is_time_only or obstacle.makes is not None or obstacle.is_nameless:
                yield obstacle

    def _seen(
        self, person: Person | None, key: PermissionKey | None, day: date, *, met: bool = False
    ) -> Iterator[tuple[Contract, Obstacle]]:
        """Yield the contracts that the rule looks at for this (those that meet it), all else judged."""
        if person is None:
            return
        fill = None if key is None or key in self.statics else self.fill
        by_contract = self.by_contract or (fill is not None and self.names_by_contract)
        for contract in person.contracts if by_contract else (NO_CONTRACT,):
            if met and not self.check(person, contract):
                continue
            start, until = window_of(contract, self.rule.window)
            name = None if fill is None else fill(person, contract)
            is_other = name is not None and PermissionKey.of(PermissionKind.GROUP, name) != key
            yield (
                contract,
                Obstacle(
                    contract.external_id if by_contract else None,
                    start,
                    until,
                    Timing.of(day, start, until),
                    makes=name if is_other else None,
                    is_nameless=fill is not None and name is None,
                ),
            )


def known_names(declared: Declared, as_of: date) -> dict[PermissionKey, str]:
    """Return every permission that the files name, or make of person data on whatever day."""
    found: dict[PermissionKey, str] = {}

    def add(kind: PermissionKind, name: str) -> None:
        found.setdefault(PermissionKey.of(kind, name), name)

    for entry in declared.permissions:
        add(entry.kind, entry.name)
    for rule in declared.rules:
        for permission in rule.grants.permissions:
            add(permission.kind, permission.name)
    templates = [rule.grants.group_per_contract for rule in declared.rules]
    templates += [resource.group for resource in declared.resources]
    for fill in [filler(template, as_of) for template in templates if template is not None]:
        for person in declared.persons.values():
            for contract in (*person.contracts, NO_CONTRACT):
                name = fill(person, contract)
                if name:
                    add(PermissionKind.GROUP, name)
    return found


def _unmet(
    ways: Sequence[_Way],
    person: Person | None,
    key: PermissionKey | None,
    day: date,
    *,
    is_brief: bool = False,
) -> tuple[Unmet, ...]:
    if person is None:
        return ()
    found = (
        Unmet(
            way.rule.name,
            way.rule.at,
            way.gives if key is None else None,
            tuple(way.obstacles(person, key, day, is_brief=is_brief)),
        )
        for way in ways
    )
    return tuple(unmet for unmet in found if unmet.obstacles or not is_brief)


def _by_entry(entry: AccountEntry) -> Because:
    period = entry.period
    return Because(
        By.ENTRY, entry.at, gives=entry.state.value, start=period.start, until=period.until
    )


def _by_line(line: MemberEntry) -> Because:
    period = line.period
    return Because(
        By.LINE,
        line.at,
        start=period.start,
        until=period.until,
        reason=line.reason,
        ticket=line.ticket,
    )


def _entry_out(entry: AccountEntry, day: date) -> OutOfPeriod:
    start, until = entry.period.start, entry.period.until
    timing = Timing.of(day, start, until)
    return OutOfPeriod(By.ENTRY, entry.at, entry.state.value, start, until, timing)


def _line_out(line: MemberEntry, day: date) -> OutOfPeriod:
    start, until = line.period.start, line.period.until
    return OutOfPeriod(By.LINE, line.at, None, start, until, Timing.of(day, start, until))
