"""Options that several commands share, each worded once."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from reconciler.cli.terminal import check_place


def day(text: str) -> date:
    """Return a date written as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no date; write YYYY-MM-DD.") from error


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One `--ack`: the safeguard it names, and the value it admits."""

    name: str
    value: int


def acks_of(given: list[Acknowledgement] | None) -> dict[str, int]:
    """Return the acknowledged values by name."""
    return {ack.name: ack.value for ack in given or ()}


def acknowledgement(text: str) -> Acknowledgement:
    """Return name and value of NAME=VALUE; the name may hold an equals sign itself."""
    name, equals, value = text.rpartition("=")
    if not equals or not name or not value.isdecimal():
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE with a whole number as value.")
    return Acknowledgement(name, int(value))


def writable(context: typer.Context, path: Path | None) -> Path | None:
    """Return where to write; a place that cannot be written stops the command before it begins."""
    if path is not None and not context.resilient_parsing:
        check_place(path)
    return path


Output: TypeAlias = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", callback=writable, help="Write it to a file."),
]
AsOf: TypeAlias = Annotated[
    date | None,
    typer.Option("--as-of", parser=day, metavar="DATE", help="As of this day instead of today."),
]
SnapshotFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--snapshot",
        metavar="FILE",
        readable=False,
        help="Use a saved snapshot instead of the tenant.",
    ),
]
Persons: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--person", metavar="ID", help="Only this person's actions; may be repeated."),
]
Additive: TypeAlias = Annotated[
    bool, typer.Option("--additive", help="Hold back revokes, disables and deletes.")
]
Acks: TypeAlias = Annotated[
    list[Acknowledgement] | None,
    typer.Option(
        "--ack",
        parser=acknowledgement,
        metavar="NAME=VALUE",
        help="Admit one breach of a limit at exactly this value; may be repeated.",
    ),
]
AllowProtected: TypeAlias = Annotated[
    bool, typer.Option("--allow-protected", help="Admit changes of protected things.")
]
DetailedExitcode: TypeAlias = Annotated[
    bool, typer.Option("--detailed-exitcode", help="End with 2 where there are differences.")
]
NoColor: TypeAlias = Annotated[bool, typer.Option("--no-color", help="Plain text (also NO_COLOR).")]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress on standard error.")
]
