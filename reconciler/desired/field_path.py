"""Paths to fields of persons and contracts, checked against HelloID's model."""

from collections.abc import Mapping

from reconciler.desired.draft import Draft
from reconciler.desired.findings import nearest, shown
from reconciler.desired.node import Scalar
from reconciler.desired.page import Page
from reconciler.model.address import fold
from reconciler.model.person_shape import CONTRACT, DATE, PERSON, Shape
from reconciler.model.rules import About, FieldPath

_UNKNOWN = "?"
_ABOUT = {fold(about.value): about for about in About}
_SHAPES: Mapping[About, Mapping[str, Shape]] = {About.PERSON: PERSON, About.CONTRACT: CONTRACT}


def read_path(
    page: Page, node: Scalar, text: str, draft: Draft, *, of_object: bool = False
) -> FieldPath | None:
    """Return the path that a text writes, spelled as HelloID does, or None with a complaint at the node.

    A path that HelloID's model does not have is kept, and noted in the draft: some person may have it.
    `of_object` admits a path to several fields at once.
    """
    first, *names = text.split(".")
    about = _ABOUT.get(fold(first))
    if about is None:
        page.error("bad-path", node, f"{shown(text)} is no path.", _fix(text))
        return None
    if not names or not all(name.strip() and name == name.strip() for name in names):
        page.error(
            "bad-path",
            node,
            f"{shown(text)} names no field.",
            f"Write the names of the field after `{about}.`, such as `Contract.Department.ExternalId`.",
        )
        return None
    if about is About.PERSON and fold(names[0]) == "contracts":
        page.error(
            "bad-path",
            node,
            f"{shown(text)} would look at all contracts at once.",
            "Write `Contract.`: such conditions hold together on one contract.",
        )
        return None
    spelled, shape = _spelled(about, names)
    path = FieldPath(about, spelled)
    if shape == _UNKNOWN:
        draft.strange_paths.append((path, page.at(node)))
    elif not of_object and shape is not None and shape != DATE:
        page.error(
            "bad-path",
            node,
            f"{shown(text)} is not one value but several.",
            f"Name one of them, such as `{path}.{next(iter(shape), '')}`."
            if isinstance(shape, Mapping) and "*" not in shape
            else "Name one of them.",
        )
        return None
    return path


def _spelled(about: About, names: list[str]) -> tuple[tuple[str, ...], Shape]:
    """Return the names as the model spells them, and what stands there; _UNKNOWN where it has no such field."""
    shape: Shape = _SHAPES[about]
    spelled: list[str] = []
    for name in names:
        if isinstance(shape, Mapping):
            by_fold = {key.casefold(): key for key in shape}
            key = by_fold.get(name.casefold())
            spelled.append(key or name)
            shape = shape[key] if key is not None else shape.get("*", _UNKNOWN)
        else:
            spelled.append(name)
            shape = _UNKNOWN
    return tuple(spelled), shape


def near_path(path: FieldPath) -> str | None:
    """Return the path of HelloID's model that is most like one it does not have."""
    known: list[str] = []
    _collect(_SHAPES[path.about], "", known)
    found = nearest(".".join(path.names), known)
    return None if found is None else f"{path.about}.{found}"


def _collect(shape: Shape, prefix: str, known: list[str]) -> None:
    if not isinstance(shape, Mapping):
        known.append(prefix)
        return
    for key, inner in shape.items():
        if key not in {"*", "Contracts"}:
            _collect(inner, f"{prefix}.{key}" if prefix else key, known)


def _fix(text: str) -> str:
    first = text.split(".", 1)[0]
    if fold(first) in {fold(key) for key in CONTRACT}:
        return f"Write `Contract.{text}`."
    if fold(first) in {fold(key) for key in PERSON}:
        return f"Write `Person.{text}`."
    close = nearest(first, [about.value for about in About])
    if close:
        return f"Did you mean `{close}`?"
    return (
        "Begin it with `Person.` or `Contract.`; conditions are joined by `all`, `any` and `not`."
    )
