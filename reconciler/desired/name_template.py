"""Group names with paths in them: `department_{Contract.Department.ExternalId}`."""

import re

from reconciler.desired.draft import Draft
from reconciler.desired.field_path import read_path
from reconciler.desired.node import Node, Scalar
from reconciler.desired.page import Page
from reconciler.model.rules import FieldPath, NameTemplate

_PARTS = re.compile(r"\{([^{}]*)\}")
_EXAMPLE = (
    "Write a name with a path in braces, such as `department_{Contract.Department.ExternalId}`."
)


def read_template(page: Page, node: Node, what: str, draft: Draft) -> NameTemplate | None:
    """Return a name with at least one path in it, or None with a complaint."""
    text = page.name(node, what)
    if text is None or not isinstance(node, Scalar):
        return None
    parts: list[str | FieldPath] = []
    rest = 0
    for found in _PARTS.finditer(text):
        if found.start() > rest:
            parts.append(text[rest : found.start()])
        rest = found.end()
        path = read_path(page, node, found.group(1).strip(), draft)
        if path is None:
            return None
        parts.append(path)
    if rest < len(text):
        parts.append(text[rest:])
    if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
        page.error("bad-text", node, f"`{what}` has a brace without its other half.", _EXAMPLE)
        return None
    if not any(isinstance(part, FieldPath) for part in parts):
        page.error(
            "bad-text",
            node,
            f"`{what}` is {page.shown(node)}, the same name for everybody.",
            f"{_EXAMPLE} One group for all goes below `groups`.",
        )
        return None
    return NameTemplate(text, tuple(parts))
