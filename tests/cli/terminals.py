"""The command line on a real terminal."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

from tests.projects import Project, Ran


def on_terminal(
    project: Project,
    arguments: Sequence[str],
    typed: str = "",
    env: Mapping[str, str] | None = None,
    *,
    output: Path | None = None,
) -> Ran:
    """Run a command on a terminal of its own, at which this is typed; all it says there is in `out`.

    With `output` standard output goes to that file instead.
    """
    ours, theirs = pty.openpty()
    with nullcontext(theirs) if output is None else output.open("wb") as said_to:
        process = subprocess.Popen(
            [sys.executable, "-m", "reconciler", *arguments],
            cwd=project.folder,
            env={**os.environ, "TERM": "xterm", **(env or {})},
            stdin=theirs,
            stdout=said_to,
            stderr=theirs,
        )
    os.close(theirs)
    os.write(ours, typed.encode())
    said = _all_of(ours)
    os.close(ours)
    return Ran(process.wait(120), said.decode("utf-8", "replace"), "")


def read_until(terminal: int, said: bytes) -> bytes:
    """Return what a program has shown once it has shown this, or all of it if it ends before."""
    seen = b""
    while said not in seen:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux tells so that the other side has closed
            break
        if not part:
            break
        seen += part
    return seen


def _all_of(terminal: int) -> bytes:
    parts: list[bytes] = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux tells so that the other side has closed
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)
