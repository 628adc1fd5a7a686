"""Regular expressions in conditions: valid, and none that could run for hours on some text."""

import re

LONGEST = 200
_REPEATS = re.compile(r"[*+]|\{[0-9]*,[0-9]*\}|\{[0-9]+\}")


def flaw_of_expression(text: str) -> str | None:
    """Return what is wrong with an expression (`a repetition inside a repetition …`), or None."""
    if not text:
        return "it is empty, so it would hold for every text"
    if len(text) > LONGEST:
        return f"it has more than {LONGEST} characters"
    try:
        re.compile(text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        return f"{error}"
    if _has_back_reference(text):
        return "it refers back to a group, which can take hours on some text"
    if _has_nested_repetition(text):
        return (
            "a repetition of something that itself repeats or branches can take hours on some text"
        )
    return None


def _has_back_reference(text: str) -> bool:
    return (
        re.search(r"(?<!\\)(?:\\\\)*\\[1-9]", text) is not None or "(?P=" in text or "(?(" in text
    )


def _has_nested_repetition(text: str) -> bool:
    """Tell whether a group that repeats or branches inside is itself repeated."""
    inner: list[bool] = [False]
    at = 0
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            at += 2
            continue
        if letter == "[":
            at = _after_set(text, at)
            continue
        if letter == "(":
            inner.append(False)
        elif letter == ")" and len(inner) > 1:
            varies = inner.pop()
            repeated = _REPEATS.match(text, at + 1) is not None
            if varies and repeated:
                return True
            inner[-1] = inner[-1] or varies or repeated
        elif letter == "|" or _REPEATS.match(text, at):
            inner[-1] = True
        at += 1
    return False


def _after_set(text: str, at: int) -> int:
    """Return the place after a set of characters such as `[^]a-z]`."""
    at += 1
    if text[at : at + 1] == "^":
        at += 1
    if text[at : at + 1] == "]":
        at += 1
    while at < len(text) and text[at] != "]":
        at += 2 if text[at] == "\\" else 1
    return at + 1
