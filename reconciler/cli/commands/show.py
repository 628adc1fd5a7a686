"""`reconciler show`."""

from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.commands.plan import Format, ShownAs
from reconciler.cli.options import NoColor
from reconciler.cli.terminal import Screen, show


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("show", epilog="Example: reconciler show plan.json")
    def show_plan(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        file: Annotated[Path, typer.Argument(metavar="FILE", help="A saved plan.")],
        shape: ShownAs = Format.TEXT,
        no_color: NoColor = False,
    ) -> int:
        """Render a saved plan; says so where it was altered since."""
        from reconciler.errors import BadInput
        from reconciler.reports.canonical import pretty
        from reconciler.reports.reading import check_intact, read_plan
        from reconciler.reports.text import plan_text

        screen = Screen.of(no_color=no_color, quiet=False)
        try:
            data = file.read_bytes()
        except OSError as error:
            raise BadInput("Plan not readable", f"{file}: {error.strerror}.") from error
        _, header = read_plan(data, str(file))
        check_intact(header)
        if shape is Format.JSON:
            show(pretty(header.document))
        else:
            show(plan_text(header.document, width=screen.width, colour=screen.colour))
        return 0
