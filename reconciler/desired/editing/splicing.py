"""What changed in a tree, as replacements in its text: all other characters stay as they are."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from reconciler.desired.editing.brackets import bracket_splices
from reconciler.desired.editing.layout import Lines
from reconciler.desired.editing.splice import CannotSplice, Splice
from reconciler.desired.editing.tree import (
    Leaf,
    Listing,
    Node,
    Pair,
    Table,
    Tree,
    end_of,
    span_of,
)
from reconciler.desired.editing.writing import (
    Manner,
    in_flow,
    is_short,
    item_lines,
    lines_of,
    value_lines,
    written,
)


def splices_of(text: str, tree: Tree, root: Table, manner: Manner) -> list[Splice]:
    """Return the splices that make the text say what `root`, the tree's root, says now.

    Raises CannotSplice where the file's layout leaves no place for a change.
    """
    work = _Work(Lines(text), manner)
    if root.flow:
        return list(work.changed(root))
    kept = [pair for pair in root.pairs if pair.was is not None]
    new = [pair for pair in root.pairs if pair.was is None]
    splices: list[Splice] = []
    if tree.root is not None:
        splices += work.changed(Table(kept, root.span, root.flow, root.before))
    return [*splices, *work.sections(new, tree.end)]


@dataclass(frozen=True, slots=True)
class _Work:
    lines: Lines
    manner: Manner

    def sections(self, pairs: list[Pair], at: int) -> Iterator[Splice]:
        """New keys at the top: at the end of the document, a blank line before each."""
        is_first = not self.lines.text[:at].strip("\ufeff \t\r\n")
        previous = self.lines.before(at)
        for pair in pairs:
            lines = lines_of(pair, 0, self.manner)
            gap = [] if is_first or self.lines.is_blank(previous) else [""]
            yield self.inserted(at, [*gap, *lines])
            is_first, previous = False, len(self.lines.text)

    def changed(self, node: Node) -> Iterator[Splice]:
        """Every change in a node that the file holds, and below."""
        if not isinstance(node, Table | Listing) or node.span is None:
            return
        if node.flow:
            yield from bracket_splices(self.lines, node)
        elif isinstance(node, Table):
            yield from self._table(node)
        else:
            yield from self._listing(node)

    # ------------------------------------------------------------ mappings

    def _table(self, table: Table) -> Iterator[Splice]:
        kept = {id(pair) for pair in table.pairs}
        following = [span_of(pair.key).start for pair in table.before[1:]]
        for number, pair in enumerate(table.before):
            if id(pair) in kept:
                yield from self._pair(pair)
            elif self.lines.begins_line(span_of(pair.key).start):
                yield self.without_lines(span_of(pair.key).start, _end_of_pair(pair))
            elif number < len(following) and table.pairs:
                yield self._up_to(pair, following[number])
            else:
                raise CannotSplice
        first = span_of(table.before[0].key)
        place = _Place(self, first.start, first.column)
        for pair in table.pairs:  # after what changed inside: both may go to the same place
            if pair.was is None:
                yield place.taken(lines_of(pair, first.column, self.manner))
            else:
                place.pass_by(_end_of_pair(pair))

    def _up_to(self, pair: Pair, following: int) -> Splice:
        """Take out a pair that shares its line with a dash: the next one moves there."""
        if self.lines.text[_end_of_pair(pair) : following].strip():
            raise CannotSplice
        return Splice(span_of(pair.key).start, following)

    def _pair(self, pair: Pair) -> Iterator[Splice]:
        value = pair.value
        if value is not pair.was:
            yield from self._replaced(pair)
            return
        if isinstance(value, Table | Listing) and not value.flow and value.before:
            if not _members(value):
                colon = self._colon(pair)
                yield Splice(colon, colon, " []" if isinstance(value, Listing) else " {}")
        elif isinstance(value, Listing) and self._outgrows(pair, value):
            yield from self._moved_below(pair, span_of(value).end)
            return
        yield from self.changed(value)

    def _outgrows(self, pair: Pair, value: Listing) -> bool:
        """Tell whether an empty `[]` gets more than one line holds."""
        column = span_of(pair.key).column
        return not value.before and bool(value.items) and not is_short(pair, column)

    def _replaced(self, pair: Pair) -> Iterator[Splice]:
        was, value = pair.was, pair.value
        assert was is not None  # noqa: S101 - only pairs of the file are replaced
        place = span_of(was)
        in_lines = isinstance(was, Table | Listing) and not was.flow
        if in_lines:
            if self.lines.start(place.start) == self.lines.start(span_of(pair.key).start):
                raise CannotSplice
            yield Splice(self.lines.start(place.start), self.lines.after(end_of(was)))
        if isinstance(value, Leaf) or is_short(pair, span_of(pair.key).column):
            style = was.style if isinstance(was, Leaf) else ""
            text = written(value, style) if isinstance(value, Leaf) else in_flow(value)
            if in_lines or place.start == place.end:
                colon = self._colon(pair)
                yield Splice(colon, colon, f" {text}")
            else:
                yield Splice(place.start, place.end, text)
        else:
            yield from self._moved_below(pair, self._colon(pair) if in_lines else place.end)

    def _moved_below(self, pair: Pair, end: int) -> Iterator[Splice]:
        """Take out what stands beside a key up to `end`, and write the value on lines of its own."""
        colon = self._colon(pair)
        if not self.lines.ends_line(end):
            raise CannotSplice
        yield Splice(colon, end)
        lines = value_lines(pair.value, pair.key.text, span_of(pair.key).column, self.manner)
        yield self.inserted(self.lines.after(end), lines)

    def _colon(self, pair: Pair) -> int:
        at = self.lines.skip(span_of(pair.key).end)
        if self.lines.text[at : at + 1] != ":":
            raise CannotSplice
        return at + 1

    # ------------------------------------------------------------ lists

    def _listing(self, listing: Listing) -> Iterator[Splice]:
        if _is_as_before(listing):
            for item in listing.items:
                yield from self._item(item)
            return
        dashes = self._dashes(listing)
        ends = {id(item): end_of(item) for item in listing.before}
        gap = [""] if self._is_airy(listing) else []
        kept = {id(item) for item in listing.items}
        for number, item in enumerate(listing.before):
            if id(item) in kept:
                yield from self._item(item)
            elif self.lines.begins_line(dashes[number]):
                yield self.without_lines(
                    dashes[number],
                    ends[id(item)],
                    leads=number == 0 and len(listing.items) > 0,
                    trails=number == len(dashes) - 1 and bool(gap),
                )
            else:
                raise CannotSplice
        column = self.lines.column(dashes[0])
        place = _Place(self, dashes[0], column)
        manner, short = self._manner_of(listing, dashes), _has_short_items(listing)
        for item in listing.items:  # after what changed inside: both may go to the same place
            if id(item) in ends:
                place.pass_by(ends[id(item)])
            else:
                yield place.taken(item_lines(item, column, manner, short=short), gap)

    def _item(self, item: Node) -> Iterator[Splice]:
        if isinstance(item, Table | Listing) and not item.flow and not _members(item):
            raise CannotSplice
        yield from self.changed(item)

    def _dashes(self, listing: Listing) -> list[int]:
        places: list[int] = []
        at = span_of(listing).start
        for item in listing.before:
            at = self.lines.skip(at)
            if self.lines.text[at : at + 1] != "-":
                raise CannotSplice
            places.append(at)
            at = end_of(item)
        return places

    def _manner_of(self, listing: Listing, dashes: list[int]) -> Manner:
        """Return the file's manner with items as far from their dash as those of this list are."""
        start = span_of(listing.before[-1]).start
        if self.lines.start(start) != self.lines.start(dashes[-1]):
            return self.manner
        return replace(self.manner, item=start - dashes[-1])

    def _is_airy(self, listing: Listing) -> bool:
        """Tell whether a blank line stands between the items."""
        return len(listing.before) > 1 and self.lines.is_blank(
            self.lines.after(end_of(listing.before[-2]))
        )

    # ------------------------------------------------------------ lines

    def inserted(self, at: int, lines: list[str]) -> Splice:
        """Return lines as they are put in at the beginning of a line."""
        return Splice(at, at, "".join(line + self.manner.newline for line in lines))

    def without_lines(
        self, start: int, end: int, *, leads: bool = False, trails: bool = False
    ) -> Splice:
        """Take out whole lines; a blank line goes too where two would meet, or one would stand first or last."""
        lines = self.lines
        first, after = lines.start(start), lines.after(end)
        follows_blank = first > 0 and lines.is_blank(lines.before(first))
        if follows_blank and (trails or after == len(lines.text) or lines.is_blank(after)):
            while first > 0 and lines.is_blank(lines.before(first)):
                first = lines.before(first)
        elif leads and not follows_blank:
            while lines.is_blank(after):
                after = lines.after(after)
        return Splice(first, after)


