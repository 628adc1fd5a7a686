"""Actions as lines of a page: grouped by person, with what changes and why."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec import UNSET

from reconciler.model.provenance import CauseKind
from reconciler.reports.inert import name, quoted, visible, width_of
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.shape import (
    AccountShape,
    ActionShape,
    ChangeShape,
    DifferenceShape,
    KnownShape,
    PermissionShape,
    PlainShape,
)
from reconciler.reports.words import ACTS, CAUSES

CAUSE_COLUMN = 36
"""Where a cause begins that stands on its action's line, if the action leaves room."""
FIELD_COLUMN = 28
"""How wide the column of field names gets at most."""
ACTION_INDENT = 4
NOTHING = "(none)"
"""How a field without a value is said."""
_Action = TypeVar("_Action", bound=ActionShape)


_NOBODY: Mapping[str, KnownShape] = {}


def by_subject(
    actions: Iterable[_Action], persons: Mapping[str, KnownShape] = _NOBODY
) -> list[tuple[str, list[_Action]]]:
    """Return the actions below the person or account they are about, those about nobody first.

    Sorted by person, then by account; the actions of each keep the plan's order. Persons who are known
    have their name and department in the heading.
    """
    groups: dict[tuple[bool, str, str], list[_Action]] = {}
    for action in actions:
        user_name = action.account.user_name if action.account else ""
        nobody = action.person is None
        key = (nobody and action.account is not None, action.person or "", user_name)
        groups.setdefault(key, []).append(action)
    return [(_heading(groups[key][0], persons), groups[key]) for key in sorted(groups)]


def write_actions(
    page: Page, actions: Iterable[ActionShape], persons: Mapping[str, KnownShape] = _NOBODY
) -> None:
    """Write actions in full, below headings: what, why, and the fields that change."""
    for heading, group in by_subject(actions, persons):
        page.line(Span(heading, Style.STRONG), indent=2)
        for action in group:
            _write_action(page, action)
        page.blank()


def title(action: ActionShape | DifferenceShape) -> list[Span]:
    """Return sign, verb, noun and, of a permission, its name."""
    act = ACTS[action.kind]
    spans = [Span(f"{act.sign} {act.verb}", act.style), Span(f" {act.noun}")]
    if action.permission is not UNSET:
        spans.append(Span(f" {name(action.permission.name)}"))
    return spans


def about(
    person: str | None, account: AccountShape | None, permission: PermissionShape | None
) -> str:
    """Return in a line whom and what something is about."""
    parts = list[str]()
    if person is not None:
        parts.append(f"person {name(person)}")
    if account is not None:
        parts.append(f"account {name(account.user_name)}")
    if permission is not None:
        parts.append(f"{permission.type} {name(permission.name)}")
    return ", ".join(parts)


def said_before(change: ChangeShape) -> str:
    """Return what a field holds, as it is said to people."""
    return _value(change.before)


def said_after(change: ChangeShape) -> str:
    """Return what a field will hold, as it is said to people; never a generated value."""
    if change.generated is not UNSET:
        return "(generated when applied)"
    if change.account_of is not UNSET:
        return f"(account of {name(change.account_of)})"
    return _value(change.after)


def called(person: str, persons: Mapping[str, KnownShape]) -> str:
    """Return how a person is said: name and ExternalId, or the id alone where nothing more is known."""
    known = persons.get(person)
    if known is None or known.name == person:
        return name(person)
    return f"{name(known.name)} ({name(person)})"


def person_heading(person: str, persons: Mapping[str, KnownShape]) -> str:
    """Return a person as a heading, with the department where there is one."""
    known = persons.get(person)
    department = known.department if known else None
    return f"Person {called(person, persons)}" + (f", {name(department)}" if department else "")


def _heading(action: ActionShape, persons: Mapping[str, KnownShape]) -> str:
    if action.account is None:
        return "Groups"
    user_name = name(action.account.user_name)
    if action.person is None:
        return f"Account {user_name}, no person known"
    return f"{person_heading(action.person, persons)}, account {user_name}"


def _write_action(page: Page, action: ActionShape) -> None:
    spans = title(action)
    cause = said_cause(action.cause.kind, action.cause.detail, action.cause.source)
    taken = sum(width_of(visible(span.text)) for span in spans)
    gap = Span(" " * max(2, CAUSE_COLUMN - taken))
    together = [*spans, gap, cause]
    if page.fits(together, ACTION_INDENT):
        page.line(*together, indent=ACTION_INDENT)
    else:
        page.line(*spans, indent=ACTION_INDENT)
        page.line(cause, indent=ACTION_INDENT + 4, hang=2)
    if action.changes is not UNSET:
        write_changes(page, action.changes)


def said_cause(kind: CauseKind, detail: str, source: str | None) -> Span:
    """Return why something happens, with the line that decided."""
    said = CAUSES[kind]
    if detail:
        said += f": {detail}"
    if source:
        said += f" ({source})"
    return Span(said, Style.FAINT)


def write_changes(page: Page, changes: Sequence[ChangeShape]) -> None:
    """Write fields with what they hold and will hold, one a line."""
    names = [f"{name(change.field)}:" for change in changes]
    column = min(FIELD_COLUMN, max(width_of(shown) for shown in names))
    for change, shown in zip(changes, names, strict=True):
        padded = shown + " " * max(0, column - width_of(shown))
        before, after = said_before(change), said_after(change)
        line = [Span(f" {padded} ")]
        if _is_empty(change.before):
            line = [Span("+", Style.ADD), *line, Span(after)]
        else:
            sign = ("-", Style.REMOVE) if _clears(change) else ("~", Style.CHANGE)
            line = [Span(*sign), *line, Span(f"{before} → {after}")]
        page.line(*line, indent=ACTION_INDENT + 4, hang=4)


def _clears(change: ChangeShape) -> bool:
    known = change.generated is UNSET and change.account_of is UNSET
    return known and _is_empty(change.after)


def _is_empty(value: PlainShape) -> bool:
    return value is None or value in ("", ())


def _value(value: PlainShape) -> str:
    match value:
        case None:
            return NOTHING
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return quoted(value)
        case _:
            return "[" + ", ".join(quoted(item) for item in value) + "]"
