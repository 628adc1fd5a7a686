"""What a YAML file holds with the places in its text, so that an edit touches only what it changes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias, cast

from yaml import CSafeLoader, events
from yaml.error import YAMLError

from reconciler.desired.node import NULLS
from reconciler.desired.stream import MAX_DEPTH, MAX_EXPANDED
from reconciler.errors import BadInput


class Span(NamedTuple):
    """Characters of the text: `start` included, `end` excluded; line and column of the start, from 0."""

    start: int
    end: int
    line: int
    column: int


@dataclass(slots=True, eq=False)
class Leaf:
    """A single value; `plain` where it has no quotes. `span` is None for what the file does not hold yet."""

    text: str
    plain: bool
    span: Span | None = None
    style: str = ""
    """The quote it stands in, or `|` or `>`; empty where it is plain."""

    @property
    def is_null(self) -> bool:
        """Tell whether it is an unquoted null, or nothing at all."""
        return self.plain and self.text in NULLS


@dataclass(slots=True, eq=False)
class Alias:
    """`*name`: another node, standing here too; `said` is what that one says in the file."""

    target: "Node"
    said: object
    span: Span


@dataclass(slots=True, eq=False)
class Pair:
    """A key and its value; `was` is the value that the file holds, None for a new pair."""

    key: Leaf
    value: "Node"
    was: "Node | None" = None


@dataclass(slots=True, eq=False)
class Table:
    """A mapping; `before` are the pairs that the file holds."""

    pairs: list[Pair]
    span: Span | None = None
    flow: bool = False
    before: tuple[Pair, ...] = ()

    def pair(self, key: str) -> Pair | None:
        """Return the pair of a key, or None."""
        return next((pair for pair in self.pairs if pair.key.text == key), None)

    def value(self, key: str) -> "Node | None":
        """Return the value of a key, or None where it is left out; an alias gives what it stands for."""
        pair = self.pair(key)
        return None if pair is None else meant(pair.value)


@dataclass(slots=True, eq=False)
class Listing:
    """A list; `before` are the items that the file holds."""

    items: list["Node"]
    span: Span | None = None
    flow: bool = False
    before: tuple["Node", ...] = ()


Node: TypeAlias = Leaf | Alias | Table | Listing


@dataclass(slots=True)
class Tree:
    """A file's one document; `root` is None where it holds none, `end` is where it ends in the text."""

    root: Node | None
    end: int


def meant(node: Node) -> Node:
    """Return a node, or what it is an alias of."""
    return meant(node.target) if isinstance(node, Alias) else node


def meaning(node: Node) -> object:
    """Return what a node says, comparable, without where it stands in the text."""
    match node:
        case Leaf():
            return (node.plain, node.text)
        case Alias():
            return node.said
        case Table():
            return {pair.key.text: meaning(pair.value) for pair in node.pairs}
        case Listing():
            return [meaning(item) for item in node.items]


def copied(node: Node) -> Node:
    """Return a node as if it were new, with aliases written out."""
    match node:
        case Leaf():
            return Leaf(node.text, node.plain)
        case Alias():
            return copied(node.target)
        case Table():
            return Table([Pair(Leaf(p.key.text, p.key.plain), copied(p.value)) for p in node.pairs])
        case Listing():
            return Listing([copied(item) for item in node.items])


def end_of(node: Node) -> int:
    """Return where a node of the file ends: that of its last value, not of the comments after it."""
    match node:
        case Table(flow=False) if node.before and node.before[-1].was is not None:
            return end_of(node.before[-1].was)
        case Listing(flow=False) if node.before:
            return end_of(node.before[-1])
        case _:
            return span_of(node).end


def span_of(node: Node) -> Span:
    """Return the place of a node of the file."""
    if node.span is None:
        raise AssertionError("a new node has no place")
    return node.span


# ---------------------------------------------------------------- reading


class _Mark(Protocol):
    index: int
    line: int
    column: int


class _Event(Protocol):
    start_mark: _Mark
    end_mark: _Mark
    anchor: str | None
    value: str
    implicit: tuple[bool, bool]
    style: str | None
    flow_style: bool
    explicit: bool


