"""A document as a flat list of entries in sections: what every dress for reviewers hangs on."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import UNSET

from reconciler.model.issue import IssueStatus
from reconciler.reports.actions import by_subject, said_after, said_before
from reconciler.reports.inert import name
from reconciler.reports.page import Style
from reconciler.reports.shape import (
    ActionShape,
    ErrorShape,
    IssueShape,
    PermissionShape,
    PlanShape,
)
from reconciler.reports.summary import differences
from reconciler.reports.words import ACTS, CAUSES


class Section(StrEnum):
    """The parts of a plan in the order in which a reviewer needs them, with their headings."""

    REMOVALS = "Removals"
    ERRORS = "Left out because of errors"
    OTHERS = "Additions and changes"
    HELD = "Held back, not carried out"
    OPEN = "Open issues"
    WARNINGS = "Warnings"
    RESOLVED = "Issues resolved by this plan"
    POSTPONED = "Issues postponed"
    EXCLUDED = "Issues excluded"


_SECTION_OF: Final = {
    IssueStatus.OPEN: Section.OPEN,
    IssueStatus.RESOLVED: Section.RESOLVED,
    IssueStatus.POSTPONED: Section.POSTPONED,
    IssueStatus.EXCLUDED: Section.EXCLUDED,
}


class Field(NamedTuple):
    """A field that changes, in words: nothing generated shows."""

    name: str
    before: str
    after: str


class Entry(NamedTuple):
    """Something a reviewer has to see: an action, a person left out, an issue.

    Its texts are others' and not yet inert. `section` is a heading, of a plan one of Section; it and
    `reason` are ours, `detail` may be anybody's.
    """

    section: str
    sign: str
    what: str
    style: Style
    person: str | None
    account: str | None
    permission: tuple[str, str] | None
    reason: str
    detail: str
    source: str | None
    fields: tuple[Field, ...] = ()


def entries_of(plan: PlanShape) -> list[Entry]:
    """Return all that a plan has, by section; within one by person, then account, in the plan's order."""
    actions = differences(plan)
    removals = [action for action in actions if ACTS[action.kind].removes]
    others = [action for action in actions if not ACTS[action.kind].removes]
    found = [
        *_actions(Section.REMOVALS, removals),
        *map(error_entry, plan.errors),
        *_actions(Section.OTHERS, others),
        *_actions(Section.HELD, plan.held),
    ]
    order = [section.value for section in Section]
    notes = [*map(_issue, plan.issues), *map(warning_entry, plan.warnings)]
    return found + sorted(notes, key=lambda entry: order.index(entry.section))


def _actions(section: Section, actions: Iterable[ActionShape]) -> Iterator[Entry]:
    for _, group in by_subject(actions):
        for action in group:
            yield action_entry(section, action)


def action_entry(section: str, action: ActionShape) -> Entry:
    """Return an action with its cause."""
    act, cause = ACTS[action.kind], action.cause
    changes = () if action.changes is UNSET else action.changes
    return Entry(
        section,
        act.sign,
        f"{act.verb} {act.noun}",
        act.style,
        action.person,
        action.account.user_name if action.account else None,
        None if action.permission is UNSET else _permission(action.permission),
        CAUSES[cause.kind],
        cause.detail,
        cause.source,
        tuple(Field(each.field, said_before(each), said_after(each)) for each in changes),
    )


def error_entry(error: ErrorShape) -> Entry:
    """Return a person who is left out, and why."""
    detail = f"{error.summary}. {error.detail}" if error.detail else error.summary
    return Entry(
        Section.ERRORS,
        "x",
        "left out",
        Style.ALARM,
        error.person,
        None,
        None,
        "error",
        detail,
        error.source,
    )


def _issue(issue: IssueShape) -> Entry:
    is_open = issue.status is IssueStatus.OPEN
    several = list[str]()
    if issue.persons is not UNSET:
        several.append("persons " + ", ".join(map(name, issue.persons)))
    if issue.accounts is not UNSET:
        several.append("accounts " + ", ".join(name(each.user_name) for each in issue.accounts))
    settled = f"{issue.resolution}." if issue.resolution else ""
    return Entry(
        _SECTION_OF[issue.status],
        "!" if is_open else "=",
        issue.type.value,
        Style.CHANGE if is_open else Style.FAINT,
        issue.person,
        issue.account.user_name if issue.account else None,
        _permission(issue.permission) if issue.permission else None,
        "resolution" if issue.resolution else "",
        " ".join(
            filter(None, [settled, issue.detail, f"({'; '.join(several)})" if several else ""])
        ),
        None,
    )


def warning_entry(warning: str) -> Entry:
    """Return a warning, which is about nobody."""
    return Entry(
        Section.WARNINGS, "!", "warning", Style.CHANGE, None, None, None, "", warning, None
    )


def _permission(permission: PermissionShape) -> tuple[str, str]:
    return permission.type, permission.name
