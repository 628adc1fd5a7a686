"""`reconciler diff`."""

from typing import Annotated

import typer

from reconciler.cli.dresses import Look, ReportDress, ReportedAs, dressed
from reconciler.cli.links import LinkBase, links_of
from reconciler.cli.options import AsOf, DetailedExitcode, NoColor, Output, Persons, Quiet
from reconciler.cli.terminal import Screen, save, show
from reconciler.reports.kinds import Kind


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def diff(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        base: Annotated[
            str, typer.Argument(metavar="BASE", help="A git revision; A...B is B since it left A.")
        ],
        head: Annotated[
            str | None,
            typer.Argument(metavar="HEAD", help="Another one instead of the working tree."),
        ] = None,
        shape: ReportedAs = ReportDress.TEXT,
        output: Output = None,
        as_of: AsOf = None,
        person: Persons = None,
        full: Annotated[
            bool, typer.Option("--full", help="Name everybody whom one cause moves.")
        ] = False,
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
        text = dressed(Kind.DIFF, document, shape, Look.on(screen, output, links, full=full))
        if output is not None:
            save(output, text)
            screen.say(f"The diff is in {output}")
        else:
            show(text)
        return 2 if detailed_exitcode and found.found else 0
