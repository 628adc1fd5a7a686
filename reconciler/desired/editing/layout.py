"""Lines, blanks and comments of a text, and the manner in which a file is laid out."""

import re
from dataclasses import dataclass, replace

from reconciler.desired.editing.tree import Leaf, Listing, Node, Table, span_of
from reconciler.desired.editing.writing import Manner

_REST = re.compile(r"[ \t]*(?:#[^\r\n]*)?")
_FILLING = re.compile(r"(?:[ \t\r\n]+|(?:(?<=[ \t\r\n])|^)#[^\r\n]*)*")


@dataclass(frozen=True, slots=True)
class Lines:
    """A text by its lines; places are indexes of characters."""

    text: str

    def start(self, at: int) -> int:
        """Return where the line of a place begins."""
        if self.text[at - 1 : at + 1] == "\r\n":
            at -= 1
        return max(self.text.rfind("\n", 0, at), self.text.rfind("\r", 0, at)) + 1

    def after(self, at: int) -> int:
        """Return where the line after that of a place begins, or the end of the text."""
        feed = self.text.find("\n", at)
        last = len(self.text) if feed < 0 else feed
        carriage = self.text.find("\r", at, last)
        if carriage >= 0:
            return carriage + (2 if carriage + 1 == feed else 1)
        return last if feed < 0 else feed + 1

    def end(self, at: int) -> int:
        """Return where the line of a place ends, before its line ending."""
        return self.start(at) + len(self.text[self.start(at) : self.after(at)].rstrip("\r\n"))

    def column(self, at: int) -> int:
        """Return how many characters stand before a place in its line."""
        return at - self.start(at)

    def begins_line(self, at: int) -> bool:
        """Tell whether only blanks stand before a place in its line."""
        return not self.text[self.start(at) : at].strip()

    def ends_line(self, at: int) -> bool:
        """Tell whether only blanks and a comment follow in the line."""
        rest = _REST.match(self.text, at)
        return rest is not None and rest.end() == self.end(at)

    def skip(self, at: int) -> int:
        """Return the first place from `at` on that is neither blank nor in a comment."""
        found = _FILLING.match(self.text, at)
        return at if found is None else found.end()

    def is_blank(self, start: int) -> bool:
        """Tell whether the line that begins at a place exists and is blank."""
        return start < len(self.text) and not self.text[start : self.after(start)].strip()

    def before(self, start: int) -> int:
        """Return where the line before the one that begins at a place begins; the same at the top."""
        return self.start(start - 1) if start > 0 else start


def manner_of(text: str, root: Node | None) -> Manner:
    """Return the manner of a file, taken from what it holds."""
    feed = re.search(r"\r\n|\n|\r", text)
    manner = Manner() if feed is None else Manner(newline=feed.group())
    if isinstance(root, Table) and not root.flow:
        for pair in root.before:
            if isinstance(pair.value, Listing) and not pair.value.flow and pair.value.before:
                return _manner_of_list(Lines(text), pair.value, manner)
    return manner


def _manner_of_list(lines: Lines, items: Listing, manner: Manner) -> Manner:
    dash = lines.column(span_of(items).start)
    manner = replace(manner, dash=dash)
    first = items.before[0]
    if not isinstance(first, Leaf | Table | Listing) or first.span is None:
        return manner
    if lines.start(first.span.start) == lines.start(span_of(items).start):
        manner = replace(manner, item=max(first.span.column - dash, 2))
    if isinstance(first, Table) and not first.flow:
        for pair in first.before:
            inner = pair.value
            if isinstance(inner, Table) and not inner.flow and inner.before:
                step = span_of(inner).column - span_of(pair.key).column
                return replace(manner, mapping=max(step, 1))
    return manner
