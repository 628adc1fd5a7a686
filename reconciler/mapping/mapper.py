"""The field mapping at work: one person and one lifecycle action in, values out."""

import copy
import dataclasses
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import TypeAlias, assert_never

from reconciler.entitlements.contracts import primary_contract, primary_manager
from reconciler.errors import BadInput
from reconciler.mapping.api_fields import BOOLEANS, GIVEN
from reconciler.mapping.field_mapping import Copied, Field, FieldMapping, Fixed, Scripted, Unmapped
from reconciler.mapping.host import Given, Limits, Script, ScriptHost, Thrown, as_json
from reconciler.mapping.values import NoValue, copied, truth
from reconciler.mapping.zone import find_zone
from reconciler.model.address import PersonId
from reconciler.model.mapped import Mapped, MappingFailed, Stage
from reconciler.model.person import Person, member
from reconciler.model.value import JSON, FieldValue, Generated, Plain, Secret

SYSTEM = "HelloID"
"""The name below `Person.Accounts` under which scripts see the fields stored of this target."""

NOON = time(12)

AccountData: TypeAlias = Mapping[PersonId, Mapping[str, Plain]]


def open_mapper(
    mapping: FieldMapping,
    time_zone: str,
    now: datetime,
    accounts: AccountData | None = None,
    limits: Limits | None = None,
) -> "FieldMapper":
    """Return a mapper for that moment; raises BadInput where there is no such time zone.

    `accounts` is the stored account data of each person, seen as `Person.Accounts.HelloID`; a dotted
    name is a member of an object there, as it is in the account.
    """
    return FieldMapper(mapping, time_zone, now, accounts or {}, limits)


