"""Writing files: all of them or none, each whole, with the mode it had."""

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

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


def save_all(texts: Mapping[Path, str]) -> None:
    """Write each text to its file, folders made as needed. Raises BadInput; then every file is as it was."""
    written: dict[Path, Path] = {}
    held: dict[Path, bytes | None] = {}
    try:
        for path, text in sorted(texts.items()):
            target = path.resolve()
            held[target] = target.read_bytes() if target.exists() else None
            written[target] = _beside(target, text.encode())
        _exchange(written, held)
    except OSError as error:
        raise BadInput(
            "File not writable", f"{error.filename or 'The file'}: {error.strerror}."
        ) from error
    finally:
        for temporary in written.values():
            temporary.unlink(missing_ok=True)


def _beside(target: Path, data: bytes) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    with os.fdopen(handle, "wb") as file:
        os.fchmod(file.fileno(), _mode(target))
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)


def _mode(target: Path) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _exchange(written: Mapping[Path, Path], held: Mapping[Path, bytes | None]) -> None:
    done: list[Path] = []
    try:
        for target, temporary in written.items():
            temporary.replace(target)
            done.append(target)
    except OSError:
        for target in done:
            before = held[target]
            if before is None:
                target.unlink(missing_ok=True)
            else:
                _beside(target, before).replace(target)
        raise
