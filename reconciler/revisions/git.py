"""Asking git: one command, its answer as bytes, and every way in which it can refuse."""

import os
import subprocess
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from reconciler.errors import BadInput

ENVIRONMENT: Final = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
}
"""Messages that can be recognised, nobody asked for a password, and nothing written."""
_REFUSALS: Final = (
    (
        "not a git repository",
        "The project is not in a git repository",
        "Without git there are no revisions to compare; run it in a clone of the repository.",
    ),
    (
        "dubious ownership",
        "Git does not trust the repository",
        "It belongs to another user. Trust it:\n  git config --global --add safe.directory FOLDER",
    ),
)


class Refused(Exception):
    """Git ended with an error, for the reason it gives. Never leaves this package."""


def answer(folder: Path, *arguments: str) -> bytes:
    """Return what a git command writes. Raises Refused where it fails, BadInput where git cannot work here."""
    try:
        ran = subprocess.run(  # noqa: S603 - arguments that could be options stand behind --end-of-options
            ["git", *arguments],  # noqa: S607 - git is looked up as the user has it
            cwd=folder,
            env={**os.environ, **ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise _without_git() from error
    if ran.returncode:
        raise refused(folder, ran.stderr)
    return ran.stdout


def text(folder: Path, *arguments: str) -> str:
    """Return what a git command writes as one line of text."""
    return os.fsdecode(answer(folder, *arguments)).rstrip("\n")


@contextmanager
def answering(
    folder: Path, requests: Iterable[bytes], *arguments: str
) -> Generator[tuple[IO[bytes], "Ending"]]:
    """Give a git command lines to answer, and yield its output as it comes."""
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as complaints:
        asked.writelines(requests)
        asked.seek(0)
        process = subprocess.Popen(  # noqa: S603 - the arguments are ours
            ["git", *arguments],  # noqa: S607 - git is looked up as the user has it
            cwd=folder,
            env={**os.environ, **ENVIRONMENT},
            stdin=asked,
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        assert process.stdout is not None  # noqa: S101 - it was asked for
        try:
            yield process.stdout, Ending(folder, process, complaints)
        finally:
            process.stdout.close()
            process.kill()
            process.wait()


class Ending:
    """How a command that is still answering ends."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
        self._folder, self._process, self._said = folder, process, said

    def refusal(self) -> Refused | BadInput:
        """Return why it stopped before its end."""
        self._process.wait()
        self._said.seek(0)
        return refused(self._folder, self._said.read())


def refused(folder: Path, said: bytes) -> Refused | BadInput:
    """Return the reason that git gives; BadInput where no git command can work in the folder."""
    lines = [line for line in os.fsdecode(said).splitlines() if line.strip()]
    reason = next((line for line in lines if line.startswith(("fatal:", "error:"))), "")
    reason = (reason or (lines[-1] if lines else "no reason given")).partition(": ")[2] or reason
    for mark, summary, fix in _REFUSALS:
        if mark in reason:
            return BadInput(summary, f"git: {reason}", fix.replace("FOLDER", str(folder.resolve())))
    return Refused(reason)


def _without_git() -> BadInput:
    return BadInput(
        "Git is not installed",
        "Revisions of the files are read with git, and there is no command `git` here.",
        "Install git, and see that it is on the PATH.",
    )
