"""Rehearse: apply a saved plan to a copy of the tenant, and see how it ends. Writes nothing outside the copy."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias, cast
from uuid import NAMESPACE_URL, uuid5

from reconciler.applier.parts import subject_of, user_name_of
from reconciler.applier.ports import Ledger
from reconciler.applier.references import made_by
from reconciler.flows.applying import Applied, ApplyOptions, Audience, apply_saved, runs_since
from reconciler.flows.journal import latest_runs
from reconciler.flows.planning import Planned, PlanOptions, make_plan
from reconciler.flows.project import settings_of
from reconciler.flows.saved import plan_bytes, saved_state
from reconciler.flows.world import Copy, World
from reconciler.model.address import AccountRef, PermissionKind, PersonId, fold
from reconciler.model.plan import Plan
from reconciler.model.run import (
    Effect,
    Protect,
    RememberAccount,
    RememberGrant,
    RememberPermission,
    Run,
    RunId,
    RunStatus,
)
from reconciler.model.settings import Settings
from reconciler.model.state import Actual, Found, FoundPermission, Recorded
from reconciler.model.value import JSON
from reconciler.reports.reading import PlanHeader, check_intact, read_plan
from reconciler.reports.rehearsal import HeldShape, State

Copying: TypeAlias = Callable[[World, Mapping[str, JSON]], AbstractContextManager[Copy]]

LONG_AGO: Final = "1970-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class RehearsalOptions:
    """What the tenant is taken from (None: read now), and what `apply` would be given."""

    snapshot: Path | None = None
    acks: Mapping[str, int] = field(default_factory=dict[str, int])
    allow_protected: bool = False
    skip_stale: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a rehearsal ended. `held` is the snapshot it began with, `left` the one it ended with.

    `again` is the plan that would then be made.
    """

    applied: Applied
    held: Mapping[str, JSON]
    left: Mapping[str, JSON]
    after: tuple[HeldShape, ...]
    again: Planned


async def rehearse(
    world: World, copying: Copying, file: Path, options: RehearsalOptions, audience: Audience
) -> Rehearsal:
    """Apply a saved plan to a copy of the tenant and the ledger, through all that apply does.

    Raises what apply raises; notifies nobody. Neither the tenant nor the ledger is written to.
    """
    plan, header = _plan_in(file)
    settings = settings_of(world, need_credentials=options.snapshot is None)
    held = await _document(world, settings, options.snapshot)
    with copying(world, _seedable(held)) as copy:
        ledger = copy.world.open_ledger(settings)
        if settings.ledger != "none":
            _fill(ledger, world.open_ledger(settings), header)
        how = ApplyOptions(
            options.acks, options.allow_protected, options.skip_stale, is_rehearsal=True
        )
        applied = await apply_saved(copy.world, file, how, audience)
        left = await _document(copy.world, settings, None)
        saved = copy.folder / "after.json"
        saved.write_text(json.dumps(left), encoding="utf-8")
        asked = PlanOptions(as_of=plan.as_of, snapshot=saved, mode=plan.mode)
        again = await make_plan(copy.world, asked)
        actual = saved_state(copy.world, settings, saved)
        runs = ledger.runs(header.digest)
    after = tuple(_held_after(plan, runs[0] if runs else None, actual))
    return Rehearsal(applied, held, left, after, again)


def _plan_in(file: Path) -> tuple[Plan, PlanHeader]:
    plan, header = read_plan(plan_bytes(file), str(file))
    check_intact(header)
    return plan, header


async def _document(world: World, settings: Settings, file: Path | None) -> dict[str, JSON]:
    if file is None:
        async with world.open_tenant(settings) as tenant:
            return await tenant.snapshot()
    return _saved(world, settings, file)


def _saved(world: World, settings: Settings, file: Path) -> dict[str, JSON]:
    saved_state(world, settings, file)  # it is whole, and of this tenant
    return cast("dict[str, JSON]", json.loads(file.read_bytes()))


# ---------------------------------------------------------------- the copy