@dataclass(slots=True)
class _Place:
    """Where the next new item of a block goes: before the first one, or after the one passed by last."""

    work: _Work
    first: int
    column: int
    at: int | None = None

    def pass_by(self, end: int) -> None:
        self.at = self.work.lines.after(end)

    def taken(self, lines: list[str], gap: list[str] | None = None) -> Splice:
        if self.at is not None:
            return self.work.inserted(self.at, [*(gap or ()), *lines])
        if self.work.lines.begins_line(self.first):
            start = self.work.lines.start(self.first)
            return self.work.inserted(start, [*lines, *(gap or ())])
        newline = self.work.manner.newline
        text = "".join(line[self.column :] + newline + " " * self.column for line in lines)
        return Splice(self.first, self.first, text)


def _end_of_pair(pair: Pair) -> int:
    assert pair.was is not None  # noqa: S101 - only pairs of the file have an end
    return max(end_of(pair.was), span_of(pair.key).end)


def _is_as_before(listing: Listing) -> bool:
    return len(listing.items) == len(listing.before) and all(
        now is before for now, before in zip(listing.items, listing.before, strict=True)
    )


def _members(node: Table | Listing) -> list[Pair] | list[Node]:
    return node.pairs if isinstance(node, Table) else node.items


def _has_short_items(listing: Listing) -> bool:
    tables = [item for item in listing.before if isinstance(item, Table)]
    if tables:
        return all(item.flow for item in tables)
    return bool(listing.before)
