"""Runs `reconciler` command lines from standard input, each in a process of its own.

A line in is a list of arguments, or an object with `arguments` and the `folder` to be in; a line out is
the exit code and the output. The imports happen once and the processes are forked from there, so that a
page full of commands takes a second or two.
"""

import gc
import json
import os
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from pkgutil import walk_packages
from typing import NoReturn

import reconciler as product
from reconciler.__main__ import main as reconciler

_IMPORTED_WHERE_USED = ("pydantic.json_schema", "pydantic.type_adapter", "pydantic.types")


def main() -> None:
    """Serve until standard input ends."""
    found = walk_packages(product.__path__, "reconciler.", onerror=lambda _: None)
    ours = [each.name for each in found if each.name != "reconciler.__main__"]
    for name in (*_IMPORTED_WHERE_USED, *ours):
        # a module that cannot be imported is told of by the command that needs it
        with suppress(ImportError, SyntaxError):
            import_module(name)
    gc.freeze()
    for line in sys.stdin:
        arguments, folder = _asked(line)
        with tempfile.TemporaryFile() as output:
            child = os.fork()
            if child == 0:
                _become(["reconciler", *arguments], output.fileno(), folder)
            _, status = os.waitpid(child, 0)
            output.seek(0)
            ended = {"code": os.waitstatus_to_exitcode(status), "output": output.read().decode()}
        sys.stdout.write(json.dumps(ended) + "\n")
        sys.stdout.flush()


def _asked(line: str) -> tuple[list[str], str | None]:
    match json.loads(line):
        case {"arguments": arguments, "folder": folder}:
            return arguments, folder
        case arguments:
            return arguments, None


def _become(command: list[str], output: int, folder: str | None) -> NoReturn:
    """Be the command: nothing to read, all it says in one place, its exit code ours."""
    if folder is not None:
        os.chdir(folder)
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
