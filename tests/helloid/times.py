"""A clock that only moves when somebody sleeps by it."""

import asyncio
from datetime import UTC, datetime, timedelta

from reconciler.helloid import Pace

START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class Time:
    def __init__(self) -> None:
        self.slept: list[float] = []
        self.passed = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds
        await asyncio.sleep(0)

    def ticks(self) -> float:
        return self.passed

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed)

    def pace(self, tries: int = 4) -> Pace:
        return Pace(tries=tries, sleep=self.sleep, ticks=self.ticks, now=self.now)
