"""What goes where: data to standard output, progress and errors to standard error, colour to terminals."""

import errno
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from reconciler.errors import BadInput, ReconcilerError

PLAIN_WIDTH = 100
"""The width of text that no terminal shows."""

_ELSEWHERE = "Create its folder and see that you may write there, or name another file."


@dataclass(frozen=True, slots=True)
class Screen:
    """How to speak to whoever is there."""

    colour: bool
    width: int
    is_quiet: bool

    @classmethod
    def of(cls, *, no_color: bool, quiet: bool) -> "Screen":
        """Look at standard output: a terminal gets colour unless told otherwise."""
        tty = sys.stdout.isatty()
        dumb = os.environ.get("TERM") == "dumb"
        colour = tty and not no_color and not os.environ.get("NO_COLOR") and not dumb
        width = shutil.get_terminal_size().columns if tty else PLAIN_WIDTH
        return cls(colour, width, quiet)

    def say(self, line: str) -> None:
        """Write a line of progress to standard error."""
        if not self.is_quiet:
            _write(sys.stderr, f"{line}\n")

    @contextmanager
    def busy(self, what: str) -> Generator[None]:
        """Show on a terminal that something takes its time."""
        if self.is_quiet or not sys.stderr.isatty():
            yield
            return
        from rich.console import Console

        with Console(stderr=True).status(what):
            yield


def open_streams() -> None:
    """Let what was closed before we started lead nowhere: no file of ours may get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # The lowest number that is free, which is this stream's own.
            nowhere = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(nowhere, mode, encoding="utf-8"))


def speak_utf8() -> None:
    """Let pipes and files get UTF-8 whatever the locale says, and a terminal what it can show."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")


def show(text: str, *, aside: bool = False) -> None:
    """Write data to standard output, or to standard error beside a document that goes there.

    Where nobody reads it any more, the exit code still speaks.
    """
    _write(sys.stderr if aside else sys.stdout, text if text.endswith("\n") else f"{text}\n")


def warn(line: str) -> None:
    """Write a warning to standard error that nobody can ask to be left out."""
    _write(sys.stderr, f"Warning: {line}\n")


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # What is left in the buffer goes nowhere, or the end of the process would fail on it again.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def check_place(path: Path) -> None:
    """Raise BadInput where a file can surely not be written, before work is done whose outcome it is for."""
    folder = path.parent
    if path.is_dir():
        raise _not_writable(path, os.strerror(errno.EISDIR))
    if not folder.is_dir():
        raise _not_writable(path, os.strerror(errno.ENOTDIR if folder.exists() else errno.ENOENT))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _not_writable(path, os.strerror(errno.EACCES))


def save(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner alone."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _not_writable(path, error.strerror) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _not_writable(path, error.strerror) from error


def _not_writable(path: Path, why: str | None) -> BadInput:
    return BadInput("File not writable", f"{path}: {why}.", _ELSEWHERE)


def fail(error: ReconcilerError, root: Path) -> None:
    """Write an error to standard error, with every problem it carries in the project at `root`."""
    from reconciler.reports.problems import problems_text

    if isinstance(error, BadInput) and error.problems:
        colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        _write(sys.stderr, problems_text(error.problems, colour=colour, sources=sources_in(root)))
        return
    parts = [f"Error: {error.summary}", error.detail, error.fix]
    _write(sys.stderr, "\n".join(part for part in parts if part) + "\n")


def sources_in(root: Path) -> Callable[[str], str | None]:
    """Return what gives the text of a project's file, for showing a line of it, or None.

    Nothing outside the project is shown, wherever a link leads, and nothing is read that never ends.
    """
    inside = root.resolve()

    def source_of(file: str) -> str | None:
        try:
            path = (root / file).resolve()
            if not path.is_relative_to(inside) or not path.is_file():
                return None
            return path.read_text(encoding="utf-8")
        except (OSError, RuntimeError, ValueError):
            return None

    return source_of
