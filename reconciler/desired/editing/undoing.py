"""What a save is about to do, written down before it: one that was killed is taken back, whenever that was."""

import fcntl
import json
import os
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from reconciler.errors import BadInput

_AS_IS = "surrogateescape"


@dataclass(frozen=True, slots=True)
class Saved:
    """One file of a save: its text `before` (None: there was no file), and the digest of what it becomes.

    Both paths are relative to the folder of the notes; `temporary` is where the new content is written first.
    """

    path: str
    temporary: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Save:
    """The files of a save, and the folders that are made for them, outer ones first."""

    files: tuple[Saved, ...]
    folders: tuple[str, ...]


def as_noted(data: bytes) -> str:
    """Return a file's content as notes hold it."""
    return data.decode(errors=_AS_IS)


def digest_of(data: bytes) -> str:
    """Return what a file's content is recognised by."""
    return sha256(data).hexdigest()


def written_of(notes: Path) -> tuple[int, int] | None:
    """Return how many files are written, of how many, where a save was killed between the first and the last."""
    try:
        found = _parsed(notes.read_bytes())
    except OSError:
        return None
    count = 0 if found is None else sum(_is_written(notes.parent, each) for each in found.files)
    return (count, len(found.files)) if found is not None and 0 < count < len(found.files) else None


def take_back(notes: Path) -> int:
    """Have the files as they were before a save that was killed; return how many it had written already.

    One that had written all of them stays, and so does a file that somebody changed since. Raises BadInput
    where the save is still under way, and where a file cannot be written; then another attempt goes on from
    there.
    """
    if not notes.exists():
        return 0
    try:
        with _held(notes) as file:
            found = _parsed(file.read())
            count = 0
            if found is not None and not all(_is_written(notes.parent, e) for e in found.files):
                count = _undo(notes.parent, found)
            notes.unlink()
    except OSError as error:
        raise BadInput(
            "File not writable", f"{error.filename or notes}: {error.strerror}."
        ) from error
    return count


@contextmanager
def all_or_none(save: Save, notes: Path) -> Generator[None]:
    """Write down a save while it is made, and undo it where it fails. Raises OSError; BadInput beside another one."""
    is_new = not notes.parent.exists()
    notes.parent.mkdir(parents=True, exist_ok=True)
    with _held(notes) as file:
        if file.seek(0, os.SEEK_END):
            raise _under_way(notes)
        file.write(json.dumps(asdict(save)).encode())
        file.flush()
        os.fsync(file.fileno())
        is_done = False
        try:
            yield
            is_done = True
        finally:
            if not is_done:
                _undo(
                    notes.parent, save
                )  # where that fails too the notes stay, for another attempt
            notes.unlink()
    if is_new:
        _remove_empty(notes.parent)


@contextmanager
def _held(notes: Path) -> Generator[BinaryIO]:
    """Open the notes and lock them; the lock goes with the process."""
    while True:
        with os.fdopen(os.open(notes, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise _under_way(notes) from error
            if os.fstat(file.fileno()).st_nlink:  # else they were given up between the two calls
                yield file
                return


def _under_way(notes: Path) -> BadInput:
    return BadInput(
        "Files are being written",
        f"Another import is writing the desired files, as {notes} says.",
        "Run the command again when it has ended.",
    )


def _parsed(text: bytes) -> Save | None:
    """Return the notes; None where they end in between, so that nothing was written after them."""
    try:
        found = cast("Mapping[str, list[dict[str, str]]]", json.loads(text))
        files = tuple(Saved(**each) for each in found["files"])
        return Save(files, tuple(cast("Iterable[str]", found["folders"])))
    except (ValueError, TypeError, KeyError):
        return None


def _is_written(root: Path, saved: Saved) -> bool:
    target = root / saved.path
    return target.is_file() and digest_of(target.read_bytes()) == saved.after


def _undo(root: Path, save: Save) -> int:
    count = 0
    for each in save.files:
        target, temporary = root / each.path, root / each.temporary
        if _is_written(root, each):
            count += 1
            if each.before is None:
                target.unlink()
            else:
                temporary.write_bytes(each.before.encode(errors=_AS_IS))
                temporary.chmod(target.stat().st_mode & 0o7777)
                temporary.replace(target)
        with suppress(FileNotFoundError, NotADirectoryError):
            temporary.unlink()
    for folder in reversed(save.folders):
        _remove_empty(root / folder)
    return count


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # it is not empty, or not there
        folder.rmdir()
