"""Is the process that wrote this still there? A process id alone does not say: ids are used again."""

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_ENDED = {"Z", "X"}


@dataclass(frozen=True, slots=True)
class Process:
    """A process, so that it can be recognised later.

    `host` is for people; `place` is where the id means something (machine, boot, container);
    `started` tells it from a later process with the same id.
    """

    host: str
    place: str
    pid: int
    started: str


def this_process() -> Process:
    """Return the running process."""
    host = socket.gethostname()
    pid = os.getpid()
    return Process(host, _place(host), pid, _start(pid) or "")


def is_gone(process: Process) -> bool | None:
    """Tell whether a process has ended; None where that cannot be seen from here."""
    if process.place != _place(socket.gethostname()) or not process.started:
        return None
    start = _start(process.pid)
    if start is None:
        return None if _exists(process.pid) else True
    return start != process.started


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _place(host: str) -> str:
    if not sys.platform.startswith("linux"):
        return host
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{host} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return host


def _start(pid: int) -> str | None:
    if sys.platform.startswith("linux"):
        return _start_by_proc(pid)
    return _start_by_ps(pid)


def _start_by_proc(pid: int) -> str | None:
    try:
        stat = (_PROC / str(pid) / "stat").read_text("utf-8", errors="replace")
    except OSError:
        return None
    # proc(5): the name, in parentheses, may hold anything; the state is field 3, starttime 22.
    fields = stat.rpartition(")")[2].split()
    return "ended" if fields[0] in _ENDED else fields[19]


def _start_by_ps(pid: int) -> str | None:
    try:
        answer = subprocess.run(  # noqa: S603 - a fixed program and a number
            ["/bin/ps", "-o", "lstart=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return answer.stdout.strip() or None
