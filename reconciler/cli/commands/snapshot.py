"""`reconciler snapshot`."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.options import NoColor, Quiet, writable
from reconciler.cli.running import run
from reconciler.cli.terminal import Screen, save, show


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def snapshot(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        output: Annotated[
            Path,
            typer.Option(
                "--output", "-o", metavar="FILE", callback=writable, help="Where to save it."
            ),
        ],
        no_color: NoColor = False,
        quiet: Quiet = False,
    ) -> int:
        """Save what the tenant holds now: accounts, groups, products, grants; no passwords.

        The other commands take it with --snapshot and then work offline.
        """
        from reconciler.cli.wiring import make_world
        from reconciler.flows.snapshotting import take_snapshot
        from reconciler.reports.canonical import pretty
        from reconciler.reports.snapshot import snapshot_text

        screen = Screen.of(no_color=no_color, quiet=quiet)
        with screen.busy("Reading the tenant"):
            document = run(take_snapshot(make_world(context.obj)))
        save(output, pretty(document))
        if not quiet:
            show(snapshot_text(document, width=screen.width, colour=screen.colour))
        return 0
