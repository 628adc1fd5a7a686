"""A copy of a project in which some files read otherwise, to see what they would mean before they are written."""

import shutil
import tempfile
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from reconciler.errors import BadInput


@contextmanager
def staged(config: Path, files: Iterable[str], texts: Mapping[str, str]) -> Generator[Path]:
    """Give the settings' path in a copy of the project's files, with these texts for some of them.

    Names are relative to the project, with forward slashes. Raises BadInput where it cannot be made.
    """
    names = {config.name, *files}
    depth = max(PurePosixPath(name).parts.count("..") for name in (*names, *texts))
    try:
        with tempfile.TemporaryDirectory(prefix="reconciler-import-") as folder:
            root = Path(folder, *["project"] * (depth + 1))
            root.mkdir(parents=True)
            for name in sorted(names - texts.keys()):
                _copy(config.parent / name, root / name)
            for name, text in texts.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(text.encode())
            yield root / config.name
    except OSError as error:
        where = error.filename or "a temporary folder"
        raise BadInput("Files cannot be tried out", f"{where}: {error.strerror}.") from error


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
