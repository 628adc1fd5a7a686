"""A project at a revision: found in the repository, and its files written to a temporary folder."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from reconciler.errors import BadInput
from reconciler.model.difference import Revision
from reconciler.revisions.git import Refused, answer, text
from reconciler.revisions.tree import write_tree


@contextmanager
def checked_out(
    config: Path, revision: str, *, whole: bool
) -> Generator[tuple[Path | None, Revision]]:
    """Yield the settings' path in a folder that holds the project as it was, and the commit.

    `config` is the path of the settings now. The project is looked for under the same path, under the
    one it was renamed from, or where the only settings of that name are; `REVISION:PATH` names it
    outright. None where the revision holds no project. Unless the folder is to be whole, only the files
    are in it that projects are usually made of. Raises BadInput for what is no revision.
    """
    folder = config.parent
    named, _, path = revision.partition(":") if _has_path(revision) else (revision, "", "")
    commit = commit_of(folder, named)
    found = Revision(revision, commit, _committed_at(folder, commit))
    here = PurePosixPath(text(folder, "rev-parse", "--show-prefix")) / config.name
    place = _named(folder, commit, path, here) if path else _place(folder, commit, here)
    if place is None:
        yield None, found
        return
    with tempfile.TemporaryDirectory(prefix="reconciler-revision-") as temporary:
        root = Path(temporary)
        try:
            write_tree(folder, commit, place, root, whole=whole)
        except Refused as refused:
            raise BadInput(
                "The revision cannot be read", f"{revision}: git says: {refused}."
            ) from refused
        yield root / place, found


def span_of(folder: Path, base: str, head: str | None) -> tuple[str, str | None]:
    """Return the two revisions that are meant: `A..B` in one word, and `A...B` from where they parted."""
    if head is not None or ".." not in base:
        return base, head
    dots = "..." if "..." in base else ".."
    first, _, second = base.partition(dots)
    first, second = first or "HEAD", second or "HEAD"
    if dots == "..":
        return first, second
    one, other = commit_of(folder, first), commit_of(folder, second)
    try:
        return text(folder, "merge-base", one, other), second
    except Refused as refused:
        raise BadInput(
            "The revisions have no common ancestor",
            f"{base}: nothing is known from which both came.{_if_shallow(folder)}",
            _how_to_fetch(folder, first),
        ) from refused


def place_of(folder: Path) -> str:
    """Return a folder's path in its repository, as in `access/`; empty at its top, and where there is none."""
    try:
        return text(folder, "rev-parse", "--show-prefix")
    except (Refused, BadInput):
        return ""


def commit_of(folder: Path, revision: str) -> str:
    """Return the full id of the commit that a revision names. Raises BadInput where there is none."""
    try:
        return text(
            folder,
            *("rev-parse", "--verify", "--quiet", "--end-of-options"),
            f"{revision}^{{commit}}",
        )
    except Refused as refused:
        raise BadInput(
            "No such revision",
            f"{revision}: git knows no commit of this name here.{_if_shallow(folder)}",
            _how_to_fetch(folder, revision),
        ) from refused


def _committed_at(folder: Path, commit: str) -> datetime | None:
    said = text(folder, "show", "--no-patch", "--no-show-signature", "--format=%ct", commit)
    try:
        return datetime.fromtimestamp(int(said), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _has_path(revision: str) -> bool:
    """Tell whether a revision has a path behind it, as in `main:folder`; `:/words` is a revision."""
    return ":" in revision.lstrip(":") and not revision.startswith(":") and "@{" not in revision


def _place(folder: Path, commit: str, here: PurePosixPath) -> PurePosixPath | None:
    if _is_file(folder, commit, here):
        return here
    renamed = _renamed(folder, commit, here)
    if renamed is not None:
        return renamed
    known = [path for path in _files(folder, commit) if path.name == here.name]
    if len(known) > 1:
        listed = "\n".join(f"  {commit[:12]}:{path}" for path in known[:10])
        raise BadInput(
            "It is not clear which project is meant",
            f"At {commit[:12]} there is no {here}, and there are {len(known)} files of that name.",
            f"Name the one that became this project:\n{listed}",
        )
    return known[0] if known else None


def _named(folder: Path, commit: str, path: str, here: PurePosixPath) -> PurePosixPath:
    """Return the settings that a path names, itself or as their folder."""
    asked = PurePosixPath(path)
    for candidate in (asked, asked / here.name):
        if _is_file(folder, commit, candidate):
            return candidate
    raise BadInput(
        "No such project",
        f"At {commit[:12]} there is neither a file {asked} nor {asked / here.name}.",
    )


def _is_file(folder: Path, commit: str, path: PurePosixPath) -> bool:
    try:
        return text(folder, "cat-file", "-t", f"{commit}:{path}") == "blob"
    except Refused:
        return False


def _renamed(folder: Path, commit: str, here: PurePosixPath) -> PurePosixPath | None:
    """Return what the settings were called at a commit, where git sees that they were renamed."""
    found = answer(
        folder,
        *("diff", "--name-status", "-z", "--find-renames", "--diff-filter=R", "--no-ext-diff"),
        *("--no-textconv", "--no-relative", commit),
    )
    words = iter(os.fsdecode(found).split("\0"))
    for status in words:
        if status.startswith("R"):
            old, new = next(words), next(words)
            if new == str(here):
                return PurePosixPath(old)
    return None


def _files(folder: Path, commit: str) -> list[PurePosixPath]:
    found = answer(folder, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit)
    return [PurePosixPath(name) for name in os.fsdecode(found).split("\0") if name]


def _is_shallow(folder: Path) -> bool:
    return text(folder, "rev-parse", "--is-shallow-repository") == "true"


def _if_shallow(folder: Path) -> str:
    return (
        " This clone is shallow: it holds the latest commits only." if _is_shallow(folder) else ""
    )


def _how_to_fetch(folder: Path, revision: str) -> str:
    if _is_shallow(folder):
        return "Fetch the history, or in a pipeline check out with full depth:\n  git fetch --unshallow"
    branch = revision.removeprefix("origin/")
    return f"See what there is with `git log`, or fetch it:\n  git fetch origin {branch}"
