"""The outcome of an apply: its JSON document, and that as text for people."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import structs

from reconciler.model.plan import StepId
from reconciler.model.run import RunId, RunStatus, StepStatus
from reconciler.model.value import JSON
from reconciler.reports.actions import by_subject, title
from reconciler.reports.document import as_document
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.reading import shown
from reconciler.reports.shape import (
    FORMAT_VERSION,
    ActionShape,
    AppliedActionShape,
    AppliedShape,
    Ending,
    PlanShape,
)
from reconciler.reports.text import write_errors, write_heading
from reconciler.reports.words import ENDINGS

NEVER_SENT: Final = "Not begun: the run ended before its turn."
NEVER_SETTLED: Final = "Sent, and the run ended before an answer was heard."
_ENDING_OF: Final[Mapping[StepStatus, Ending]] = {
    StepStatus.INTENDED: "unconfirmed",
    StepStatus.DONE: "done",
    StepStatus.PENDING: "pending",
    StepStatus.FAILED: "failed",
    StepStatus.SKIPPED: "skipped",
    StepStatus.STALE: "stale",
    StepStatus.UNCONFIRMED: "unconfirmed",
}
CLOSINGS: Final[Mapping[RunStatus, str]] = {
    RunStatus.INCOMPLETE: "Not all of the plan was carried out. See what is left: reconciler plan",
    RunStatus.INTERRUPTED: "Interrupted. To go on from here, run the same apply again.",
    RunStatus.RUNNING: "This run has not ended.",
}
"""What to do after an apply that is not done."""

Outcome = tuple[StepId, StepStatus, str, str]
"""A step, how it ended, when, and what was said about it ("" where nothing)."""


def apply_document(
    plan: Mapping[str, JSON], run: RunId, status: RunStatus, outcomes: Sequence[Outcome]
) -> dict[str, JSON]:
    """Return the JSON of one apply of a plan's document: its actions, and what became of each.

    The last outcome of a step counts. A step without one was not begun and is `skipped`; one that is
    only intended is `unconfirmed`. Raises ValueError for an outcome of a step that the plan has not.
    """
    drawn = shown(plan, PlanShape)
    latest = {step: (ending, at, error) for step, ending, at, error in outcomes}
    unknown = latest.keys() - {action.id for action in drawn.actions}
    if unknown:
        raise ValueError(f"the plan has no step {min(unknown)!r}")
    actions = [_applied(action, latest.get(StepId(action.id))) for action in drawn.actions]
    counts = Counter(action.status for action in actions)
    return as_document(
        AppliedShape(
            format_version=FORMAT_VERSION,
            run=run,
            status=status,
            plan_digest=drawn.digest,
            actions=actions,
            errors=drawn.errors,
            summary={ending: counts[ending] for ending in _ENDING_OF.values() if counts[ending]},
        )
    )


def apply_text(document: Mapping[str, JSON], *, width: int, colour: bool) -> str:
    """Return what an apply did, what it did not and why, and a summary last.

    Without colour there is no control character in it but newlines. Raises BadInput where the
    document is no outcome of an apply.
    """
    applied = shown(document, AppliedShape)
    page = Page(width, colour=colour)
    for ending, said in ENDINGS.items():
        actions = [action for action in applied.actions if action.status == ending]
        if actions:
            write_heading(page, f"{said.heading} ({len(actions):,})", said.style)
            _write_outcomes(page, actions)
    write_errors(page, applied.errors)
    _write_summary(page, applied)
    return page.text()


def apply_said(applied: AppliedShape) -> str:
    """Return "Applied: 2 done, 1 failed."."""
    return f"Applied: {endings_said(applied.actions) or 'nothing had to change'}."


def endings_said(actions: Sequence[AppliedActionShape]) -> str:
    """Return "2 done, 1 failed"; "" where there are none."""
    counts = Counter(action.status for action in actions)
    return ", ".join(f"{counts[end]:,} {it.short}" for end, it in ENDINGS.items() if counts[end])


def _applied(
    action: ActionShape, outcome: tuple[StepStatus, str, str] | None
) -> AppliedActionShape:
    ending: Ending = "skipped"
    at, error = "", NEVER_SENT
    if outcome:
        status, at, error = outcome
        ending = _ENDING_OF[status]
        if status is StepStatus.INTENDED:
            error = error or NEVER_SETTLED
    return AppliedActionShape(**structs.asdict(action), status=ending, at=at or None, error=error)


def _write_outcomes(page: Page, actions: Sequence[AppliedActionShape]) -> None:
    for heading, group in by_subject(actions):
        page.line(Span(heading, Style.STRONG), indent=2)
        for action in group:
            page.line(*title(action), indent=4)
            if action.error:
                page.line(Span(action.error), indent=8, hang=2)
        page.blank()


def _write_summary(page: Page, applied: AppliedShape) -> None:
    page.blank()
    page.line(Span(f"Run {applied.run}, plan {applied.plan_digest}", Style.FAINT))
    closing = CLOSINGS.get(applied.status)
    if closing:
        page.line(Span(closing, Style.ALARM), hang=0)
    page.line(Span(apply_said(applied), Style.STRONG), hang=2)
