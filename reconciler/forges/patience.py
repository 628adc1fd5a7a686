"""How patiently a forge is asked, and what it says of its rate limits."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

_RESETS: Final = ("x-ratelimit-reset", "ratelimit-reset")
_REMAINING: Final = ("x-ratelimit-remaining", "ratelimit-remaining")


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is tried, how long is waited between, and by which clock.

    Waits double from `first_wait` up to `longest_wait` seconds, drawn at random below that. What the
    forge asks for is waited instead; one that asks for more than `at_most` seconds is given up.
    """

    tries: int = 5
    first_wait: float = 0.5
    longest_wait: float = 20.0
    at_most: float = 120.0
    request_seconds: float = 30.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], datetime] = _utc_now


def is_spent(headers: Mapping[str, str]) -> bool:
    """Tell whether an answer says that the requests of this hour or minute are used up."""
    return "retry-after" in headers or any(headers.get(name) == "0" for name in _REMAINING)


def wait_asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that an answer asks to wait, or None.

    Retry-After counts (seconds or a date); else, where no request is left, the moment at which the
    count begins anew (seconds since 1970).
    """
    asked = headers.get("retry-after")
    if asked is not None:
        return _retry_after(asked.strip(), now)
    if is_spent(headers):
        reset = next((headers[name] for name in _RESETS if name in headers), "")
        if _is_number(reset):
            return max(0.0, float(reset) - now.timestamp())
    return None


def _retry_after(text: str, now: datetime) -> float | None:
    try:
        if _is_number(text):
            return float(text)
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15
