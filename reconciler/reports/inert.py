"""Text that others wrote, made harmless to look at, and how wide it is on a terminal."""

import re
import unicodedata

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Characters that Unicode calls printable, and that show as nothing at all."""
_BLANK = re.compile(f"[{_BLANK_LETTERS}]")
_WIDE = frozenset("WF")


def visible(text: str) -> str:
    r"""Return the text with everything that does not show, or that moves other text, written out.

    Control characters, line breaks, ANSI sequences, bidi marks, zero-width and private characters
    become `\n`, `\x1b`, `\u202e`; all else stays as it is.
    """
    if text.isprintable() and (text.isascii() or not _BLANK.search(text)):
        return text
    return "".join(char if shows(char) else _escaped(char) for char in text)


def shows(char: str) -> bool:
    """Tell whether a character can be seen, and moves nothing but the cursor to its right."""
    return char.isprintable() and char not in _BLANK_LETTERS


def name(text: str) -> str:
    """Return a name for a report: in quotes where its blanks would mislead."""
    if not text or text != text.strip() or "  " in text:
        return quoted(text)
    return visible(text)


def quoted(text: str) -> str:
    """Return a text in quotes that it cannot close itself."""
    return '"' + visible(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'


def width_of(text: str) -> int:
    """Return how many columns a visible text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def pieces(text: str, room: int) -> list[str]:
    """Return the text cut into pieces of at most `room` columns (two where a character is wide)."""
    if width_of(text) <= room:
        return [text]
    found: list[str] = []
    start = taken = 0
    for at, char in enumerate(text):
        columns = _columns(char)
        if taken + columns > room and at > start:
            found.append(text[start:at])
            start, taken = at, 0
        taken += columns
    return [*found, text[start:]]


def _columns(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in _WIDE else 1


def _escaped(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
