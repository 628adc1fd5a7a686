"""Documents of applies, rehearsals and histories: of the sample plan, and of one in which every text tries something."""

from itertools import cycle
from typing import Any, cast

from reconciler.model.plan import StepId
from reconciler.model.run import Entry, Run, RunId, RunStatus, StepStatus
from reconciler.model.value import JSON
from reconciler.reports.applied import apply_document
from reconciler.reports.canonical import pretty
from reconciler.reports.document import plan_document
from reconciler.reports.history import history_document, run_document
from reconciler.reports.rehearsal import HeldShape, rehearsal_document
from tests.reports import sample
from tests.reports.hostile import hostile_document
from tests.reports.large import large_document

AT = "2026-11-23T10:05:00+00:00"
ENDINGS = (
    StepStatus.DONE,
    StepStatus.DONE,
    StepStatus.FAILED,
    StepStatus.PENDING,
    StepStatus.STALE,
    StepStatus.UNCONFIRMED,
)


def sample_plan() -> dict[str, JSON]:
    return plan_document(sample.sample_plan(), created_at=sample.CREATED, expires_at=sample.EXPIRES)


def applied(plan: dict[str, JSON], error: str = "The tenant refused.") -> dict[str, JSON]:
    """Return the outcome of an apply in which every ending occurs; the last action was not begun."""
    return apply_document(
        plan,
        RunId("0123456789abcdef"),
        RunStatus.INCOMPLETE,
        [(each.step, each.status, each.at, each.error) for each in _entries(plan, error)],
    )


def rehearsed(plan: dict[str, JSON], error: str = "The tenant would refuse.") -> dict[str, JSON]:
    """Return a rehearsal of a plan, after which the plan would still do all of it."""
    held = [
        HeldShape(person=None, user_name=error, state=None, groups=[], products=[]),
        HeldShape(
            person=error,
            user_name=error,
            state="enabled",
            groups=[error, "Sales"],
            products=[error],
        ),
    ]
    outcome = applied(plan, error)
    snapshot: dict[str, JSON] = {"base_url": error, "digest": error, "taken_at": error}
    return rehearsal_document(outcome, [error], snapshot, held, plan)


def history(plan: dict[str, JSON], said: str = "bram@laptop", *moments: str) -> dict[str, JSON]:
    """Return a history of two applies of a plan: one incomplete, one interrupted."""
    begun = moments or (AT, "2026-11-22T09:00:00+00:00")
    statuses = (RunStatus.INCOMPLETE, RunStatus.INTERRUPTED)
    runs = [
        Run(
            RunId(said),
            said,
            at,
            None,
            status,
            said,
            said,
            pretty(plan),
            _entries(plan, said),
        )
        for status, at in zip(statuses, begun, strict=True)
    ]
    return history_document([run_document(run, plan) for run in runs])


def sampled() -> dict[str, dict[str, JSON]]:
    plan = sample_plan()
    return {"apply": applied(plan), "rehearsal": rehearsed(plan), "history": history(plan)}


def hostile(trick: str) -> dict[str, dict[str, JSON]]:
    """Return the three with this trick wherever somebody else's text can be."""
    plan = hostile_document(trick)
    return {
        "apply": {**applied(plan, trick), "run": trick},
        "rehearsal": rehearsed(plan, trick),
        "history": history(plan, trick, trick, trick),
    }


def large(size: int) -> dict[str, dict[str, JSON]]:
    plan = large_document(size)
    return {"apply": applied(plan), "rehearsal": rehearsed(plan), "history": history(plan)}


def _entries(plan: dict[str, JSON], error: str) -> tuple[Entry, ...]:
    actions = cast("list[dict[str, Any]]", plan["actions"])
    return tuple(
        Entry(
            StepId(action["id"]),
            status,
            AT,
            "" if status in {StepStatus.DONE, StepStatus.PENDING} else error,
        )
        for action, status in zip(actions[:-1], cycle(ENDINGS), strict=False)
    )
