"""`reconciler rehearse`."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.dresses import Look, ReportDress, ReportedAs, dressed
from reconciler.cli.links import LinkBase, links_of
from reconciler.cli.options import Acks, AllowProtected, NoColor, Output, Quiet, acks_of, writable
from reconciler.cli.running import run
from reconciler.cli.terminal import Screen, save, show
from reconciler.reports.kinds import Kind

if TYPE_CHECKING:  # what a command works with is loaded when it runs: --help needs none of it
    from reconciler.applier.run import StepResult
    from reconciler.flows.rehearsing import Rehearsal
    from reconciler.flows.world import Copy, World
    from reconciler.model.value import JSON

SnapshotFile = Annotated[
    Path | None,
    typer.Option(
        "--snapshot",
        metavar="FILE",
        readable=False,
        help="Copy a saved snapshot instead of the tenant as it is now.",
    ),
]


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def rehearse(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        file: Annotated[Path, typer.Argument(metavar="FILE", readable=False, help="A saved plan.")],
        snapshot: SnapshotFile = None,
        skip_stale: Annotated[
            bool,
            typer.Option("--skip-stale", help="Leave out stale actions instead of refusing all."),
        ] = False,
        ack: Acks = None,
        allow_protected: AllowProtected = False,
        settings: Annotated[
            list[str] | None,
            typer.Option(
                "--set",
                metavar="NAME=VALUE",
                help="How the copy answers, as for the embedded tenant: approval=pending.",
            ),
        ] = None,
        after: Annotated[
            Path | None,
            typer.Option(
                metavar="FILE",
                callback=writable,
                help="Save what the copy holds in the end, as a snapshot.",
            ),
        ] = None,
        full: Annotated[
            bool, typer.Option("--full", help="List everything, however much it is.")
        ] = False,
        shape: ReportedAs = ReportDress.TEXT,
        output: Output = None,
        link_base: LinkBase = None,
        no_color: NoColor = False,
        quiet: Quiet = False,
    ) -> int:
        """Apply a plan to an embedded copy of the tenant, and report what would happen.

        Reads the tenant, or a snapshot; writes to neither tenant nor ledger. Ends as apply would: with
        5 where some actions would fail, with 4 where the plan is stale, with 3 where a safeguard refuses.
        """
        from reconciler.cli.commands.sandbox import named_values
        from reconciler.cli.wiring import copied, make_world
        from reconciler.flows.rehearsing import RehearsalOptions
        from reconciler.flows.rehearsing import rehearse as rehearse_plan
        from reconciler.reports.canonical import pretty

        screen = Screen.of(no_color=no_color, quiet=quiet)
        wanted = named_values(settings)

        @contextmanager
        def copying(world: "World", held: "Mapping[str, JSON]") -> "Generator[Copy]":
            with copied(world, held, wanted) as copy:
                yield copy

        options = RehearsalOptions(snapshot, acks_of(ack), allow_protected, skip_stale)
        with screen.busy("Rehearsing"):
            found = run(rehearse_plan(make_world(context.obj), copying, file, options, _Silence()))
        document = document_of(found)
        if after is not None:
            save(after, pretty(found.left))
            screen.say(f"What the copy holds in the end is in {after}")
        links = links_of(link_base, context.obj.parent)
        text = dressed(Kind.REHEARSAL, document, shape, Look.on(screen, output, links, full=full))
        if output is not None:
            save(output, text)
            screen.say(f"The rehearsal is in {output}")
        else:
            show(text)
        return found.applied.exit_code


class _Silence:
    """Hears how a rehearsal gets on, and says nothing: its report tells all of it."""

    def starts(self, steps: int) -> None:
        """Hear how many steps there are."""

    def ended(self, result: "StepResult") -> None:
        """Hear how a step ended."""


def document_of(found: "Rehearsal") -> "dict[str, JSON]":
    """Return the JSON of a rehearsal."""
    from reconciler.applier.parts import describe
    from reconciler.reports.applied import apply_document
    from reconciler.reports.rehearsal import rehearsal_document

    outcome = found.applied.outcome
    assert outcome is not None, "a saved plan is carried out without asking"  # noqa: S101 - for the type checker
    applied = apply_document(
        found.applied.document,
        outcome.run,
        outcome.status,
        [(r.step.id, r.status, r.at, r.error) for r in outcome.results],
    )
    untold = [f"{describe(r.step.change)}: {r.error}" for r in found.applied.untold]
    warnings = [*outcome.warnings, *untold]
    return rehearsal_document(applied, warnings, found.held, found.after, found.again.document)
