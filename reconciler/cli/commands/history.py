"""`reconciler history`."""

from datetime import date
from typing import Annotated

import typer

from reconciler.cli.dresses import Look, ReportDress, ReportedAs, dressed
from reconciler.cli.links import LinkBase, links_of
from reconciler.cli.options import NoColor, Output, Quiet, day
from reconciler.cli.terminal import Screen, save, show
from reconciler.reports.kinds import Kind


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def history(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        person: Annotated[
            str | None,
            typer.Argument(
                metavar="PERSON",
                help="Only this person's actions: an ExternalId, a user name or a userGUID.",
            ),
        ] = None,
        limit: Annotated[
            int | None,
            typer.Option(min=1, metavar="N", help="At most so many applies, the latest."),
        ] = None,
        since: Annotated[
            date | None,
            typer.Option(
                parser=day, metavar="DATE", help="Only what was applied from this day on."
            ),
        ] = None,
        full: Annotated[
            bool, typer.Option("--full", help="List every action of large applies, too.")
        ] = False,
        shape: ReportedAs = ReportDress.TEXT,
        output: Output = None,
        link_base: LinkBase = None,
        no_color: NoColor = False,
        quiet: Quiet = False,
    ) -> int:
        """Show what was applied, when, by whom, from which plan and commit; the latest first.

        Reads the ledger only: it needs no tenant and no credentials.
        """
        from reconciler.cli.wiring import make_world
        from reconciler.flows.history import HistoryOptions, read_history
        from reconciler.reports.history import history_document
        from reconciler.reports.inert import visible

        screen = Screen.of(no_color=no_color, quiet=quiet)
        found = read_history(make_world(context.obj), HistoryOptions(person, limit, since))
        if not found.kept:
            screen.say("With `ledger: none` no apply is written down, so there is no history.")
        elif person is not None and not found.runs:
            screen.say(f"No apply that is asked for did anything to {visible(person)}.")
        document = history_document(found.runs)
        links = links_of(link_base, context.obj.parent)
        text = dressed(Kind.HISTORY, document, shape, Look.on(screen, output, links, full=full))
        if output is not None:
            save(output, text)
            screen.say(f"The history is in {output}")
        else:
            show(text)
        return 0
