"""`reconciler resolve`."""

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reconciler.cli.options import NoColor, Persons, Quiet, SnapshotFile, day
from reconciler.cli.running import run
from reconciler.cli.terminal import Screen, show

if TYPE_CHECKING:  # what a command works with is loaded when it runs: --help needs none of it
    from reconciler.flows.resolving import Decided, OpenIssue, Waiting

SKIP, STOP = "skip", "quit"
SAID = {
    "disable": "take its access away",
    "delete": "delete the account",
    "create": "create the account again",
    "enable": "give access again",
    "update": "write the fields back",
    "revoke": "take it away",
    "grant": "grant it again",
    "resolve": "not now: open again in the audit after next",
    "exclude": "accept it until a day",
    SKIP: "decide nothing",
    STOP: "leave the rest open",
}
"""What each choice means, beside it."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def resolve(  # pyright: ignore[reportUnusedFunction] - Typer keeps it
        context: typer.Context,
        into: Annotated[
            Path | None,
            typer.Option(
                metavar="FILE",
                help="The desired file that gets the resolutions; resolutions.yaml unless given.",
            ),
        ] = None,
        kind: Annotated[
            list[str] | None,
            typer.Option("--type", metavar="TYPE", help="Only issues of this type; repeatable."),
        ] = None,
        person: Persons = None,
        everything: Annotated[
            bool, typer.Option("--all", help="Also issues that the next plan settles by itself.")
        ] = False,
        issue: Annotated[
            list[str] | None,
            typer.Option(metavar="ID", help="Decide on this issue without asking; repeatable."),
        ] = None,
        resolution: Annotated[
            str | None,
            typer.Option("--as", metavar="RESOLUTION", help="With --issue: what is decided."),
        ] = None,
        reason: Annotated[
            str | None, typer.Option(metavar="TEXT", help="With --issue: why.")
        ] = None,
        period: Annotated[
            str | None,
            typer.Option(
                metavar="PERIOD", help="With --as exclude: 3 months, 6 months, 1 year, 3 years."
            ),
        ] = None,
        until: Annotated[
            date | None,
            typer.Option(parser=day, metavar="DATE", help="With --as exclude: back on this day."),
        ] = None,
        snapshot: SnapshotFile = None,
        no_color: NoColor = False,
        quiet: Quiet = False,
    ) -> int:
        """Walk through open issues and write what is decided as `resolutions:`, for a pull request.

        Nothing in the tenant changes: that is for plan and apply, once the file is reviewed.
        """
        from reconciler.cli.wiring import make_world
        from reconciler.flows.resolving import (
            Decided,
            Filter,
            chosen,
            draft_of,
            find_open,
            write,
        )

        if issue and resolution is None:
            raise typer.BadParameter("--issue needs --as: what is decided about it.")
        if not issue and (resolution or reason or period or until):
            raise typer.BadParameter("--as, --reason, --period and --until go with --issue.")
        if not issue and not sys.stdin.isatty():
            raise typer.BadParameter("there is nobody to ask: give --issue ID --as RESOLUTION.")
        screen = Screen.of(no_color=no_color, quiet=quiet)
        world = make_world(context.obj)
        asked = Filter(tuple(kind or ()), tuple(person or ()), everything=everything or bool(issue))
        with screen.busy("Reading the tenant"):
            waiting = run(find_open(world, snapshot, asked))
        if issue:
            decided: Sequence[Decided] = [
                Decided(about, resolution or "", reason, period, until)
                for about in chosen(waiting, issue)
            ]
        else:
            decided = _ask(waiting)
        if not decided:
            show("Nothing was decided, and nothing is written.")
            return 0
        draft = draft_of(world, waiting, decided, into)
        show(visible_lines(draft.diff))
        if not issue and not typer.confirm(f"Write this to {draft.path}?", default=True):
            show("Nothing is written.")
            return 1
        write(world, draft)
        screen.say(_next(draft.path, len(decided)))
        return 0


def visible_lines(text: str) -> str:
    """Return a text with its line ends, and nothing in it that a terminal would act on."""
    from reconciler.reports.inert import visible

    return "\n".join(visible(line) for line in text.splitlines())


def _next(path: Path, count: int) -> str:
    from reconciler.reports.words import count as counted

    return (
        f"{counted(count, 'resolution')} in {path}. Review and commit it; then:"
        "\n  reconciler plan -o plan.json"
    )


# ---------------------------------------------------------------- on the terminal


def _ask(waiting: "Waiting") -> "list[Decided]":
    """Ask about one issue after the other, until there are none left or somebody stops."""
    from reconciler.reports.words import count

    total = len(waiting.open_issues)
    if not total:
        show("No open issues.")
        return []
    show(
        f"{count(total, 'open issue')}. Nothing in the tenant changes; choices are written to a file."
    )
    decided: list[Decided] = []
    for number, about in enumerate(waiting.open_issues, start=1):
        choice = _choice(about, number, total)
        if choice == STOP:
            break
        if choice != SKIP:
            decided.append(_particulars(about, choice, waiting.as_of))
    return decided


def _choice(about: "OpenIssue", number: int, total: int) -> str:
    from reconciler.reports.inert import visible

    issue = about.issue
    choices = (*about.offered, SKIP, STOP)
    show("")
    show(visible(f"{number} of {total}  {issue.type.value}  {issue.id}"))
    show(visible(f"  {issue.detail}"))
    for entry in about.instead:
        show(visible(f"  decided before: {entry.resolution} ({entry.at.short})"))
    for each in choices:
        show(f"    {each:<8} {SAID[each]}")

    def read(text: str) -> str:
        fitting = [each for each in choices if each.startswith(text.strip().lower())]
        if text.strip().lower() in choices:
            return text.strip().lower()
        if len(fitting) != 1:
            raise typer.BadParameter(f"write one of {', '.join(choices)}, or how it begins.")
        return fitting[0]

    return typer.prompt("Choice", default=SKIP, value_proc=read)


def _particulars(about: "OpenIssue", choice: str, as_of: date) -> "Decided":
    from reconciler.flows.resolving import Decided
    from reconciler.model.resolution import EXCLUDE

    if choice != EXCLUDE:
        reason = typer.prompt("Reason (may be empty)", default="", show_default=False)
        return Decided(about, choice, reason.strip() or None)
    period, until = typer.prompt(
        "Until (a date, or 3 months, 6 months, 1 year, 3 years)",
        value_proc=lambda text: _end(text, as_of),
    )
    return Decided(about, choice, typer.prompt("Reason", value_proc=_needed), period, until)


def _needed(text: str) -> str:
    if not text.strip():
        raise typer.BadParameter("an exclusion needs a reason.")
    return text.strip()


def _end(text: str, as_of: date) -> tuple[str | None, date | None]:
    from reconciler.desired.resolutions import PERIODS

    said = " ".join(text.lower().split())
    if said in PERIODS:
        return said, None
    until = day(said)
    if until <= as_of:
        raise typer.BadParameter(f"{until} is not after today ({as_of}).")
    return None, until
