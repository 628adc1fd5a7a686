"""Groups and products that differ: in their names, in being there, in who holds them."""

from collections.abc import Mapping

from reconciler.desired.importing.round import Round
from reconciler.desired.importing.situation import Situation, is_kept_elsewhere
from reconciler.desired.importing.sketch import Left, Sketch
from reconciler.desired.page import flaw_of
from reconciler.model.address import AccountRef, Permission, PermissionKey, PersonId, fold
from reconciler.model.change import GrantGroup, GrantProduct, RevokeGroup, RevokeProduct
from reconciler.model.declared import Period
from reconciler.model.issue import Issue
from reconciler.model.plan import Step
from reconciler.model.provenance import CauseKind
from reconciler.model.state import FoundPermission, WantedPermission
from reconciler.planner.permissions import Resolved

TWINS = "The tenant has {} of that name, so no line of the files can tell which one is meant."
NAMED_BY_RULES = "rules, policies or resolutions name it; change them by hand."


def name_all_permissions(sketch: Sketch, situation: Situation) -> None:
    """Have the files name every group and product of the tenant, with the members that can be managed."""
    for found in sorted(situation.actual.permissions.values(), key=lambda p: (p.key, p.name)):
        if found.key not in sketch.permissions:
            _name(sketch, situation, found)


def _name(sketch: Sketch, situation: Situation, found: FoundPermission) -> None:
    """Have the files name one; who is in it is not managed where names do not tell, or HelloID cannot change it."""
    flaw = flaw_of(found.name)
    if flaw is not None:
        sketch.left.add(Left(found.kind.value, found.ref, f"Its name {flaw}."))
        return
    is_one = situation.times[found.key] == 1
    sketch.add_permission(found.kind, found.name, managed=is_one and not is_kept_elsewhere(found))


# ---------------------------------------------------------------- names


def settle_names(sketch: Sketch, now: Round) -> None:
    """Rename what the tenant renamed, and take out what it does not have any more."""
    named = _named_elsewhere(sketch)
    for key, wanted in now.desired.permissions.items():
        resolved = now.resolved.get(key)
        if resolved is not None and resolved.found is not None:
            if fold(resolved.found.name) != key.name:
                _rename(sketch, now, key, resolved.found, is_named=key in named)
        elif now.situation.times[key] > 1:
            sketch.left.add(_left(wanted, TWINS.format(now.situation.times[key])))
        elif key not in sketch.permissions:
            sketch.left.add(_left(wanted, f"The tenant does not have it, and {NAMED_BY_RULES}"))
        elif resolved is not None or _is_in_scope(now, wanted):
            _drop(sketch, now, wanted, resolved, is_named=key in named)


def _rename(
    sketch: Sketch, now: Round, key: PermissionKey, found: FoundPermission, *, is_named: bool
) -> None:
    wanted = now.desired.permissions[key]
    if key not in sketch.permissions or is_named:
        reason = f"The tenant calls it {found.name} now, and {NAMED_BY_RULES}"
    elif found.key in sketch.permissions or found.key in now.desired.permissions:
        reason = f"The tenant calls it {found.name} now, which the files name as well."
    elif flaw_of(found.name) is not None:
        reason = f"The tenant gave it a name that {flaw_of(found.name)}."
    else:
        sketch.rename(key, found.name)
        return
    sketch.left.add(_left(wanted, reason))


def _drop(
    sketch: Sketch,
    now: Round,
    wanted: WantedPermission,
    resolved: Resolved | None,
    *,
    is_named: bool,
) -> None:
    recorded = now.situation.recorded.permissions
    names = (wanted.name, *wanted.previously)
    was_there = any(PermissionKey.of(wanted.kind, name) in recorded for name in names)
    if is_named:
        sketch.left.add(_left(wanted, f"The tenant does not have it, and {NAMED_BY_RULES}"))
    elif now.situation.keeps_pending and not was_there:
        made = "no apply has made it yet" if resolved is not None else "no apply ever found it"
        sketch.left.add(_left(wanted, f"The tenant does not have it, and {made}."))
    else:
        sketch.drop_permission(wanted.key)


def _is_in_scope(now: Round, wanted: WantedPermission) -> bool:
    scope = now.situation.settings.scope
    patterns = scope.groups if wanted.kind.value == "group" else scope.products
    return patterns.admits(wanted.name)


