"""A script turned into a function that returns the script's completion value."""

import re
from collections.abc import Callable

TRIES = 60
"""How many places a last statement is looked for at, from the end."""

_OTHERWISE_IN_A_FUNCTION = re.compile(
    r"\b(?:var|this|arguments|eval|globalThis|new\.target)\b|<!--|-->"
)
_LEADING = re.compile(r"(?:\s+|//[^\n]*\n|/\*(?s:.*?)\*/)*")
_STARTS_EXPRESSION = re.compile(r"(?!(?:function|class|async|let)\b)[\w$\"'`(\[!~+-]")


def as_function(source: str, parses: Callable[[str], bool]) -> str | None:
    """Return an expression whose function does what the script does and returns its value, or None.

    Only for scripts that end in an expression and mean the same inside a function; the others have
    to be evaluated from their source. `source` is a script without syntax errors; `parses` tells
    whether a text is the body of a function.
    """
    if _OTHERWISE_IN_A_FUNCTION.search(source):
        return None
    body = source.rstrip().rstrip(";").rstrip()
    for split in _splits(body):
        head, tail = body[:split], body[split:]
        leading = _LEADING.match(tail)
        start = leading.end() if leading else 0
        if not _STARTS_EXPRESSION.match(tail, start) or not parses(f"return ({tail}\n)"):
            continue
        if split == 0 or _is_complete(head, parses):
            return f"(function(){{{head}{tail[:start]}return ({tail[start:]}\n)}})"
    return None


def _splits(body: str) -> list[int]:
    ends = [place + 1 for place, letter in enumerate(body) if letter in ";}"]
    return [*reversed(ends[-TRIES:]), 0]


def _is_complete(head: str, parses: Callable[[str], bool]) -> bool:
    """Tell whether statements end here by themselves: not in a comment, and nothing can go on."""
    return parses(head) and not parses(f"{head} @") and parses(f"{head} 0")
