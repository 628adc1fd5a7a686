"""Ways in which a tenant or the network can misbehave, counted and seeded, so the same every time."""

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast, get_args

from reconciler.sandbox.errors import SandboxError

FaultKind: TypeAlias = Literal[
    "status", "late_status", "drop_before", "drop_after", "latency", "short_page", "repeat_page"
]
"""What happens:

status        an error instead of the work (`status`, `retry_after`)
late_status   the work is done, the answer is an error all the same
drop_before   the connection breaks and nothing was done
drop_after    the work is done, then the connection breaks
latency       the answer comes `seconds` later
short_page    the last item of a list, or of a group's users, is missing
repeat_page   the page before is given again
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and which requests it hits.

    It counts the requests of its `method` (`*` is any) whose decoded path below `/api/v1` fits the
    pattern `path`; it hits every `every`-th of them, those numbered in `at` (from 1), and each of the
    others with the probability `chance`; at most `times` in all.
    """

    kind: FaultKind
    every: int = 0
    at: tuple[int, ...] = ()
    chance: float = 0.0
    method: str = "*"
    path: str = "*"
    times: int | None = None
    status: int = 429
    retry_after: int | None = None
    seconds: float = 0.0

    def concerns(self, method: str, path: str) -> bool:
        """Tell whether a request is one that this fault counts."""
        fits_method = self.method in ("*", method)
        return fits_method and (self.path == "*" or fnmatch.fnmatchcase(path, self.path))


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one tenant; `seed` is for those that go by chance; `record` keeps every request."""

    faults: tuple[Fault, ...] = ()
    seed: int = 1
    record: bool = False

    @classmethod
    def parse(cls, texts: Iterable[str], seed: int = 1) -> "Faults":
        """Return the faults that texts such as `status:every=5,status=429,retry_after=1` describe.

        `at` takes numbers joined by `+`. Raises FaultSyntax.
        """
        return cls(tuple(_parse(text) for text in texts), seed)


class FaultSyntax(SandboxError):
    """A text describes no fault."""


def _parse(text: str) -> Fault:
    kind, _, rest = text.partition(":")
    if kind not in get_args(FaultKind):
        known = ", ".join(get_args(FaultKind))
        raise FaultSyntax(f"{text!r} is no fault: it must start with one of {known}.")
    parts = [part.partition("=") for part in rest.split(",") if part]
    fields = {name.strip(): value.strip() for name, _, value in parts}
    try:
        return Fault(
            kind=cast("FaultKind", kind),
            every=int(fields.pop("every", 0)),
            at=tuple(int(number) for number in fields.pop("at", "").split("+") if number),
            chance=float(fields.pop("chance", 0)),
            method=fields.pop("method", "*").upper(),
            path=fields.pop("path", "*"),
            times=int(fields.pop("times")) if "times" in fields else None,
            status=int(fields.pop("status", 429)),
            retry_after=int(fields.pop("retry_after")) if "retry_after" in fields else None,
            seconds=float(fields.pop("seconds", 0)),
            **_nothing_left(fields),
        )
    except ValueError as error:
        raise FaultSyntax(f"{text!r} is no fault: {error}.") from error


def _nothing_left(fields: dict[str, str]) -> dict[str, float]:
    if fields:
        raise ValueError(f"it has no {', '.join(sorted(fields))}")
    return {}
