"""YAML to nodes from libyaml's events: data only, with places, within limits."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import NamedTuple, Protocol, cast

from yaml import CSafeLoader, events
from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from reconciler.desired.findings import Findings, Unreadable, shown, unreadable
from reconciler.desired.node import Items, Node, Pairs, Scalar
from reconciler.model.provenance import Location

ALIAS: type[object] = events.AliasEvent
DOCUMENT: type[object] = events.DocumentStartEvent
MAPPING: type[object] = events.MappingStartEvent
MAPPING_END: type[object] = events.MappingEndEvent
SCALAR: type[object] = events.ScalarEvent
SEQUENCE: type[object] = events.SequenceStartEvent
SEQUENCE_END: type[object] = events.SequenceEndEvent
STREAM_END: type[object] = events.StreamEndEvent

MAX_DEPTH = 100
MAX_EXPANDED = 200_000
"""How many nodes all aliases of a file may add together."""
_FIXES = (
    (
        "mapping values are not allowed",
        "Put a text with a colon in quotes, or correct the indentation.",
    ),
    (
        "could not find expected ':'",
        "Write a colon and a blank after the key, or close the quotes above.",
    ),
    ("did not find expected key", "Correct the indentation, or close the bracket above."),
    (
        "did not find expected '-' indicator",
        "Begin each item of the list with `- `, at one indentation.",
    ),
    ("did not find expected ',' or", "Write a comma, or close the bracket."),
    ("while scanning a quoted scalar", "Close the quotes."),
    ("cannot start any token", "Put the text in quotes."),
)
"""What to do about the parser's complaints that people meet most; the first that fits counts."""


class Entry(NamedTuple):
    """One item of a list at the top of a file, or (`listed` is false) a value there that is no list.

    `key` is None where the document itself is no mapping.
    """

    key: Scalar | None
    node: Node
    listed: bool


class _Mark(Protocol):
    line: int
    column: int


class _Event(Protocol):
    """An event of libyaml's; which attributes it has depends on its kind."""

    start_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    implicit: tuple[bool, bool]


class _Anchored(NamedTuple):
    node: Node
    size: int
    height: int


