"""`reconciler diff`."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.links import LinkBase, links_of
from reconciler.cli.options import AsOf, DetailedExitcode, NoColor, Output, Persons, Quiet
from reconciler.cli.terminal import Screen, save, show

if TYPE_CHECKING:  # what a command works with is loaded when it runs: --help needs none of it
    from collections.abc import Mapping

    from reconciler.model.value import JSON
    from reconciler.reports.links import Links


class Format(StrEnum):
    """How a diff is shown."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    HTML = "html"


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(epilog="Example: reconciler diff origin/main --format markdown")
    def diff(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        base: Annotated[
            str, typer.Argument(metavar="BASE", help="A git revision; A...B is B since it left A.")
        ],
        head: Annotated[
            str | None,
            typer.Argument(metavar="HEAD", help="Another one instead of the working tree."),
        ] = None,
        shape: Annotated[Format, typer.Option("--format", help="How to show it.")] = Format.TEXT,
        output: Output = None,
        as_of: AsOf = None,
        person: Persons = None,
        detailed_exitcode: DetailedExitcode = False,
        link_base: LinkBase = None,
        no_color: NoColor = False,
        quiet: Quiet = False,
    ) -> int:
        """Show who gains and loses what between two revisions of the files; offline, without credentials."""
        from reconciler.cli.wiring import make_world
        from reconciler.flows.differing import DiffOptions, find_differences, label_of
        from reconciler.reports.difference import diff_document

        screen = Screen.of(no_color=no_color, quiet=quiet)
        options = DiffOptions(as_of, tuple(person or ()))
        with screen.busy("Reading the files"):
            found = find_differences(make_world(context.obj), base, head, options)
        links = links_of(
            link_base,
            context.obj.parent,
            head=found.head.commit,
            base=found.base.commit,
            label=label_of(found.base),
        )
        document = diff_document(found)
        colour = screen.colour and output is None
        text = _dressed(document, shape, links, width=screen.width, colour=colour)
        if output is not None:
            save(output, text)
            screen.say(f"The diff is in {output}")
        else:
            show(text)
        return 2 if detailed_exitcode and found.found else 0


def _dressed(
    document: "Mapping[str, JSON]", shape: Format, links: "Links", *, width: int, colour: bool
) -> str:
    match shape:
        case Format.TEXT:
            from reconciler.reports.difference_text import diff_text

            return diff_text(document, width=width, colour=colour)
        case Format.JSON:
            from reconciler.reports.canonical import pretty

            return pretty(document)
        case Format.MARKDOWN:
            from reconciler.reports.difference_markdown import diff_markdown

            return diff_markdown(document)
        case Format.HTML:
            from reconciler.reports.difference_html import diff_html

            return diff_html(document, links)
