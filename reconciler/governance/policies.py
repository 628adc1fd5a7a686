"""Policies, measured on what the files ask for on the plan's date, and on who holds it after the plan."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from reconciler.model.address import AccountRef, PermissionKey, PermissionRef, PersonId
from reconciler.model.change import (
    DeleteAccount,
    GrantGroup,
    GrantProduct,
    RevokeGroup,
    RevokeProduct,
)
from reconciler.model.person import Person
from reconciler.model.plan import Plan
from reconciler.model.policy import (
    AllowedOnly,
    ForbidTogether,
    MaxMembers,
    MinMembers,
    Policy,
    PolicySeverity,
    RequireReason,
    RequireUntil,
)
from reconciler.model.rules import Condition, PermissionName
from reconciler.model.state import Actual, Desired, Membership

POLICY = "policy."
SHOWN = 10
NOBODY: frozenset[AccountRef] = frozenset()

Meets: TypeAlias = Callable[[Condition, date], Callable[[Person], bool]]


@dataclass(frozen=True, slots=True)
class PolicyMeasure:
    """One number to judge. `least` where it may not be lower than `limit`, else it may not be higher."""

    rule: str
    severity: PolicySeverity
    value: int
    of: int | None
    limit: int
    detail: str
    least: bool = False
    is_of_members: bool = False

    @property
    def passes(self) -> bool:
        """Tell whether the policy holds."""
        return self.value >= self.limit if self.least else self.value <= self.limit

    @property
    def written(self) -> str:
        """The limit as it is shown."""
        return f"at least {self.limit}" if self.least else str(self.limit)


@dataclass(frozen=True, slots=True)
class Result:
    """What a plan leads to: what the files ask for, the plan, and the tenant that it was drawn from.

    `actual` is None where the tenant is not known any more; members are then those of the files.
    """

    desired: Desired
    plan: Plan
    actual: Actual | None = None


@dataclass(frozen=True, slots=True)
class _Path:
    """One reason for which a person gets a permission."""

    text: str
    start: date | None
    until: date | None
    is_explained: bool


_Held: TypeAlias = Mapping[PersonId, Sequence[_Path]]


def measure_policies(
    policies: Iterable[Policy], result: Result, meets: Meets
) -> tuple[PolicyMeasure, ...]:
    """Measure every policy: how many persons or memberships break it, or how many members there are."""
    return tuple(measure for policy in policies for measure in _measures(policy, result, meets))


def _measures(policy: Policy, result: Result, meets: Meets) -> Iterator[PolicyMeasure]:
    demand = policy.demand
    held = {each: _held(each, result) for each in demand.permissions}
    match demand:
        case ForbidTogether():
            of = len({person for each in held.values() for person in each})
            yield _counted(policy, _together(held, result), of, "Nobody may hold two of these.")
        case RequireUntil(at_most=longest):
            said = "Every membership must have an end"
            said += "." if longest is None else f", after {longest} days at most."
            found = list(_endless(held, longest, result))
            yield _counted(policy, found, _memberships(held), said)
        case RequireReason():
            found = list(_unexplained(held, result))
            yield _counted(policy, found, _memberships(held), "Every member line must say why.")
        case AllowedOnly(when=when):
            admits = meets(when, result.desired.as_of)
            found = list(_strangers(held, admits, result))
            said = "Only persons who meet its condition may hold these."
            yield _counted(policy, found, _memberships(held), said)
        case MaxMembers(at_most=limit):
            for each, persons in held.items():
                yield _members(policy, each, persons, result, limit, least=False)
        case MinMembers(at_least=limit):
            for each, persons in held.items():
                yield _members(policy, each, persons, result, limit, least=True)


def _counted(policy: Policy, found: Sequence[str], of: int, said: str) -> PolicyMeasure:
    return PolicyMeasure(
        f"{POLICY}{policy.name}", policy.severity, len(found), of, 0, _listed(said, found)
    )


def _listed(said: str, found: Sequence[str]) -> str:
    if not found:
        return ""
    more = f"; and {len(found) - SHOWN:,} more" if len(found) > SHOWN else ""
    return f"{said} {'; '.join(found[:SHOWN])}{more}."


def _memberships(held: Mapping[PermissionName, _Held]) -> int:
    return sum(len(persons) for persons in held.values())


# ---------------------------------------------------------------- who gets what, and by which paths


def _held(permission: PermissionName, result: Result) -> dict[PersonId, list[_Path]]:
    """Return who gets a permission: by the files, and by the plan where it was made from other files."""
    wanted = result.desired.permissions.get(permission.key)
    members = wanted.members if wanted is not None else None
    found = {who: _paths(held) for who, held in (members or {}).items()}
    for step in result.plan.steps:
        change = step.change
        if not isinstance(change, GrantGroup | GrantProduct):
            continue
        person = change.subject.person
        if person is not None and change.permission.key == permission.key and person not in found:
            source = f" ({step.cause.source})" if step.cause.source else ""
            by_rule = step.cause.detail.startswith("rule ")
            found[person] = [_Path(f"{step.cause.detail}{source}", None, None, by_rule)]
    return {who: found[who] for who in sorted(found)}


def _paths(held: Membership) -> list[_Path]:
    return [_path(each) for each in (held, *held.also)]


def _path(held: Membership) -> _Path:
    at = f" ({held.origin.at.short})" if held.origin.at else ""
    if held.via is None:
        text = f"{held.origin.detail}{at}"
        return _Path(text, held.start, held.until, bool((held.reason or "").strip()))
    on = f" on contract {held.via.contract}" if held.via.contract else ""
    return _Path(f"{held.origin.detail}{on}{at}", held.via.start, held.via.until, True)


def _who(person: PersonId, result: Result) -> str:
    known = result.desired.persons.get(person)
    return f"{person} {known.display_name}".strip() if known is not None else str(person)


def _said(permission: PermissionName, paths: Iterable[_Path]) -> str:
    reasons = " and ".join(path.text for path in paths)
    return f"{permission.kind.value} {permission.name} by {reasons}"


# ---------------------------------------------------------------- one demand each


def _together(held: Mapping[PermissionName, _Held], result: Result) -> list[str]:
    of: dict[PersonId, list[str]] = {}
    for permission, persons in held.items():
        for person, paths in persons.items():
            of.setdefault(person, []).append(_said(permission, paths))
    return [
        f"{_who(person, result)} gets {', and '.join(of[person])}"
        for person in sorted(of)
        if len(of[person]) > 1
    ]


def _endless(
    held: Mapping[PermissionName, _Held], longest: int | None, result: Result
) -> Iterator[str]:
    for permission, persons in held.items():
        for person, paths in persons.items():
            for path in paths:
                flaw = _flaw(path, longest, result.desired.as_of)
                if flaw:
                    yield f"{_who(person, result)} gets {_said(permission, [path])} {flaw}"
                    break


def _flaw(path: _Path, longest: int | None, day: date) -> str:
    if path.until is None:
        return "without an end"
    days = (path.until - (path.start or day)).days
    return f"for {days} days" if longest is not None and days > longest else ""


def _unexplained(held: Mapping[PermissionName, _Held], result: Result) -> Iterator[str]:
    for permission, persons in held.items():
        for person, paths in persons.items():
            silent = [path for path in paths if not path.is_explained]
            if silent:
                yield f"{_who(person, result)} gets {_said(permission, silent)} without a reason"


def _strangers(
    held: Mapping[PermissionName, _Held], admits: Callable[[Person], bool], result: Result
) -> Iterator[str]:
    for permission, persons in held.items():
        for who, paths in persons.items():
            person = result.desired.persons.get(who)
            if person is None or not admits(person):
                yield f"{_who(who, result)} gets {_said(permission, paths)}"


# ---------------------------------------------------------------- how many hold it after the plan


def _members(
    policy: Policy,
    permission: PermissionName,
    persons: _Held,
    result: Result,
    limit: int,
    *,
    least: bool,
) -> PolicyMeasure:
    value, said = len(persons), "Counted in the files."
    if result.actual is not None:
        value, said = _held_after(permission, result, result.actual)
    rule = f"{POLICY}{policy.name}/{permission.name}"
    return PolicyMeasure(rule, policy.severity, value, None, limit, said, least, True)


def _held_after(permission: PermissionName, result: Result, actual: Actual) -> tuple[int, str]:
    wanted = result.desired.permissions.get(permission.key)
    earlier = () if wanted is None else wanted.previously
    names = [permission.key, *(PermissionKey.of(permission.kind, name) for name in earlier)]
    refs = [ref for ref, found in actual.permissions.items() if found.key in names]
    now = {ref: actual.holders.get(ref, NOBODY) for ref in refs}
    gone, deleted, granted = _moves(permission.key, refs, result.plan)
    kept = sum(len(held - gone - deleted) for held in now.values())
    before = sum(len(held) for held in now.values())
    return kept + granted, (
        f"{before:,} hold it now, {granted:,} come and {before - kept:,} go with this plan."
    )


def _moves(
    key: PermissionKey, refs: Sequence[PermissionRef], plan: Plan
) -> tuple[frozenset[AccountRef], frozenset[AccountRef], int]:
    """Return which accounts a plan takes a permission from, which it deletes, and how many it grants it."""
    gone, deleted, granted = set[AccountRef](), set[AccountRef](), 0
    for step in plan.steps:
        change = step.change
        match change:
            case DeleteAccount():
                deleted.update(filter(None, [change.subject.account.ref]))
            case RevokeGroup() | RevokeProduct() if change.permission.ref in refs:
                gone.update(filter(None, [change.subject.account.ref]))
            case GrantGroup() | GrantProduct() if (
                change.permission.ref in refs or change.permission.key == key
            ):
                granted += 1
            case _:
                pass
    return frozenset(gone), frozenset(deleted), granted
