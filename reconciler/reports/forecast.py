"""What will change by day, as JSON and as text."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import UNSET, structs

from reconciler.model.address import is_made_up
from reconciler.model.plan import CheckStatus, Plan
from reconciler.model.value import JSON
from reconciler.reports.actions import write_actions
from reconciler.reports.document import (
    action_shape,
    as_document,
    check_shape,
    counted,
    error_shape,
)
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.reading import shown
from reconciler.reports.shape import (
    FORMAT_VERSION,
    ActionShape,
    CheckShape,
    Count,
    ErrorShape,
    Shape,
)
from reconciler.reports.summary import CORRELATE
from reconciler.reports.text import write_errors
from reconciler.reports.words import ACTS, VERBS, count

TOLD = (CheckStatus.FAILED, CheckStatus.WARNING)


class DayShape(Shape, frozen=True, kw_only=True):
    """One day; `checks` are those that fail or warn, `errors` the persons left out."""

    date: date
    summary: dict[str, Count]
    actions: list[ActionShape]
    errors: list[ErrorShape]
    checks: list[CheckShape]


class ForecastShape(Shape, frozen=True, kw_only=True):
    """The days on which something happens. It has no digest: it cannot be applied."""

    format_version: str
    as_of: date
    until: date
    days: list[DayShape]
    warnings: list[str]


def forecast_document(
    as_of: date, until: date, plans: Sequence[Plan], warnings: Sequence[str]
) -> dict[str, JSON]:
    """Return the JSON of what will change; what does not exist yet has no reference."""
    return as_document(
        ForecastShape(
            format_version=FORMAT_VERSION,
            as_of=as_of,
            until=until,
            days=[_day(plan) for plan in plans],
            warnings=list(warnings),
        )
    )


def forecast_text(document: Mapping[str, JSON], *, width: int, colour: bool) -> str:
    """Return what will change as text, a heading for each day. Raises BadInput where the document is another."""
    found = shown(document, ForecastShape)
    page = Page(width, colour=colour)
    page.line(Span(f"What will change from {found.as_of} to {found.until}", Style.STRONG))
    page.line(Span("If the plan of each day is applied on that day.", Style.FAINT))
    days = found.days
    for each in days:
        _write_day(page, each)
    page.blank()
    for warning in found.warnings:
        page.line(Span("! ", Style.CHANGE), Span(warning))
    page.blank()
    changes = sum(len(_differences(each)) for each in days)
    on = sum(bool(_differences(each)) for each in days)
    said = f"{count(changes, 'action')} on {count(on, 'day')}." if changes else "No differences."
    page.line(Span(said, Style.STRONG))
    return page.text()


def _day(plan: Plan) -> DayShape:
    return DayShape(
        date=plan.as_of,
        summary=counted(step.kind for step in plan.steps),
        actions=[_without_made_up(action_shape(step)) for step in plan.steps],
        errors=[error_shape(error) for error in plan.errors],
        checks=[check_shape(check) for check in plan.checks if check.status in TOLD],
    )


def _without_made_up(action: ActionShape) -> ActionShape:
    account, permission = action.account, action.permission
    if account is not None and is_made_up(account.user_guid):
        account = structs.replace(account, user_guid=None)
    if permission is not UNSET and is_made_up(permission.id):
        permission = structs.replace(permission, id=None)
    return structs.replace(action, account=account, permission=permission)


def _write_day(page: Page, day: DayShape) -> None:
    actions = _differences(day)
    page.blank()
    page.line(Span(f"{day.date}", Style.STRONG), Span(f"  {_said(actions, day.summary)}"))
    page.blank()
    write_actions(page, actions)
    write_errors(page, day.errors)
    for check in day.checks:
        fails = check.status is CheckStatus.FAILED
        sign = Span("x ", Style.ALARM) if fails else Span("! ", Style.CHANGE)
        of = f" of {check.of:,}" if check.of is not None else ""
        judged = f": {check.value:,}{of}, limit {check.limit}"
        refuses = ", refuses the plan of that day" if fails else ""
        page.line(sign, Span(check.rule, Style.STRONG), Span(judged + refuses), indent=2)
        if check.detail:
            page.line(Span(check.detail), indent=6, hang=2)


def _differences(day: DayShape) -> list[ActionShape]:
    return [action for action in day.actions if action.kind != CORRELATE]


def _said(actions: Sequence[ActionShape], summary: Mapping[str, int]) -> str:
    verbs = [ACTS[action.kind].verb for action in actions]
    parts = [f"{verbs.count(verb):,} to {verb}" for verb in VERBS if verb in verbs]
    taken = summary.get(CORRELATE, 0)
    parts += [f"{count(taken, 'account')} taken over as they are"] if taken else []
    return ", ".join(parts) or "nothing to carry out"
