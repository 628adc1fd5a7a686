"""`reconciler plan`."""

from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.dresses import DressedAs, Look, PlanDress, dressed
from reconciler.cli.links import LinkBase, links_of
from reconciler.cli.options import (
    Acks,
    Additive,
    AllowProtected,
    AsOf,
    DetailedExitcode,
    NoColor,
    Output,
    Persons,
    Quiet,
    SnapshotFile,
    acks_of,
    day,
)
from reconciler.cli.running import run
from reconciler.cli.terminal import Screen, save, show
from reconciler.reports.kinds import Kind

if TYPE_CHECKING:  # what a command works with is loaded when it runs: --help needs none of it
    from reconciler.flows.planning import PlanOptions


class Format(StrEnum):
    """How an outcome is shown."""

    TEXT = "text"
    JSON = "json"


ShownAs = Annotated[Format, typer.Option("--format", help="How to show it.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def plan(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        output: Output = None,
        shape: DressedAs = PlanDress.TEXT,
        as_of: AsOf = None,
        until: Annotated[
            date | None,
            typer.Option(
                "--until",
                parser=day,
                metavar="DATE",
                help="What changes on which day, up to this one; text or JSON.",
            ),
        ] = None,
        snapshot: SnapshotFile = None,
        base: Annotated[
            str | None,
            typer.Option(
                "--base",
                metavar="REV",
                help="Without a ledger: what this git revision asks for counts as recorded.",
            ),
        ] = None,
        person: Persons = None,
        additive: Additive = False,
        ack: Acks = None,
        allow_protected: AllowProtected = False,
        detailed_exitcode: DetailedExitcode = False,
        link_base: LinkBase = None,
        no_color: NoColor = False,
        quiet: Quiet = False,
    ) -> int:
        """Import, compare, and show what apply would do; never writes to the tenant.

        Ends with 3 where a safeguard refuses; the plan is shown and written all the same.
        """
        from reconciler.cli.wiring import make_world
        from reconciler.flows.planning import PlanOptions, make_plan
        from reconciler.model.plan import Mode
        from reconciler.reports.document import write_text

        screen = Screen.of(no_color=no_color, quiet=quiet)
        options = PlanOptions(
            as_of=as_of,
            snapshot=snapshot,
            persons=tuple(person or ()),
            mode=Mode.ADDITIVE if additive else Mode.SYNC,
            acks=acks_of(ack),
            allow_protected=allow_protected,
            base=base,
        )
        if until is not None:
            if base is not None:
                raise typer.BadParameter("--base stands for one day's record; --until plans many.")
            if output is not None or ack or shape not in (PlanDress.TEXT, PlanDress.JSON):
                raise typer.BadParameter(
                    "--until shows text or JSON of many days; it saves and admits nothing."
                )
            return _foretell(context, options, until, shape, screen, detailed=detailed_exitcode)
        with screen.busy("Reading the tenant"):
            planned = run(make_plan(make_world(context.obj), options))
        warn_of(screen, len(planned.project.warnings))
        text = write_text(planned.document)
        if output is not None:
            save(output, text)
            screen.say(f"The plan is in {output}")
        if shape is not PlanDress.JSON:
            links = links_of(link_base, context.obj.parent)
            show(dressed(Kind.PLAN, planned.document, shape, Look.on(screen, None, links)))
        elif output is None:
            show(text)
        if planned.is_refused:
            return 3
        return 2 if detailed_exitcode and planned.plan.has_differences else 0


def _foretell(
    context: typer.Context,
    options: "PlanOptions",
    until: date,
    shape: PlanDress,
    screen: Screen,
    *,
    detailed: bool,
) -> int:
    from reconciler.cli.wiring import make_world
    from reconciler.flows.forecasting import make_forecast
    from reconciler.reports.canonical import pretty
    from reconciler.reports.forecast import forecast_document, forecast_text

    with screen.busy("Reading the tenant"):
        found = run(make_forecast(make_world(context.obj), options, until))
    warn_of(screen, len(found.project.warnings))
    what = (found.as_of, found.until, found.plans, found.warnings)
    document = forecast_document(*what)
    if shape is PlanDress.JSON:
        show(pretty(document))
    else:
        show(forecast_text(document, width=screen.width, colour=screen.colour))
    if found.is_refused:
        return 3
    return 2 if detailed and found.has_differences else 0


def warn_of(screen: Screen, warnings: int) -> None:
    """Say that the files have warnings, and where to read them."""
    if warnings:
        from reconciler.reports.words import count

        screen.say(f"The files have {count(warnings, 'warning')}: reconciler validate")