def _seedable(held: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return a snapshot as an embedded tenant takes it: every assignment has a GUID there."""
    rows = cast("Iterable[Mapping[str, JSON]]", held["assignments"])
    assignments: list[JSON] = [
        {
            **row,
            "assignmentGuid": row.get("assignmentGuid") or str(uuid5(NAMESPACE_URL, f"{number}")),
        }
        for number, row in enumerate(rows)
    ]
    names = ("format_version", "base_url", "accounts", "groups", "products")
    kept = {name: held[name] for name in names}
    return {**kept, "assignments": assignments}


def _fill(copy: Ledger, real: Ledger, header: PlanHeader) -> None:
    """Put into an empty ledger what is recorded, and the runs that an apply of the plan asks for."""
    first = RunId("what was recorded")
    began = Run(first, "", LONG_AGO, None, RunStatus.RUNNING, "rehearsal", None, "{}")
    copy.begin(began)
    copy.settle(first, (), _effects(real.recorded()))
    copy.end(first, RunStatus.DONE, LONG_AGO, ())
    others = (run for run in latest_runs(real) if run.plan_digest != header.digest)
    since = runs_since(real, header)
    kept = [*real.runs(header.digest), *since, next(others, None), real.unfinished()]
    runs = {run.id: run for run in kept if run is not None}
    for run in sorted(runs.values(), key=lambda run: (run.started_at, run.id)):
        copy.begin(run)


def _effects(recorded: Recorded) -> list[Effect]:
    effects: list[Effect] = [RememberAccount(owned) for owned in recorded.accounts.values()]
    effects += [
        RememberGrant(grant) for held in recorded.grants.values() for grant in held.values()
    ]
    effects += [
        RememberPermission(key.kind, key.name, ref) for key, ref in recorded.permissions.items()
    ]
    return [
        *effects,
        Protect(tuple(sorted(recorded.protections, key=lambda it: (it.kind, it.ref)))),
    ]


# ---------------------------------------------------------------- what is left


def _held_after(plan: Plan, run: Run | None, actual: Actual) -> Iterable[HeldShape]:
    """Return what everybody holds whom the plan is about, sorted by person and user name."""
    made = made_by(plan.steps, {entry.step: entry for entry in run.entries} if run else {})
    subjects: dict[tuple[str, str], tuple[PersonId | None, str, AccountRef | None]] = {}
    for step in plan.steps:
        subject = subject_of(step.change)
        if subject is not None:
            name = user_name_of(step.change)
            known = subject.account.ref
            ref = made.accounts.get(subject.person) if known is None and subject.person else known
            key = (subject.person or "", ref or fold(name))
            subjects.setdefault(key, (subject.person, name, ref))
    grants = _grants({ref for _, _, ref in subjects.values() if ref}, actual)
    return [_held(*subjects[key], actual, grants) for key in sorted(subjects)]


def _grants(
    accounts: Collection[AccountRef], actual: Actual
) -> dict[AccountRef, list[FoundPermission]]:
    found: dict[AccountRef, list[FoundPermission]] = {ref: [] for ref in accounts}
    for permission in actual.permissions.values():
        for ref in actual.holders.get(permission.ref, frozenset()) & found.keys():
            found[ref].append(permission)
    return found


def _held(
    person: PersonId | None,
    name: str,
    ref: AccountRef | None,
    actual: Actual,
    grants: Mapping[AccountRef, Iterable[FoundPermission]],
) -> HeldShape:
    account = actual.accounts.get(ref) if ref is not None else None
    held = grants[account.ref] if account else ()
    return HeldShape(
        person=person,
        user_name=account.user_name if account else name,
        state=_state(account) if account else None,
        groups=sorted(it.name for it in held if it.kind is PermissionKind.GROUP),
        products=sorted(it.name for it in held if it.kind is PermissionKind.PRODUCT),
    )


def _state(account: Found) -> State:
    if account.deleted:
        return "deleted"
    return "enabled" if account.enabled else "disabled"
