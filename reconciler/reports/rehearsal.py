"""How a rehearsal ended: its JSON document, and that as text for people."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from reconciler.model.run import RunStatus
from reconciler.model.value import JSON
from reconciler.reports.actions import by_subject, title, write_actions
from reconciler.reports.applied import endings_said
from reconciler.reports.document import as_document, counted
from reconciler.reports.inert import name
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.reading import shown
from reconciler.reports.shape import (
    FORMAT_VERSION,
    ActionShape,
    AppliedActionShape,
    AppliedShape,
    Count,
    ErrorShape,
    PlanShape,
    Shape,
)
from reconciler.reports.summary import differences
from reconciler.reports.text import write_errors, write_heading
from reconciler.reports.words import ENDINGS, count

FEW: Final = 20
"""So many persons, and actions that are done, are listed; of more, only their number."""
UNKNOWN: Final = (
    "Who approves a product request, and when: here all are, at once, or with `--set approval=pending` none.",
    "What is out of scope: the copy has none of it.",
    "HelloID's own rules: passwords, rate limits, what the API key may do, groups that a directory fills.",
    "What changes in the tenant after the snapshot was taken.",
    "What `notify.command` would do: it was not run.",
)
"""What no rehearsal can tell."""

HEADINGS: Final[Mapping[str, str]] = {
    "failed": "Would fail",
    "unconfirmed": "Would be unconfirmed: sent, and nobody can say whether it happened",
    "stale": "Would be left out: the tenant has changed since the plan",
    "skipped": "Would be skipped",
    "pending": "Would be requested, and wait for approval",
    "done": "Would be done",
}
"""Every ending of an action, what to look at first."""

State: TypeAlias = Literal["enabled", "disabled", "deleted"]


class HeldShape(Shape, frozen=True, kw_only=True):
    """What somebody holds afterwards; `state` is null where there is no account."""

    person: str | None
    user_name: str
    state: State | None
    groups: list[str]
    products: list[str]


class AgainShape(Shape, frozen=True, kw_only=True):
    """What a plan made afterwards would do."""

    summary: dict[str, Count]
    actions: list[ActionShape]
    errors: list[ErrorShape]


class RehearsalShape(Shape, frozen=True, kw_only=True):
    """How a plan would end, applied to what a snapshot holds."""

    format_version: str
    base_url: str
    plan_digest: str
    snapshot_digest: str
    taken_at: str
    status: RunStatus
    actions: list[AppliedActionShape]
    errors: list[ErrorShape]
    summary: dict[str, Count]
    warnings: list[str]
    after: list[HeldShape]
    again: AgainShape
    unknown: list[str]


def rehearsal_document(
    applied: Mapping[str, JSON],
    warnings: Sequence[str],
    held: Mapping[str, JSON],
    after: Sequence[HeldShape],
    again: Mapping[str, JSON],
) -> dict[str, JSON]:
    """Return the JSON of a rehearsal.

    `applied` is the document of the apply, `held` the snapshot it began with, `again` the document of
    the plan made afterwards.
    """
    outcome, plan = shown(applied, AppliedShape), shown(again, PlanShape)
    left = differences(plan)
    shape = RehearsalShape(
        format_version=FORMAT_VERSION,
        base_url=str(held["base_url"]),
        plan_digest=outcome.plan_digest,
        snapshot_digest=str(held["digest"]),
        taken_at=str(held["taken_at"]),
        status=outcome.status,
        actions=outcome.actions,
        errors=outcome.errors,
        summary=outcome.summary,
        warnings=list(warnings),
        after=list(after),
        again=AgainShape(
            summary=counted(action.kind for action in left), actions=left, errors=plan.errors
        ),
        unknown=list(UNKNOWN),
    )
    return as_document(shape)


def rehearsal_text(
    document: Mapping[str, JSON], *, width: int, colour: bool, full: bool = False
) -> str:
    """Return how a rehearsal ended as text: what would not be done first, a summary last.

    Of many actions that would be done, and of many persons, only the number is said, unless `full`.
    """
    rehearsed = shown(document, RehearsalShape)
    page = Page(width, colour=colour)
    page.line(Span(f"Rehearsal on a copy of {rehearsed.base_url}", Style.STRONG))
    page.line(
        Span(f"as it was at {rehearsed.taken_at}; the tenant itself is untouched", Style.FAINT)
    )
    page.blank()
    for ending, heading in HEADINGS.items():
        actions = [action for action in rehearsed.actions if action.status == ending]
        if actions:
            write_heading(page, f"{heading} ({len(actions):,})", ENDINGS[ending].style)
            _write_outcomes(page, actions, full=full or ending != "done" or len(actions) <= FEW)
    write_errors(page, rehearsed.errors)
    _write_after(page, rehearsed.after, full=full)
    _write_again(page, rehearsed.again)
    write_heading(page, "What a rehearsal cannot know")
    for line in rehearsed.unknown:
        page.line(Span("- "), Span(line), indent=2, hang=2)
    page.blank()
    _write_summary(page, rehearsed)
    return page.text()


def _write_outcomes(page: Page, actions: Sequence[AppliedActionShape], *, full: bool) -> None:
    if not full:
        page.line(Span("Each one: see --full", Style.FAINT), indent=2)
        page.blank()
        return
    for heading, group in by_subject(actions):
        page.line(Span(heading, Style.STRONG), indent=2)
        for action in group:
            page.line(*title(action), indent=4)
            if action.error:
                page.line(Span(action.error), indent=8, hang=2)
        page.blank()


def _write_after(page: Page, after: Sequence[HeldShape], *, full: bool) -> None:
    if not after:
        return
    write_heading(page, f"Afterwards ({count(len(after), 'account')})")
    for held in after if full or len(after) <= FEW else after[:0]:
        who = name(held.user_name)
        if held.person is not None:
            who = f"Person {name(held.person)}, account {who}"
        page.line(Span(f"{who}: "), Span(held.state or "no account", Style.STRONG), indent=2)
        for word, names in (("groups", held.groups), ("products", held.products)):
            if names:
                said = ", ".join(name(each) for each in names)
                page.line(Span(f"{word}: ", Style.FAINT), Span(said), indent=6)
    if not full and len(after) > FEW:
        page.line(Span("Each one: see --full", Style.FAINT), indent=2)
    page.blank()


def _write_again(page: Page, again: AgainShape) -> None:
    if not again.actions:
        return
    write_heading(page, f"A plan made afterwards would still do ({len(again.actions):,})")
    write_actions(page, again.actions[:FEW])
    if len(again.actions) > FEW:
        page.line(Span(f"… and {len(again.actions) - FEW:,} more", Style.FAINT), indent=2)
        page.blank()


def _write_summary(page: Page, rehearsed: RehearsalShape) -> None:
    for warning in rehearsed.warnings:
        page.line(Span("Warning: ", Style.ALARM), Span(warning))
    ended = endings_said(rehearsed.actions)
    said = f"Applied, it would end so: {ended}." if ended else "It would change nothing."
    page.line(Span(said, Style.STRONG), hang=2)
    page.line(Span(again_said(rehearsed)), hang=2)


def rehearsal_opening(rehearsed: RehearsalShape) -> str:
    """Return "Rehearsal: 2 done, 1 failed."."""
    return f"Rehearsal: {endings_said(rehearsed.actions) or 'nothing would change'}."


def again_said(rehearsed: RehearsalShape) -> str:
    """Return whether a plan made afterwards has something to do, in a sentence."""
    left = "still has something to do" if rehearsed.again.actions else "has nothing left to do"
    return f"A plan made afterwards {left}."
