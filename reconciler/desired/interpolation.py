"""`${NAME}` and `${file:PATH}` in the settings."""

import re
from collections.abc import Mapping
from pathlib import Path

from reconciler.desired.files import read_bytes
from reconciler.desired.findings import Unreadable, nearest, shown
from reconciler.desired.node import Items, Node, Pairs, Scalar
from reconciler.desired.page import Page

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)\}")
_MAX_FILE = 1024 * 1024


class Interpolation:
    """Fills in references; what comes from outside is never shown, only how it is written."""

    def __init__(self, page: Page, root: Path, environ: Mapping[str, str]) -> None:
        self._page = page
        self._root = root
        self._environ = environ

    def fill(self, node: Node) -> Node:
        """Return a node with every reference in its texts filled in; `$${` stands for `${`."""
        if isinstance(node, Pairs):
            pairs = {name: (key, self.fill(value)) for name, (key, value) in node.pairs.items()}
            return Pairs(pairs, node.line, node.column)
        if isinstance(node, Items):
            return Items([self.fill(item) for item in node.items], node.line, node.column)
        filled = self.text(node)
        if filled is None or filled == node.text:
            return node
        return Scalar(filled, plain=True, line=node.line, column=node.column, written=node.text)

    def text(self, scalar: Scalar, *, tolerant: bool = False) -> str | None:
        """Return a scalar's text filled in, or None where something is missing.

        A `tolerant` reading does not complain about what is missing.
        """
        missing = False

        def value(match: re.Match[str]) -> str:
            nonlocal missing
            if match.group(1) is None:
                return "${"
            found = self._value(scalar, match.group(1), tolerant=tolerant)
            missing = missing or found is None
            return found or ""

        filled = _REFERENCE.sub(value, scalar.text)
        return None if missing else filled

    def variable(self, name: str) -> str | None:
        """Return an environment variable; an empty one counts as not set."""
        return self._environ.get(name) or None

    def _value(self, scalar: Scalar, reference: str, *, tolerant: bool) -> str | None:
        if reference.startswith("file:"):
            return self._file(scalar, reference.removeprefix("file:"), tolerant=tolerant)
        found = self._environ.get(reference)
        if found is None and not tolerant:
            close = nearest(reference, self._environ)
            self._page.error(
                "unset-variable",
                scalar,
                f"{shown('${' + reference + '}')} reads the environment, where {shown(reference)} is not set.",
                f"Did you mean `{close}`? `$${{` writes a plain `${{`."
                if close
                else f"Set it: export {reference}=… (`$${{` writes a plain `${{`).",
            )
        return found

    def _file(self, scalar: Scalar, path: str, *, tolerant: bool) -> str | None:
        at = self._page.at(scalar)
        try:
            data = read_bytes(self._root / path, path, _MAX_FILE, at)
        except Unreadable as error:
            if not tolerant:
                self._page.findings.add(error.problem)
            return None
        return data.decode("utf-8").rstrip("\r\n")
