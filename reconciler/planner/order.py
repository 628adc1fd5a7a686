"""From drafts to steps: stable ids, what each needs, and an order in which they may run."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import sha256
from heapq import heapify, heappop, heappush

from reconciler.model.address import Permission, PermissionKey, PersonId, fold
from reconciler.model.change import (
    KIND_OF,
    Change,
    CreateAccount,
    CreateGroup,
    EnableAccount,
    RestoreAccount,
    Subject,
    UpdateAccount,
    kind_of,
)
from reconciler.model.plan import Step, StepId
from reconciler.model.value import AccountOf
from reconciler.planner.draft import Draft

WAVES = {kind: number for number, kind in enumerate(KIND_OF.values())}


def arrange(drafts: Iterable[Draft]) -> tuple[Step, ...]:
    """Return the steps, each after everything it needs, kind by kind, sorted within a kind."""
    kept = _without_lost_managers(list(drafts))
    ids = {id(draft): step_id(draft.change) for draft in kept}
    makers: dict[PersonId, StepId] = {}
    enablers: dict[PersonId, StepId] = {}
    groups: dict[PermissionKey, StepId] = {}
    for draft in kept:
        match draft.change:
            case CreateAccount(subject=s) | RestoreAccount(subject=s) if s.person is not None:
                makers[s.person] = ids[id(draft)]
            case EnableAccount(subject=s) if s.person is not None:
                enablers[s.person] = ids[id(draft)]
            case CreateGroup(permission=permission):
                groups[permission.key] = ids[id(draft)]
            case _:
                pass
    steps = [
        Step(ids[id(draft)], draft.change, draft.cause, _needs(draft, makers, enablers, groups))
        for draft in kept
    ]
    return _sorted(steps)


def _needs(
    draft: Draft,
    makers: Mapping[PersonId, StepId],
    enablers: Mapping[PersonId, StepId],
    groups: Mapping[PermissionKey, StepId],
) -> tuple[StepId, ...]:
    needs = {makers[person] for person in draft.needs_accounts if person in makers}
    if draft.needs_access is not None and draft.needs_access in enablers:
        needs.add(enablers[draft.needs_access])
    if draft.needs_group is not None and draft.needs_group in groups:
        needs.add(groups[draft.needs_group])
    return tuple(sorted(needs))


def step_id(change: Change) -> StepId:
    """Return the id of a step: the same for the same change of the same thing in any plan."""
    subject, permission = _about(change)
    about = [kind_of(change)]
    if subject is not None:
        account = subject.account
        about += [subject.person or "", account.ref or fold(account.user_name)]
    if permission is not None:
        about += [permission.kind.value, permission.ref or permission.key.name]
    return StepId(sha256("\n".join(about).encode()).hexdigest()[:16])


def _about(change: Change) -> tuple[Subject | None, Permission | None]:
    if isinstance(change, CreateGroup):
        return None, change.permission
    return change.subject, getattr(change, "permission", None)


def sort_key(change: Change) -> tuple[int, str, str, str, str]:
    """Return where a change stands among others: kind, person, account, permission."""
    subject, permission = _about(change)
    return (
        WAVES[kind_of(change)],
        (subject.person or "") if subject else "",
        fold(subject.account.user_name) if subject else "",
        permission.key.name if permission else "",
        step_id(change),
    )


def _sorted(steps: list[Step]) -> tuple[Step, ...]:
    """Sort topologically: always the first step, by its key, of those whose needs are met."""
    by_id = {step.id: step for step in steps}
    keys = {step.id: sort_key(step.change) for step in steps}
    waiting = {step.id: len(step.needs) for step in steps}
    followers: dict[StepId, list[StepId]] = {}
    for step in steps:
        for need in step.needs:
            followers.setdefault(need, []).append(step.id)
    ready = [(keys[each], each) for each, count in waiting.items() if count == 0]
    heapify(ready)
    ordered: list[Step] = []
    while ready:
        _, done = heappop(ready)
        ordered.append(by_id[done])
        for follower in followers.get(done, ()):
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heappush(ready, (keys[follower], follower))
    if len(ordered) != len(steps):
        raise AssertionError("steps need each other in a ring: this is a bug in reconciler")
    return tuple(ordered)


def _without_lost_managers(drafts: list[Draft]) -> list[Draft]:
    """Drop references to accounts that the plan does not make after all."""
    made = {
        draft.change.subject.person
        for draft in drafts
        if isinstance(draft.change, CreateAccount | RestoreAccount)
    }
    kept: list[Draft] = []
    for draft in drafts:
        change = draft.change
        if not isinstance(change, CreateAccount | RestoreAccount | UpdateAccount):
            kept.append(draft)
            continue
        fields = tuple(
            c
            for c in change.fields
            if not (isinstance(c.after, AccountOf) and c.after.person not in made)
        )
        if len(fields) == len(change.fields):
            kept.append(draft)
        elif fields or not isinstance(change, UpdateAccount):
            kept.append(replace(draft, change=replace(change, fields=fields)))
    return kept
