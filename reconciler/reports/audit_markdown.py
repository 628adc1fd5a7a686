"""An audit as Markdown, rendered from its JSON document alone: for an issue, a comment or a pipeline's summary.

Whatever others wrote stands in code spans: there nothing is mentioned, linked, shown as HTML or run.
"""

from collections.abc import Mapping
from typing import Final

from reconciler.model.issue import IssueStatus
from reconciler.model.value import JSON
from reconciler.reports import audit_words as words
from reconciler.reports.audit_shape import AuditShape, FindingShape
from reconciler.reports.markdown import LONGEST_OPTION, MOST, code
from reconciler.reports.reading import shown
from reconciler.reports.words import count

ELSEWHERE: Final = "`reconciler audit --format html`"
_ROOM_FOR_REST: Final = 200
"""Characters kept free for saying how much is left out, for closing a fold and for the line between."""
MOST_ERRORS: Final = 20


def audit_markdown(document: Mapping[str, JSON]) -> str:
    """Return an audit as GitHub-flavoured Markdown of at most 60,000 characters.

    Open issues come first and are never folded; what does not fit is counted. Raises BadInput where the
    document is no audit.
    """
    audit = shown(document, AuditShape)
    parts = [_head(audit), *_remarks(audit)]
    left = MOST - sum(len(part) + 2 for part in parts)
    for status in words.STATUSES:
        found = [finding for finding in audit.issues if finding.status is status]
        if found:
            part = _table(found, status, audit, left)
            left -= len(part) + 2
            parts.append(part)
    return "\n\n".join(parts) + "\n"


def _head(audit: AuditShape) -> str:
    lines = [f"## {words.opening(audit)}"]
    lines.append(f"Reconciliation of {code(audit.target.base_url)} as of {audit.as_of}.")
    if audit.trend is not None:
        lines.append(words.trend_of(audit.trend, audit.as_of))
    if audit.totals.all.issues:
        lines.append(f"By type: {words.by_type(audit.totals.all)}.")
    if words.filtered(audit):
        lines.append(code(words.filtered(audit), LONGEST_OPTION))
    return "\n\n".join(lines)


def _remarks(audit: AuditShape) -> list[str]:
    """Return the persons left out and the warnings, as many as are worth reading."""
    errors = [
        f"- person {code(error.person)}: {code(f'{error.summary}. {error.detail}')}"
        for error in audit.errors
    ]
    warnings = [f"- {code(warning, LONGEST_OPTION)}" for warning in audit.warnings]
    return [
        "\n".join([f"### {title} ({len(lines):,})", "", *_few(lines)])
        for title, lines in (("Left out because of errors", errors), ("Warnings", warnings))
        if lines
    ]


def _few(lines: list[str]) -> list[str]:
    more = len(lines) - MOST_ERRORS
    return lines if more <= 0 else [*lines[:MOST_ERRORS], f"- … and {more:,} more"]


def _table(found: list[FindingShape], status: IssueStatus, audit: AuditShape, room: int) -> str:
    title = f"{words.STATUSES[status]} ({len(found):,})"
    is_folded = status is not IssueStatus.OPEN
    lines = [f"<details><summary>{title}</summary>" if is_folded else f"### {title}", ""]
    lines += [_row(*words.COLUMNS, "More"), _row(*(["---"] * (len(words.COLUMNS) + 1)))]
    room -= sum(len(line) + 1 for line in lines) + _ROOM_FOR_REST
    shown_rows = 0
    for finding in found:
        row = _finding(finding, audit)
        room -= len(row) + 1
        if room < 0:
            break
        lines.append(row)
        shown_rows += 1
    more = len(found) - shown_rows
    if more:
        lines = lines if shown_rows else lines[:2]
        lines += ["", f"… and {count(more, 'issue')} more, not shown here: {ELSEWHERE}"]
    return "\n".join([*lines, "", "</details>"] if is_folded else lines)


def _finding(finding: FindingShape, audit: AuditShape) -> str:
    cells = (
        finding.system,
        words.persons_of(finding),
        words.accounts_of(finding),
        words.permission_of(finding),
    )
    decided = words.decided_by(finding)
    more = "; ".join([*words.facts_of(finding, audit), *([decided] if decided else [])])
    return _row(
        *(code(cell) if cell else "" for cell in cells),
        f"`{finding.type.value}`",
        words.resolved(finding).replace("_", " "),
        code(more, LONGEST_OPTION),
    )


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
