"""`persons_from`: persons from a HelloID vault export, verbatim, with the line of each."""

import json
import re
from collections.abc import Iterator
from json.decoder import JSONDecoder
from pathlib import Path as FilePath
from typing import cast

from reconciler.desired.draft import Draft
from reconciler.desired.files import MAX_EXPORT, is_inside, named, read_bytes
from reconciler.desired.findings import Findings, Unreadable, listed, nearest, shown, unreadable
from reconciler.desired.node import Node
from reconciler.desired.page import Page
from reconciler.desired.person import PersonReader
from reconciler.desired.shelf import Shelf
from reconciler.desired.stream import MAX_DEPTH
from reconciler.model.provenance import Location
from reconciler.model.value import JSON

_BLANK = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_export_name(page: Page, node: Node, draft: Draft) -> None:
    """Note the path of an export."""
    path = page.name(node, "persons_from")
    if path is not None:
        draft.exports.append((path, page.at(node)))


def read_exports(root: FilePath, draft: Draft, findings: Findings, shelf: Shelf) -> tuple[str, ...]:
    """Read every export that the files name into the draft; returns the names of those read."""
    seen: dict[str, Location] = {}
    for path, at in draft.exports:
        file = (root / at.file).parent / path
        name = named(file, root)
        if FilePath(path).is_absolute() or not is_inside(file, root):
            findings.error(
                "bad-path",
                f"{shown(path)} is outside the project.",
                at,
                "Put the export inside the project and write its path relative to this file.",
            )
            draft.lost_records = True
        elif name in seen:
            findings.error(
                "export-twice",
                f"`{name}` is already named at {seen[name]}.",
                at,
                "Keep one of the two.",
                seen[name],
            )
        else:
            seen[name] = at
            try:
                data = read_bytes(file, name, MAX_EXPORT, at)
                shelf.read(name, data, _read_export, draft, findings)
            except Unreadable as error:
                draft.lost_records = True
                findings.add(error.problem)
    return tuple(seen)


def _read_export(data: bytes, name: str, draft: Draft, findings: Findings) -> None:
    text = data.decode("utf-8")
    reader = PersonReader(findings, draft)
    for value, place in _Export(text, name, findings).persons():
        if isinstance(value, dict):
            reader.take(value, lambda _path, _key, place=place: place)
        else:
            findings.error("wrong-type", "A person here is no JSON object.", place)
    reader.finish()


class _Export:
    """Walks the top of an export by hand, because json tells no places, and leaves each person to it."""

    def __init__(self, text: str, name: str, findings: Findings) -> None:
        self._text = text
        self._name = name
        self._findings = findings
        self._decoder = JSONDecoder(object_pairs_hook=self._object, parse_constant=_no_constant)
        self._at = 0
        self._counted = 0
        self._line = 1
        self._repeated: list[str] = []

    def persons(self) -> Iterator[tuple[JSON, Location]]:
        """Yield every item of `Persons` with its place."""
        seen: set[str] = set()
        self._need("{", "an object with a `Persons` list")
        while not self._skip("}"):
            if seen:
                self._need(",", "a comma or the end of the object")
            start = self._place()
            key = self._value()
            if not isinstance(key, str):
                raise self._invalid("a key in quotes was expected here")
            self._need(":", "a colon")
            if key in seen:
                raise unreadable("duplicate-key", f"{shown(key)} stands here a second time.", start)
            seen.add(key)
            if key == "Persons":
                yield from self._items()
            else:
                self._value()
        self._blanks()
        if self._at < len(self._text):
            raise self._invalid("the export ends before this")
        if "Persons" not in seen:
            raise self._no_persons(seen)

    def _items(self) -> Iterator[tuple[JSON, Location]]:
        self._need("[", "a list of persons")
        first = True
        while not self._skip("]"):
            if not first:
                self._need(",", "a comma or the end of the list")
            first = False
            self._blanks()
            place = self._place()
            yield self._value(), place

    def _value(self) -> JSON:
        self._blanks()
        start = self._at
        try:
            value, self._at = self._decoder.raw_decode(self._text, start)
        except json.JSONDecodeError as error:
            self._at = error.pos
            raise self._invalid(error.msg[:1].lower() + error.msg[1:]) from error
        except ValueError as error:
            raise self._invalid(str(error)) from error
        except RecursionError as error:
            raise self._too_deep() from error
        found = cast("JSON", value)
        for key in self._repeated:
            self._findings.error(
                "duplicate-key",
                f"{shown(key)} stands twice in one object below here.",
                self._place(start),
            )
        self._repeated.clear()
        self._check(found, start)
        return found

    def _check(self, value: JSON, start: int) -> None:
        text = self._text
        if text.count("{", start, self._at) + text.count("[", start, self._at) > MAX_DEPTH and (
            _depth(value) > MAX_DEPTH - 2
        ):
            raise self._too_deep(start)
        if text.find("\\u", start, self._at) >= 0 and _SURROGATE.search(
            json.dumps(value, ensure_ascii=False)
        ):
            raise unreadable(
                "invalid-json",
                "A text below here holds half a character (a lone surrogate).",
                self._place(start),
            )

    def _object(self, pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _ in pairs]
            self._repeated += sorted({key for key in keys if keys.count(key) > 1})
        return found

    # ------------------------------------------------------------ tokens and places

    def _blanks(self) -> None:
        found = _BLANK.match(self._text, self._at)
        if found is not None:
            self._at = found.end()

    def _skip(self, token: str) -> bool:
        self._blanks()
        if not self._text.startswith(token, self._at):
            return False
        self._at += 1
        return True

    def _need(self, token: str, wanted: str) -> None:
        if not self._skip(token):
            raise self._invalid(f"{wanted} was expected here")

    def _place(self, at: int | None = None) -> Location:
        self._blanks()
        at = self._at if at is None else at
        if at >= self._counted:
            self._line += self._text.count("\n", self._counted, at)
        else:
            self._line -= self._text.count("\n", at, self._counted)
        self._counted = at
        return Location(self._name, self._line, at - self._text.rfind("\n", 0, at))

    def _invalid(self, said: str) -> Unreadable:
        return unreadable(
            "invalid-json",
            f"The file is not a vault export from here on: {said}.",
            self._place(min(self._at, len(self._text))),
            "Export the vault from HelloID again.",
        )

    def _too_deep(self, at: int | None = None) -> Unreadable:
        detail = f"Lists and objects are nested more than {MAX_DEPTH} levels deep below here."
        return unreadable("too-deep", detail, self._place(at))

    def _no_persons(self, keys: set[str]) -> Unreadable:
        close = "Persons" if nearest("Persons", keys) else None
        return unreadable(
            "missing-key",
            f"A vault export has a list `Persons`; this file has {listed(sorted(keys), 'and') or 'nothing'}.",
            Location(self._name, 1, 1),
            f"Did you mean `{close}`?" if close else "Name a vault export.",
        )


def _depth(value: JSON) -> int:
    deepest = 0
    waiting: list[tuple[JSON, int]] = [(value, 1)]
    while waiting:
        found, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(found, dict):
            waiting += [(item, depth + 1) for item in found.values()]
        elif isinstance(found, list):
            waiting += [(item, depth + 1) for item in found]
    return deepest


def _no_constant(name: str) -> JSON:
    raise ValueError(f"{name} is no JSON value")
