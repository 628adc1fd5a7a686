"""Plan until a day: what will change and when, if every plan on the way is applied on its day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reconciler.applier.foreseeing import foreseen
from reconciler.entitlements.calendar import turnings
from reconciler.errors import BadInput
from reconciler.flows.planning import Ground, PlanOptions, plan_on, read_ground
from reconciler.flows.project import Project, today
from reconciler.flows.world import World
from reconciler.model.plan import CheckStatus, Plan
from reconciler.model.resolution import Resolution


@dataclass(frozen=True, slots=True)
class Forecast:
    """The plans of the days on which there is something to tell, each drawn on the one before."""

    until: date
    as_of: date
    plans: tuple[Plan, ...]
    warnings: tuple[str, ...]
    project: Project

    @property
    def is_refused(self) -> bool:
        """Tell whether a safeguard or policy fails on some day."""
        return any(c.status is CheckStatus.FAILED for plan in self.plans for c in plan.checks)

    @property
    def has_differences(self) -> bool:
        """Tell whether the tenant would change on some day."""
        return any(plan.has_differences for plan in self.plans)


async def make_forecast(world: World, options: PlanOptions, until: date) -> Forecast:
    """Plan day by day from a day to another, both included, on one reading of the tenant.

    What a plan does is taken as done before the next is drawn, also where a safeguard refuses it. Only
    days on which something in the files begins or ends, or a disabled account is due, are looked at.
    """
    ground = await read_ground(world, options)
    as_of = options.as_of or today(world, ground.project.settings)
    if until < as_of:
        raise BadInput(
            "The last day is before the first", f"--until {until} is before {as_of}.", "Swap them."
        )
    plans = tuple(_telling(_plans(ground, options, as_of, until)))
    warnings = (*ground.warnings, *plans[0].warnings) if plans else ground.warnings
    return Forecast(until, as_of, plans, warnings, ground.project)


def _plans(ground: Ground, options: PlanOptions, as_of: date, until: date) -> Iterator[Plan]:
    declared = ground.project.declared
    known = (*turnings(declared, as_of, until), *_decided(declared.resolutions))
    base = ground.project
    day: date | None = as_of
    while day is not None:
        plan = plan_on(ground, options, day)
        yield plan
        recorded, actual = foreseen(plan, ground.recorded, ground.actual)
        ground = replace(ground, project=base.seeing(recorded), recorded=recorded, actual=actual)
        coming = [each for each in (*known, *_due(ground)) if day < each <= until]
        day = min(coming, default=None)


def _decided(resolutions: Iterable[Resolution]) -> Iterator[date]:
    """Yield the days on which an exclusion begins or its issue comes back."""
    for entry in resolutions:
        yield from (day for day in (entry.start, entry.until) if day is not None)


def _due(ground: Ground) -> Iterator[date]:
    """Yield the days on which accounts have been disabled for long enough to be deleted."""
    days = ground.project.settings.delete_after_days
    if days is None:
        return
    for owned in ground.recorded.accounts.values():
        if owned.disabled_since is not None:
            try:
                yield owned.disabled_since + timedelta(days=days)
            except OverflowError:
                continue


def _telling(plans: Iterator[Plan]) -> Iterator[Plan]:
    """Yield the plans that have actions, or errors or checks that the day before had not."""
    before: Plan | None = None
    for plan in plans:
        is_new = before is None or _remarks(plan) != _remarks(before)
        if plan.steps or (is_new and _remarks(plan) != _NOTHING):
            yield plan
        before = plan


def _remarks(plan: Plan) -> tuple[frozenset[object], frozenset[object]]:
    checks = frozenset(
        (check.rule, check.value)
        for check in plan.checks
        if check.status in (CheckStatus.FAILED, CheckStatus.WARNING)
    )
    return frozenset(plan.errors), checks


_NOTHING: tuple[frozenset[object], frozenset[object]] = (frozenset(), frozenset())
