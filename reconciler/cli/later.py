"""Commands that are loaded when they are asked for: listing them costs no import of theirs."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast

import typer
from typer.core import TyperCommand, TyperGroup

from reconciler.cli.documented import DocumentedGroup, Shelf


class _Commands(Protocol):
    """A module of `reconciler.cli.commands`."""

    def add_to(self, app: typer.Typer) -> None:
        """Add its command."""
        ...


class Later(TyperCommand):
    """Stands for a command with a line that says what it does, until it is run or asked for help."""

    def __init__(self, name: str, summary: str) -> None:
        super().__init__(name, help=summary, short_help=summary)

    def load(self) -> TyperCommand | TyperGroup:
        """Return the command itself, from the module that has its name."""
        word = str(self.name)
        module = f"{word}_" if word == "import" else word
        found = cast("_Commands", import_module(f"reconciler.cli.commands.{module}"))
        alone = Shelf(rich_markup_mode=None)
        alone.callback()(_nothing)
        found.add_to(alone)
        group = cast("TyperGroup", typer.main.get_command(alone))
        return cast("TyperCommand | TyperGroup", group.commands[word])

    def make_context(
        self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any
    ) -> Any:
        """Return the context of the command itself: from here on nobody sees this stand-in."""
        return self.load().make_context(info_name, args, parent, **extra)


class LateGroup(DocumentedGroup):
    """A group of commands that are loaded when they are asked for, in the order of `summaries`."""

    summaries: Mapping[str, str] = {}

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: Later(name, says) for name, says in self.summaries.items()}


def _nothing() -> None:
    """Make a group of what would be a command alone."""
