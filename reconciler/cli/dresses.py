"""The dresses of a plan: what `--format` of `plan` and `show` chooses from."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from reconciler.cli.terminal import Screen

if TYPE_CHECKING:  # what a command works with is loaded when it runs: --help needs none of it
    from collections.abc import Mapping

    from reconciler.model.value import JSON
    from reconciler.reports.links import Links


class Dress(StrEnum):
    """How a plan is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"
    JUNIT = "junit"


DressedAs: TypeAlias = Annotated[Dress, typer.Option("--format", help="How to show it.")]


def dressed(document: "Mapping[str, JSON]", shape: Dress, screen: Screen, links: "Links") -> str:
    """Return a plan's document as it is to be shown."""
    match shape:
        case Dress.TEXT:
            from reconciler.reports.text import plan_text

            return plan_text(document, width=screen.width, colour=screen.colour)
        case Dress.JSON:
            from reconciler.reports.canonical import pretty

            return pretty(document)
        case Dress.MARKDOWN:
            from reconciler.reports.markdown import plan_markdown

            return plan_markdown(document)
        case Dress.HTML:
            from reconciler.reports.html import plan_html

            return plan_html(document, links)
        case Dress.JUNIT:
            from reconciler.reports.junit import plan_junit

            return plan_junit(document)
