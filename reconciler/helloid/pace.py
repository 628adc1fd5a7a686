"""How fast and how patiently the tenant is asked."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a request is tried, how long is waited between, and by which clock.

    Waits double from `first_wait` up to `longest_wait` seconds, drawn at random below that. A longer
    Retry-After is obeyed up to `patience` seconds; a tenant that asks for more is given up.
    """

    tries: int = 6
    first_wait: float = 0.5
    longest_wait: float = 30.0
    patience: float = 300.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ticks: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = _utc_now


class Gate:
    """Lets requests through: no more than so many a second, none while the tenant asks to wait."""

    def __init__(self, pace: Pace, per_second: float | None) -> None:
        self._pace = pace
        self._spacing = 1 / per_second if per_second else 0.0
        self._next = -math.inf
        self._closed_until = -math.inf

    async def turn(self) -> None:
        """Return when the next request may be sent."""
        while (wait := self._closed_until - self._pace.ticks()) > 0:
            await self._pace.sleep(wait)
        now = self._pace.ticks()
        mine = max(self._next, now)
        self._next = mine + self._spacing
        if mine > now:
            await self._pace.sleep(mine - now)

    def close_for(self, seconds: float) -> None:
        """Let nothing through for so many seconds: every request would meet the same answer."""
        self._closed_until = max(self._closed_until, self._pace.ticks() + seconds)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for (seconds or an HTTP date), or None."""
    if header is None:
        return None
    text = header.strip()
    try:
        if text.isascii() and text.isdigit():
            return float(text)
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
