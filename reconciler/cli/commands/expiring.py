"""`reconciler expiring`."""

import re
from typing import Annotated

import typer

from reconciler.cli.commands.plan import Format, ShownAs, warn_of
from reconciler.cli.options import AsOf, NoColor, Output, Quiet
from reconciler.cli.terminal import Screen, save, show

THIRTY = 30
_DAYS = {"d": 1, "w": 7}


def _days(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,6})([dw])", text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is no number of days; write 30d, or 4w for weeks.")
    return int(found.group(1)) * _DAYS[found.group(2)]


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def expiring(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        within: Annotated[
            int | None,
            typer.Option(
                parser=_days, metavar="DAYS", help="How far to look: 30d (also if left out), or 4w."
            ),
        ] = None,
        as_of: AsOf = None,
        shape: ShownAs = Format.TEXT,
        output: Output = None,
        no_color: NoColor = False,
        quiet: Quiet = False,
    ) -> int:
        """Show the memberships, accounts and exclusions that are about to end; needs no tenant."""
        from reconciler.cli.wiring import make_world
        from reconciler.flows.expiring import find_expiring
        from reconciler.reports.canonical import pretty
        from reconciler.reports.expiring import expiring_document, expiring_text

        screen = Screen.of(no_color=no_color, quiet=quiet)
        found = find_expiring(make_world(context.obj), as_of, THIRTY if within is None else within)
        warn_of(screen, len(found.project.warnings))
        persons = found.project.declared.persons
        what = (found.as_of, found.until, found.endings, found.exclusions, persons)
        document = expiring_document(*what)
        if shape is Format.JSON:
            text = pretty(document)
        else:
            colour = screen.colour and output is None
            text = expiring_text(document, width=screen.width, colour=colour)
        if output is not None:
            save(output, text)
            screen.say(f"What ends is in {output}")
        else:
            show(text)
        return 0