class FieldMapper:
    """Maps persons for the planner, and draws the generated fields when applying."""

    def __init__(
        self,
        mapping: FieldMapping,
        time_zone: str,
        now: datetime,
        accounts: AccountData,
        limits: Limits | None,
    ) -> None:
        self._mapping, self._accounts = mapping, accounts
        self._zone = find_zone(time_zone)
        self._now, self._day = now, now.astimezone(self._zone).date()
        self._fields = {
            stage: tuple(one for one in mapping.fields if _is_mapped(one, stage)) for stage in Stage
        }
        scripts = {
            Script(rule.source, one.many)
            for one in mapping.fields
            for rule in one.rules.values()
            if isinstance(rule, Scripted)
        }
        ordered = sorted(scripts, key=lambda script: (script.source, script.many))
        self._index = {(script.source, script.many): at for at, script in enumerate(ordered)}
        self._host = ScriptHost(ordered, time_zone, now, limits)
        self._view: _View | None = None

    def map(self, person: Person, stage: Stage, iteration: int = 0) -> Mapped | MappingFailed:
        """Return the mapped fields, or why a script failed for this person."""
        values: dict[str, FieldValue] = {}
        for field in self._fields[stage]:
            try:
                value, drawn = self._value(person, field, stage, iteration)
            except NoValue as reason:
                return MappingFailed(field.name, str(reason))
            hidden = drawn or field.secret
            values[field.name] = Generated(field.name, iteration) if hidden else value
        return Mapped(values)

    def names(self, stage: Stage) -> tuple[str, ...]:
        """Return the fields that are mapped for an action (mode None left out), sorted."""
        return tuple(sorted(field.name for field in self._fields[stage]))

    def stored(self) -> tuple[str, ...]:
        """Return the fields to keep as account data (StoreInAccountData), sorted; never a password."""
        fields = self._mapping.fields
        return tuple(sorted(one.name for one in fields if one.stored and not one.secret))

    def notified(self, stage: Stage) -> tuple[str, ...]:
        """Return the fields that notifications of an action may use (UsedInNotifications), sorted."""
        return tuple(sorted(one.name for one in self._mapping.fields if stage in one.notified))

    def unique(self) -> tuple[str, ...]:
        """Return the mapping's own UniqueFieldNames."""
        return self._mapping.unique

    def seeing(self, accounts: AccountData) -> "FieldMapper":
        """Return this mapper with the account data of each person, seen as `Person.Accounts.HelloID`."""
        other = copy.copy(self)
        other._accounts, other._view = accounts, None  # noqa: SLF001 - another of this very class
        return other

    def on(self, day: date) -> "FieldMapper":
        """Return this mapper as of a day: its clock, the primary contract and manager.

        Today has the moment that it is; another day has its noon, so that it always maps alike.
        """
        if day == self._day:
            return self
        other = copy.copy(self)
        is_today = day == self._now.astimezone(self._zone).date()
        moment = self._now if is_today else datetime.combine(day, NOON, self._zone)
        other._day, other._host, other._view = day, self._host.at(moment), None  # noqa: SLF001 - another of this very class
        return other

    def draw(self, person: Person, stage: Stage, field: Generated) -> Secret | Plain:
        """Return a fresh value for a generated field; a password comes as Secret.

        Raises BadInput where the script fails now or the field is no longer mapped.
        """
        mapped = next((one for one in self._fields[stage] if one.name == field.field), None)
        if mapped is None:
            raise BadInput(
                "Field not mapped",
                f"{field.field} is to be generated, but the mapping has nothing for it on {stage}.",
                "Plan again.",
            )
        try:
            value, _ = self._value(person, mapped, stage, field.iteration, draw=True)
        except NoValue as reason:
            shown = "The message is withheld: it may hold a password." if mapped.secret else reason
            raise BadInput(
                "Mapping script failed",
                f"{mapped.name} could not be generated for person {person.id}. {shown}",
                "Mend the script of that field in the field mapping, and plan again.",
            ) from (None if mapped.secret else reason)
        return Secret(str(value)) if mapped.secret and value is not None else value

    def _value(
        self, person: Person, field: Field, stage: Stage, iteration: int, *, draw: bool = False
    ) -> tuple[Plain, bool]:
        value, drawn = self._raw(person, field, stage, iteration, draw=draw)
        if field.name in BOOLEANS and not (drawn and not draw):
            value = truth(value)
        return value, drawn

    def _raw(
        self, person: Person, field: Field, stage: Stage, iteration: int, *, draw: bool
    ) -> tuple[Plain, bool]:
        rule = field.rules[stage]
        match rule:
            case Unmapped():
                return None, False
            case Fixed(value):
                return value, False
            case Copied(path):
                return copied(self._seen(person).whole.value(path), many=field.many), False
            case Scripted(source):
                index = self._index[source, field.many]
                given = self._host.run(index, self._seen(person).text, iteration, draw=draw)
                return _unpacked(given)
            case _:
                assert_never(rule)

    def _seen(self, person: Person) -> "_View":
        view = self._view
        if view is None or view.person is not person:
            view = self._view = _View(person, self._complete(person))
        return view

    def _complete(self, person: Person) -> Person:
        """Return the person with what HelloID adds: primary contract and manager, stored account data."""
        fields: dict[str, JSON] = dict(person.fields)
        if not member(fields, "PrimaryContract"):
            contract = primary_contract(person, self._day)
            _put(fields, "PrimaryContract", None if contract is None else contract.fields)
        manager = primary_manager(person, self._day)
        if manager is not None and manager is not member(fields, "PrimaryManager"):
            _put(fields, "PrimaryManager", manager)
        stored = self._accounts.get(person.id)
        if stored is not None:
            accounts = member(fields, "Accounts")
            systems: dict[str, JSON] = dict(accounts) if isinstance(accounts, Mapping) else {}
            given = member(systems, SYSTEM)
            whole = dict(given) if isinstance(given, Mapping) else dict[str, JSON]()
            for name, value in stored.items():
                _put_below(whole, name, value)
            _put(systems, SYSTEM, whole)
            _put(fields, "Accounts", systems)
        return dataclasses.replace(person, fields=fields)


class _View:
    """A person as mappings see it; the JSON text is made for the first script."""

    def __init__(self, person: Person, whole: Person) -> None:
        self.person = person
        self.whole = whole
        self._text: str | None = None

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = as_json(self.whole.fields)
        return self._text


def _put(fields: dict[str, JSON], name: str, value: JSON) -> None:
    for key in [key for key in fields if key.casefold() == name.casefold()]:
        del fields[key]
    fields[name] = value


def _put_below(fields: dict[str, JSON], dotted: str, value: JSON) -> None:
    outer, dot, rest = dotted.partition(".")
    if not dot:
        _put(fields, dotted, value)
        return
    inner = member(fields, outer)
    below = dict(inner) if isinstance(inner, Mapping) else dict[str, JSON]()
    _put_below(below, rest, value)
    _put(fields, outer, below)


def _is_mapped(field: Field, stage: Stage) -> bool:
    if field.name in GIVEN or (field.name == "isEnabled" and stage is Stage.UPDATE):
        return False
    return not isinstance(field.rules.get(stage, Unmapped()), Unmapped)


def _unpacked(given: Given | Thrown) -> tuple[Plain, bool]:
    match given:
        case Given(value, drawn):
            return value, drawn
        case Thrown(message):
            raise NoValue(message)
        case _:
            assert_never(given)
