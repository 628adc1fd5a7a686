"""What `comment` did, or would do: its JSON document, and that as text for people."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from reconciler.model.comment import FORGE_NAMES, ForgeKind, PullRequest
from reconciler.model.value import JSON
from reconciler.reports.inert import quoted, visible
from reconciler.reports.reading import shown
from reconciler.reports.shape import FORMAT_VERSION, Count, Shape
from reconciler.reports.words import count

Doing: TypeAlias = Literal["create", "edit", "keep", "unknown"]
"""What becomes of the comment; unknown where the forge was not asked."""

_DONE: Final[Mapping[Doing, str]] = {
    "create": "Comment written on",
    "edit": "Comment edited on",
    "keep": "Comment unchanged on",
    "unknown": "Not asked:",
}
_WOULD: Final[Mapping[Doing, str]] = {
    "create": "Would write a comment on",
    "edit": "Would edit the comment on",
    "keep": "Would leave the comment unchanged on",
    "unknown": "Would write or edit the comment on",
}


class PullRequestShape(Shape, frozen=True, kw_only=True):
    """A pull request, or a merge request."""

    forge: ForgeKind
    repository: str
    number: int


class LabelsShape(Shape, frozen=True, kw_only=True):
    """Labels by their names."""

    added: list[str]
    removed: list[str]


class CommentedShape(Shape, frozen=True, kw_only=True):
    """What `comment` did; `pull_request` is null where a dry run found none."""

    format_version: str
    kind: str
    key: str
    dry_run: bool
    pull_request: PullRequestShape | None
    comment: Doing
    url: str | None
    surplus_deleted: Count
    labels: LabelsShape
    body: str


def commented_document(
    kind: str,
    key: str,
    at: PullRequest | None,
    comment: Doing,
    url: str | None,
    *,
    surplus: int,
    added: Sequence[str],
    removed: Sequence[str],
    body: str,
    dry_run: bool,
) -> dict[str, JSON]:
    """Return the JSON of one comment."""
    place: JSON = at and {
        "forge": at.forge.value,
        "repository": at.repository,
        "number": at.number,
    }
    return {
        "format_version": FORMAT_VERSION,
        "kind": kind,
        "key": key,
        "dry_run": dry_run,
        "pull_request": place,
        "comment": comment,
        "url": url,
        "surplus_deleted": surplus,
        "labels": {"added": list(added), "removed": list(removed)},
        "body": body,
    }


def commented_text(document: Mapping[str, JSON]) -> str:
    """Return the outcome in a few lines; of a dry run with the comment itself below."""
    did = shown(document, CommentedShape)
    words = _WOULD if did.dry_run else _DONE
    lines = [f"{words[did.comment]} {_place(did)}"]
    if did.url:
        lines.append(visible(did.url))
    would = "Would " if did.dry_run else ""
    if did.surplus_deleted:
        lines.append(f"{_verb(would, 'delete')} {count(did.surplus_deleted, 'surplus comment')}")
    for verb, names in (("add", did.labels.added), ("remove", did.labels.removed)):
        if names:
            said = ", ".join(quoted(name) for name in names)
            lines.append(f"{_verb(would, verb)} {'label' if len(names) == 1 else 'labels'} {said}")
    if did.dry_run:
        lines += ["", did.body.rstrip("\n")]
    return "\n".join(lines) + "\n"


def _verb(would: str, verb: str) -> str:
    past = f"{verb}d" if verb.endswith("e") else f"{verb}ed"
    return f"{would}{verb}" if would else past.capitalize()


def _place(did: CommentedShape) -> str:
    if did.pull_request is None:
        return "a pull request (none is known here)"
    at = did.pull_request
    sign = "#" if at.forge is ForgeKind.GITHUB else "!"
    return f"{FORGE_NAMES[at.forge]} {visible(at.repository)}{sign}{at.number}"
