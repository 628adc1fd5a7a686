"""Pipelines ready to use: files of the names and places that their platforms look for."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable


class Platform(StrEnum):
    """A platform that runs pipelines; each has a folder here, as it is to stand in a project."""

    GITHUB = "github"
    GITLAB = "gitlab"
    AZURE = "azure"


def pipelines_for(platform: Platform) -> Mapping[str, str]:
    """Return the pipelines of a platform: text by path below the project's folder, sorted by path."""
    return dict(sorted(_texts(files(__name__) / platform.value, "")))


def _texts(folder: Traversable, below: str) -> Iterator[tuple[str, str]]:
    for each in folder.iterdir():
        path = f"{below}{each.name}"
        if each.is_dir():
            yield from _texts(each, f"{path}/")
        else:
            yield path, each.read_text(encoding="utf-8")
