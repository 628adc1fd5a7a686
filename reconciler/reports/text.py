"""A plan as text for people, rendered from its JSON document alone."""

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Final

from msgspec import UNSET

from reconciler.model.issue import IssueStatus
from reconciler.model.plan import CheckStatus, Mode
from reconciler.model.value import JSON
from reconciler.reports.actions import about, write_actions
from reconciler.reports.counts import write_counts
from reconciler.reports.inert import name
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.reading import shown
from reconciler.reports.shape import (
    ActionShape,
    CheckShape,
    ErrorShape,
    IssueShape,
    KnownShape,
    PlanShape,
)
from reconciler.reports.summary import differences, left_over, opening, refusal
from reconciler.reports.words import ACTS, ISSUE_STATUSES, count

ACKNOWLEDGED_BY_VALUE: Final = ("limit.", "allow_empty/", "policy.")
"""Rules that `--ack NAME=VALUE` admits."""
PROTECTION: Final = "protected/"
"""Rules that `--allow-protected` admits."""


def plan_text(document: Mapping[str, JSON], *, width: int, colour: bool) -> str:
    """Return a plan for a reviewer: what is taken away first, what refuses it, and a summary last.

    Without colour there is no control character in it but newlines. Raises BadInput where the
    document is no plan.
    """
    plan = shown(document, PlanShape)
    page = Page(width, colour=colour)
    _write_header(page, plan)
    _write_differences(page, plan)
    write_errors(page, plan.errors)
    _write_issues(page, plan.issues)
    _write_warnings(page, plan.warnings)
    _write_checks(page, plan.checks)
    _write_summary(page, plan)
    return page.text()


def write_heading(page: Page, text: str, style: Style = Style.STRONG) -> None:
    """Write the heading of a section, after an empty line."""
    page.blank()
    page.line(Span(text, style))


def write_errors(page: Page, errors: Sequence[ErrorShape]) -> None:
    """Write the persons left out, and why."""
    if not errors:
        return
    write_heading(page, f"Left out because of errors ({len(errors)})", Style.ALARM)
    page.line(Span("Nothing of these persons changes, and apply ends with exit code 5."), indent=2)
    for error in errors:
        page.line(
            Span("x ", Style.ALARM), Span(f"person {name(error.person)}: {error.summary}"), indent=2
        )
        if error.detail:
            page.line(Span(error.detail), indent=4, hang=2)
        if error.source:
            page.line(Span(error.source, Style.FAINT), indent=4, hang=2)
    page.blank()


def admitted_by(check: CheckShape) -> str | None:
    """Return the option that admits a failed check, ready to copy; None where none does."""
    if check.rule.startswith(PROTECTION):
        return "--allow-protected"
    if check.rule.startswith(ACKNOWLEDGED_BY_VALUE):
        return f"--ack {_argument(check.rule.removeprefix('limit.') + f'={check.value}')}"
    return None


def _write_header(page: Page, plan: PlanShape) -> None:
    page.line(Span(f"Plan for {plan.target.base_url}, as of {plan.as_of}", Style.STRONG))
    until = plan.expires_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    page.line(Span(f"It can be applied until {until} UTC.", Style.FAINT))
    if plan.mode is Mode.ADDITIVE:
        page.line(Span("Additive: what takes something away is held back."))


def _write_differences(page: Page, plan: PlanShape) -> None:
    actions = differences(plan)
    removals = [action for action in actions if ACTS[action.kind].removes]
    others = [action for action in actions if not ACTS[action.kind].removes]
    persons = plan.persons
    _write_section(page, "Removals", removals, persons, Style.REMOVE)
    _write_section(page, "Additions and changes", others, persons, Style.STRONG)
    _write_section(page, "Held back, not carried out", plan.held, persons, Style.CHANGE)
    write_counts(page, actions, persons)


def _write_section(
    page: Page,
    said: str,
    actions: Sequence[ActionShape],
    persons: Mapping[str, KnownShape],
    style: Style,
) -> None:
    if actions:
        write_heading(page, f"{said} ({len(actions):,})", style)
        write_actions(page, actions, persons)


