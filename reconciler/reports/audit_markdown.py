"""An audit as Markdown, rendered from its JSON document alone: for an issue, a comment or a pipeline's summary.

Whatever others wrote stands in code spans: there nothing is mentioned, linked, shown as HTML or run.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from reconciler.model.issue import IssueStatus
from reconciler.model.value import JSON
from reconciler.reports import audit_words as words
from reconciler.reports.audit_shape import AuditShape, FindingShape
from reconciler.reports.cells import code, row
from reconciler.reports.fitting import Part, fitted
from reconciler.reports.reading import shown

ELSEWHERE: Final = "`reconciler audit --format html`"
LONGEST: Final = 400
"""Characters of what is told of one issue, or of a warning."""


def audit_markdown(document: Mapping[str, JSON]) -> str:
    """Return an audit as GitHub-flavoured Markdown of at most 60,000 characters.

    Open issues come first and are never folded; what does not fit is counted. Raises BadInput where the
    document is no audit.
    """
    audit = shown(document, AuditShape)
    return fitted(_head(audit), _parts(audit), _foot(audit), ELSEWHERE)


def _head(audit: AuditShape) -> str:
    lines = [f"## {words.opening(audit)}"]
    lines.append(f"Reconciliation of {code(audit.target.base_url)} as of {audit.as_of}.")
    if audit.trend is not None:
        lines.append(words.trend_of(audit.trend, audit.as_of))
    if words.filtered(audit):
        lines.append(code(words.filtered(audit), LONGEST))
    return "\n\n".join(lines)


def _foot(audit: AuditShape) -> str:
    types = words.by_type(audit.totals.all)
    return f"By type: {code(types, LONGEST)}." if types else "Nothing to decide."


def _parts(audit: AuditShape) -> Iterator[Part]:
    found = {
        status: [each for each in audit.issues if each.status is status]
        for status in words.STATUSES
    }
    yield _part(found[IssueStatus.OPEN], IssueStatus.OPEN, audit)
    errors = [(error.person, f"{error.summary}. {error.detail}") for error in audit.errors]
    yield Part("Left out because of errors", ("Person", "Why"), len(errors), lambda: _noted(errors))
    warnings = [(warning,) for warning in audit.warnings]
    yield Part("Warnings", ("Warning",), len(warnings), lambda: _noted(warnings))
    for status in (each for each in words.STATUSES if each is not IssueStatus.OPEN):
        yield _part(found[status], status, audit)


def _part(found: Sequence[FindingShape], status: IssueStatus, audit: AuditShape) -> Part:
    return Part(
        words.STATUSES[status],
        (*words.COLUMNS, "More"),
        len(found),
        partial(_rows, found, audit),
        is_folded=status is not IssueStatus.OPEN,
    )


def _rows(found: Sequence[FindingShape], audit: AuditShape) -> Iterator[str]:
    return (_finding(finding, audit) for finding in found)


def _noted(lines: Sequence[tuple[str, ...]]) -> Iterator[str]:
    return (row(*(code(cell, LONGEST) for cell in line)) for line in lines)


def _finding(finding: FindingShape, audit: AuditShape) -> str:
    cells = (
        finding.system,
        words.persons_of(finding),
        words.accounts_of(finding),
        words.permission_of(finding),
    )
    decided = words.decided_by(finding)
    more = "; ".join([*words.facts_of(finding, audit), *([decided] if decided else [])])
    return row(
        *(code(cell) if cell else "" for cell in cells),
        code(finding.type.value),
        _resolved(finding),
        code(more, LONGEST),
    )


def _resolved(finding: FindingShape) -> str:
    said = words.resolved(finding)
    return code(said) if finding.status is IssueStatus.RESOLVED else said
