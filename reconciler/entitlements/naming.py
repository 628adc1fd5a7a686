"""Names of groups made from person data, cleaned as HelloID's connector cleans them."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from reconciler.entitlements.values import reader, texts_of
from reconciler.model.address import fold
from reconciler.model.person import Contract, Person
from reconciler.model.rules import NameTemplate

Fill: TypeAlias = Callable[[Person, Contract], str | None]

_GONE = str.maketrans(dict.fromkeys("`~!#$%^&*()+=<>?/'\",:\\|}{.[]"))
_WRITTEN_OUT = str.maketrans(
    {
        "ø": "o", "Ø": "O", "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L",
        "œ": "oe", "Œ": "OE", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ħ": "h", "Ħ": "H", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "ŧ": "t", "Ŧ": "T",
    }
)  # fmt: skip
"""Letters that are no base letter with an accent."""


def filler(template: NameTemplate, day: date) -> Fill:
    """Return what fills a template; None where a path has no value or nothing is left of the name."""
    parts = [part if isinstance(part, str) else reader(part, day) for part in template.parts]

    def fill(person: Person, contract: Contract) -> str | None:
        texts: list[str] = []
        for part in parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            found = texts_of(part(person, contract))
            if len(found) != 1 or not found[0].strip():
                return None
            texts.append(found[0])
        return cleaned("".join(texts)) or None

    return fill


def pattern_of(template: NameTemplate) -> re.Pattern[str] | None:
    """Return what the folded names of a template look like, or None where any name might be one."""
    words = [
        word
        for part in template.parts
        for word in (
            [""] if not isinstance(part, str) else re.split("[^0-9a-z]+", fold(cleaned(part)))
        )
    ]
    if not any(words):
        return None
    return re.compile(".*".join(map(re.escape, ["", *words, ""])), re.DOTALL)


@lru_cache(maxsize=100_000)
def cleaned(name: str) -> str:
    """Return a name as the connector would create it.

    Trimmed; ` - ` becomes `-`; characters that directories refuse go; spaces become `-`; then `--`
    becomes `-`, once; letters lose their accents.
    """
    text = name.strip().replace(" - ", "-").translate(_GONE)
    text = text.replace(" ", "-").replace("--", "-").translate(_WRITTEN_OUT)
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text)
    kept = "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", kept)
