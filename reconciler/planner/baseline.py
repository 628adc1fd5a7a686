"""With `ledger: none`: what the files asked for at a revision, as what an apply of it left behind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reconciler.model.address import (
    AccountRef,
    PermissionKey,
    PermissionKind,
    PermissionRef,
    PersonId,
    fold,
)
from reconciler.model.mapped import Stage
from reconciler.model.settings import Settings, matches_any
from reconciler.model.state import (
    Actual,
    Desired,
    Found,
    FoundPermission,
    Owned,
    OwnedGrant,
    PersonError,
    Protection,
    Recorded,
    Wanted,
    WantedPermission,
)
from reconciler.model.value import AccountOf, Generated, Plain
from reconciler.planner.binding import Binding, bind
from reconciler.planner.fields import ACCESS, MANAGER, USER_NAME, FieldRules, Taken, without
from reconciler.planner.ports import Mapper


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a revision's files ask for: on its first day, and on the later days on which that changes.

    The first day is that of the commit: from then on it may have been applied. There is at least one day.
    """

    days: tuple[Desired, ...]
    mapper: Mapper
    settings: Settings


def recorded_from(baseline: Baseline, actual: Actual) -> Recorded:
    """Return what counts as recorded, read from the tenant by correlation and by name.

    What was asked for on the first day counts, also where the tenant holds it no more; what began since,
    and products, which may wait for approval, only where the tenant holds it. A person or account that
    does not correlate one to one, and a name that means several things, have nothing recorded: what
    may be somebody else's is never taken away. `kept` is false.
    """
    whole = _asked_for(baseline.days)
    bindings = bind(whole, Recorded(), actual, baseline.settings.correlation)
    first = baseline.days[0].accounts
    owned: dict[PersonId, Owned] = {}
    taken = Taken.of(actual, baseline.settings.unique_fields)
    for person, binding in bindings.of.items():
        wanted = whole.accounts[person]
        found = _account(binding, was_there=isinstance(first.get(person), Wanted))
        if found is not None and isinstance(wanted, Wanted):
            fields = _fields(baseline, whole, person, wanted, found, taken)
            owned[person] = Owned(person, found.ref, found.user_name, fields, wanted.enabled)
    names = _by_name(actual)
    grants = _grants(baseline.days, owned, names, actual)
    return Recorded(
        accounts=owned,
        grants=grants,
        permissions=_permissions(baseline.days, names),
        protections=_protections(baseline, names, actual),
        kept=False,
    )


def _asked_for(days: tuple[Desired, ...]) -> Desired:
    """Return the first day with the accounts that a later one asks for; none that is to be deleted."""
    accounts = {
        person: account
        for day in reversed(days)
        for person, account in day.accounts.items()
        if isinstance(account, Wanted)
    }
    return replace(days[0], accounts=accounts, errors=())


def _account(binding: Binding, *, was_there: bool) -> Found | None:
    """Return the account that was a person's: the live one, else the only one that was deleted since."""
    if binding.live is not None:
        return binding.live
    return binding.deleted[0] if was_there and len(binding.deleted) == 1 else None


def _fields(
    baseline: Baseline,
    whole: Desired,
    person: PersonId,
    wanted: Wanted,
    found: Found,
    taken: Taken,
) -> Mapping[str, Plain]:
    """Return the fields that an apply would have left; nothing where the mapping fails."""
    stage = Stage.ENABLE if wanted.enabled else Stage.DISABLE
    overridden = {fold(name) for name in wanted.overrides}
    by_access = [n for n in baseline.mapper.names(stage) if fold(n) not in overridden]
    rules = FieldRules(baseline.mapper, baseline.settings)
    mapped = rules.wanted(whole.persons[person], Stage.UPDATE, wanted.overrides, taken, found)
    if isinstance(mapped, PersonError):
        return {}
    leave = [ACCESS, MANAGER, "userGUID", *by_access]
    if not baseline.settings.target.update_user_name:
        leave.append(USER_NAME)
    return {
        name: value
        for name, value in without(mapped, *leave).items()
        if not isinstance(value, Generated | AccountOf)
    }


# ---------------------------------------------------------------- groups and products


def _by_name(actual: Actual) -> Mapping[PermissionKey, FoundPermission]:
    """Return the groups and products whose name means one thing."""
    found: defaultdict[PermissionKey, list[FoundPermission]] = defaultdict(list)
    for permission in actual.permissions.values():
        found[permission.key].append(permission)
    return {key: several[0] for key, several in found.items() if len(several) == 1}


def _found(
    wanted: WantedPermission, names: Mapping[PermissionKey, FoundPermission]
) -> FoundPermission | None:
    keys = (PermissionKey.of(wanted.kind, name) for name in (wanted.name, *wanted.previously))
    return next((names[key] for key in keys if key in names), None)


def _grants(
    days: tuple[Desired, ...],
    owned: Mapping[PersonId, Owned],
    names: Mapping[PermissionKey, FoundPermission],
    actual: Actual,
) -> Mapping[PermissionRef, Mapping[AccountRef, OwnedGrant]]:
    grants: defaultdict[PermissionRef, dict[AccountRef, OwnedGrant]] = defaultdict(dict)
    for number, day in enumerate(days):
        for wanted in day.permissions.values():
            found = _found(wanted, names)
            if found is None:
                continue
            holders = actual.holders.get(found.ref, frozenset())
            is_certain = number == 0 and found.kind is PermissionKind.GROUP
            for person in wanted.members or ():
                account = owned.get(person)
                if account is not None and (is_certain or account.ref in holders):
                    grants[found.ref][account.ref] = OwnedGrant(
                        person, account.ref, found.kind, found.ref, found.name
                    )
    return dict(grants)


def _permissions(
    days: Iterable[Desired], names: Mapping[PermissionKey, FoundPermission]
) -> Mapping[PermissionKey, PermissionRef]:
    return {
        key: found.ref
        for day in days
        for key, wanted in day.permissions.items()
        if (found := _found(wanted, names)) is not None
    }


def _protections(
    baseline: Baseline, names: Mapping[PermissionKey, FoundPermission], actual: Actual
) -> frozenset[Protection]:
    """Return what the revision protected, so that lifting that and removing it at once is refused."""
    found = {
        Protection(permission.kind.value, permission.ref, permission.name)
        for wanted in baseline.days[-1].permissions.values()
        if wanted.protected and (permission := _found(wanted, names)) is not None
    }
    patterns = baseline.settings.safeguards.protected_accounts
    if patterns:
        found |= {
            Protection("account", account.ref, account.user_name)
            for account in actual.accounts.values()
            if matches_any(account.user_name, patterns) or matches_any(account.ref, patterns)
        }
    return frozenset(found)
