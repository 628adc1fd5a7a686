"""JSON read with the place of every value, so that a problem can name its line and column."""

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TypeAlias

from reconciler.model.provenance import Location

DEEPEST = 64
"""More levels than any real file has, few enough for the stack."""

_BLANK = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_WORD = re.compile(r"[\w.+-]*")


@dataclass(frozen=True, slots=True)
class Member:
    """One `"key": value` of an object, with the key's place."""

    key: str
    at: Location
    node: "Node"


@dataclass(frozen=True, slots=True)
class Object:
    """A JSON object; members as written, also those of the same name."""

    at: Location
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Array:
    """A JSON array."""

    at: Location
    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, number, boolean or null."""

    at: Location
    value: str | float | bool | None


Node: TypeAlias = Object | Array | Scalar


class NotJson(Exception):
    """The text is no JSON; says what is wrong at which place."""

    def __init__(self, detail: str, at: Location) -> None:
        super().__init__(detail)
        self.detail = detail
        self.at = at


def read_places(text: str, file: str) -> Node:
    """Return the one JSON value of a text; raises NotJson."""
    reader = _Reader(text, file)
    node, end = reader.value(reader.skip(0), 0)
    end = reader.skip(end)
    if end < len(text):
        raise reader.wrong("Text follows the end of the document.", end)
    return node


@dataclass(slots=True)
class _Reader:
    text: str
    file: str
    starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.starts = [0, *(found.end() for found in re.finditer("\n", self.text))]

    def place(self, index: int) -> Location:
        line = bisect_right(self.starts, index)
        return Location(self.file, line, index - self.starts[line - 1] + 1)

    def wrong(self, detail: str, index: int) -> NotJson:
        return NotJson(detail, self.place(index))

    def skip(self, index: int) -> int:
        found = _BLANK.match(self.text, index)
        return found.end() if found else index

    def value(self, index: int, depth: int) -> tuple[Node, int]:
        if depth > DEEPEST:
            raise self.wrong(f"The document is more than {DEEPEST} levels deep.", index)
        match self.text[index : index + 1]:
            case "{":
                return self.object(index, depth)
            case "[":
                return self.array(index, depth)
            case '"':
                text, end = self.string(index)
                return Scalar(self.place(index), text), end
            case "":
                raise self.wrong("The document ends too early.", index)
            case _:
                return self.scalar(index)

    def object(self, start: int, depth: int) -> tuple[Node, int]:
        members: list[Member] = []
        index = self.skip(start + 1)
        while self.text[index : index + 1] != "}":
            if members:
                index = self.expect(",", index)
            key, end = self.string(index)
            node, after = self.value(self.expect(":", self.skip(end)), depth + 1)
            members.append(Member(key, self.place(index), node))
            index = self.skip(after)
        return Object(self.place(start), tuple(members)), index + 1

    def array(self, start: int, depth: int) -> tuple[Node, int]:
        items: list[Node] = []
        index = self.skip(start + 1)
        while self.text[index : index + 1] != "]":
            if items:
                index = self.expect(",", index)
            node, after = self.value(index, depth + 1)
            items.append(node)
            index = self.skip(after)
        return Array(self.place(start), tuple(items)), index + 1

    def expect(self, sign: str, index: int) -> int:
        if self.text[index : index + 1] != sign:
            raise self.wrong(f"A {sign!r} is missing here.", index)
        return self.skip(index + 1)

    def string(self, index: int) -> tuple[str, int]:
        found = _STRING.match(self.text, index)
        if found is None:
            raise self.wrong("A text between double quotes is expected, on one line.", index)
        try:
            text: str = json.loads(found.group())
        except json.JSONDecodeError as error:
            raise self.wrong(f"{error.msg}.", index + error.pos) from error
        return text, found.end()

    def scalar(self, index: int) -> tuple[Node, int]:
        found = _SCALAR.match(self.text, index)
        word = _WORD.match(self.text, index)
        if found is None or (word is not None and word.end() > found.end()):
            shown = word.group()[:20] if word and word.group() else self.text[index]
            raise self.wrong(f"{shown!r} is no JSON value.", index)
        match found.group():
            case "true" | "false" | "null" as name:
                return Scalar(
                    self.place(index), {"true": True, "false": False}.get(name)
                ), found.end()
            case number:
                return Scalar(self.place(index), float(number)), found.end()
