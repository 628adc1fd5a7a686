"""`reconciler validate`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reconciler.cli.options import NoColor, Output, Quiet
from reconciler.cli.terminal import Screen, save, show, sources_in

SNAPSHOT_HELP = "Hold the names of groups and products against this saved snapshot."


class Format(StrEnum):
    """How problems are shown."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"
    JUNIT = "junit"


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def validate(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        shape: Annotated[Format, typer.Option("--format", help="How to show it.")] = Format.TEXT,
        snapshot: Annotated[
            Path | None,
            typer.Option("--snapshot", metavar="FILE", readable=False, help=SNAPSHOT_HELP),
        ] = None,
        output: Output = None,
        no_color: NoColor = False,
        quiet: Quiet = False,
    ) -> int:
        """Check settings, field mapping and desired state; offline, without credentials.

        Ends with 1 where a file has an error; warnings alone end with 0.
        """
        from reconciler.cli.wiring import make_world
        from reconciler.flows.project import find_problems
        from reconciler.model.problem import Severity
        from reconciler.reports.canonical import pretty
        from reconciler.reports.pipelines import (
            problems_github,
            problems_gitlab,
            problems_junit,
            problems_sarif,
        )
        from reconciler.reports.problems import problems_document, problems_text

        screen = Screen.of(no_color=no_color, quiet=quiet)
        world = make_world(context.obj)
        problems = find_problems(world, snapshot)
        match shape:
            case Format.TEXT:
                text = problems_text(problems, colour=screen.colour, sources=sources_in(world.root))
            case Format.JSON:
                text = pretty(problems_document(problems))
            case Format.GITHUB:
                text = problems_github(problems, world.revisions.place())
            case Format.GITLAB:
                text = problems_gitlab(problems, world.revisions.place())
            case Format.SARIF:
                text = problems_sarif(problems, world.revisions.place())
            case Format.JUNIT:
                text = problems_junit(problems)
        if output is not None:
            save(output, text)
        else:
            show(text)
        return 1 if any(problem.severity is Severity.ERROR for problem in problems) else 0
