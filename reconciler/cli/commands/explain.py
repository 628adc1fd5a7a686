"""`reconciler explain`."""

from typing import Annotated

import typer

from reconciler.cli.commands.plan import Format, ShownAs
from reconciler.cli.options import AsOf, NoColor, Output, Quiet, SnapshotFile
from reconciler.cli.running import run
from reconciler.cli.terminal import Screen, save, show

GROUP_HELP = "Explain this group: who should be in it, and why."
PRODUCT_HELP = "Explain this product: who should have it, and why."


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def explain(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        person: Annotated[
            str | None, typer.Argument(metavar="PERSON", help="A person's ExternalId.")
        ] = None,
        permission: Annotated[
            str | None,
            typer.Argument(metavar="PERMISSION", help="A group or product by its name."),
        ] = None,
        group: Annotated[
            str | None, typer.Option("--group", metavar="NAME", help=GROUP_HELP)
        ] = None,
        product: Annotated[
            str | None, typer.Option("--product", metavar="NAME", help=PRODUCT_HELP)
        ] = None,
        as_of: AsOf = None,
        snapshot: SnapshotFile = None,
        offline: Annotated[
            bool, typer.Option("--offline", help="From the files alone, without the next plan.")
        ] = False,
        shape: ShownAs = Format.TEXT,
        output: Output = None,
        no_color: NoColor = False,
        quiet: Quiet = False,
    ) -> int:
        """Say why a person has, lacks, gains or loses something, with file and line.

        Ends with 0 also where the answer is no, with 1 where nobody knows the person or permission.
        """
        from reconciler.cli.wiring import make_world
        from reconciler.flows.explaining import ExplainOptions, Question
        from reconciler.flows.explaining import explain as explained
        from reconciler.model.address import PermissionKind
        from reconciler.reports.canonical import pretty
        from reconciler.reports.explanation_text import explanation_text

        named = [
            (None, permission),
            (PermissionKind.GROUP, group),
            (PermissionKind.PRODUCT, product),
        ]
        asked = tuple((kind, name) for kind, name in named if name is not None)
        if person is None and not asked:
            raise typer.BadParameter("Name a person, a --group or a --product.")
        if offline and snapshot is not None:
            raise typer.BadParameter("--offline leaves the plan out; --snapshot is for one.")
        screen = Screen.of(no_color=no_color, quiet=quiet)
        options = ExplainOptions(as_of, snapshot, offline)
        with screen.busy("Reading"):
            document = run(explained(make_world(context.obj), Question(person, asked), options))
        text = (
            pretty(document)
            if shape is Format.JSON
            else explanation_text(
                document,
                width=screen.width,
                colour=screen.colour and output is None,
            )
        )
        if output is not None:
            save(output, text)
        else:
            show(text)
        return 0