def parse(text: str, file: str) -> Tree:
    """Read a text (without a byte order mark). Raises BadInput where it is not one YAML document."""
    try:
        return _Parser(text, file).tree()
    except YAMLError as error:
        detail = " ".join(str(error).split())
        raise BadInput("File cannot be edited", f"{file} is not YAML: {detail}.", _FIX) from error


_FIX = "Mend it first:\n  reconciler validate"


@dataclass(slots=True)
class _Parser:
    text: str
    file: str
    anchors: dict[str, tuple[Node, object, int]] = field(
        default_factory=dict[str, tuple["Node", object, int]]
    )
    size: int = 0
    """How many values there are so far, those that aliases stand for counted each time."""

    def tree(self) -> Tree:
        loader = CSafeLoader(self.text.encode())
        following = cast("Callable[[], _Event | None]", cast("object", loader.get_event))
        stream = iter(following, None)
        next(stream)
        event = next(stream)
        if isinstance(event, events.StreamEndEvent):
            return Tree(None, len(self.text))
        root = self._node(next(stream), stream)
        end = next(stream)
        if not isinstance(next(stream), events.StreamEndEvent):
            raise self._refused(end, "holds more than one document")
        at = end.start_mark.index if end.explicit else len(self.text)
        if isinstance(root, Leaf) and root.is_null and root.text == "":
            return Tree(None, at)
        return Tree(root, at)

    def _node(self, event: _Event, stream: Iterator[_Event], depth: int = 1) -> Node:
        if isinstance(event, events.AliasEvent):
            return self._alias(event)
        size = self.size
        self.size += 1
        if depth > MAX_DEPTH:
            raise self._refused(event, f"nests more than {MAX_DEPTH} levels deep")
        if isinstance(event, events.ScalarEvent):
            node: Node = self._leaf(event)
        elif isinstance(event, events.MappingStartEvent):
            node = self._table(event, stream, depth + 1)
        else:
            node = self._listing(event, stream, depth + 1)
        if event.anchor is not None:
            self.anchors[event.anchor] = (node, meaning(node), self.size - size)
        return node

    def _alias(self, event: _Event) -> Alias:
        name = event.anchor or ""
        if name not in self.anchors:
            raise self._refused(event, "holds an alias that stands for nothing before it")
        target, said, size = self.anchors[name]
        self.size += size
        if size > MAX_EXPANDED or self.size - len(self.text) > MAX_EXPANDED:
            raise self._refused(event, "holds aliases that stand for too much")
        return Alias(target, said, _span(event, event.end_mark.index))

    def _refused(self, event: _Event, what: str) -> BadInput:
        line = event.start_mark.line + 1
        return BadInput("File cannot be edited", f"{self.file}:{line} {what}.", _FIX)

    def _leaf(self, event: _Event) -> Leaf:
        end = event.end_mark.index
        style = event.style or ""
        if style in {"|", ">"}:
            end = len(self.text[:end].rstrip())
        return Leaf(event.value, event.implicit[0], _span(event, end), style)

    def _table(self, event: _Event, stream: Iterator[_Event], depth: int) -> Table:
        pairs: list[Pair] = []
        keys: set[str] = set()
        while not isinstance(first := next(stream), events.MappingEndEvent):
            key = self._node(first, stream, depth)
            value = self._node(next(stream), stream, depth)
            if not isinstance(key, Leaf):
                raise self._refused(first, "has a key that is no word")
            if key.text in keys:
                raise self._refused(first, f"has the key `{key.text}` a second time")
            keys.add(key.text)
            pairs.append(Pair(key, value, value))
        return Table(pairs, _span(event, first.end_mark.index), event.flow_style, tuple(pairs))

    def _listing(self, event: _Event, stream: Iterator[_Event], depth: int) -> Listing:
        items: list[Node] = []
        while not isinstance(first := next(stream), events.SequenceEndEvent):
            items.append(self._node(first, stream, depth))
        span = _span(event, first.end_mark.index)
        if (
            not event.flow_style and event.end_mark.index > span.start
        ):  # behind an anchor: at its first dash
            at = event.end_mark.index
            span = span._replace(start=at if self.text[at : at + 1] == "-" else at - 1)
        return Listing(items, span, event.flow_style, tuple(items))


def _span(event: _Event, end: int) -> Span:
    mark = event.start_mark
    return Span(mark.index, end, mark.line, mark.column)
