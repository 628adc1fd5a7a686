"""Starts and ends the processes of child.py."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


class Child:
    """A process that says one thing a line and goes on when told to."""

    def __init__(self, does: str, url: str, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.child", does, url, str(root)],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def hears(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def go_on(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@contextmanager
def child(does: str, url: str, root: Path) -> Generator[Child]:
    started = Child(does, url, root)
    try:
        yield started
    finally:
        started.kill()
        for pipe in (started.process.stdin, started.process.stdout):
            assert pipe is not None
            pipe.close()
