"""A folder of a commit written to disk as a checkout would have it, links included."""

import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO, Final, NamedTuple

from reconciler.revisions.git import Refused, answer, answering

FILE: Final = frozenset({"100644", "100755", "100664"})
LINK: Final = "120000"
SUBMODULE: Final = "160000"
NOWHERE: Final = "outside-the-repository"
"""What a link points to that leaves the repository: nothing is read from there."""
NOT_HERE: Final = " (a submodule).yaml"
"""Ends the name of a link to nowhere that stands for a submodule: what is in it is in another repository,
and a desired folder that holds one cannot be read, rather than be read without it."""
USUAL: Final = frozenset({".yaml", ".yml", ".json"})
"""How the files of a project end, as a rule."""
_CHUNK: Final = 1 << 20


class _Leaf(NamedTuple):
    mode: str
    id: str
    path: str


def write_tree(
    folder: Path, commit: str, settings: PurePosixPath, root: Path, *, whole: bool
) -> None:
    """Write the folder of the settings at a commit below `root` at its own path, and what its links lead to.

    Where it is not to be whole, that is of all files only those that projects are usually made of.
    Raises Refused where git cannot give a file.
    """
    links: dict[str, str] = {}
    written: set[str] = set()
    place = settings.parent
    waiting = [_plain(place), str(settings)]
    while waiting:
        there = {
            leaf.path: leaf
            for path in waiting
            for leaf in _leaves(folder, commit, path)
            if whole or leaf.path == path or _is_usual(leaf)
        }
        found = [leaf for path, leaf in there.items() if path not in written and path not in links]
        _write_files(folder, [leaf for leaf in found if leaf.mode in FILE], root)
        written.update(leaf.path for leaf in found)
        new = {leaf.path: _link(folder, leaf) for leaf in found if leaf.mode == LINK}
        links.update(new)
        links.update({f"{leaf.path}{NOT_HERE}": "/" for leaf in found if leaf.mode == SUBMODULE})
        waiting = [to for path, target in new.items() if (to := _led_to(path, target))]
        waiting = [to for to in waiting if not _is_known(to, written)]
    (root / place).mkdir(parents=True, exist_ok=True)
    _write_links(links, root)


def _plain(place: PurePosixPath) -> str:
    return "" if str(place) == "." else str(place)


def _leaves(folder: Path, commit: str, path: str) -> Iterator[_Leaf]:
    """Yield the files and links at or below a path, by their paths in the repository."""
    below = ["--", path] if path else []
    found = answer(folder, "ls-tree", "-r", "-z", "--full-tree", commit, *below)
    for line in os.fsdecode(found).split("\0"):
        if line:
            about, _, name = line.partition("\t")
            mode, _, rest = about.partition(" ")
            _check(name)
            yield _Leaf(mode, rest.split()[1], name)


def _is_usual(leaf: _Leaf) -> bool:
    return leaf.mode not in FILE or PurePosixPath(leaf.path).suffix.lower() in USUAL


def _check(name: str) -> None:
    if any(part in ("", ".", "..") for part in name.split("/")):
        raise Refused(f"the commit holds a path that leaves its folder: {name!r}")


def _write_files(folder: Path, leaves: Iterable[_Leaf], root: Path) -> None:
    """Write files as git would check them out: with its line endings and filters."""
    ordinary = list[_Leaf]()
    for leaf in leaves:
        (root / leaf.path).parent.mkdir(parents=True, exist_ok=True)
        if "\n" in leaf.path:  # no line of a batch can name it
            (root / leaf.path).write_bytes(answer(folder, "cat-file", "blob", leaf.id))
        else:
            ordinary.append(leaf)
    if not ordinary:
        return
    asked = (os.fsencode(f"{leaf.id} {leaf.path}\n") for leaf in ordinary)
    with answering(folder, asked, "cat-file", "--batch", "--filters") as (stream, ending):
        for leaf in ordinary:
            about = stream.readline().split()
            if len(about) != 3 or about[1] != b"blob":
                raise ending.refusal()
            if not _copied(stream, int(about[2]), root / leaf.path):
                raise ending.refusal()


def _copied(stream: IO[bytes], size: int, path: Path) -> bool:
    with path.open("wb") as file:
        left = size
        while left:
            piece = stream.read(min(left, _CHUNK))
            if not piece:
                return False
            file.write(piece)
            left -= len(piece)
    return stream.read(1) == b"\n"


def _link(folder: Path, leaf: _Leaf) -> str:
    return os.fsdecode(answer(folder, "cat-file", "blob", leaf.id))


def _led_to(path: str, target: str) -> str:
    """Return the path in the repository that a link leads to; empty where it leaves the repository."""
    if posixpath.isabs(target):
        return ""
    found = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return "" if found == ".." or found.startswith("../") or found == "." else found


def _is_known(path: str, written: set[str]) -> bool:
    return path in written


def _write_links(links: Mapping[str, str], root: Path) -> None:
    """Write links last, so that nothing is ever written through one."""
    for path, target in links.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(target if _led_to(path, target) else NOWHERE)
