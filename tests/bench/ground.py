"""Where benchmarks work: organisations below a temporary folder, made once, and tenants over HTTP."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.costs import Cost
from tests.bench.size import Size
from tests.projects import ROOT, Project

LATENCY = 0.05
"""Seconds that a tenant over HTTP takes for each request; a HelloID tenant takes about as long."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant over HTTP."""

    base_url: str
    api_key: str
    api_secret: str


@dataclass(slots=True)
class Ground:
    """A temporary folder, how large the organisation is, and how often short things are measured."""

    folder: Path
    size: Size
    times: int
    _made: dict[int, Project] = field(default_factory=dict[int, Project])
    _stages: dict[str, Cost] = field(default_factory=dict[str, Cost])

    def organisation(self, persons: int | None = None) -> Project:
        """Return the organisation of that size; it is generated the first time."""
        number = persons or self.size.persons
        folder = self.folder / str(number)
        if number not in self._made:
            # A process of its own: Linux lets a child begin with the peak memory of its parent.
            self.stage(self.folder, "building", str(folder), str(number))
            self._made[number] = Project(folder)
        return self._made[number]

    def pipeline(self) -> dict[str, Cost]:
        """Return what the stages of a plan and their peers take; they run the first time."""
        if not self._stages:
            folder = self.organisation().folder
            self._stages.update(self.stage(folder, "pipeline"))
            self._stages.update(self.stage(folder, "yaml"))
            self._stages["reading alone"] = self.stage(folder, "reading")["reading"]
        return self._stages

    def stage(self, folder: Path, *arguments: str) -> dict[str, Cost]:
        """Run a stage in a process of its own."""
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        ran = subprocess.run(
            [sys.executable, "-m", "tests.bench.stages", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )
        if ran.returncode:
            raise RuntimeError(f"{' '.join(arguments[:1])} failed: {ran.stderr[-2000:]}")
        found: dict[str, Any] = json.loads(ran.stdout)
        return {name: Cost(**cost) for name, cost in found.items()}


@contextmanager
def served(state: Path, latency: float = LATENCY) -> Generator[Tenant]:
    """Serve a tenant over HTTP from a process of its own."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "reconciler", "sandbox", "serve", "--state", str(state)),
            *("--fault", f"latency:every=1,seconds={latency}"),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Tenant(**json.loads(process.stdout.readline()))
    finally:
        process.terminate()
        process.communicate(timeout=30)
