"""Runs Complex scripts in an embedded JavaScript engine, within limits and apart from each other.

A script is compiled once for each context. Contexts belong to one thread and are renewed when a
limit stopped a script or a script left something behind. Nothing of a context can be changed by
the scripts that share it; a script that names what could change it gets a context for each run.
"""

import copy
import json
import re
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from reconciler.mapping.completion import as_function
from reconciler.mapping.engine import EngineError, Function, open_engine
from reconciler.mapping.zone import ZoneTable, milliseconds, zone_table
from reconciler.model.person_shape import PERSON

OWN_LINES = 20_000
"""Empty lines above the host's own code: a frame on a lower line is the script's."""

POOL = 512
LARGEST_POOL = 1 << 20
"""Random numbers handed to a script that draws them; it gets more where it needs more."""

LONGEST_MESSAGE = 300

_ALONE = re.compile(
    r"prototype|__\w+__|defineProper|setPrototypeOf|preventExtensions|\.(?:freeze|seal|constructor)\b"
    r"|\b(?:globalThis|Reflect|Proxy|Function|async|Promise|import|eval)\b"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run of a script may take: seconds of processor time, bytes of memory."""

    seconds: float = 1.0
    memory: int = 64 << 20


@dataclass(frozen=True, slots=True)
class Script:
    """A Complex script; `many` where its field is of type Array."""

    source: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What a script gave; `drawn` where it asked for a random number."""

    value: str | bool | tuple[str, ...] | None
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Thrown:
    """Why a script gave nothing, in the engine's words."""

    message: str


class ScriptHost:
    """Runs scripts for one person after another, at one moment in one time zone."""

    def __init__(
        self, scripts: Sequence[Script], time_zone: str, now: datetime, limits: Limits | None = None
    ) -> None:
        self._scripts = tuple(scripts)
        self._alone = frozenset(
            index for index, script in enumerate(scripts) if _ALONE.search(script.source)
        )
        self._zone = zone_table(time_zone)
        self._now = milliseconds(now)
        self._limits = limits or Limits()
        self._local = threading.local()

    def run(self, index: int, person: str, iteration: int, *, draw: bool = False) -> Given | Thrown:
        """Run a script for a person (JSON text); with `draw` chance is real, else it is a fixed row."""
        if index in self._alone:
            return self._run(self._open((self._scripts[index],)), 0, person, iteration, draw=draw)
        context: _Context | None = getattr(self._local, "context", None)
        if context is None:
            context = self._local.context = self._open(self._scripts, shared=True)
        given = self._run(context, index, person, iteration, draw=draw)
        if context.spoilt:
            self._local.context = None
        return given

    def at(self, now: datetime) -> "ScriptHost":
        """Return a host of the same scripts at another moment."""
        other = copy.copy(self)
        other._now, other._local = milliseconds(now), threading.local()  # noqa: SLF001 - another of this very class
        return other

    def _open(self, scripts: Sequence[Script], *, shared: bool = False) -> "_Context":
        return _Context(scripts, self._zone, self._now, self._limits, shared=shared)

    def _run(
        self, context: "_Context", index: int, person: str, iteration: int, *, draw: bool
    ) -> Given | Thrown:
        size = POOL if draw else None
        while True:
            given = context.run(index, person, iteration, size)
            if given is not None:
                return given
            if size is None or size >= LARGEST_POOL:
                return Thrown("the script draws too many random numbers")
            size *= 8


class SyntaxCheck:
    """Reads scripts without running them."""

    def __init__(self) -> None:
        context = _Context((), ZoneTable((), (0,)), 0, Limits(), shared=False)
        self._complaint = context.function("complaint")

    def error(self, source: str) -> str | None:
        """Return what is wrong with a script's syntax, or None."""
        try:
            complaint: str = self._complaint(_well_formed(source))
        except EngineError as error:
            return _stopped(str(error))
        return complaint or None


class _Context:
    """One engine with its scripts."""

    def __init__(
        self, scripts: Sequence[Script], zone: ZoneTable, now: int, limits: Limits, *, shared: bool
    ) -> None:
        self.spoilt = False
        self._shared = shared
        self._person: str | None = None
        self._engine = open_engine()
        member = self._engine.eval("(function(of, name) { return of[name]; })")
        moments, offsets = (
            self._engine.parse_json(json.dumps(numbers)) for numbers in (zone.moments, zone.offsets)
        )
        self._engine.eval(_source("clock.js"))(float(now), moments, offsets)
        person = self._engine.eval(_source("person.js"))(json.dumps(PERSON))
        host = self._engine.eval(_source("host.js"))(person, shared, OWN_LINES)
        self.function: Callable[[str], Function] = lambda name: member(host, name)
        for script in scripts:
            self._compile(script)
        if shared:
            self.function("seal")()
        self._load, self._execute = self.function("load"), self.function("run")
        self._engine.set_memory_limit(limits.memory)
        self._engine.set_time_limit(limits.seconds)

    def _compile(self, script: Script) -> None:
        parses = self.function("parses")
        source = _well_formed(script.source)
        function = as_function(source, lambda text: bool(parses(text)))
        self.function("compile")(function or source, script.many, function is None)

    def run(
        self, index: int, person: str, iteration: int, pool: int | None
    ) -> Given | Thrown | None:
        """Run a script; None where it wants more random numbers than the pool has."""
        numbers = None if pool is None else json.dumps([_random() for _ in range(pool)])
        try:
            if person is not self._person:
                self._load(person)
                self._person = person
            answer: str = self._execute(index, iteration, numbers)
        except EngineError as error:
            self.spoilt = True
            return Thrown(_stopped(str(error)))
        self.spoilt = self._shared and (answer[1] != "c" or answer[2] == "l")
        return None if answer[0] == "d" else _given(answer[2], answer[3:], drawn=answer[0] == "r")


def _given(kind: str, text: str, *, drawn: bool) -> Given | Thrown:
    match kind:
        case "s":
            return Given(text, drawn)
        case "t" | "f":
            return Given(kind == "t", drawn)
        case "z":
            return Given(None, drawn)
        case "a":
            return Given(tuple(json.loads(text)), drawn)
        case "l":
            return Thrown(_stopped(text))
        case _:
            return Thrown(text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}…")


def _stopped(message: str) -> str:
    first = message.strip().split("\n", 1)[0]
    if first.startswith("InternalError: interrupted"):
        return "the script took too long and was stopped"
    if first == "null" or first.startswith("InternalError: out of memory"):
        return "the script took too much memory and was stopped"
    return first


def _random() -> float:
    return secrets.randbits(53) / (1 << 53)


def _well_formed(source: str) -> str:
    return source.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")


@cache
def _source(name: str) -> str:
    text = files("reconciler.mapping").joinpath(name).read_text(encoding="utf-8")
    return "\n" * OWN_LINES + text


def as_json(value: Mapping[str, object]) -> str:
    """Return a person's fields as JSON text; numbers that JSON has not become null."""
    try:
        return json.dumps(value, default=_plain, allow_nan=False)
    except ValueError:
        return json.dumps(
            json.loads(json.dumps(value, default=_plain), parse_constant=lambda _: None)
        )


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - data as the engine gives it
    return str(value)
