"""Values as YAML text: what may be misread is quoted, and no line is ever wrapped."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from reconciler.desired.editing.tree import Alias, Leaf, Listing, Node, Pair, Table
from reconciler.desired.node import Scalar
from reconciler.desired.scalar import is_ambiguous
from reconciler.errors import BadInput

Value: TypeAlias = "str | bool | int | float | date | Mapping[str, Value] | Sequence[Value] | None"
"""What an edit may write: a text is quoted where it could be read as something else, a date is not."""

ALWAYS_LINES = frozenset({"members"})
"""Lists that have a line for each item at any length, so that a review shows whom it is about."""

WIDEST = 100
"""The column up to which a mapping or list inside an item stays on one line."""

_PLAIN = re.compile(r"[\w/(][\w /().@&'+-]*")
_HALVES = re.compile("[\ud800-\udfff]")
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs"})


@dataclass(frozen=True, slots=True)
class Manner:
    """How a file is laid out: its line ending, and the columns that lists and mappings are moved in by."""

    newline: str = "\n"
    mapping: int = 2
    dash: int = 2
    """How far the dash of a list stands to the right of its key."""
    item: int = 2
    """How far an item stands to the right of its dash."""


def grown(value: Value) -> Node:
    """Return a value as a node that stands nowhere yet. Raises BadInput for what YAML cannot hold."""
    if isinstance(value, str):
        return Leaf(_possible(value), plain=is_plain(value))
    if isinstance(value, Mapping):
        return Table(
            [Pair(Leaf(_possible(k), plain=is_plain(k)), grown(v)) for k, v in value.items()]
        )
    if isinstance(value, Sequence):
        return Listing([grown(each) for each in value])
    return Leaf(written_single(value), plain=True)


def written_single(value: bool | float | date | None) -> str:
    """Return a value that is no text as it stands in a file."""
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


@lru_cache(maxsize=1 << 16)
def written_text(text: str) -> str:
    """Return a text as it stands in a file, quoted where it has to be. Raises BadInput for what YAML cannot hold."""
    return _possible(text) if is_plain(text) else quoted(_possible(text))


def _possible(text: str) -> str:
    if not text.isascii() and _HALVES.search(text) is not None:
        raise BadInput(
            "Text cannot be written", f"{text!a} holds half a character, which no file can hold."
        )
    return text


@lru_cache(maxsize=4096)
def is_plain(text: str) -> bool:
    """Tell whether a text needs no quotes anywhere: no reader of YAML takes it for something else."""
    if _PLAIN.fullmatch(text) is None or text.endswith(" "):
        return False
    return not is_ambiguous(Scalar(text, plain=True, line=0, column=0))


def written(leaf: Leaf, style: str = "") -> str:
    """Return a single value as it stands in a file, in single quotes where asked and possible."""
    if leaf.plain:
        return leaf.text
    if style == "'" and leaf.text.isprintable():
        return "'" + leaf.text.replace("'", "''") + "'"
    return quoted(leaf.text)


def quoted(text: str) -> str:
    """Return a text in double quotes; what cannot be seen in a review is escaped."""
    return "".join(
        _escaped(letter) if letter != " " and unicodedata.category(letter) in _UNSEEN else letter
        for letter in json.dumps(text, ensure_ascii=False)
    )


def _escaped(letter: str) -> str:
    code = ord(letter)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


# ---------------------------------------------------------------- layout


def in_flow(node: Node) -> str:
    """Return a node on one line, as it may stand between brackets."""
    match node:
        case Leaf():
            return written(node)
        case Alias():
            return in_flow(node.target)
        case Table():
            inner = ", ".join(f"{written(p.key)}: {in_flow(p.value)}" for p in node.pairs)
            return f"{{{inner}}}"
        case Listing():
            return f"[{', '.join(in_flow(item) for item in node.items)}]"


def item_lines(node: Node, column: int, manner: Manner, *, short: bool = False) -> list[str]:
    """Return a list's item with its dash at a column; `short` prefers one line."""
    start = " " * column + "-" + " " * (manner.item - 1)
    if isinstance(node, Leaf) or _is_empty(node):
        return [start + in_flow(node)]
    if short or isinstance(node, Listing):
        flow = start + in_flow(node)
        if len(flow) <= WIDEST or isinstance(node, Listing):
            return [flow]
    assert isinstance(node, Table)  # noqa: S101 - the other kinds were answered above
    lines = pair_lines(node, column + manner.item, manner)
    return [start + lines[0][column + manner.item :], *lines[1:]]


def pair_lines(table: Table, column: int, manner: Manner) -> list[str]:
    """Return a mapping's pairs, a line each or more, at a column."""
    return [line for pair in table.pairs for line in lines_of(pair, column, manner)]


def lines_of(pair: Pair, column: int, manner: Manner) -> list[str]:
    """Return one pair at a column."""
    head = " " * column + written(pair.key) + ":"
    if is_short(pair, column):
        return [f"{head} {in_flow(pair.value)}"]
    return [head, *value_lines(pair.value, pair.key.text, column, manner)]


def is_short(pair: Pair, column: int) -> bool:
    """Tell whether a pair at a column stands on one line."""
    value = pair.value
    if isinstance(value, Leaf) or _is_empty(value):
        return True
    if not _may_be_short(value, pair.key.text):
        return False
    return column + len(written(pair.key)) + 2 + len(in_flow(value)) <= WIDEST


def value_lines(value: Node, key: str, column: int, manner: Manner) -> list[str]:
    """Return the lines below the key of a mapping or list, the key standing at a column."""
    if isinstance(value, Table):
        return pair_lines(value, column + manner.mapping, manner)
    assert isinstance(value, Listing)  # noqa: S101 - single values stand beside their key
    short = key in ALWAYS_LINES
    return [
        line
        for item in value.items
        for line in item_lines(item, column + manner.dash, manner, short=short)
    ]


def _may_be_short(value: Node, key: str) -> bool:
    if key in ALWAYS_LINES:
        return False
    if isinstance(value, Listing):
        return all(isinstance(item, Leaf) for item in value.items)
    return isinstance(value, Table) and all(
        isinstance(pair.value, Leaf) or _may_be_short(pair.value, pair.key.text)
        for pair in value.pairs
    )


def _is_empty(node: Node) -> bool:
    return (isinstance(node, Table) and not node.pairs) or (
        isinstance(node, Listing) and not node.items
    )
