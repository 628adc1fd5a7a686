"""`reconciler import`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.options import NoColor, Quiet, SnapshotFile
from reconciler.cli.running import run
from reconciler.cli.terminal import Screen, show


class Split(StrEnum):
    """What gets a file of its own."""

    NONE = "none"
    GROUP = "group"
    DEPARTMENT = "department"


class Format(StrEnum):
    """How an outcome is shown."""

    TEXT = "text"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("import")
    def import_(
        context: typer.Context,
        output: Annotated[
            Path | None,
            typer.Option(
                "--output",
                "-o",
                metavar="DIR",
                help="Where new files go, below the desired folder.",
            ),
        ] = None,
        split: Annotated[
            Split | None,
            typer.Option("--split", help="One file, or one a group, or one a department."),
        ] = None,
        update: Annotated[
            bool,
            typer.Option(
                "--update", help="Bring what changed in the tenant into files that exist."
            ),
        ] = False,
        persons_from: Annotated[
            Path | None,
            typer.Option(
                "--persons-from",
                metavar="FILE",
                readable=False,
                help="A vault export with the persons of accounts.",
            ),
        ] = None,
        snapshot: SnapshotFile = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Show the change; write nothing.")
        ] = False,
        shape: Annotated[Format, typer.Option("--format", help="How to show it.")] = Format.TEXT,
        no_color: NoColor = False,
        quiet: Quiet = False,
    ) -> int:
        """Write the tenant's accounts and grants as desired state whose plan is empty.

        Never writes to the tenant. All files are written, or none; comments and order of files stay.
        """
        from reconciler.cli.wiring import make_world
        from reconciler.desired.importing.layout import Split as Layout
        from reconciler.flows.importing import ImportOptions, import_tenant
        from reconciler.reports.canonical import pretty
        from reconciler.reports.imported import imported_text

        screen = Screen.of(no_color=no_color, quiet=quiet)
        options = ImportOptions(
            folder=output,
            split=None if split is None else Layout(split.value),
            update=update,
            export=persons_from,
            snapshot=snapshot,
            dry_run=dry_run,
        )
        with screen.busy("Reading the tenant"):
            document = run(import_tenant(make_world(context.obj), options))
        if shape is Format.JSON:
            show(pretty(document))
        else:
            show(imported_text(document, width=screen.width, colour=screen.colour))
        return 0
