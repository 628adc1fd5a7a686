"""The dresses of our documents: what `--format` chooses from, and who sews them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Protocol, TypeAlias

import typer

from reconciler.cli.terminal import Screen, sources_in
from reconciler.reports.kinds import CALLED, Kind
from reconciler.reports.links import NO_LINKS, Links

if TYPE_CHECKING:  # what a command works with is loaded when it runs: --help needs none of it
    from reconciler.model.value import JSON

    Document: TypeAlias = Mapping[str, JSON]


class Dress(StrEnum):
    """How a document may be shown; not every document in every dress."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    CSV = "csv"
    JUNIT = "junit"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"


class PlanDress(StrEnum):
    """How a plan is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    JUNIT = "junit"


class ReportDress(StrEnum):
    """How a report is shown that people read and pipelines keep."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


DressedAs: TypeAlias = Annotated[PlanDress, typer.Option("--format", help="How to show it.")]
ReportedAs: TypeAlias = Annotated[ReportDress, typer.Option("--format", help="How to show it.")]

_REPORT: Final = (Dress.TEXT, Dress.JSON, Dress.MARKDOWN, Dress.HTML)
_PLAIN: Final = (Dress.TEXT, Dress.JSON)
OFFERED: Final[Mapping[Kind, tuple[Dress, ...]]] = {
    **dict.fromkeys(Kind, _PLAIN),
    **dict.fromkeys((Kind.DIFF, Kind.APPLY, Kind.REHEARSAL, Kind.HISTORY), _REPORT),
    Kind.PLAN: (*_REPORT, Dress.JUNIT),
    Kind.AUDIT: (*_REPORT, Dress.CSV),
    Kind.PROBLEMS: (*_PLAIN, Dress.JUNIT, Dress.GITHUB, Dress.GITLAB, Dress.SARIF),
}
"""The dresses that each kind of document has: those that its own command offers."""


@dataclass(frozen=True, slots=True)
class Look:
    """For whom it is: how wide the page is, in colour or not, how much of it, and where the files are.

    `project` is the path of the settings; only what `validate` found needs it.
    """

    width: int
    colour: bool
    links: Links = NO_LINKS
    full: bool = False
    project: Path = Path("reconciler.yaml")

    @classmethod
    def on(
        cls, screen: Screen, output: Path | None, links: Links = NO_LINKS, *, full: bool = False
    ) -> "Look":
        """Return how a screen wants it; a file gets no colour."""
        return cls(screen.width, screen.colour and output is None, links, full)


def dressed(kind: Kind, document: "Document", dress: Dress | str, look: Look) -> str:
    """Return a document as it is to be shown. Raises BadParameter where its kind has no such dress."""
    wanted = Dress(dress)
    if wanted not in OFFERED[kind]:
        offered = ", ".join(OFFERED[kind])
        raise typer.BadParameter(
            f"--format {wanted.value} does not fit {CALLED[kind]}, which is shown as {offered}."
        )
    match wanted:
        case Dress.TEXT:
            return _text(kind, document, look)
        case Dress.JSON:
            from reconciler.reports.canonical import pretty

            return pretty(document)
        case Dress.MARKDOWN:
            return _markdown(kind)(document)
        case Dress.HTML:
            return _html(kind, document, look.links)
        case Dress.CSV:
            from reconciler.reports.audit_csv import audit_csv

            return audit_csv(document)
        case Dress.JUNIT if kind is Kind.PLAN:
            from reconciler.reports.junit import plan_junit

            return plan_junit(document)
        case _:
            return _for_pipelines(document, wanted, look)


def _text(kind: Kind, document: "Document", look: Look) -> str:
    width, colour = look.width, look.colour
    match kind:
        case Kind.REHEARSAL:
            from reconciler.reports.rehearsal import rehearsal_text

            return rehearsal_text(document, width=width, colour=colour, full=look.full)
        case Kind.HISTORY:
            from reconciler.reports.history import history_text

            return history_text(document, width=width, colour=colour, full=look.full)
        case Kind.DIFF:
            from reconciler.reports.difference_text import diff_text

            return diff_text(document, width=width, colour=colour, full=look.full)
        case Kind.PROBLEMS:
            from reconciler.reports.problems import problems_of, problems_text

            sources = sources_in(look.project.parent)
            return problems_text(problems_of(document), colour=colour, sources=sources)
        case Kind.COMMENT:
            from reconciler.reports.commented import commented_text

            return commented_text(document)
        case _:
            return _writer(kind)(document, width=width, colour=colour)


class _Writer(Protocol):
    """What shows a document as text."""

    def __call__(self, document: "Document", /, *, width: int, colour: bool) -> str: ...


def _writer(kind: Kind) -> _Writer:
    match kind:
        case Kind.PLAN:
            from reconciler.reports.text import plan_text

            return plan_text
        case Kind.AUDIT:
            from reconciler.reports.audit_text import audit_text

            return audit_text
        case Kind.APPLY:
            from reconciler.reports.applied import apply_text

            return apply_text
        case Kind.EXPIRING:
            from reconciler.reports.expiring import expiring_text

            return expiring_text
        case Kind.FORECAST:
            from reconciler.reports.forecast import forecast_text

            return forecast_text
        case Kind.EXPLANATION:
            from reconciler.reports.explanation_text import explanation_text

            return explanation_text
        case Kind.IMPORT:
            from reconciler.reports.imported import imported_text

            return imported_text
        case _:
            from reconciler.reports.snapshot import snapshot_text

            return snapshot_text


def _markdown(kind: Kind) -> "Callable[[Document], str]":
    from reconciler.reports import outcomes_markdown as outcomes

    match kind:
        case Kind.PLAN:
            from reconciler.reports.markdown import plan_markdown

            return plan_markdown
        case Kind.DIFF:
            from reconciler.reports.difference_markdown import diff_markdown

            return diff_markdown
        case Kind.AUDIT:
            from reconciler.reports.audit_markdown import audit_markdown

            return audit_markdown
        case Kind.APPLY:
            return outcomes.apply_markdown
        case Kind.REHEARSAL:
            return outcomes.rehearsal_markdown
        case _:
            return outcomes.history_markdown


def _html(kind: Kind, document: "Document", links: Links) -> str:
    from reconciler.reports import outcomes_html as outcomes

    match kind:
        case Kind.PLAN:
            from reconciler.reports.html import plan_html

            return plan_html(document, links)
        case Kind.DIFF:
            from reconciler.reports.difference_html import diff_html

            return diff_html(document, links)
        case Kind.AUDIT:
            from reconciler.reports.audit_html import audit_html

            return audit_html(document)
        case Kind.APPLY:
            return outcomes.apply_html(document, links)
        case Kind.REHEARSAL:
            return outcomes.rehearsal_html(document, links)
        case _:
            return outcomes.history_html(document, links)


def _for_pipelines(document: "Document", dress: Dress, look: Look) -> str:
    from reconciler.cli.wiring import make_world
    from reconciler.reports import pipelines
    from reconciler.reports.problems import problems_of

    problems = problems_of(document)
    if dress is Dress.JUNIT:
        return pipelines.problems_junit(problems)
    place = make_world(look.project).revisions.place()
    match dress:
        case Dress.GITHUB:
            return pipelines.problems_github(problems, place)
        case Dress.GITLAB:
            return pipelines.problems_gitlab(problems, place)
        case _:
            return pipelines.problems_sarif(problems, place)
