"""`reconciler apply`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.commands.plan import warn_of
from reconciler.cli.dresses import Look, ReportDress, ReportedAs, dressed
from reconciler.cli.options import (
    Acks,
    Additive,
    AllowProtected,
    AsOf,
    NoColor,
    Output,
    Persons,
    Quiet,
    acks_of,
)
from reconciler.cli.running import interruptible, run
from reconciler.cli.terminal import Screen, save, show, warn
from reconciler.reports.kinds import Kind

if TYPE_CHECKING:  # what a command works with is loaded when it runs: --help needs none of it
    from rich.progress import Progress as Bar

    from reconciler.applier.run import StepResult
    from reconciler.flows.applying import Applied
    from reconciler.flows.planning import Planned


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def apply(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        file: Annotated[
            Path | None,
            typer.Argument(
                metavar="FILE", readable=False, help="A saved plan; without it, plan and ask."
            ),
        ] = None,
        auto_approve: Annotated[
            bool, typer.Option("--auto-approve", help="Without a file: do not ask.")
        ] = False,
        skip_stale: Annotated[
            bool,
            typer.Option("--skip-stale", help="Leave out stale actions instead of refusing all."),
        ] = False,
        ack: Acks = None,
        allow_protected: AllowProtected = False,
        as_of: AsOf = None,
        person: Persons = None,
        additive: Additive = False,
        shape: ReportedAs = ReportDress.TEXT,
        output: Output = None,
        no_color: NoColor = False,
        quiet: Quiet = False,
    ) -> int:
        """Carry out a saved plan, or plan and ask.

        Ends with 5 where some actions failed, were skipped or are unconfirmed; the rest is done.
        Interrupted, it goes on from there when run again.
        """
        from reconciler.cli.wiring import make_world
        from reconciler.flows.applying import ApplyOptions, apply_fresh, apply_saved
        from reconciler.flows.planning import PlanOptions
        from reconciler.model.plan import Mode

        if file is not None and (as_of or person or additive or auto_approve):
            raise typer.BadParameter(
                "--as-of, --person, --additive and --auto-approve go with apply without a file;"
                " a saved plan is carried out as it is."
            )
        screen = Screen.of(no_color=no_color, quiet=quiet)
        world = make_world(context.obj)
        options = ApplyOptions(acks_of(ack), allow_protected, skip_stale, is_unasked=auto_approve)
        progress = Progress(screen)
        if file is not None:
            with progress:
                applied = run(apply_saved(world, file, options, progress))
        else:
            plan_options = PlanOptions(
                as_of=as_of,
                persons=tuple(person or ()),
                mode=Mode.ADDITIVE if additive else Mode.SYNC,
                acks=acks_of(ack),
                allow_protected=allow_protected,
            )
            ask = asking(screen, shape, auto_approve=auto_approve)
            with progress:
                applied = run(apply_fresh(world, plan_options, options, progress, ask))
        return report(screen, applied, shape, output)


class Progress:
    """Tells how an apply gets on: a bar on a terminal, elsewhere a line for each step that ends."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._bar: Bar | None = None

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def starts(self, steps: int) -> None:
        """Show an empty bar, where there is a terminal to show it on."""
        if steps and not self._screen.is_quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True), transient=True)
            self._bar.add_task("Applying", total=steps)
            self._bar.start()

    def ended(self, result: "StepResult") -> None:
        """Say how a step ended; on a terminal only of those that are not done."""
        from reconciler.applier.parts import describe
        from reconciler.model.run import StepStatus
        from reconciler.reports.inert import visible

        line = f"{result.status.value}: {describe(result.step.change)}"
        line = visible(f"{line}: {result.error}" if result.error else line)
        if self._bar is None:
            self._screen.say(line)
            return
        self._bar.advance(self._bar.task_ids[0])
        if result.status is not StepStatus.DONE:
            self._bar.console.print(line, markup=False, highlight=False)


def asking(
    screen: Screen, shape: ReportDress, *, auto_approve: bool
) -> "Callable[[Planned], bool]":
    """Return what shows a fresh plan and asks whether to carry it out."""

    def ask(planned: "Planned") -> bool:
        from reconciler.reports.text import plan_text

        warn_of(screen, len(planned.project.warnings))
        # Standard output may be a document, which has no room for a plan and a question before it.
        aside = shape is not ReportDress.TEXT
        is_asked = planned.plan.has_differences and not auto_approve
        if is_asked or not aside:
            text = plan_text(planned.document, width=screen.width, colour=screen.colour)
            show(text, aside=aside)
        if not is_asked:
            return True
        if not sys.stdin.isatty():
            raise typer.BadParameter(
                "there is nobody to ask: give a saved plan, or --auto-approve."
            )
        with interruptible():
            answer = typer.prompt(
                "Carry this out? Only 'yes' is taken as yes", default="no", err=aside
            )
        return answer == "yes"

    return ask


def report(screen: Screen, applied: "Applied", shape: ReportDress, output: Path | None) -> int:
    """Show how it ended, and return the exit code."""
    from reconciler.reports.applied import apply_document
    from reconciler.reports.canonical import pretty

    warn_of_untold(applied)
    if applied.outcome is None:
        screen.say("Nothing was changed.")
        return applied.exit_code
    outcome = applied.outcome
    document = apply_document(
        applied.document,
        outcome.run,
        outcome.status,
        [(r.step.id, r.status, r.at, r.error) for r in outcome.results],
    )
    for warning in outcome.warnings:
        screen.say(f"Warning: {warning}")
    if output is not None:
        save(output, pretty(document))
    if shape is not ReportDress.JSON:
        show(dressed(Kind.APPLY, document, shape, Look.on(screen, None)))
    elif output is None:
        show(pretty(document))
    return applied.exit_code


def warn_of_untold(applied: "Applied") -> None:
    """Say what an interrupted apply left in doubt, also to whom wants it quiet: nothing says it again."""
    from reconciler.applier.parts import describe
    from reconciler.reports.inert import visible

    for result in applied.untold:
        line = f"{describe(result.step.change)}: {result.error}"
        warn(f"An earlier apply was interrupted. Look in HelloID: {visible(line)}")
