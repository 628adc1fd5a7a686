"""Files for new projects, and pipelines ready to use: of the names and places they are to have."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable


class Platform(StrEnum):
    """A platform that runs pipelines; each has a folder here, as it is to stand in a project."""

    GITHUB = "github"
    GITLAB = "gitlab"
    AZURE = "azure"


class Starter(StrEnum):
    """What a new project begins with: an invented organisation, or a real tenant and nothing asked for."""

    EMBEDDED = "embedded"
    TARGET = "target"


def pipelines_for(platform: Platform) -> Mapping[str, str]:
    """Return the pipelines of a platform: text by path below the project's folder, sorted by path."""
    return dict(sorted(_texts(files(__name__) / platform.value, "")))


def starter_of(kind: Starter) -> Mapping[str, str]:
    """Return the files of a project to start from: text by path below its folder, sorted by path."""
    folder = files(__name__) / "starter"
    return dict(sorted([*_texts(folder / "any", ""), *_texts(folder / kind.value, "")]))


def _texts(folder: Traversable, below: str) -> Iterator[tuple[str, str]]:
    for each in folder.iterdir():
        path = f"{below}{each.name}"
        if each.is_dir():
            yield from _texts(each, f"{path}/")
        else:
            yield path, each.read_text(encoding="utf-8")
