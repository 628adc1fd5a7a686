"""Writing files: all of them or none, each whole, with the mode it had; also where the process is killed."""

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path
from secrets import token_hex

from reconciler.desired.editing.undoing import Save, Saved, all_or_none, as_noted, digest_of
from reconciler.errors import BadInput


def read_text(path: Path) -> str:
    """Return a file's text, line endings and byte order mark as they are; "" where there is no file. Raises BadInput."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise BadInput("File not readable", f"{path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput("File not readable", f"{path} is not UTF-8.", "Save it as UTF-8.") from error


def save_all(
    texts: Mapping[Path, str], notes: Path | None = None, before: Mapping[Path, str] | None = None
) -> None:
    """Write each text to its file, folders made as needed. Raises BadInput; then every file is as it was.

    With a path for notes (in a folder that may be made) this also holds where the process is killed:
    `take_back` undoes what it wrote. Given what files held `before` ("" for none), one that somebody changed
    meanwhile is not written over.
    """
    if not texts:
        return
    token = token_hex(4)
    try:
        changes = tuple(_change(path, text, token) for path, text in sorted(texts.items()))
        notes = notes or changes[0].target.with_name(f".{token}.notes")
        with all_or_none(_save(changes, notes.parent), notes):
            _write(changes, before or {})
    except OSError as error:
        raise BadInput(
            "File not writable", f"{error.filename or 'The file'}: {error.strerror}."
        ) from error


@dataclass(frozen=True, slots=True)
class _Change:
    """A file under its name and under its own (links followed), what it holds (None: it is not there) and shall hold."""

    path: Path
    target: Path
    temporary: Path
    held: bytes | None
    data: bytes


def _change(path: Path, text: str, token: str) -> _Change:
    target = path.resolve()
    held = target.read_bytes() if target.exists() else None
    return _Change(path, target, target.with_name(f".{target.name}.{token}"), held, text.encode())


def _save(changes: Sequence[_Change], root: Path) -> Save:
    files = tuple(
        Saved(
            relpath(each.target, root),
            relpath(each.temporary, root),
            None if each.held is None else as_noted(each.held),
            digest_of(each.data),
        )
        for each in changes
    )
    return Save(files, tuple(relpath(folder, root) for folder in _missing(changes)))


def _missing(changes: Sequence[_Change]) -> list[Path]:
    """Return the folders that are not there, outer ones first."""
    found: set[Path] = set()
    for each in changes:
        folder = each.target.parent
        while folder not in found and not folder.exists():
            found.add(folder)
            folder = folder.parent
    return sorted(found)


def _write(changes: Sequence[_Change], before: Mapping[Path, str]) -> None:
    mode = _new_mode()
    for each in changes:
        each.target.parent.mkdir(parents=True, exist_ok=True)
        each.temporary.touch(0o600, exist_ok=False)
        each.temporary.write_bytes(each.data)
        each.temporary.chmod(
            mode if each.held is None else stat.S_IMODE(each.target.stat().st_mode)
        )
    for each in changes:  # all are on their way by now: the first one waits for most of them
        with each.temporary.open("rb") as file:
            os.fsync(file.fileno())
    for each in changes:
        now = each.target.read_bytes() if each.target.exists() else None
        expected = before.get(each.path)
        if now != each.held or (expected is not None and expected.encode() != (now or b"")):
            raise BadInput(
                "A file changed meanwhile",
                f"{each.path} is not as it was when it was read. Nothing was written.",
                "Run the command again.",
            )
    for each in changes:
        each.temporary.replace(each.target)


def _new_mode() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