def _named_elsewhere(sketch: Sketch) -> set[PermissionKey]:
    """Return the groups and products that rules, policies and resolutions name."""
    declared = sketch.declared
    found = {each.key for rule in declared.rules for each in rule.grants.permissions}
    found |= {each.key for policy in declared.policies for each in policy.demand.permissions}
    return found | {
        entry.permission.key for entry in declared.resolutions if entry.permission is not None
    }


def _left(wanted: WantedPermission, reason: str) -> Left:
    return Left(wanted.kind.value, wanted.name, reason)


# ---------------------------------------------------------------- grants


def settle_grant(sketch: Sketch, now: Round, step: Step, change: GrantGroup | GrantProduct) -> None:
    """Take out the line of somebody who does not hold a group or product in the tenant."""
    person, account = change.subject.person, change.subject.account
    if person is None or account.ref is None:
        return  # settled with the account
    key = _key_of(now, change.permission)
    lines = [
        line for line in sketch.lines_of(key, person) if line.period.holds(now.situation.as_of)
    ]
    if (
        now.situation.owned(person, account.ref) is not None
        and step.cause.kind is not CauseKind.DRIFT
    ):
        reason = f"{account.user_name} should get it, and no apply has followed yet."
        sketch.left.add(_of(change.permission, reason))
    elif lines:
        for line in lines:
            sketch.drop_member(key, line)
    else:
        reason = f"{account.user_name} does not hold it, and a rule gives it."
        sketch.left.add(_of(change.permission, reason))


def settle_revoke(sketch: Sketch, now: Round, change: RevokeGroup | RevokeProduct) -> None:
    """List somebody who holds a group or product, unless the files took that back."""
    person, account = change.subject.person, change.subject.account
    ref = change.permission.ref
    if person is None or account.ref is None or ref is None:
        return
    was_ours = account.ref in now.situation.recorded.grants.get(ref, {})
    if was_ours and now.situation.keeps_pending:
        reason = (
            f"The files no longer give it to {account.user_name}, and no apply has followed yet."
        )
        sketch.left.add(_of(change.permission, reason))
    else:
        _list(sketch, now, change.permission, person, account.user_name)


def take_in(sketch: Sketch, now: Round, issue: Issue) -> None:
    """List somebody who holds a group or product that nobody asked for."""
    if issue.permission is not None and issue.person is not None and issue.account is not None:
        _list(sketch, now, issue.permission, issue.person, issue.account.user_name)


def take_in_holdings(sketch: Sketch, now: Round, accounts: Mapping[AccountRef, PersonId]) -> None:
    """List persons in all that their accounts hold, before a plan finds it.

    Only for persons who are new to the files, and where nothing but a line gives a group or product.
    """
    if not accounts:
        return
    actual = now.situation.actual
    for ref, found in sorted(actual.permissions.items()):
        key = now.keys.get(ref, found.key)
        if sketch.members.get(key) is None:
            continue  # its members are not managed
        holders = sorted(actual.holders.get(ref, frozenset()) & accounts.keys())
        sketch.add_members(key, (accounts[holder] for holder in holders))


def _list(
    sketch: Sketch, now: Round, permission: Permission, person: PersonId, user_name: str
) -> None:
    if person not in sketch.persons:
        return  # taken back in this very round
    key = _key_of(now, permission)
    if key not in sketch.permissions:
        found = now.situation.actual.permissions.get(permission.ref) if permission.ref else None
        if found is not None:
            _name(sketch, now.situation, found)
    if sketch.members.get(key) is None:
        return
    lines = sketch.lines_of(key, person)
    day = now.situation.as_of
    over = [line.period.until for line in lines if line.period.is_over(day)]
    if over:
        reason = (
            f"{user_name} still holds it; the line of {person} ended on {max(filter(None, over))}."
        )
        sketch.left.add(_of(permission, reason))
        return
    starts = [line.period.start for line in lines if line.period.is_future(day)]
    until = min((start for start in starts if start is not None), default=None)
    sketch.add_member(key, person, Period(None, until))


def _key_of(now: Round, permission: Permission) -> PermissionKey:
    """Return the name under which the files know a group or product, which may not be the tenant's."""
    return (
        permission.key if permission.ref is None else now.keys.get(permission.ref, permission.key)
    )


def _of(permission: Permission, reason: str) -> Left:
    return Left(permission.kind.value, permission.name, reason)
