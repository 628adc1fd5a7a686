"""Running what takes its time: one coroutine, from the command line."""

import signal
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine returns; Ctrl-C cancels it.

    The task itself returns nothing: when asyncio takes its signal handler back, Python writes out the
    task with its result for a message that nobody reads, and a plan of 100,000 grants takes seconds.
    """
    import asyncio

    results: list[T] = []

    async def keep() -> None:
        results.append(await work)

    asyncio.run(keep())
    return results[0]


@contextmanager
def interruptible() -> Generator[None]:
    """While a person is asked from within a coroutine: let Ctrl-C end the question at once.

    The loop's own handler cancels what runs when it looks next, and a question lets it look at nothing.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
