"""What something takes: processor time, time by the clock, and the most memory."""

import gc
import os
import resource
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_KIBIBYTE = 1024 if sys.platform != "darwin" else 1


@dataclass(slots=True)
class Cost:
    """Seconds of the processor and of the clock; the most memory of the process, in MiB."""

    cpu: float = 0.0
    wall: float = 0.0
    peak: float = 0.0


@contextmanager
def spent() -> Generator[Cost]:
    """Measure a block of this process; the cost is filled in when the block ends."""
    cost = Cost()
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    yield cost
    cost.wall = time.perf_counter() - wall
    cost.cpu = time.process_time() - cpu
    cost.peak = _mebibytes(resource.getrusage(resource.RUSAGE_SELF))


def spent_by(arguments: Sequence[str], folder: Path, codes: Sequence[int] = (0,)) -> Cost:
    """Measure a process of its own from start to end; what it says goes to a file that failing shows."""
    heard = folder / ".bench-output"
    output = (os.POSIX_SPAWN_OPEN, 1, str(heard), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    errors = (os.POSIX_SPAWN_DUP2, 1, 2)
    # A child inherits the folder and nobody else of this process looks at it meanwhile.
    before = Path.cwd()
    os.chdir(folder)
    try:
        wall = time.perf_counter()
        pid = os.posix_spawn(
            arguments[0], list(arguments), os.environ, file_actions=[output, errors]
        )
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - wall
    finally:
        os.chdir(before)
    code = os.waitstatus_to_exitcode(status)
    if code not in codes:
        raise RuntimeError(f"{' '.join(arguments)} ended with {code}: {heard.read_text()[-2000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, _mebibytes(usage))


def best_of(
    times: int, arguments: Sequence[str], folder: Path, codes: Sequence[int] = (0,)
) -> Cost:
    """Measure a process several times and keep the least of each: what others take is not its own."""
    return _least([spent_by(arguments, folder, codes) for _ in range(times)])


def best_in_turn(times: int, several: Sequence[Sequence[str]], folder: Path) -> tuple[Cost, ...]:
    """Measure processes by turns, so that what slows the machine meanwhile slows all of them."""
    turns = [[spent_by(arguments, folder) for arguments in several] for _ in range(times)]
    return tuple(_least(costs) for costs in zip(*turns, strict=True))


def _least(costs: Sequence[Cost]) -> Cost:
    return Cost(
        min(cost.cpu for cost in costs),
        min(cost.wall for cost in costs),
        min(cost.peak for cost in costs),
    )


def _mebibytes(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss * _KIBIBYTE / (1 << 20)
