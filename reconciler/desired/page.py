"""One file while it is read: nodes in, typed values out, and a problem where a node does not fit."""

import unicodedata
from collections.abc import Collection, Mapping
from datetime import date
from types import MappingProxyType

from reconciler.desired.findings import Findings, listed, nearest, shown
from reconciler.desired.node import Items, Node, Pairs, Scalar, is_null, kind
from reconciler.desired.scalar import FALSE, TRUE, is_ambiguous
from reconciler.model.day import day_of
from reconciler.model.provenance import Location


class Page:
    """A file's name and the findings its nodes add to. Every reader returns None where it complains."""

    def __init__(self, file: str, findings: Findings) -> None:
        self.file = file
        self.findings = findings

    def at(self, node: Node) -> Location:
        """Return a node's place."""
        return Location(self.file, node.line + 1, node.column + 1)

    def error(self, code: str, node: Node, detail: str, fix: str = "") -> None:
        """Add an error at a node."""
        self.findings.error(code, detail, self.at(node), fix)

    def shown(self, node: Node) -> str:
        """Return what stands at a node, fit for a message."""
        if isinstance(node, Scalar) and not is_null(node):
            return shown(node.written or node.text)
        return kind(node)

    def wrong(self, node: Node, what: str, wanted: str, fix: str = "") -> None:
        """Complain that a node is something else than wanted."""
        self.error("wrong-type", node, f"`{what}` is {self.shown(node)}; it must be {wanted}.", fix)

    # ------------------------------------------------------------ collections

    def pairs(
        self,
        node: Node,
        what: str,
        known: Collection[str],
        instead: Mapping[str, str] = MappingProxyType({}),
    ) -> Pairs | None:
        """Return a mapping whose keys are all known; the unknown ones are complained about.

        `instead` has the fix for unknown keys that a user may well expect.
        """
        if not isinstance(node, Pairs):
            self.wrong(node, what, "a mapping", f"Its keys are {listed(known, 'and')}.")
            return None
        for key, _ in node.pairs.values():
            if key.text not in known:
                self.unknown_key(key, what, known, instead.get(key.text))
        return node

    def unknown_key(
        self, key: Scalar, what: str, known: Collection[str], fix: str | None = None
    ) -> None:
        """Complain about a key, with the nearest one that exists unless a fix is given."""
        if fix is None:
            close = nearest(key.text, known)
            fix = f"Did you mean `{close}`?" if close else f"The keys are {listed(known, 'and')}."
        self.error("unknown-key", key, f"`{what}` has no key {shown(key.text)}.", fix)

    def get(self, pairs: Pairs, key: str) -> Node | None:
        """Return the value of a key, or None where it is left out or empty."""
        found = pairs.pairs.get(key)
        return None if found is None or is_null(found[1]) else found[1]

    def need(self, pairs: Pairs, key: str, what: str, fix: str = "") -> Node | None:
        """Return the value of a key that must be there."""
        found = self.get(pairs, key)
        if found is None:
            self.error("missing-key", pairs, f"`{what}` needs a `{key}`.", fix)
        return found

    def items(self, node: Node, what: str) -> Items | None:
        """Return a list."""
        if isinstance(node, Items):
            return node
        self.wrong(
            node, what, "a list", "Write it in brackets, `[one, two]`, or a line each with `- `."
        )
        return None

    # ------------------------------------------------------------ single values

    def scalar(self, node: Node, what: str, wanted: str) -> Scalar | None:
        """Return a single value that is not null."""
        if isinstance(node, Scalar) and not is_null(node):
            return node
        self.wrong(node, what, wanted)
        return None

    def name(self, node: Node, what: str) -> str | None:
        """Return a text that identifies something: quoted where it could be taken for something else."""
        if not isinstance(node, Scalar) or (node.plain and not node.text):
            self.wrong(node, what, "a text")
            return None
        if is_ambiguous(node):
            self.error(
                "ambiguous-text",
                node,
                f"`{what}` is {self.shown(node)} without quotes; YAML readers differ on whether that is a text.",
                f'Put it in quotes: "{node.text}".',
            )
            return None
        flaw = flaw_of(node.text)
        if flaw:
            self.error("bad-text", node, f"`{what}` {flaw}.")
            return None
        return node.text

    def prose(self, node: Node, what: str) -> str | None:
        """Return a text for people, as written, with or without quotes."""
        found = self.scalar(node, what, "a text")
        return None if found is None else found.text

    def flag(self, node: Node, what: str) -> bool | None:
        """Return true or false."""
        if isinstance(node, Scalar) and node.plain and node.text in TRUE | FALSE:
            return node.text in TRUE
        self.wrong(node, what, "true or false", "Write `true` or `false`, without quotes.")
        return None

    def day(self, node: Node, what: str) -> date | None:
        """Return a date such as 2024-01-01."""
        found = self.scalar(node, what, "a date")
        if found is None:
            return None
        day = day_of(found.text)
        if day is None:
            self.error(
                "bad-date",
                node,
                f"`{what}` is {self.shown(node)}, which is no date.",
                "Write year, month and day: `2024-01-31`.",
            )
        return day

    def choice(self, node: Node, what: str, choices: Collection[str]) -> str | None:
        """Return one of a few words."""
        found = self.scalar(node, what, f"one of {listed(choices)}")
        if found is None or found.text in choices:
            return None if found is None else found.text
        close = nearest(found.text, choices)
        self.error(
            "bad-value",
            node,
            f"`{what}` is {self.shown(node)}; it must be {listed(choices)}.",
            f"Did you mean `{close}`?" if close else f"Write {listed(choices)}.",
        )
        return None

    def names(self, node: Node, what: str) -> tuple[str, ...] | None:
        """Return a list of identifying texts; those that are none are left out with a complaint."""
        found = self.items(node, what)
        if found is None:
            return None
        texts = (self.name(item, what) for item in found.items)
        return tuple(text for text in texts if text is not None)


def flaw_of(text: str) -> str | None:
    """Return what keeps a text from being a name (`is empty`), or None."""
    if not text.strip():
        return "is empty"
    if text.isprintable():
        return None
    for letter in text:
        if unicodedata.category(letter) in {"Cc", "Cs"}:
            return f"holds the control character U+{ord(letter):04X}"
    return None
