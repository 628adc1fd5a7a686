"""The peers: the least that the same work can take, without anything of the product around it."""

import asyncio
import json
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import httpx
import quickjs  # pyright: ignore[reportMissingTypeStubs]  # the package ships none
import yaml
from httpx_aiohttp import HttpxAiohttpClient

from reconciler.model.state import Actual, Desired, Recorded, Wanted

Request = tuple[str, str, Mapping[str, Any] | None]

_MARKS = """function deleteDiacriticalMarks(text) {
    return text.normalize('NFD').replace(/[\\u0300-\\u036f]/g, '');
}"""


def load_yaml(files: Iterable[Path]) -> int:
    """Load every file with PyYAML's C loader, and return how many."""
    loaded = [yaml.load(file.read_bytes(), yaml.CSafeLoader) for file in files]
    return len(loaded)


def read_yaml(files: Iterable[Path]) -> None:
    """Load one file after the other with PyYAML's C loader, and keep nothing."""
    for file in files:
        yaml.load(file.read_bytes(), yaml.CSafeLoader)


def read_tables(file: Path) -> list[list[tuple[Any, ...]]]:
    """Return every row of what is recorded, as sqlite3 gives it."""
    connection = sqlite3.connect(file)
    try:
        return [
            connection.execute(f"SELECT * FROM reconciler_{name}").fetchall()  # noqa: S608 - our own names
            for name in ("accounts", "grants", "permissions", "protections")
        ]
    finally:
        connection.close()


def run_scripts(mapping: Path, persons: Iterable[Mapping[str, Any]], action: str) -> int:
    """Run the Complex scripts of an action for everybody, each a bare call; return how many ran."""
    context = cast("Any", quickjs).Context()
    context.eval(_MARKS)
    load = context.eval("(function(text) { Person = JSON.parse(text); Iteration = 0; })")
    scripts = [context.eval(_as_function(source)) for source in _scripts(mapping, action)]
    ran = 0
    for person in persons:
        load(json.dumps(person))
        for script in scripts:
            script()
            ran += 1
    return ran


def compare_sets(desired: Desired, recorded: Recorded, actual: Actual) -> tuple[int, ...]:
    """Compare the grants of the three states as plain sets of tuples; return the sizes of the answers."""
    refs = {person: owned.ref for person, owned in recorded.accounts.items()}
    names = {found.key: ref for ref, found in actual.permissions.items()}
    wanted = {
        (refs.get(person, person), names.get(key, key.name))
        for key, permission in desired.permissions.items()
        for person in permission.members or ()
        if isinstance(desired.accounts.get(person), Wanted)
    }
    owned = {(account, ref) for ref, holders in recorded.grants.items() for account in holders}
    found = {(account, ref) for ref, holders in actual.holders.items() for account in holders}
    answers = (
        (wanted - owned) - found,
        (wanted - owned) & found,
        (wanted & owned) - found,
        (owned - wanted) & found,
        (owned - wanted) - found,
        (found - wanted) - owned,
    )
    return tuple(len(sorted(answer)) for answer in answers)


def ask_all(
    base_url: str, credentials: tuple[str, str], requests: Sequence[Request], in_flight: int
) -> None:
    """Send every request over httpx on aiohttp, so many at a time; all must be answered with 2xx."""
    asyncio.run(_ask_all(base_url, credentials, iter(requests), in_flight))


async def _ask_all(
    base_url: str, credentials: tuple[str, str], requests: Iterable[Request], in_flight: int
) -> None:
    async with HttpxAiohttpClient(
        base_url=base_url,
        auth=httpx.BasicAuth(*credentials),
        limits=httpx.Limits(max_connections=in_flight),
        timeout=60,
        trust_env=False,
    ) as client:

        async def work() -> None:
            for method, path, body in requests:
                response = await client.request(method, path, json=body)
                response.raise_for_status()
                response.read()

        await asyncio.gather(*(work() for _ in range(in_flight)))


def _scripts(mapping: Path, action: str) -> list[str]:
    fields = json.loads(mapping.read_text(encoding="utf-8"))["MappingFields"]
    return [
        json.loads(one["Value"])
        for field in fields
        for one in field["MappingActions"]
        if one["MappingMode"] == "Complex" and action in one["MapForActions"]
    ]


def _as_function(source: str) -> str:
    """Return a script as a function: its last statement, a call, is what it gives."""
    text, count = re.subn(r"(\w+\(\);)\s*\Z", r"return \1", source)
    if not count:
        raise ValueError("a script of the checkout's mapping does not end in a call")
    return f"(function() {{ {text} }})"
