"""`reconciler show`."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.dresses import Dress, Look, dressed
from reconciler.cli.links import LinkBase, links_of
from reconciler.cli.options import NoColor, Output
from reconciler.cli.terminal import Screen, save, show


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("show")
    def show_document(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        file: Annotated[
            Path,
            typer.Argument(
                metavar="FILE",
                readable=False,
                help="A saved plan, or any other report saved as JSON.",
            ),
        ],
        shape: Annotated[
            Dress, typer.Option("--format", help="How to show it: what its own command offers.")
        ] = Dress.TEXT,
        full: Annotated[
            bool,
            typer.Option("--full", help="Of a diff, a rehearsal or a history list everything."),
        ] = False,
        output: Output = None,
        link_base: LinkBase = None,
        no_color: NoColor = False,
    ) -> int:
        """Render what was saved: a plan, a diff, an audit, or any other report as JSON.

        A plan that was altered since is refused.
        """
        from dataclasses import replace

        from reconciler.flows.saved import document_bytes
        from reconciler.reports.reading import read_any

        screen = Screen.of(no_color=no_color, quiet=False)
        kind, document = read_any(document_bytes(file), str(file))
        links = links_of(link_base, context.obj.parent)
        look = replace(Look.on(screen, output, links, full=full), project=context.obj)
        text = dressed(kind, document, shape, look)
        if output is not None:
            save(output, text)
        else:
            show(text)
        return 0
