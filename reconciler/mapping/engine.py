"""The JavaScript engine, with the types that its package lacks."""

from collections.abc import Callable
from typing import Any, Protocol, cast

import quickjs  # pyright: ignore[reportMissingTypeStubs]  # the package ships none

EngineError: type[Exception] = cast("Any", quickjs).JSException
"""What leaves the engine: a limit, or an exception that no script caught."""

Function = Callable[..., Any]


class Engine(Protocol):
    """One world of JavaScript values; used from one thread only."""

    def eval(self, code: str) -> Function:
        """Evaluate a program whose value is a function."""
        ...

    def parse_json(self, text: str) -> object:
        """Return a JavaScript value, to hand to a function."""
        ...

    def set_memory_limit(self, limit: int) -> None:
        """Bound the memory of the whole world, in bytes."""
        ...

    def set_time_limit(self, limit: float) -> None:
        """Bound the processor time of each call from outside, in seconds."""
        ...


def open_engine() -> Engine:
    """Return a new world."""
    return cast("Engine", cast("Any", quickjs).Context())
