"""What a scalar means: null, true, a number, a date, or a text that needs quotes to be sure of."""

import re

from reconciler.desired.node import NULLS, Scalar

TRUE = frozenset({"true", "True", "TRUE"})
FALSE = frozenset({"false", "False", "FALSE"})

STARTS = frozenset({"", *"-~ntfNTF0123456789"})
"""What an unquoted scalar that is no text begins with."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_MAX_DIGITS = 15
"""Longer numbers stay text: a mapping script could not hold them exactly."""

_WORDS = frozenset({"y", "yes", "n", "no", "on", "off", "true", "false", "null", "~", ""})
_NUMERIC = re.compile(
    r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?|\.[0-9_]+(?:[eE][-+]?[0-9]+)?"
    r"|0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|\.(?:inf|Inf|INF))"
    r"|\.(?:nan|NaN|NAN)"
)
_DATED = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?")


def value_of(scalar: Scalar) -> bool | int | float | str | None:
    """Return what a scalar stands for where anything may stand.

    Unquoted null, true, false and the numbers as JSON writes them are that; all else is text as
    written, also `007`, `+31 6`, `0x1F`, `yes` and dates: nothing may be lost on the way.
    """
    text = scalar.text
    if not scalar.plain:
        return text
    if text in NULLS:
        return None
    if text in TRUE or text in FALSE:
        return text in TRUE
    number = _NUMBER.fullmatch(text) if len(text) <= _MAX_DIGITS else None
    if number is None:
        return text
    if number.group(1) is None and number.group(2) is None:
        return int(text)
    found = float(text)
    return found if abs(found) != float("inf") else text


def is_ambiguous(scalar: Scalar) -> bool:
    """Tell whether some reader of YAML takes an unquoted text for a number, a date, a truth or nothing."""
    if not scalar.plain:
        return False
    text = scalar.text
    return (
        text.lower() in _WORDS
        or _NUMERIC.fullmatch(text) is not None
        or _DATED.fullmatch(text) is not None
    )