def _write_issues(page: Page, issues: Sequence[IssueShape]) -> None:
    if not issues:
        return
    counts = Counter(issue.status for issue in issues)
    said = [f"{counts[status]:,} {ISSUE_STATUSES[status]}" for status in IssueStatus]
    present = [part for part, status in zip(said, IssueStatus, strict=True) if counts[status]]
    write_heading(page, f"Issues: {', '.join(present)}")
    for status in (IssueStatus.OPEN, IssueStatus.RESOLVED):
        for issue in issues:
            if issue.status is status:
                _write_issue(page, issue)
    page.blank()


def _write_issue(page: Page, issue: IssueShape) -> None:
    is_open = issue.status is IssueStatus.OPEN
    sign = Span("! ", Style.CHANGE) if is_open else Span("= ", Style.FAINT)
    said = about(issue.person, issue.account, issue.permission)
    page.line(sign, Span(f"{issue.type.value}: {said}".rstrip(": ")), indent=2)
    if issue.persons is not UNSET:
        names = ", ".join(name(person) for person in issue.persons)
        page.line(Span(f"persons {names}"), indent=4, hang=2)
    if issue.accounts is not UNSET:
        names = ", ".join(name(account.user_name) for account in issue.accounts)
        page.line(Span(f"accounts {names}"), indent=4, hang=2)
    if issue.detail:
        page.line(Span(issue.detail, Style.FAINT), indent=4, hang=2)
    if issue.resolution:
        page.line(Span(f"resolution: {issue.resolution}", Style.FAINT), indent=4, hang=2)


def _write_warnings(page: Page, warnings: Sequence[str]) -> None:
    if not warnings:
        return
    write_heading(page, f"Warnings ({len(warnings):,})", Style.CHANGE)
    for warning in warnings:
        page.line(Span("! ", Style.CHANGE), Span(warning), indent=2)
    page.blank()


def _write_checks(page: Page, checks: Sequence[CheckShape]) -> None:
    failed = [check for check in checks if check.status is CheckStatus.FAILED]
    admitted = [check for check in checks if check.status is CheckStatus.ACKNOWLEDGED]
    if failed:
        write_heading(page, f"Refused by safeguards ({len(failed):,})", Style.ALARM)
    for check in failed:
        _write_check(page, check, Span("x ", Style.ALARM))
        option = admitted_by(check)
        if option:
            page.line(Span("to admit exactly this, give plan or apply"), indent=6, hang=2)
            page.command(option, indent=8)
    if admitted:
        write_heading(page, f"Breaches acknowledged ({len(admitted):,})", Style.CHANGE)
    for check in admitted:
        _write_check(page, check, Span("! ", Style.CHANGE))
    page.blank()
    warned = [check for check in checks if check.status is CheckStatus.WARNING]
    if warned:
        write_heading(page, f"Policies not kept ({len(warned):,})", Style.CHANGE)
    for check in warned:
        _write_check(page, check, Span("! ", Style.CHANGE))
    page.blank()
    passed = len(checks) - len(failed) - len(admitted) - len(warned)
    if passed:
        page.line(Span(f"Safeguards: {count(passed, 'check')} passed.", Style.FAINT))
    page.blank()


def _write_check(page: Page, check: CheckShape, sign: Span) -> None:
    of = f" of {check.of:,}" if check.of is not None else ""
    judged = f": {check.value:,}{of}, limit {check.limit}"
    page.line(sign, Span(check.rule, Style.STRONG), Span(judged), indent=2)
    if check.detail:
        page.line(Span(check.detail), indent=6, hang=2)


def _write_summary(page: Page, plan: PlanShape) -> None:
    page.blank()
    refused = refusal(plan)
    if refused:
        page.line(Span(refused, Style.ALARM), hang=0)
    page.line(Span(opening(plan), Style.STRONG), Span(f" {left_over(plan)}"), hang=2)


def _argument(text: str) -> str:
    """Return a shell argument: bare, else in double quotes, else as POSIX shells need it."""
    if re.fullmatch(r"[\w.=-]+", text, re.ASCII):
        return text
    return shlex.quote(text) if re.search(r'["$`\\!]', text) else f'"{text}"'
