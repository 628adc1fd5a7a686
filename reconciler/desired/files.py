"""The user's files on disk: found, checked and read as bytes, or a problem that says why not."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from reconciler.desired.findings import Findings, Unreadable, unreadable
from reconciler.model.provenance import Location

MAX_YAML = 64 * 1024 * 1024
MAX_EXPORT = 1024 * 1024 * 1024
"""A vault export is machine-made JSON of some 8 kB a person; HelloID's limit is 30,000 persons."""

SUFFIXES = frozenset({".yaml", ".yml"})


def named(path: Path, root: Path) -> str:
    """Return a path as messages and plans name it: relative to the project, with forward slashes."""
    return Path(os.path.relpath(path, root)).as_posix()


def desired_files(root: Path, folder: Path, findings: Findings) -> list[Path]:
    """Return the YAML files below a folder, sorted; hidden ones are left out.

    A folder that cannot be listed, or that is a link, is an error: persons who silently go missing
    would lose their access.
    """
    if not folder.is_dir():
        findings.error(
            "unreadable-file",
            f"There is no folder `{named(folder, root)}` to read the desired state from.",
            None,
            "Create it, or set `desired` in the settings.",
        )
        return []
    found = sorted(_below(root, folder, findings), key=lambda path: named(path, root))
    if not found and not findings.failed:
        findings.warn(
            "no-desired-state",
            f"The folder `{named(folder, root)}` holds no file ending in .yaml or .yml, so nothing is asked for.",
            None,
            "Write a first file there, or correct `desired` in the settings.",
        )
    return found


def _below(root: Path, folder: Path, findings: Findings) -> Iterator[Path]:
    def complain(error: OSError) -> None:
        name = named(Path(os.fsdecode(error.filename or folder)), root)
        findings.error(
            "unreadable-file",
            f"The folder `{name}` cannot be listed: {_said(error)}.",
            Location(name, 1, 1),
            "Give this user the right to read it.",
        )

    for place, folders, files in os.walk(folder, onerror=complain):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in folders:
            path = Path(place, name)
            if path.is_symlink():
                shown = named(path, root)
                findings.error(
                    "bad-path",
                    f"`{shown}` is a link to a folder; links to folders are not followed, so what is below would be missing.",
                    Location(shown, 1, 1),
                    "Put the files there themselves.",
                )
        for name in files:
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield Path(place, name)


def is_inside(path: Path, folder: Path) -> bool:
    """Tell whether a path, all links followed, is inside a folder."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def read_bytes(path: Path, name: str, limit: int, at: Location | None = None) -> bytes:
    """Return a regular file's bytes without a byte order mark, checked to be UTF-8.

    Raises Unreadable; the problem is placed at `at`, or else in the file itself.
    """
    place = at or Location(name, 1, 1)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            fix = "Put a file there, or take out what is there."
            raise unreadable("unreadable-file", f"`{name}` is not a file.", place, fix)
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        fix = (
            "Give this user the right to read it."
            if isinstance(error, PermissionError)
            else "Put the file there, or correct its name."
        )
        raise unreadable(
            "unreadable-file", f"`{name}` cannot be read: {_said(error)}.", place, fix
        ) from error
    if len(data) > limit:
        raise unreadable(
            "too-large",
            f"`{name}` has more than {limit // (1024 * 1024)} MiB.",
            place,
            "Split it into several files.",
        )
    _check_utf8(data, name)
    return data.removeprefix(b"\xef\xbb\xbf")


def _check_utf8(data: bytes, name: str) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(data, name, error) from error


def _not_utf8(data: bytes, name: str, error: UnicodeDecodeError) -> Unreadable:
    before = data[: error.start]
    start = before.rfind(b"\n") + 1
    column = len(before[start:].decode("utf-8", "replace")) + 1
    return unreadable(
        "not-utf8",
        f"The byte 0x{data[error.start]:02X} here is no UTF-8.",
        Location(name, before.count(b"\n") + 1, column),
        "Save the file as UTF-8.",
    )


def _said(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
