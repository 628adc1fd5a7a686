"""Changes between brackets: `[a, b]` and `{a: 1}`, on one line or on several."""

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.desired.editing.layout import Lines
from reconciler.desired.editing.splice import CannotSplice, Splice
from reconciler.desired.editing.tree import Leaf, Listing, Node, Pair, Table, span_of
from reconciler.desired.editing.writing import in_flow, written

_Element = Pair | Node


def bracket_splices(lines: Lines, node: Table | Listing) -> Iterator[Splice]:
    """Yield the changes of a node in brackets and of all that is in it. Raises CannotSplice."""
    yield from _Brackets(lines, node).splices()
    for element in node.before:
        value = element.value if isinstance(element, Pair) else element
        if isinstance(element, Pair) and value is not element.was:
            if _is_in(element, node):
                yield _replaced(element)
        elif isinstance(value, Table | Listing) and _is_in(element, node):
            yield from bracket_splices(lines, value)


def _is_in(element: _Element, node: Table | Listing) -> bool:
    now = node.pairs if isinstance(node, Table) else node.items
    return any(each is element for each in now)


def _replaced(pair: Pair) -> Splice:
    assert pair.was is not None  # noqa: S101 - only pairs of the file are replaced
    place, value = span_of(pair.was), pair.value
    style = pair.was.style if isinstance(pair.was, Leaf) else ""
    text = written(value, style) if isinstance(value, Leaf) else in_flow(value)
    return Splice(place.start, place.end, text if place.start < place.end else f" {text}")


@dataclass(frozen=True, slots=True)
class _Brackets:
    lines: Lines
    node: Table | Listing

    def splices(self) -> Iterator[Splice]:
        before = list[_Element](self.node.before)
        now = list[_Element](self.node.pairs if isinstance(self.node, Table) else self.node.items)
        kept = {id(each) for each in now}
        held = {id(each) for each in before}
        last = max((n for n, each in enumerate(before) if id(each) in kept), default=-1)
        if last < 0:
            yield from self._all_anew(before, [_shown(each) for each in now])
            return
        for number, each in enumerate(before):
            if id(each) not in kept:
                yield self._one_out(each, before[number + 1] if number < last else None)
        previous: _Element | None = None
        waiting: list[str] = []
        for each in now:
            if id(each) in held:
                yield from self._put_in(waiting, previous, each)
                waiting, previous = [], each
            else:
                waiting.append(_shown(each))
        if last + 1 < len(before):
            yield from self._at_cut_end(before[last], before[last + 1], before[-1], waiting)
        else:
            yield from self._put_in(waiting, previous, None)

    def _all_anew(self, before: list[_Element], new: list[str]) -> Iterator[Splice]:
        opening, closing = self._opening(), span_of(self.node).end - 1
        if "#" not in self.lines.text[opening:closing]:
            if before or new:
                yield Splice(opening, closing, ", ".join(new))
            return
        for each in before:
            yield self._one_out(each, None)
        yield Splice(opening, opening, ", ".join(new))

    def _at_cut_end(
        self, left: _Element, cut: _Element, last: _Element, new: list[str]
    ) -> Iterator[Splice]:
        """What follows the last element that stays, where others followed it before."""
        comma = self._comma(left)
        if comma is None:
            raise CannotSplice
        if new and self._has_own_line(left):
            yield from self._put_below(new, left, comma, "")
        elif new:
            yield Splice(comma + 1, comma + 1, f" {', '.join(new)}")
        elif self._comma(last) is None:
            start = _start(cut)
            is_beside = not self.lines.text[comma + 1 : start].strip(" \t")
            yield Splice(comma, start if is_beside else comma + 1)

    def _one_out(self, each: _Element, following: _Element | None) -> Splice:
        start, comma = _start(each), self._comma(each)
        end = self._end(each) if comma is None else comma + 1
        if self.lines.begins_line(start) and self.lines.ends_line(end):
            return Splice(self.lines.start(start), self.lines.after(end))
        if following is not None and not self.lines.text[end : _start(following)].strip(" \t"):
            return Splice(start, _start(following))
        return Splice(len(self.lines.text[:start].rstrip(" \t")), end)

    def _put_in(
        self, new: list[str], previous: _Element | None, following: _Element | None
    ) -> Iterator[Splice]:
        if not new:
            return
        if previous is None:
            assert following is not None  # noqa: S101 - something stays, or all is written anew
            at = _start(following)
            yield Splice(at, at, "".join(f"{text}, " for text in new))
        elif self._has_own_line(previous):
            comma = self._comma(previous)
            if comma is None:
                yield Splice(self._end(previous), self._end(previous), ",")
            yield from self._put_below(new, previous, comma, "" if comma is None else ",")
        else:
            yield Splice(
                self._end(previous), self._end(previous), "".join(f", {text}" for text in new)
            )

    def _put_below(
        self, new: list[str], previous: _Element, comma: int | None, ending: str
    ) -> Iterator[Splice]:
        end = self._end(previous) if comma is None else comma + 1
        at = self.lines.after(end)
        newline = self.lines.text[self.lines.end(end) : at]
        blanks = self.lines.text[self.lines.start(_start(previous)) : _start(previous)]
        yield Splice(at, at, f",{newline}".join(blanks + text for text in new) + ending + newline)

    def _has_own_line(self, each: _Element) -> bool:
        comma = self._comma(each)
        end = self._end(each) if comma is None else comma + 1
        return self.lines.begins_line(_start(each)) and self.lines.ends_line(end)

    # ------------------------------------------------------------ places

    def _opening(self) -> int:
        at = self.lines.text.find(
            "[" if isinstance(self.node, Listing) else "{", span_of(self.node).start
        )
        if at < 0:
            raise CannotSplice
        return at + 1

    def _end(self, each: _Element) -> int:
        if isinstance(each, Pair):
            assert each.was is not None  # noqa: S101 - elements of the file have an end
            return max(span_of(each.was).end, span_of(each.key).end)
        return span_of(each).end

    def _comma(self, each: _Element) -> int | None:
        at = self.lines.skip(self._end(each))
        return at if self.lines.text[at : at + 1] == "," else None


def _start(each: _Element) -> int:
    return span_of(each.key if isinstance(each, Pair) else each).start


def _shown(each: _Element) -> str:
    if isinstance(each, Pair):
        return f"{written(each.key)}: {in_flow(each.value)}"
    return in_flow(each)
