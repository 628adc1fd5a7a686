"""In which order steps run: waves by kind, and within a wave what each step waits for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from reconciler.applier.parts import subject_of
from reconciler.applier.references import open_references
from reconciler.errors import PlanNotUsable
from reconciler.model.address import PermissionKey, PersonId
from reconciler.model.change import (
    AccountChange,
    Change,
    CorrelateAccount,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    UpdateAccount,
)
from reconciler.model.plan import Step, StepId

WAVES: tuple[tuple[type[Change], ...], ...] = (
    (RevokeGroup, RevokeProduct, DisableAccount),
    (CreateGroup, CorrelateAccount, RestoreAccount, CreateAccount, UpdateAccount),
    (EnableAccount,),
    (GrantGroup, GrantProduct),
    (DeleteAccount,),
)
"""Kinds that run together; a wave starts when the one before it is over.

Access is taken before any is given, nobody gets access to an account whose fields are not right yet, and
what cannot be undone comes last, after everything that could still fail.
"""

_WAVE_OF: Mapping[type[Change], int] = {
    kind: number for number, kinds in enumerate(WAVES) for kind in kinds
}


@dataclass(frozen=True, slots=True)
class Order:
    """Steps in waves. `needs` have to be done first, `after` only have to be over.

    `needs` holds what the plan says and what references say; `after` also keeps two changes of one
    account from running at the same time, since the later would overwrite what the earlier wrote.
    """

    waves: tuple[tuple[Step, ...], ...]
    needs: Mapping[StepId, tuple[StepId, ...]]
    after: Mapping[StepId, tuple[StepId, ...]]

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, one after the other as they may run."""
        return tuple(step for wave in self.waves for step in wave)


def in_waves(steps: Sequence[Step]) -> Order:
    """Return the order of a plan's steps: by wave, then as the plan has them, never before what they need.

    A step that needs one of a later wave moves there. Raises PlanNotUsable where needs name no step of
    the plan or run in a ring.
    """
    needs = _needs(steps)
    waves: list[list[Step]] = [[] for _ in WAVES]
    for number, step in _sorted(steps, needs):
        waves[number].append(step)
    rows = tuple(tuple(wave) for wave in waves)
    return Order(rows, needs, _after(rows, needs))


def _needs(steps: Sequence[Step]) -> dict[StepId, tuple[StepId, ...]]:
    makers = makers_in(steps)
    known = {step.id for step in steps}
    needs: dict[StepId, tuple[StepId, ...]] = {}
    for step in steps:
        strangers = [need for need in step.needs if need not in known]
        if strangers:
            raise PlanNotUsable(
                "The plan does not hold together",
                f"Action {step.id} requires {', '.join(strangers)}, which the plan does not have.",
                "Plan again. Nothing was changed.",
            )
        made = (makers.get(lack) for lack in open_references(step.change) if lack is not None)
        implied = (maker for maker in made if maker is not None and maker != step.id)
        needs[step.id] = tuple(dict.fromkeys((*step.needs, *implied)))
    return needs


def makers_in(steps: Iterable[Step]) -> dict[PersonId | PermissionKey, StepId]:
    """Return which step makes a person's account or a group of a name."""
    makers: dict[PersonId | PermissionKey, StepId] = {}
    for step in steps:
        match step.change:
            case CreateAccount(subject) | RestoreAccount(subject) | CorrelateAccount(subject):
                if subject.person is not None:
                    makers.setdefault(subject.person, step.id)
            case CreateGroup(permission):
                makers.setdefault(permission.key, step.id)
            case _:
                pass
    return makers


def _sorted(
    steps: Sequence[Step], needs: Mapping[StepId, tuple[StepId, ...]]
) -> list[tuple[int, Step]]:
    followers: dict[StepId, list[int]] = {}
    for position, step in enumerate(steps):
        for need in needs[step.id]:
            followers.setdefault(need, []).append(position)
    waves = [_WAVE_OF[type(step.change)] for step in steps]
    open_needs = [len(needs[step.id]) for step in steps]
    ready = [(waves[n], n) for n, count in enumerate(open_needs) if count == 0]
    heapify(ready)
    found: list[tuple[int, Step]] = []
    while ready:
        wave, position = heappop(ready)
        found.append((wave, steps[position]))
        for follower in followers.get(steps[position].id, ()):
            waves[follower] = max(waves[follower], wave)
            open_needs[follower] -= 1
            if open_needs[follower] == 0:
                heappush(ready, (waves[follower], follower))
    if len(found) < len(steps):
        ring = [step.id for step, count in zip(steps, open_needs, strict=True) if count]
        raise PlanNotUsable(
            "The plan does not hold together",
            f"Actions require each other in a ring: {', '.join(ring[:20])}.",
            "Plan again. Nothing was changed.",
        )
    return found


def _after(
    waves: Sequence[Sequence[Step]], needs: Mapping[StepId, tuple[StepId, ...]]
) -> dict[StepId, tuple[StepId, ...]]:
    latest: dict[tuple[str, str | None], StepId] = {}
    after: dict[StepId, tuple[StepId, ...]] = {}
    for step in (step for wave in waves for step in wave):
        before: tuple[StepId, ...] = ()
        if isinstance(step.change, AccountChange):
            key = account_key(step.change)
            before = (latest[key],) if key in latest else ()
            latest[key] = step.id
        after[step.id] = tuple(dict.fromkeys((*needs[step.id], *before)))
    return after


def account_key(change: Change) -> tuple[str, str | None]:
    """Return what tells whether two changes of a plan are about the same account."""
    subject = subject_of(change)
    if subject is None:
        return ("none", None)
    if subject.account.ref is not None:
        return ("account", subject.account.ref)
    return ("person", subject.person)
