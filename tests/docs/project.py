"""A temporary copy of the checkout's own project, with the real command to run in it."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.docs.blocks import ROOT

READER = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Reader",
    "GIT_AUTHOR_EMAIL": "reader@example.org",
    "GIT_COMMITTER_NAME": "Reader",
    "GIT_COMMITTER_EMAIL": "reader@example.org",
}
"""Whoever follows a page, with git set up; nothing of this machine's settings counts."""

_PARTS = ("README.md", "reconciler.yaml", "fieldMapping.json", "desired", "demo")
_RUNNER = Path(__file__).with_name("runner.py")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said, on both of its outputs."""

    code: int
    output: str


@dataclass(slots=True)
class Project:
    """A project in a folder of its own; `runner` carries out single command lines.

    `at` is where they run: the folder, until a page says `cd`.
    """

    folder: Path
    commands: Path
    runner: subprocess.Popen[str]
    at: Path

    def command(self, line: str) -> Ended:
        """Run `reconciler …`, as a shell would split it, or `cd FOLDER`."""
        words = shlex.split(line)
        if words[0] == "cd":
            self.at = self.at / words[1]
            return Ended(0 if self.at.is_dir() else 1, "")
        assert self.runner.stdin is not None
        assert self.runner.stdout is not None
        asked = {"arguments": words[1:], "folder": str(self.at)}
        self.runner.stdin.write(json.dumps(asked) + "\n")
        self.runner.stdin.flush()
        answer = self.runner.stdout.readline()
        assert answer, "the command line cannot be imported"
        return Ended(**json.loads(answer))

    def script(self, text: str) -> Ended:
        """Run a shell script."""
        ended = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", text],  # noqa: S607 - the reader's own bash
            cwd=self.at,
            env=_environment(self.commands),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return Ended(ended.returncode, ended.stdout)


@contextmanager
def copied(below: Path) -> Generator[Project]:
    """Copy what a reader of the checkout has, but none of its local state."""
    folder, commands = below / "project", below / "bin"
    folder.mkdir()
    for part in _PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part)
        else:
            shutil.copy(ROOT / part, folder / part)
    commands.mkdir()
    command = commands / "reconciler"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reconciler "$@"\n')
    command.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, str(_RUNNER)],
        cwd=folder,
        env=_environment(commands),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as runner:
        yield Project(folder, commands, runner, folder)


def _environment(commands: Path) -> dict[str, str]:
    path = [str(commands), str(Path(sys.executable).parent), os.environ["PATH"]]
    return {
        **os.environ,
        **READER,
        "PATH": os.pathsep.join(path),
        "NO_COLOR": "1",
        "COLUMNS": "100",
    }
