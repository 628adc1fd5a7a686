"""Calendar days as HelloID's data writes them."""

import re
from datetime import date
from functools import lru_cache

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?: ?(?:[Zz]|[-+][0-9]{2}(?::?[0-9]{2})?))?"
)


@lru_cache(maxsize=100_000)
def day_of(text: str) -> date | None:
    """Return the day that `2024-01-01` writes, or None."""
    if _DAY.fullmatch(text) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@lru_cache(maxsize=100_000)
def calendar_day_of(text: str) -> date | None:
    """Return the day of `2024-01-01` or `2024-01-01T00:00:00Z`, as written: the offset moves nothing."""
    moment = _MOMENT.fullmatch(text)
    return day_of(text if moment is None else moment.group(1))
