"""Runs `reconciler` command lines from standard input, each in a process of its own.

A line in is a list of arguments, a line out its exit code and its output. The imports happen once and
the processes are forked from there, so that a page full of commands takes a second or two.
"""

import json
import os
import sys
import tempfile
from importlib import import_module
from typing import NoReturn

from reconciler.__main__ import main as reconciler

_IMPORTED_WHERE_USED = (
    "pydantic.json_schema",
    "pydantic.type_adapter",
    "pydantic.types",
    "reconciler.cli.app",
    "reconciler.cli.wiring",
    "reconciler.helloid.exchange",
    "reconciler.ledger.sqlite",
    "reconciler.mapping",
    "reconciler.reports.applied",
    "reconciler.reports.reading",
    "reconciler.reports.text",
    "reconciler.sandbox.app",
)


def main() -> None:
    """Serve until standard input ends."""
    for name in _IMPORTED_WHERE_USED:
        import_module(name)
    for line in sys.stdin:
        with tempfile.TemporaryFile() as output:
            child = os.fork()
            if child == 0:
                _become(["reconciler", *json.loads(line)], output.fileno())
            _, status = os.waitpid(child, 0)
            output.seek(0)
            ended = {"code": os.waitstatus_to_exitcode(status), "output": output.read().decode()}
        sys.stdout.write(json.dumps(ended) + "\n")
        sys.stdout.flush()


def _become(command: list[str], output: int) -> NoReturn:
    """Be the command: nothing to read, all it says in one place, its exit code ours."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.argv = command
    try:
        reconciler()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # taking the imports down again would cost more than the command


if __name__ == "__main__":
    main()
