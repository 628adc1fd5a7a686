"""A newcomer's hour: a tenant in use becomes a repository, and the first change goes all the way.

It begins with a fresh clone of this repository, so that what is played is what is committed. Every step
is the command as a newcomer types it, a process of its own, against a tenant over HTTP.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.bench.organisation import tenant
from tests.bench.size import Size
from tests.forges.doubles import TOKEN, Forge, served
from tests.forges.github import REPO, GitHub
from tests.projects import ROOT

JOINER: Final = """\
persons:
  - ExternalId: new-1
    DisplayName: Nadia Novak
    Name: {GivenName: Nadia, NickName: Nadia, FamilyName: Novak, Convention: B}
    Contact: {Business: {Email: n.novak@example.org}}
    Accounts: {EntraID: {userPrincipalName: n.novak@example.org}}
rules:
  - name: newcomer
    when: {Person.ExternalId: new-1}
    grant: {account: enabled, groups: [Group 0001], products: [Product 01]}
"""
"""The change: an account that is created and enabled, a group and a product."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command that was run: what it said, how long it took, its start included, and of that computing."""

    command: str
    code: int
    out: str
    err: str
    seconds: float
    cpu: float

    @property
    def json(self) -> Any:
        """What it said, as JSON."""
        return json.loads(self.out)


@dataclass
class Newcomer:
    """Somebody at a terminal: in a folder, with the tenant's and the forge's credentials."""

    folder: Path
    environment: dict[str, str]
    steps: list[Step] = field(default_factory=list[Step])

    def types(self, *words: str, code: int = 0) -> Step:
        """Run `reconciler …`, and insist on how it ends."""
        started, computed = time.perf_counter(), _computed()
        ran = self._run(sys.executable, "-m", "reconciler", *words)
        seconds, cpu = time.perf_counter() - started, _computed() - computed
        step = Step(" ".join(words), ran.returncode, ran.stdout, ran.stderr, seconds, cpu)
        self.steps.append(step)
        assert step.code == code, f"{step.command} ended with {step.code}\n{step.out}{step.err}"
        return step

    def runs(self, *words: str) -> str:
        """Run another program, which has to end well; returns what it said."""
        ran = self._run(*words)
        assert ran.returncode == 0, f"{' '.join(words)}\n{ran.stderr}"
        return ran.stdout

    def _run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


@dataclass(frozen=True, slots=True)
class Hour:
    """How it went: every step, what stands on the pull request at the end, and what nobody may see.

    `program` is the file of the package that was played, `clone` the clone that it should be in.
    """

    steps: Mapping[str, Step]
    comments: tuple[str, ...]
    folder: Path
    secrets: tuple[str, ...]
    clone: Path
    program: Path


def play(below: Path, persons: int) -> Hour:
    """Play the hour in a new folder, with a tenant of about so many accounts."""
    seed = below / "held.json"
    seed.write_text(json.dumps(tenant(Size(persons))), encoding="utf-8")
    clone, forge = _cloned(below), GitHub()
    with _served(below, seed, clone) as helloid, served(forge.app()) as api:
        somebody = Newcomer(below, _environment(helloid, api, clone))
        somebody.types("init", "access", "--target", helloid["base_url"])
        somebody.folder = below / "access"
        return _hour(somebody, forge, clone)


def _cloned(below: Path) -> Path:
    """Return a fresh clone of this repository at its HEAD, set up: what it needs is here already."""
    clone = below / "clone"
    words = ("git", "clone", "--quiet", str(ROOT), str(clone))
    ran = subprocess.run(words, env=_known(), capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{' '.join(words)}\n{ran.stderr}"
    package = str(clone / "reconciler")
    subprocess.run([sys.executable, "-m", "compileall", "-q", package], env=_known(), check=True)
    return clone


def _hour(somebody: Newcomer, forge: Forge, clone: Path) -> Hour:
    # The mapping of the tenant's own target system; a newcomer exports it from HelloID.
    mapping = (clone / "fieldMapping.json").read_bytes()
    (somebody.folder / "fieldMapping.json").write_bytes(mapping)
    somebody.types("import", "--split", "group")
    somebody.types("validate")
    somebody.types("plan", "--detailed-exitcode", "--format", "json")
    somebody.types("apply", "--auto-approve", "--quiet")
    somebody.runs("git", "init", "--quiet", "--initial-branch", "main")
    somebody.runs("git", "add", ".")
    somebody.runs("git", "commit", "--quiet", "--message", "The tenant as it is")
    somebody.runs("git", "switch", "--quiet", "--create", "nadia-joins")
    (somebody.folder / "desired/nadia.yaml").write_text(JOINER, encoding="utf-8")
    somebody.runs("git", "add", ".")
    somebody.runs("git", "commit", "--quiet", "--message", "Nadia Novak joins")
    somebody.types("diff", "main", "--format", "json", "-o", "diff.json")
    somebody.types("comment", "diff.json", "--pr", str(forge.number))
    somebody.types("plan", "-o", "plan.json")
    somebody.types("comment", "plan.json", "--pr", str(forge.number))
    somebody.runs("git", "switch", "--quiet", "main")
    somebody.runs("git", "merge", "--quiet", "nadia-joins")
    somebody.types("apply", "plan.json", "--format", "json")
    somebody.types("audit", "--format", "json")
    steps = {step.command: step for step in somebody.steps}
    names = ("HELLOID_API_KEY", "HELLOID_API_SECRET", "GITHUB_TOKEN")
    secrets = tuple(somebody.environment[name] for name in names)
    program = somebody.runs(sys.executable, "-c", "import reconciler; print(reconciler.__file__)")
    return Hour(steps, tuple(forge.bodies), somebody.folder, secrets, clone, Path(program.strip()))


def _computed() -> float:
    """Return the seconds that ended children have computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def _served(below: Path, seed: Path, clone: Path) -> Generator[dict[str, str]]:
    """Serve the tenant over HTTP from a process of its own; gives address and credentials."""
    words = ("sandbox", "serve", "--port", "0", "--state", below / "tenant.db", "--seed", seed)
    with subprocess.Popen(
        [sys.executable, "-m", "reconciler", *words],
        cwd=below,
        env=_playing(clone),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


def _environment(helloid: Mapping[str, str], api: str, clone: Path) -> dict[str, str]:
    return {
        **_playing(clone),
        "HELLOID_API_KEY": helloid["api_key"],
        "HELLOID_API_SECRET": helloid["api_secret"],
        "GITHUB_API_URL": api,
        "GITHUB_REPOSITORY": REPO.removeprefix("/repos/"),
        "GITHUB_TOKEN": TOKEN,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "Newcomer",
        "GIT_AUTHOR_EMAIL": "newcomer@example.org",
        "GIT_COMMITTER_NAME": "Newcomer",
        "GIT_COMMITTER_EMAIL": "newcomer@example.org",
    }


def _playing(clone: Path) -> dict[str, str]:
    return {**_known(), "PYTHONPATH": str(clone)}


def _known() -> dict[str, str]:
    """Return this process's environment without what a pipeline or a tenant put into it."""
    others = ("HELLOID_", "GITHUB_", "GITLAB_", "CI_", "RECONCILER_", "GIT_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)  # whoever installs a program compiles it once
    return {**kept, "NO_COLOR": "1"}
