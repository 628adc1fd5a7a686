"""An explanation as text for people, rendered from its JSON document alone."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, cast

from reconciler.entitlements.explanation import Timing
from reconciler.model.rules import Operator
from reconciler.model.value import JSON
from reconciler.reports.actions import about, write_actions
from reconciler.reports.explanation_shape import (
    AnswerShape,
    BecauseShape,
    ExplanationShape,
    HolderShape,
    NextPlanShape,
    ObstacleShape,
    OutOfPeriodShape,
    PermissionShownShape,
    PersonShape,
    TestedShape,
    UnmetShape,
)
from reconciler.reports.inert import name, quoted
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.reading import shown
from reconciler.reports.shape import ErrorShape
from reconciler.reports.text import write_errors, write_heading
from reconciler.reports.words import count

OPERATORS: Final[Mapping[Operator, str]] = {
    Operator.EQUALS: "equals",
    Operator.NOT_EQUALS: "does not equal",
    Operator.IN: "is one of",
    Operator.NOT_IN: "is none of",
    Operator.CONTAINS: "contains",
    Operator.STARTS_WITH: "starts with",
    Operator.ENDS_WITH: "ends with",
    Operator.MATCHES: "matches",
    Operator.BEFORE: "is before",
    Operator.AFTER: "is after",
}
"""How a test with values is said between its path and those."""


def explanation_text(document: Mapping[str, JSON], *, width: int, colour: bool) -> str:
    """Return an explanation for people: the answer, its reasons, and what the next plan does."""
    explained = shown(document, ExplanationShape)
    page = Page(width, colour=colour)
    page.line(Span(f"As of {explained.as_of}", Style.STRONG))
    if explained.person is not None:
        _write_person(page, explained.person)
    for permission in explained.permissions:
        _write_permission(page, permission)
    if explained.plan is not None:
        known = [] if explained.person is None else explained.person.errors
        _write_plan(page, explained.plan, known)
    elif explained.no_plan:
        page.blank()
        page.line(Span(f"The next plan is not known: {explained.no_plan}", Style.FAINT))
    return page.text()


def _write_person(page: Page, person: PersonShape) -> None:
    called = f" ({person.display_name})" if person.display_name else ""
    write_heading(page, f"Person {name(person.person)}{called}")
    if not person.is_in_files:
        page.line(Span("is not in the files, so nothing is asked for"), indent=2)
    for answer in (person.account, *person.permissions):
        _write_answer(page, answer, _title(answer), 2)
    page.blank()
    write_errors(page, person.errors)


def _title(answer: AnswerShape) -> str:
    return "account" if answer.type == "account" else f"{answer.type} {name(answer.name)}"


def _write_permission(page: Page, permission: PermissionShownShape) -> None:
    at = f" ({permission.at})" if permission.at else ""
    write_heading(page, f"{permission.type.capitalize()} {name(permission.name)}{at}")
    if not permission.is_managed:
        page.line(
            Span("Membership is not managed here: nobody is asked for, and nobody is revoked."),
            indent=2,
        )
    page.line(
        Span(f"{count(len(permission.holders), 'person', 'persons')} should hold it"), indent=2
    )
    for holder in permission.holders:
        _write_holder(page, holder)
    if permission.near:
        page.blank()
        page.line(Span("Only time or a missing account keeps these from it"), indent=2)
    for holder in permission.near:
        _write_holder(page, holder)


def _write_holder(page: Page, holder: HolderShape) -> None:
    called = f" ({holder.display_name})" if holder.display_name else ""
    _write_answer(page, holder.answer, f"{name(holder.person)}{called}", 4)


def _write_answer(page: Page, answer: AnswerShape, title: str, indent: int) -> None:
    style = Style.ADD if answer.has else Style.REMOVE
    page.line(Span(f"{title}: "), Span(_verdict(answer), style), indent=indent)
    inner = indent + 4
    if answer.denied_by is not None:
        page.line(Span(f"denied by {_source(answer.denied_by)}"), indent=inner)
    if answer.lacks_account:
        page.line(Span("nobody holds anything without an account"), indent=inner)
    for because in answer.because:
        _write_because(page, because, inner, holds=not answer.lacks_account)
    for out in answer.out_of_period:
        page.line(Span(_out(out)), indent=inner)
    for unmet in answer.unmet:
        _write_unmet(page, unmet, inner)
    if not (answer.because or answer.out_of_period or answer.unmet or answer.denied_by):
        page.line(Span("no rule and no line gives it"), indent=inner)


def _verdict(answer: AnswerShape) -> str:
    if not answer.has:
        return "no, to be deleted" if answer.denied_by is not None else "no"
    return f"yes, {answer.state}" if answer.state else "yes"


def _write_because(page: Page, because: BecauseShape, indent: int, *, holds: bool) -> None:
    word = "overridden:" if because.overridden else "because" if holds else "it would be by"
    gives = f", gives {because.gives}" if because.gives else ""
    page.line(Span(f"{word} {_source(because)}{gives}{_days(because)}"), indent=indent)
    noted = [text for text in (because.reason, because.ticket) if text]
    if noted:
        page.line(Span("; ".join(map(quoted, noted)), Style.FAINT), indent=indent + 4)
    for tested in because.tests:
        page.line(Span(_tested(tested), Style.FAINT), indent=indent + 4)


def _source(because: BecauseShape) -> str:
    named = f"rule {name(because.rule)}" if because.rule is not None else because.by.value
    contract = "" if because.contract is None else f", contract {name(because.contract)}"
    return f"{named} ({because.at}){contract}"


def _days(because: BecauseShape) -> str:
    said = [
        f"from {because.start}" if because.start else "",
        f"until {_last(because.until)}" if because.until else "",
    ]
    return "".join(f", {part}" for part in said if part)


def _last(until: date) -> str:
    """Return the last day before a date that is excluded, as people say it."""
    return f"{until - timedelta(1)} inclusive" if until > date.min else f"{until} exclusive"


def _out(out: OutOfPeriodShape) -> str:
    gives = f", {out.gives}," if out.gives else ""
    said = f"{out.by.value} ({out.at}){gives}"
    if out.timing is Timing.NOT_YET:
        return f"{said} begins on {out.start}"
    return f"{said} ended on {out.until}"


def _write_unmet(page: Page, unmet: UnmetShape, indent: int) -> None:
    gives = f", which gives {unmet.gives}," if unmet.gives else ""
    said = f"rule {name(unmet.rule)} ({unmet.at}){gives} is not met"
    if not unmet.obstacles:
        page.line(Span(f"{said}: the person has no contract"), indent=indent)
        return
    page.line(Span(said), indent=indent)
    for obstacle in unmet.obstacles:
        _write_obstacle(page, obstacle, indent + 4)


def _write_obstacle(page: Page, obstacle: ObstacleShape, indent: int) -> None:
    where = "" if obstacle.contract is None else f"contract {name(obstacle.contract)}: "
    match obstacle.timing:
        case Timing.NOT_YET:
            page.line(Span(f"{where}the window opens on {obstacle.start}"), indent=indent)
        case Timing.OVER:
            page.line(Span(f"{where}the window closed on {obstacle.until}"), indent=indent)
        case Timing.OPEN:
            pass
    for choice, tests in _by_choice(obstacle.failed):
        if choice is not None:
            page.line(
                Span(f"{where}any one of these would do ({choice})", Style.FAINT), indent=indent
            )
        for tested in tests:
            wanted = "must not be: " if tested.holds else "failed: "
            more = 0 if choice is None else 4
            page.line(Span(f"{where}{wanted}{_tested(tested)}"), indent=indent + more)
    if obstacle.makes is not None:
        page.line(Span(f"{where}gives the group {name(obstacle.makes)} instead"), indent=indent)
    if obstacle.is_nameless:
        page.line(Span(f"{where}a path in the group's name has no value"), indent=indent)


def _by_choice(tests: Sequence[TestedShape]) -> list[tuple[str | None, list[TestedShape]]]:
    groups: dict[str | None, list[TestedShape]] = {}
    for tested in tests:
        groups.setdefault(tested.choice, []).append(tested)
    return list(groups.items())


def _tested(tested: TestedShape) -> str:
    if tested.operator is Operator.EXISTS:
        said = "exists" if tested.wanted[0].casefold() == "true" else "has no value"
    else:
        wanted = ", ".join(quoted(each) for each in tested.wanted)
        said = f"{OPERATORS[tested.operator]} {wanted}"
    return f"{tested.path} {said}; found {_found(tested.found)} ({tested.at})"


def _found(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + ", ".join(_found(item) for item in cast("list[object]", value)) + "]"
    if isinstance(value, dict):
        pairs = cast("dict[str, object]", value).items()
        return "{" + ", ".join(f"{name(key)}: {_found(item)}" for key, item in pairs) + "}"
    return str(value)


def _write_plan(page: Page, plan: NextPlanShape, known: Sequence[ErrorShape]) -> None:
    write_heading(page, "The next plan")
    if plan.actions:
        write_actions(page, plan.actions)
    if plan.held:
        page.line(Span("Held back, not carried out:"), indent=2)
        write_actions(page, plan.held)
    for person, kind, called, _ in plan.adopts:
        said = f"takes over as it is: {kind} {name(called)} of person {name(person)}"
        page.line(Span(said), indent=4)
    for issue in plan.issues:
        said = about(issue.person, issue.account, issue.permission)
        page.line(Span(f"issue {issue.type.value}: {said}", Style.CHANGE), indent=4)
        page.line(Span(issue.detail, Style.FAINT), indent=8)
    if not (plan.actions or plan.held or plan.adopts or plan.issues or plan.errors):
        page.line(Span("changes nothing here"), indent=4)
    page.blank()
    write_errors(page, [error for error in plan.errors if error not in known])
    if plan.refused_by:
        page.line(Span(f"A safeguard refuses that plan: {', '.join(plan.refused_by)}", Style.ALARM))
