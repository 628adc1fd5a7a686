"""What is said of a wrong command line: how the command is called, and what is wrong, in our words."""

import re
from collections.abc import Sequence
from typing import Final

from typer._click.exceptions import (  # pyright: ignore[reportPrivateUsage] - Typer exports no name for a wrong command line
    BadParameter,
    NoArgsIsHelpError,
    UsageError,
)

_OTHERWISE: Final[Sequence[tuple[str, str]]] = (
    (r"^Invalid value: ", ""),
    (r"(?<=: )Value error, ", ""),
    (r"(?<=: )Input should be a valid integer\b.*$", "it must be a whole number."),
    (r"(?<=: )Input should be greater than or equal to (\d+)$", r"it must be \1 or more."),
    (r"(?<=: )Input should be less than or equal to (\d+)$", r"it must be \1 or less."),
    (r" \(Possible options: ([^()]+)\)$", r". Did you mean \1?"),
    (r"^Got unexpected extra arguments?(?:\(s\))? \((.+)\)$", r"Nothing more is expected: \1"),
)
"""What the libraries say, and what we say instead."""


def usage_text(error: UsageError) -> str:
    """Return what is said of a wrong command line; of one without any command, all that there is."""
    if isinstance(error, NoArgsIsHelpError):
        return f"{error.format_message()}\n"
    context = error.ctx
    lines: list[str] = []
    if context is not None:
        option = context.help_option_names[-1]
        lines += [context.get_usage(), f"Try '{context.command_path} {option}' for help.", ""]
    return "\n".join([*lines, f"Error: {_said(error)}", ""])


def _said(error: UsageError) -> str:
    said = error.format_message()
    for pattern, ours in _OTHERWISE:
        said = re.sub(pattern, ours, said)
    is_own = isinstance(error, BadParameter) and not said.startswith("-")
    return said[:1].upper() + said[1:] if is_own else said
