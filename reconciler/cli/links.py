"""Where the files can be looked at: an address the user gave, or the pipeline's own repository."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, NamedTuple, TypeAlias

import typer

from reconciler.reports.links import Links

LinkBase: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--link-base",
        metavar="URL",
        help="Where the project's files can be looked at, for links; else as the pipeline says.",
    ),
]
NAMES: Final = ("path", "line", "commit")
LINE: Final = "/{path}#L{line}"
"""What follows the address of a folder, as GitHub and GitLab have it."""


class Forge(NamedTuple):
    """How a pipeline tells where its repository is: variables, and the address made of them."""

    address: str
    needs: tuple[str, ...]
    commit: str
    folder: str


FORGES: Final = (
    Forge(
        "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/blob/{commit}/{path}#L{line}",
        ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY"),
        "GITHUB_SHA",
        "GITHUB_WORKSPACE",
    ),
    Forge(
        "{CI_PROJECT_URL}/-/blob/{commit}/{path}#L{line}",
        ("CI_PROJECT_URL",),
        "CI_COMMIT_SHA",
        "CI_PROJECT_DIR",
    ),
    Forge(
        "{BUILD_REPOSITORY_URI}?path=/{path}&version=GC{commit}&line={line}&lineEnd={line}"
        "&lineStartColumn=1&lineEndColumn=200&_a=contents",
        ("BUILD_REPOSITORY_URI",),
        "BUILD_SOURCEVERSION",
        "BUILD_SOURCESDIRECTORY",
    ),
)


def links_of(
    given: str | None,
    project: Path,
    *,
    head: str | None = None,
    base: str | None = None,
    label: str = "",
    environ: Mapping[str, str] = os.environ,
) -> Links:
    """Return the addresses of the project's files at two commits.

    `given` is the address of the project's folder, or one with `{path}`, `{line}` and `{commit}` in it;
    without it the pipeline's variables count. Raises BadParameter for what is no web address.
    """
    if given is not None:
        return _given(given, head, base, label)
    for forge in FORGES:
        values = {name: environ.get(name, "") for name in forge.needs}
        commit = head or environ.get(forge.commit, "")
        if all(values.values()) and commit and _is_web(next(iter(values.values()))):
            address = _filled(forge.address, values)
            folder = _folder_in(project, environ.get(forge.folder))
            address = address.replace("{path}", f"{folder}{{path}}")
            return _at(address, commit, base, label)
    return Links()


def _given(given: str, head: str | None, base: str | None, label: str) -> Links:
    if not _is_web(given):
        raise typer.BadParameter(f"--link-base {given!r} is no address of the web (https://…).")
    address = given if "{path}" in given else given.rstrip("/") + LINE
    if "{commit}" not in address:
        return Links(address, "", label)
    if head is None:
        head = next((os.environ[f.commit] for f in FORGES if os.environ.get(f.commit)), "HEAD")
    return _at(address, head, base, label)


def _at(address: str, head: str, base: str | None, label: str) -> Links:
    at_base = "" if base is None else address.replace("{commit}", base)
    return Links(address.replace("{commit}", head), at_base, label)


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://")) and address.isprintable()


def _filled(address: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        address = address.replace(f"{{{name}}}", value.rstrip("/"))
    return address


def _folder_in(project: Path, root: str | None) -> str:
    """Return the project's folder in the repository, with a slash behind it; empty at its root."""
    if not root:
        return ""
    found = Path(os.path.relpath(project.resolve(), Path(root).resolve())).as_posix()
    return "" if found == "." or found.startswith("..") else f"{found}/"
