"""What a YAML file holds, before it means anything: values with their places."""

from typing import NamedTuple, TypeAlias


class Scalar(NamedTuple):
    """One scalar; `plain` where it has no quotes. Line and column count from 0.

    `written` is how it stands in the file, where its text came from elsewhere and is not to be shown.
    """

    text: str
    plain: bool
    line: int
    column: int
    written: str | None = None


class Pairs(NamedTuple):
    """A mapping: each key's scalar and value by the key's text."""

    pairs: "dict[str, tuple[Scalar, Node]]"
    line: int
    column: int


class Items(NamedTuple):
    """A sequence."""

    items: "list[Node]"
    line: int
    column: int


# Named tuples, because millions of nodes are made and dropped: a frozen dataclass costs three times as much.
Node: TypeAlias = Scalar | Pairs | Items

NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def is_null(node: Node) -> bool:
    """Tell whether a node is an unquoted null, or nothing at all."""
    return isinstance(node, Scalar) and node.plain and node.text in NULLS


def kind(node: Node) -> str:
    """Return what a node is, in words for a message."""
    if isinstance(node, Pairs):
        return "a mapping"
    if isinstance(node, Items):
        return "a list"
    return "empty" if is_null(node) else "a single value"
