"""Accounts at two revisions: who gets one, whose goes, who may sign in, and which fields differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.address import AccountName, PersonId, fold
from reconciler.model.change import (
    CreateAccount,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    FieldChange,
    Fields,
    Subject,
    UpdateAccount,
)
from reconciler.model.difference import Difference
from reconciler.model.mapped import Stage
from reconciler.model.person import Person
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.settings import NotDesired
from reconciler.model.state import PersonError, Unwanted, Wanted
from reconciler.model.value import AccountOf, FieldValue, Generated, Plain, alike, same
from reconciler.planner.fields import (
    ACCESS,
    MANAGER,
    USER_NAME,
    FieldRules,
    Taken,
    Values,
    text_of,
    without,
)
from reconciler.planner.sides import Pair, Side

_NEVER_UPDATED = (ACCESS, MANAGER, "userGUID")
_NO_OVERRIDES: Mapping[str, Plain] = {}


@dataclass(frozen=True, slots=True)
class ComparedAccounts:
    """What differs; `deleted` are the persons whose account goes with all that it holds."""

    found: list[Difference] = field(default_factory=list[Difference])
    errors: list[PersonError] = field(default_factory=list[PersonError])
    deleted: set[PersonId] = field(default_factory=set[PersonId])


def compare_accounts(pair: Pair) -> ComparedAccounts:
    """Return what differs of every account that one of the sides asks for, or asks to delete."""
    found = ComparedAccounts()
    before, after = pair.base.desired.accounts, pair.head.desired.accounts
    for person in sorted({*before, *after}):
        match before.get(person), after.get(person):
            case Wanted() as was, Wanted() as wanted:
                _compare(found, pair, person, was, wanted)
            case _, Wanted() as wanted:
                _create(found, pair, person, wanted)
            case Unwanted(), Unwanted():
                pass
            case was, Unwanted() as unwanted:
                cause = Cause(
                    CauseKind.DESIRED, unwanted.origin.detail, pair.head.at(unwanted.origin.at)
                )
                _delete(found, pair, person, was if isinstance(was, Wanted) else None, cause)
            case Wanted() as was, None:
                _leave(found, pair, person, was)
            case _:
                pass
    return found


# ---------------------------------------------------------------- an account that comes


def _create(found: ComparedAccounts, pair: Pair, person: PersonId, wanted: Wanted) -> None:
    head = pair.head
    whole = head.desired.persons[person]
    created = _mapped(head, whole, Stage.CREATE, wanted)
    kept = _kept(head, whole, wanted, renames=True)
    access = _mapped(head, whole, _access_stage(wanted), wanted)
    values: dict[str, FieldValue] = {}
    for part in (created, kept, access):
        if isinstance(part, PersonError):
            found.errors.append(part)
            return
        values.update(part if part is created else without(part, USER_NAME))
    values = {**without(values, *_NEVER_UPDATED), **_manager(head, whole)}
    name = text_of(values, USER_NAME)
    given = {n: v for n, v in values.items() if v not in (None, "", ())}
    given[ACCESS] = wanted.enabled
    fields = tuple(FieldChange(each, None, given[each]) for each in sorted(given))
    cause = Cause(CauseKind.DESIRED, wanted.origin.detail, head.at(wanted.origin.at))
    change = CreateAccount(Subject(person, AccountName(None, name)), fields)
    found.found.append(Difference(change, cause))


# ---------------------------------------------------------------- an account that goes


def _leave(found: ComparedAccounts, pair: Pair, person: PersonId, was: Wanted) -> None:
    """Follow `account_not_desired` for an account that the base asks for and the head does not."""
    cause = _why_left(pair, person, was)
    match pair.head.settings.account_not_desired:
        case NotDesired.KEEP:
            pass
        case NotDesired.DELETE:
            _delete(found, pair, person, was, cause)
        case NotDesired.DISABLE if was.enabled:
            whole = pair.head.desired.persons.get(person)
            wanted = Wanted(enabled=False, origin=was.origin)
            fields = _access_fields(pair, person, was, whole, wanted)
            if isinstance(fields, PersonError):
                found.errors.append(fields)
            else:
                found.found.append(Difference(DisableAccount(_subject(person), fields), cause))
        case NotDesired.DISABLE:
            pass


def _why_left(pair: Pair, person: PersonId, was: Wanted) -> Cause:
    ended = pair.head.desired.ended.get(person)
    if ended is not None:
        return Cause(CauseKind.EXPIRED, ended.detail, pair.head.at(ended.at))
    cause = pair.no_longer(person, was.origin, was.via)
    if cause is not None:
        return cause
    detail = f"the {was.origin.detail} left the files"
    return Cause(CauseKind.REMOVED, detail, pair.base.at(was.origin.at))


def _delete(
    found: ComparedAccounts, pair: Pair, person: PersonId, was: Wanted | None, cause: Cause
) -> None:
    fields: Fields = ()
    whole = pair.head.desired.persons.get(person)
    if whole is not None:
        mapped = _mapped(pair.head, whole, Stage.DELETE, None)
        if isinstance(mapped, PersonError):
            found.errors.append(mapped)
            return
        held = _held(pair.base, person, was)
        fields = _differing(held, without(mapped, MANAGER, "userGUID"))
    found.deleted.add(person)
    found.found.append(Difference(DeleteAccount(_subject(person), fields), cause))


# ---------------------------------------------------------------- an account that stays


def _compare(
    found: ComparedAccounts, pair: Pair, person: PersonId, was: Wanted, wanted: Wanted
) -> None:
    head = pair.head
    is_same = pair.is_same_mapping and pair.is_same_person(person)
    is_same = is_same and alike(was.overrides, wanted.overrides)
    whole = head.desired.persons[person]
    if not is_same or was.enabled != wanted.enabled:
        _compare_fields(found, pair, person, was, wanted)
    elif _manager(pair.base, pair.base.desired.persons[person]) != _manager(head, whole):
        changes = _differing(
            _manager(pair.base, pair.base.desired.persons[person]), _manager(head, whole)
        )
        if changes:
            cause = Cause(CauseKind.DESIRED, "the manager's account", head.at(whole.at))
            found.found.append(Difference(UpdateAccount(_subject(person), changes), cause))


def _compare_fields(
    found: ComparedAccounts, pair: Pair, person: PersonId, was: Wanted, wanted: Wanted
) -> None:
    head = pair.head
    whole = head.desired.persons[person]
    values = _kept(head, whole, wanted, renames=head.settings.target.update_user_name)
    if isinstance(values, PersonError):
        found.errors.append(values)
        return
    changes = _differing(_held(pair.base, person, was), {**values, **_manager(head, whole)})
    if was.enabled != wanted.enabled:
        fields = _access_fields(pair, person, was, whole, wanted)
        if isinstance(fields, PersonError):
            found.errors.append(fields)
            return
        cause = Cause(CauseKind.DESIRED, wanted.origin.detail, head.at(wanted.origin.at))
        kind = EnableAccount if wanted.enabled else DisableAccount
        found.found.append(Difference(kind(_subject(person), fields), cause))
    if changes:
        cause = _why_updated(pair, person, was, wanted)
        found.found.append(Difference(UpdateAccount(_subject(person), changes), cause))


def _why_updated(pair: Pair, person: PersonId, was: Wanted, wanted: Wanted) -> Cause:
    head = pair.head
    whole = head.desired.persons[person]
    reasons: list[tuple[str, str | None]] = []
    if not pair.is_same_mapping:
        reasons.append(("field mapping", head.settings.field_mapping))
    if not alike(was.overrides, wanted.overrides):
        reasons.append((wanted.origin.detail, head.at(wanted.origin.at)))
    if not pair.is_same_person(person):
        reasons.append(("person record", head.at(whole.at)))
    if not reasons:
        reasons.append(("the manager's account", head.at(whole.at)))
    detail = ", ".join(reason for reason, _ in reasons)
    return Cause(CauseKind.DESIRED, detail, reasons[0][1])


def _access_fields(
    pair: Pair, person: PersonId, was: Wanted, whole: Person | None, wanted: Wanted
) -> Fields | PersonError:
    """Return isEnabled and what else the mapping changes when access is given or taken."""
    switch = FieldChange(ACCESS, was.enabled, wanted.enabled)
    if whole is None:
        return (switch,)
    mapped = _mapped(pair.head, whole, _access_stage(wanted), wanted)
    if isinstance(mapped, PersonError):
        return mapped
    leave = [*_NEVER_UPDATED]
    if not pair.head.settings.target.update_user_name:
        leave.append(USER_NAME)
    more = _differing(_held(pair.base, person, was), without(mapped, *leave))
    return tuple(sorted((switch, *more), key=lambda change: change.field))


# ---------------------------------------------------------------- what accounts hold


def _subject(person: PersonId) -> Subject:
    return Subject(person, AccountName(None, ""))


def _access_stage(wanted: Wanted) -> Stage:
    return Stage.ENABLE if wanted.enabled else Stage.DISABLE


def _mapped(
    side: Side, person: Person, stage: Stage, wanted: Wanted | None
) -> Values | PersonError:
    """Return what the mapping gives for a stage. Unique fields have their first value: nobody is asked."""
    rules = FieldRules(side.mapper, side.settings)
    overrides = _NO_OVERRIDES if wanted is None else wanted.overrides
    return rules.wanted(person, stage, overrides, Taken({}), None)


def _kept(side: Side, person: Person, wanted: Wanted, *, renames: bool) -> Values | PersonError:
    """Return the fields that updates see to, less those that belong to the access the account has."""
    mapped = _mapped(side, person, Stage.UPDATE, wanted)
    if isinstance(mapped, PersonError):
        return mapped
    overridden = {fold(name) for name in wanted.overrides}
    names = side.mapper.names(_access_stage(wanted))
    leave = [*_NEVER_UPDATED, *(name for name in names if fold(name) not in overridden)]
    if not renames:
        leave.append(USER_NAME)
    return {n: v for n, v in without(mapped, *leave).items() if not isinstance(v, Generated)}


def _held(side: Side, person: PersonId, wanted: Wanted | None) -> Values:
    """Return what an account holds if a side was applied; nothing is known where its mapping fails."""
    whole = side.desired.persons.get(person)
    if whole is None or wanted is None:
        return {}
    parts = [
        _mapped(side, whole, Stage.UPDATE, wanted),
        _mapped(side, whole, _access_stage(wanted), wanted),
    ]
    values: dict[str, FieldValue] = {}
    for part in parts:
        if not isinstance(part, PersonError):
            values.update(part)
    return {**without(values, MANAGER), **_manager(side, whole), ACCESS: wanted.enabled}


def _manager(side: Side, person: Person) -> Values:
    """Return the manager's account, where it is written at all."""
    if not side.settings.target.set_manager or person.manager is None:
        return {MANAGER: None} if side.settings.target.set_manager else {}
    if not isinstance(side.desired.accounts.get(person.manager), Wanted):
        return {}
    return {MANAGER: AccountOf(person.manager)}


def _differing(held: Values, wanted: Values) -> Fields:
    before: Mapping[str, FieldValue] = {fold(name): value for name, value in held.items()}
    found: list[FieldChange] = []
    for name, value in wanted.items():
        old = before.get(fold(name))
        if isinstance(value, Generated) or _is_same(old, value):
            continue
        found.append(FieldChange(name, old, value))
    return tuple(sorted(found, key=lambda change: change.field))


def _is_same(old: FieldValue, new: FieldValue) -> bool:
    if isinstance(old, Generated | AccountOf) or isinstance(new, Generated | AccountOf):
        return old == new
    return same(old, new)
