"""A git repository with a project in it, and shell lines run there as a platform runs them."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.pipelines.steps import Step
from tests.projects import Project, account, group, person, tenant_of

_SYSTEM = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "COVERAGE_PROCESS_START")
_EXPRESSION = re.compile(r"\$\{\{\s*([^}]+?)\s*\}\}")
GITHUB_SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
GITLAB_SHELL = ("bash", "-eo", "pipefail")
AZURE_SHELL = ("bash", "--noprofile", "--norc")
"""What each platform starts with a step's lines as a script; GitHub's is that of `shell: bash`."""


@dataclass(frozen=True)
class Ended:
    """How shell lines ended, and what they said on both outputs."""

    code: int
    output: str


@dataclass
class Repository:
    """A clone as a job has it, with a project at its top; `commands` is where `reconciler` is."""

    project: Project
    commands: Path
    environ: dict[str, str] = field(default_factory=dict[str, str])
    """What the platform gives every step."""

    @property
    def folder(self) -> Path:
        return self.project.folder

    def git(self, *arguments: str) -> str:
        named = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
        ended = subprocess.run(
            ["git", *named, *arguments],  # noqa: S607 - git is looked up as the user has it
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.commands),
                "GIT_CONFIG_NOSYSTEM": "1",
            },
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return ended.stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def merge(self, branch: str) -> None:
        """Be what a platform checks out for a pull request: its branch merged into main."""
        self.git("checkout", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", "Merge", branch)

    def run(
        self,
        step: Step,
        shell: Sequence[str] = GITHUB_SHELL,
        filled: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> Ended:
        """Run a step's lines. `filled` is what the platform puts for its expressions."""
        script = self.commands / "step.sh"
        script.write_text(step.text, "utf-8")
        given = {name: _filled(value, filled or {}) for name, value in step.env.items()}
        system = {name: os.environ[name] for name in _SYSTEM if name in os.environ}
        path = os.pathsep.join((str(self.commands), os.environ["PATH"]))
        ended = subprocess.run(
            [*shell, str(script)],
            cwd=folder or self.folder,
            env={**system, "CI": "true", **self.environ, **given, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        assert "Traceback" not in ended.stdout, f"{step.place}\n{ended.stdout}"
        return Ended(ended.returncode, ended.stdout)

    def good(
        self,
        step: Step,
        shell: Sequence[str] = GITHUB_SHELL,
        filled: Mapping[str, str] | None = None,
    ) -> str:
        """Run a step's lines, which have to end well; returns what they said."""
        ended = self.run(step, shell, filled)
        assert ended.code == 0, f"{step.place}\n{ended.output}"
        return ended.output

    def text(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def want(self, *members: int, people: int = 12, protected: bool = False) -> None:
        """Let the files ask for so many persons, and for these members of Sales."""
        self.project.want(
            {
                "persons": [person(n, "Person", f"Number{n}") for n in range(1, people + 1)],
                "accounts": [account(n) for n in range(1, people + 1)],
                "groups": [group("Sales", *members, protected=protected)],
            }
        )


def _filled(text: str, filled: Mapping[str, str]) -> str:
    """Return a text with the platform's expressions filled in; a secret that is not set is empty."""
    return _EXPRESSION.sub(lambda found: filled.get(found.group(1), ""), str(text))


@contextmanager
def commands_in(folder: Path) -> Generator[Path]:
    """Give a folder for the path that has `reconciler`, for as long as the block runs."""
    folder.mkdir(parents=True)
    here = Path(__file__).parent
    shutil.copy(here / "client.py", folder)
    command = folder / "reconciler"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -IS "{folder}/client.py" "$@"\n')
    command.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, str(here / "server.py"), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        yield folder


def repository(folder: Path, commands: Path) -> Repository:
    """Make a repository whose main asks for twelve persons and a group of them all; the tenant is empty."""
    project = Project.at(folder)
    made = Repository(project, commands)
    project.write(".gitignore", ".reconciler/\n")
    project.seed(tenant_of(["Sales"]))
    made.want(*range(1, 13))
    made.git("init", "--quiet", "--initial-branch", "main")
    made.commit("Everybody sells")
    return made
