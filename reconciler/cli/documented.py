"""Commands whose help reads like a page of a manual."""

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


class DocumentedCommand(TyperCommand):
    """A command whose help ends with examples, exit codes, environment and where to read on."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return how it is called: what is needed stands there as it is, the rest in brackets."""
        return _plain(super().collect_usage_pieces(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options, each with what it takes, in the words of the manual."""
        _write_options(self, ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the rest of the page."""
        _write_rest(ctx, formatter)


class DocumentedGroup(TyperGroup):
    """A group of commands, documented as they are."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return how it is called."""
        return _plain(super().collect_usage_pieces(ctx))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options, and what commands there are."""
        _write_options(self, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the rest of the page."""
        _write_rest(ctx, formatter)


class Shelf(typer.Typer):
    """Typer, whose commands are documented ones."""

    def command(self, name: str | None = None, **rest: Any) -> Any:
        """See Typer; without a class of its own a command is a DocumentedCommand."""
        rest.setdefault("cls", DocumentedCommand)
        return super().command(name, **rest)


def described(param: Any, context: Any) -> tuple[str, str] | None:
    """Return how a parameter is written and what it means; None where it is hidden."""
    record: tuple[str, str] | None = param.get_help_record(context)
    if record is None:
        return None
    name, means = record
    if param.param_type_name == "argument":
        name = name.partition(" ")[0]
    return name.replace("<", "").replace(">", ""), " ".join(means.split())


def _plain(pieces: list[str]) -> list[str]:
    return [piece.strip("{}") for piece in pieces]


def _write_options(command: Any, context: Any, formatter: Any) -> None:
    for kind, title in (("argument", "Arguments"), ("option", "Options")):
        rows = [
            row
            for param in command.get_params(context)
            if param.param_type_name == kind and (row := described(param, context)) is not None
        ]
        if rows:
            with formatter.section(title):
                formatter.write_dl(rows)


def _write_rest(context: Any, formatter: Any) -> None:
    from reconciler.cli.manual import MANUALS, ROOT  # read by those who ask for help

    called = context.command_path.partition(" ")[2]
    manual = MANUALS.get(called, ROOT)
    with formatter.section("Examples"):
        for each in manual.examples:
            formatter.write(f"  {each.line}\n      {each.does}\n")
    if not called or called == "sandbox":
        return
    with formatter.section("Exit codes"):
        formatter.write_dl([(str(code), means) for code, means in manual.exits.items()])
    if manual.environment:
        with formatter.section("Environment"):
            formatter.write_dl(list(manual.environment))
