"""Runs the command line for shell lines, each time in a process forked from here: the imports happen once.

Listens on a socket in the folder that it is given, says so on standard output, and serves until its
standard input ends. A request holds arguments, folder and environment, and the three standard streams.
"""

import json
import os
import socket
import sys
import threading
from importlib import import_module
from io import FileIO, TextIOWrapper
from pathlib import Path
from select import select
from typing import Any, NoReturn, TextIO

from reconciler.__main__ import main as reconciler

_IMPORTED_WHERE_USED = (
    "deepdiff",
    "pydantic.json_schema",
    "pydantic.type_adapter",
    "pydantic.types",
    "reconciler.cli.app",
    "reconciler.cli.commands.apply",
    "reconciler.cli.commands.audit",
    "reconciler.cli.commands.comment",
    "reconciler.cli.commands.diff",
    "reconciler.cli.commands.plan",
    "reconciler.cli.commands.validate",
    "reconciler.cli.wiring",
    "reconciler.desired",
    "reconciler.flows.applying",
    "reconciler.flows.auditing",
    "reconciler.flows.commenting",
    "reconciler.flows.differing",
    "reconciler.flows.planning",
    "reconciler.forges",
    "reconciler.helloid.exchange",
    "reconciler.ledger.journal",
    "reconciler.ledger.recorded",
    "reconciler.ledger.reports",
    "reconciler.ledger.sqlite",
    "reconciler.mapping",
    "reconciler.reports.applied",
    "reconciler.reports.html",
    "reconciler.reports.remark",
    "reconciler.reports.text",
    "reconciler.sandbox.app",
)
_LARGEST = 1 << 20


def main(folder: Path) -> None:
    """Serve until standard input ends."""
    for name in _IMPORTED_WHERE_USED:
        import_module(name)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "socket"))
    listener.listen()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while listener in select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        with connection:
            data, streams, _, _ = socket.recv_fds(connection, _LARGEST, 3)
            child = os.fork()
            if child == 0:
                _become(json.loads(data), streams)
            _, status = os.waitpid(child, 0)
            for stream in streams:
                os.close(stream)
            connection.send(bytes([os.waitstatus_to_exitcode(status) & 0xFF]))


def _become(request: dict[str, Any], streams: list[int]) -> NoReturn:
    """Be the command: its streams, its folder, its environment, and its exit code ours."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    sys.stdout, sys.stderr = _writer(1), _writer(2)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environ"])
    sys.argv = ["reconciler", *request["arguments"]]
    try:
        reconciler()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    sys.stdout.flush()
    sys.stderr.flush()
    assert threading.active_count() == 1
    os._exit(code)


def _writer(number: int) -> TextIO:
    """Return a stream over what is open there now; the one of the start remembers another kind of file."""
    return TextIOWrapper(FileIO(number, "w", closefd=False), encoding="utf-8", write_through=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
