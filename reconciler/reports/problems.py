"""Problems in the user's files: their JSON document, and that as text like a good compiler's."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final

from reconciler.model.problem import Problem, Severity
from reconciler.model.provenance import Location
from reconciler.model.value import JSON
from reconciler.reports.document import as_document
from reconciler.reports.inert import visible, width_of
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.reading import shown
from reconciler.reports.shape import FORMAT_VERSION, PlaceShape, ProblemShape, ProblemsShape
from reconciler.reports.words import count

EXCERPT: Final = 100
"""How many characters of a source line are shown at most."""
UNWRAPPED: Final = 1_000_000
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_STYLES: Final[Mapping[str, Style]] = {"error": Style.ALARM, "warning": Style.CHANGE}


def problems_document(problems: Sequence[Problem]) -> dict[str, JSON]:
    """Return the problems as JSON, in the order given, with counts of errors and warnings."""
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    return as_document(
        ProblemsShape(
            format_version=FORMAT_VERSION,
            problems=[_problem(problem) for problem in problems],
            summary={"errors": errors, "warnings": len(problems) - errors},
        )
    )


def problems_of(document: Mapping[str, JSON]) -> list[Problem]:
    """Return the problems that a document holds. Raises BadInput where it is another document."""
    return [
        Problem(
            each.code,
            each.summary,
            each.detail,
            each.fix,
            _location(each.file, each.line, each.column),
            Location(each.also.file, each.also.line, each.also.column) if each.also else None,
            Severity(each.severity),
        )
        for each in shown(document, ProblemsShape).problems
    ]


def problems_text(
    problems: Sequence[Problem], *, colour: bool, sources: Callable[[str], str | None]
) -> str:
    """Return each problem as `file:line:column: error: Summary` with the source line, and counts last.

    `sources` gives a file's text by its name in the problems, or None. Lines are not wrapped, so that
    editors find the places.
    """
    report = shown(problems_document(problems), ProblemsShape)

    @cache
    def lines_of(file: str) -> list[str]:
        return _lines(sources(file))

    page = Page(UNWRAPPED, colour=colour)
    for problem in report.problems:
        _write_problem(page, problem, lines_of)
    page.blank()
    page.line(Span(_counts(report.summary), Style.STRONG))
    return page.text()


def _problem(problem: Problem) -> ProblemShape:
    at = problem.at
    return ProblemShape(
        severity=problem.severity.value,
        code=problem.code,
        summary=problem.summary,
        detail=problem.detail,
        fix=problem.fix,
        file=at.file if at else None,
        line=at.line if at else None,
        column=at.column if at else None,
        also=_place(problem.also) if problem.also else None,
    )


def _location(file: str | None, line: int | None, column: int | None) -> Location | None:
    return None if file is None else Location(file, line or 1, column or 1)


def _place(at: Location) -> PlaceShape:
    return PlaceShape(file=at.file, line=at.line, column=at.column)


def _lines(text: str | None) -> list[str]:
    return [] if text is None else _LINE_END.split(text)


def _write_problem(page: Page, problem: ProblemShape, lines_of: Callable[[str], list[str]]) -> None:
    where = f"{problem.file}:{problem.line}:{problem.column}: " if problem.file else ""
    page.line(
        Span(where, Style.STRONG),
        Span(f"{problem.severity}: ", _STYLES[problem.severity]),
        Span(problem.summary, Style.STRONG),
    )
    if problem.detail:
        page.line(Span(problem.detail), indent=2)
    if problem.file and problem.line and problem.column:
        _write_source(page, lines_of(problem.file), problem.line, problem.column)
    if problem.also:
        also = problem.also
        page.line(Span(f"see also {also.file}:{also.line}:{also.column}", Style.FAINT), indent=2)
    if problem.fix:
        page.line(Span("fix: ", Style.ADD), Span(problem.fix), indent=2)
    page.blank()


def _write_source(page: Page, lines: list[str], line: int, column: int) -> None:
    if line > len(lines):
        return
    text = lines[line - 1]
    column = min(column, len(text) + 1)
    start = 0 if column <= EXCERPT // 2 or len(text) <= EXCERPT else column - 1 - EXCERPT // 2
    before = "…" if start else ""
    after = "…" if start + EXCERPT < len(text) else ""
    excerpt = before + visible(text[start : start + EXCERPT]) + after
    caret = width_of(before + visible(text[start : column - 1]))
    margin = f"{line:>6} | "
    page.line(Span(margin, Style.FAINT), Span(excerpt))
    page.line(
        Span(" " * (len(margin) - 2) + "| ", Style.FAINT),
        Span(" " * caret),
        Span("^", Style.ALARM),
    )


def _counts(summary: Mapping[str, int]) -> str:
    errors, warnings = summary["errors"], summary["warnings"]
    if not errors and not warnings:
        return "No problems found."
    said = [count(errors, "error")] if errors else []
    said += [count(warnings, "warning")] if warnings else []
    return ", ".join(said) + "."