class Document:
    """The one document of a file, read once: whole, or item by item so that memory stays small.

    Problems that leave the rest readable (a key twice, a tag) go to `findings`; the others raise
    Unreadable.
    """

    def __init__(self, data: bytes, file: str, findings: Findings) -> None:
        self._file = file
        self._data = data
        self._findings = findings
        self._next = cast("Callable[[], _Event]", cast("object", CSafeLoader(data).get_event))
        self._anchors: dict[str, _Anchored | None] = {}
        self._built = 0
        self._expanded = 0
        self._deepest = 0

    def whole(self) -> Node | None:
        """Return the document as one node, or None where there is none."""
        with self._readable():
            start = self._begin()
            if start is None:
                return None
            root = self._node(start, 1)
            self._end()
            return root

    def entries(self, admits: Callable[[Scalar], bool]) -> Iterator[Entry]:
        """Yield every item of every list at the top with its key, in the file's order.

        Each key is shown to `admits` once; what is below a key that it turns down is read past.
        """
        with self._readable():
            start = self._begin()
            if start is None:
                return
            if type(start) is MAPPING and start.anchor is None:
                self._no_tag(start)
                yield from self._sections(admits)
            else:
                yield from _unstreamed(self._node(start, 1), admits)
            self._end()

    def _sections(self, admits: Callable[[Scalar], bool]) -> Iterator[Entry]:
        seen: dict[str, Scalar] = {}
        while type(event := self._next()) is not MAPPING_END:
            key = self._key(event, 2)
            wanted = key is not None and self._is_new(key, seen) and admits(key)
            event = self._next()
            if type(event) is SEQUENCE and event.anchor is None:
                self._no_tag(event)
                while type(event := self._next()) is not SEQUENCE_END:
                    node = self._node(event, 3)
                    if wanted:
                        yield Entry(key, node, listed=True)
                continue
            node = self._node(event, 2)
            if not wanted:
                continue
            if isinstance(node, Items):
                yield from (Entry(key, item, listed=True) for item in node.items)
            else:
                yield Entry(key, node, listed=False)

    # ------------------------------------------------------------ nodes

    def _node(self, event: _Event, depth: int) -> Node:
        kind = type(event)
        if kind is SCALAR:
            self._built += 1
            mark = event.start_mark
            scalar = Scalar(event.value, event.implicit[0], mark.line, mark.column)
            if event.anchor is not None:
                self._anchors[event.anchor] = _Anchored(scalar, 1, 0)
            if event.tag is not None:
                self._no_tag(event)
            return scalar
        if kind is ALIAS:
            return self._aliased(event, depth)
        if event.anchor is None:
            return self._collection(event, depth)
        return self._anchored(event, event.anchor, depth)

    def _collection(self, event: _Event, depth: int) -> Node:
        self._built += 1
        self._check_depth(depth, event)
        if event.tag is not None:
            self._no_tag(event)
        if type(event) is MAPPING:
            return self._pairs(event, depth)
        mark = event.start_mark
        items: list[Node] = []
        while type(event := self._next()) is not SEQUENCE_END:
            items.append(self._node(event, depth + 1))
        return Items(items, mark.line, mark.column)

    def _pairs(self, event: _Event, depth: int) -> Pairs:
        mark = event.start_mark
        pairs: dict[str, tuple[Scalar, Node]] = {}
        following = self._next
        # Nearly all of a large file is plain pairs: they are taken here, without a call each.
        while (kind := type(event := following())) is not MAPPING_END:
            if kind is SCALAR and event.anchor is None and event.tag is None:
                at = event.start_mark
                key = Scalar(event.value, event.implicit[0], at.line, at.column)
                if key.text == "<<":
                    key = self._checked_key(key, event)
            else:
                key = self._key(event, depth + 1)
            event = following()
            if type(event) is SCALAR and event.anchor is None and event.tag is None:
                at = event.start_mark
                node = Scalar(event.value, event.implicit[0], at.line, at.column)
            else:
                node = self._node(event, depth + 1)
            if key is None:
                continue
            if key.text in pairs:
                self._duplicate(key, pairs[key.text][0])
            else:
                pairs[key.text] = (key, node)
        self._built += 2 * len(pairs)
        return Pairs(pairs, mark.line, mark.column)

    def _key(self, event: _Event, depth: int) -> Scalar | None:
        return self._checked_key(self._node(event, depth), event)

    def _checked_key(self, node: Node, event: _Event) -> Scalar | None:
        if not isinstance(node, Scalar):
            self._findings.error(
                "bad-key",
                "A key here is a list or a mapping; keys are single words.",
                self._at(event.start_mark),
                "Write a word, in quotes where it begins with `{`, `[` or `?`.",
            )
            return None
        if node.plain and node.text == "<<":
            self._findings.error(
                "merge-key",
                "`<<` would copy another mapping's keys in here; what a file says must stand in it.",
                self._at(event.start_mark),
                "Write the keys out.",
            )
            return None
        return node

    def _is_new(self, key: Scalar, seen: dict[str, Scalar]) -> bool:
        if key.text in seen:
            self._duplicate(key, seen[key.text])
            return False
        seen[key.text] = key
        return True

    def _duplicate(self, key: Scalar, first: Scalar) -> None:
        also = Location(self._file, first.line + 1, first.column + 1)
        self._findings.error(
            "duplicate-key",
            f"{shown(key.text)} stands here a second time; the first is at {also}.",
            Location(self._file, key.line + 1, key.column + 1),
            "Keep one of the two.",
            also,
        )

    # ------------------------------------------------------------ anchors, tags, limits

    def _anchored(self, event: _Event, name: str, depth: int) -> Node:
        self._anchors[name] = None
        built, deepest = self._built, self._deepest
        self._deepest = depth
        node = self._collection(event, depth)
        self._anchors[name] = _Anchored(node, self._built - built, self._deepest - depth)
        self._deepest = max(deepest, self._deepest)
        return node

    def _aliased(self, event: _Event, depth: int) -> Node:
        name = event.anchor or ""
        found = self._anchors.get(name)
        if found is None:
            raise unreadable(
                "invalid-yaml",
                f"The alias {shown('*' + name)} stands for nothing that is complete before it.",
                self._at(event.start_mark),
                "Write the value out.",
            )
        self._check_depth(depth + found.height, event)
        self._built += found.size
        self._expanded += found.size
        if self._expanded > MAX_EXPANDED:
            raise unreadable(
                "alias-limit",
                f"The aliases up to here stand for more than {MAX_EXPANDED:,} values.",
                self._at(event.start_mark),
                "Write the values out.",
            )
        return found.node

    def _check_depth(self, depth: int, event: _Event) -> None:
        if depth > self._deepest:
            self._deepest = depth
        if depth > MAX_DEPTH:
            raise unreadable(
                "too-deep",
                f"Lists and mappings are nested more than {MAX_DEPTH} levels deep here.",
                self._at(event.start_mark),
                "Nothing that this program reads is so deep: see whether a bracket is too many.",
            )

    def _no_tag(self, event: _Event) -> None:
        if event.tag is not None:
            self._findings.error(
                "tag",
                f"The tag {shown(event.tag)} stands here; files hold data only.",
                self._at(event.start_mark),
                "Leave the tag out; put a text in quotes.",
            )

    # ------------------------------------------------------------ the parser

    def _begin(self) -> _Event | None:
        self._next()
        event = self._next()
        return None if type(event) is STREAM_END else self._next()

    def _end(self) -> None:
        self._next()
        event = self._next()
        if type(event) is DOCUMENT:
            raise unreadable(
                "many-documents",
                "A second document begins here; what follows it would not be read.",
                self._at(event.start_mark),
                "Keep one document a file: move the rest to a file of its own.",
            )

    @contextmanager
    def _readable(self) -> Generator[None]:
        try:
            yield
        except ReaderError as error:
            raise self._unreadable_byte(error) from error
        except MarkedYAMLError as error:
            raise self._invalid(error) from error
        except YAMLError as error:
            raise unreadable("invalid-yaml", str(error), Location(self._file, 1, 1)) from error

    def _at(self, mark: _Mark) -> Location:
        return Location(self._file, mark.line + 1, mark.column + 1)

    def _invalid(self, error: MarkedYAMLError) -> Unreadable:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        fix = next((fix for words, fix in _FIXES if words in said), "")
        if mark is not None and self._has(b"\t", mark.line):
            fix = "Indent with spaces: YAML does not allow tabs there."
        elif mark is not None and "flow" in said and self._has(b"${", mark.line):
            fix = "Put a text with `${…}` in quotes: within braces and brackets YAML reads `{` as its own."
        at = Location(self._file, 1, 1) if mark is None else self._at(mark)
        return unreadable("invalid-yaml", f"The file is not YAML from here on: {said}.", at, fix)

    def _has(self, letters: bytes, line: int) -> bool:
        text = self._data.split(b"\n", line + 1)[line : line + 1]
        return bool(text) and letters in text[0]

    def _unreadable_byte(self, error: ReaderError) -> Unreadable:
        before = self._data[: error.position]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        return unreadable(
            "invalid-yaml",
            f"The file is not YAML from here on: {error.reason}.",
            Location(self._file, line, column),
            "Remove the character; in double quotes it can be written as an escape.",
        )


def _unstreamed(root: Node, admits: Callable[[Scalar], bool]) -> Iterator[Entry]:
    if not isinstance(root, Pairs):
        yield Entry(None, root, listed=False)
        return
    for key, node in root.pairs.values():
        if not admits(key):
            continue
        if isinstance(node, Items):
            yield from (Entry(key, item, listed=True) for item in node.items)
        else:
            yield Entry(key, node, listed=False)
