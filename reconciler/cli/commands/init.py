"""`reconciler init`."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.options import Quiet
from reconciler.cli.terminal import show

if TYPE_CHECKING:  # what a command works with is loaded when it runs: --help needs none of it
    from reconciler.flows.initialising import Initialised

HERE = Path()


class Pipelines(StrEnum):
    """Whose pipelines a new project gets."""

    GITHUB = "github"
    GITLAB = "gitlab"
    AZURE = "azure"
    NONE = "none"


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def init(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        folder: Annotated[
            Path, typer.Argument(metavar="DIR", help="Where; made where it is missing.")
        ] = HERE,
        target: Annotated[
            str | None,
            typer.Option(
                metavar="URL",
                help="Settings for this tenant, https://TENANT.helloid.com/api/v1, instead of an embedded one.",
            ),
        ] = None,
        pipelines: Annotated[
            Pipelines, typer.Option(help="Whose pipelines to write.")
        ] = Pipelines.GITHUB,
        add_missing: Annotated[
            bool,
            typer.Option(
                "--add-missing",
                help="Give a project that exists the schemas, hooks and pipelines that it lacks.",
            ),
        ] = False,
        quiet: Quiet = False,
    ) -> int:
        """Write a project to start from: an invented organisation on an embedded tenant, ready to plan.

        With it come schemas for editors, a hook for pre-commit, owners, and pipelines. No file that is
        there already is touched.
        """
        from reconciler.cli.wiring import seed_sandbox
        from reconciler.flows.initialising import InitOptions, initialise
        from reconciler.templates import Platform

        chosen = None if pipelines is Pipelines.NONE else Platform(pipelines.value)
        done = initialise(folder, InitOptions(target, chosen, add_missing), seed_sandbox)
        if not quiet:
            show(said(folder, done))
        return 0


def said(folder: Path, done: "Initialised") -> str:
    """Return what was written, what was kept, and what to do next."""
    from reconciler.reports.inert import visible
    from reconciler.reports.words import count

    lines = [f"Written below {visible(str(folder))}: {count(len(done.written), 'file')}."]
    lines += [f"  {path}" for path in done.written]
    if done.kept:
        lines += ["", "There already, and left as it is:", *(f"  {path}" for path in done.kept)]
    if "reconciler.yaml" in done.written:
        steps = ["reconciler validate", "reconciler plan"]
        if not done.is_seeded:
            steps[1:] = ["reconciler import"]
        into = [] if folder.resolve() == Path.cwd() else [f"cd {quoted(str(folder))}"]
        lines += ["", "Next:", *(f"  {step}" for step in [*into, *steps])]
    return "\n".join(lines)


def quoted(path: str) -> str:
    """Return a path as a shell takes it."""
    import shlex

    return shlex.quote(path)
