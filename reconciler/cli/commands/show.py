"""`reconciler show`."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.dresses import Dress, DressedAs, dressed
from reconciler.cli.links import LinkBase, links_of
from reconciler.cli.options import NoColor, Output
from reconciler.cli.terminal import Screen, save, show


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("show", epilog="Example: reconciler show plan.json --format html -o plan.html")
    def show_plan(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        file: Annotated[Path, typer.Argument(metavar="FILE", help="A saved plan.")],
        shape: DressedAs = Dress.TEXT,
        output: Output = None,
        link_base: LinkBase = None,
        no_color: NoColor = False,
    ) -> int:
        """Render a saved plan; says so where it was altered since."""
        from reconciler.flows.saved import plan_bytes
        from reconciler.reports.reading import check_intact, read_plan

        screen = Screen.of(no_color=no_color, quiet=False)
        _, header = read_plan(plan_bytes(file), str(file))
        check_intact(header)
        links = links_of(link_base, context.obj.parent)
        text = dressed(header.document, shape, screen, links)
        if output is not None:
            save(output, text)
        else:
            show(text)
        return 0
