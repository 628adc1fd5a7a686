"""Whether a plan was overtaken: another one, made later, was applied first, and asks for less."""

from collections.abc import Collection, Iterable

from reconciler.model.change import CorrelateAccount
from reconciler.model.plan import Plan, Step, StepId


def overtaken(steps: Iterable[Step], later: Plan | None) -> dict[StepId, str]:
    """Return why steps must not run: `later`, drawn from other files or for another day, lacks them.

    What it has, carried out or held back, was still asked for then. Taking an account over is left to
    what the tenant and the ledger tell.
    """
    if later is None:
        return {}
    asked_for = {step.id for step in (*later.steps, *later.held)}
    return {step.id: why for step in steps if (why := _dropped(step, asked_for)) is not None}


def _dropped(step: Step, asked_for: Collection[StepId]) -> str | None:
    if step.id in asked_for or isinstance(step.change, CorrelateAccount):
        return None
    return "a plan made later was applied already, and it does not have this action"
