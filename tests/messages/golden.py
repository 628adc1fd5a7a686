"""Cases in files: what somebody has and types, and what the terminal then shows.

A case is a text: what it is about, files after `-- NAME --`, and last `-- terminal --` with commands
(`$ …`, with `# exit N` where it is not 0) and what they say. Files add to those of `base`; one that is
`(none)` takes it away. `python -m tests.messages.golden` writes down anew what the terminal shows.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from tests.docs import runner

FOLDER: Final = Path(__file__).parent / "cases"
BASE: Final = Path(__file__).parent / "base"
TERMINAL: Final = "terminal"
NONE: Final = "(none)"

_ZONE: Final = ZoneInfo("Europe/Amsterdam")
"""Where it is today, unless the settings say otherwise."""
_HEAD: Final = re.compile(r"^-- (?P<name>\S+) --$")
_EXIT: Final = re.compile(r"\s+# exit \d+$")
_SILENT: Final = " > /dev/null"
_VARYING: Final = (
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|\+00:00| UTC)?"), "TIME"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "GUID"),
    (re.compile(r"\b[0-9a-f]{16,64}\b"), "DIGEST"),
    (re.compile(r"\bby \S+@\S+"), "by SOMEBODY"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it is written; `terminal` holds the commands and what they said."""

    path: Path
    about: str
    files: Mapping[str, str]
    terminal: tuple[str, ...]

    @property
    def commands(self) -> list[str]:
        """The commands, without the exit codes noted beside them."""
        lines = [line.removeprefix("$ ") for line in self.terminal if line.startswith("$ ")]
        return [_EXIT.sub("", line) for line in lines]

    def text(self, terminal: Sequence[str]) -> str:
        """Return the case with another terminal."""
        parts = [self.about]
        parts += [f"-- {name} --\n{content}" for name, content in self.files.items()]
        return "".join((*parts, f"-- {TERMINAL} --\n", *(f"{line}\n" for line in terminal)))


@dataclass(frozen=True, slots=True)
class Terminal:
    """Runs commands, each in a process forked from one that has imported the product."""

    process: subprocess.Popen[str]

    def run(self, line: str, folder: Path) -> tuple[int, str]:
        """Return the exit code and the output of a command line."""
        line, silent, _ = line.partition(_SILENT)
        words = shlex.split(line)
        if words[0] != "reconciler":
            ended = subprocess.run(
                ["bash", "-c", line],  # noqa: S607 - the machine's own shell, as a user has it
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            return ended.returncode, ended.stdout
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"arguments": words[1:], "folder": str(folder)}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["code"], "" if silent else answer["output"]


def cases() -> list[Case]:
    """Return every case, by name."""
    return [read(path) for path in sorted(FOLDER.glob("*.txt"))]


def read(path: Path) -> Case:
    """Return the case in a file."""
    about, files, name = "", dict[str, str](), ""
    for line in path.read_text("utf-8").splitlines(keepends=True):
        if head := _HEAD.match(line.rstrip("\n")):
            name = head["name"]
            files[name] = ""
        elif name:
            files[name] += line
        else:
            about += line
    terminal = files.pop(TERMINAL)
    return Case(path, about, files, tuple(terminal.splitlines()))


@contextmanager
def opened() -> Generator[Terminal]:
    """Start what runs the commands."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HELLOID_", "PG", "GITHUB_", "GITLAB_", "CI"))
    }
    with subprocess.Popen(
        [sys.executable, str(runner.__file__)],
        env={**environment, "NO_COLOR": "1", "COLUMNS": "100", "GIT_CEILING_DIRECTORIES": "/tmp"},  # noqa: S108 - where git stops looking
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Terminal(process)


def shown(case: Case, terminal: Terminal, folder: Path) -> list[str]:
    """Return what the terminal shows of a case played in a new folder."""
    _write(case, folder)
    lines = list[str]()
    for command in case.commands:
        code, output = terminal.run(command, folder)
        lines.append(f"$ {command}" + (f"  # exit {code}" if code else ""))
        lines += [line.rstrip() for line in _settled(output, folder).splitlines()]
    return lines


def _write(case: Case, folder: Path) -> None:
    shutil.copytree(BASE, folder)
    for name, content in case.files.items():
        path = folder / name
        if content.strip() == NONE:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def _settled(output: str, folder: Path) -> str:
    output = output.replace(f"{folder.resolve()}/", "").replace(str(folder.resolve()), "FOLDER")
    for pattern, word in _VARYING:
        output = pattern.sub(word, output)
    for zone in (_ZONE, UTC):  # a plan's day is the tenant's, the ledger's is UTC
        output = output.replace(datetime.now(zone).date().isoformat(), "TODAY")
    return output


def main() -> None:
    """Write down anew what the terminal shows of every case, or of those that are named."""
    wanted = sys.argv[1:]
    with opened() as terminal, tempfile.TemporaryDirectory() as below:
        for n, case in enumerate(cases()):
            if not wanted or case.path.stem in wanted:
                lines = shown(case, terminal, Path(below) / f"{n}")
                case.path.write_text(case.text(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
