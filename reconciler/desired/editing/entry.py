"""One entry of a section while its file is edited."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.desired.editing.tree import Alias, Leaf, Listing, Node, Pair, Table, copied, meant
from reconciler.desired.editing.writing import Value, grown, is_plain
from reconciler.errors import BadInput
from reconciler.model.provenance import Location

ORDER = (
    *("name", "previously", "create", "authoritative", "protected", "description", "members"),
    *("person", "state", "from", "until", "reason", "ticket", "fields"),
)
"""Where a key that is new to an entry goes: behind those that stand before it here."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a section; what is changed here shows in the text of its Editor."""

    file: str
    holder: Listing
    node: Node

    def said(self, key: str) -> str | None:
        """Return the text of a single value of the entry, None where it has none."""
        found = self._read().value(key)
        return found.text if isinstance(found, Leaf) and not found.is_null else None

    def names_in(self, key: str) -> Iterator[str]:
        """Yield the names in the list of a key: texts, and the `person` of mappings."""
        found = self._read().value(key)
        if isinstance(found, Listing):
            for node in found.items:
                name = _name_of(node)
                if name is not None:
                    yield name

    def remove(self) -> None:
        """Take the entry out of its section."""
        self.holder.items[:] = [node for node in self.holder.items if node is not self.node]

    def set(self, key: str, value: Value) -> None:
        """Have a key say something else; a key that is new goes where people would look for it."""
        self.set_inside((key,), value)

    def set_inside(self, path: tuple[str | int, ...], value: Value) -> None:
        """Have a nested key say something else; mappings on the way to it are made where they are missing.

        A number in the path is a place in a list, from 0. Raises BadInput where there is no such place.
        """
        table, key = self._own(), ""
        for step in path:
            if isinstance(step, int):
                table = self._item(table, key, step)
                key = ""
                continue
            if key:
                table = self._inner(table, key)
            key = step
        self._put(table, key, value)

    def _put(self, table: Table, key: str, value: Value) -> None:
        pair = table.pair(key)
        if pair is None:
            _place(table, Pair(_key(key), grown(value)))
        else:
            _replace(pair, value)

    def unset(self, key: str) -> None:
        """Take a key out of the entry, where it is there."""
        table = self._own()
        table.pairs[:] = [pair for pair in table.pairs if pair.key.text != key]

    def unset_inside(self, path: tuple[str, ...]) -> None:
        """Take a nested key out, and the mappings around it that then hold nothing."""
        tables = [self._own()]
        for key in path[:-1]:
            found = tables[-1].value(key)
            if not isinstance(found, Table):
                return
            tables.append(self._inner(tables[-1], key))
        for table, key in zip(reversed(tables), reversed(path), strict=True):
            table.pairs[:] = [pair for pair in table.pairs if pair.key.text != key]
            if table.pairs:
                return

    def add_to(self, key: str, item: Value) -> None:
        """Add an item to the list of a key: in its place where the list is sorted, else at its end."""
        items = list_of(self._own(), key, self.file).items
        new = grown(item)
        if isinstance(new, Leaf) and items and all(_is_quoted(each) for each in items):
            new = Leaf(new.text, plain=new.plain and not isinstance(item, str))
        items.insert(_position(items, new), new)

    def remove_from(self, key: str, item: str) -> bool:
        """Take an item out of the list of a key, a text or a mapping with that `person`; tell whether it was there."""
        if item not in self.names_in(key):
            return False
        items = list_of(self._own(), key, self.file).items
        items[:] = [node for node in items if _name_of(node) != item]
        return True

    def remove_at(self, key: str, place: Location) -> None:
        """Take the item that stands at a place out of the list of a key. Raises BadInput where none does."""
        items = list_of(self._own(), key, self.file).items
        left = [node for node in items if not _stands_at(node, place)]
        if len(left) == len(items):
            raise BadInput("File cannot be edited", f"No item of `{key}` stands at {place}.")
        items[:] = left

    def _read(self) -> Table:
        found = meant(self.node)
        assert isinstance(found, Table)  # noqa: S101 - entries are mappings
        return found

    def _own(self) -> Table:
        if not isinstance(self.node, Table):
            raise BadInput(
                "File cannot be edited", f"{self.file}: the entry is an alias of another one."
            )
        return self.node

    def _item(self, table: Table, key: str, number: int) -> Table:
        items = list_of(table, key, self.file).items
        found = items[number] if number < len(items) else None
        if not isinstance(found, Table):
            raise BadInput("File cannot be edited", f"{self.file}: `{key}` has no such item.")
        return found

    def _inner(self, table: Table, key: str) -> Table:
        pair = table.pair(key)
        if pair is None:
            pair = Pair(_key(key), Table([]))
            _place(table, pair)
        elif isinstance(pair.value, Alias):
            pair.value = copied(pair.value)
        elif isinstance(pair.value, Leaf) and pair.value.is_null:
            pair.value = Table([])
        if not isinstance(pair.value, Table):
            raise BadInput("File cannot be edited", f"{self.file}: `{key}` is no mapping.")
        return pair.value


def _stands_at(node: Node, place: Location) -> bool:
    span = node.span
    return span is not None and (span.line + 1, span.column + 1) == (place.line, place.column)


def list_of(table: Table, key: str, file: str) -> Listing:
    """Return the list of a key, made where it is missing or null, written out where it is an alias."""
    pair = table.pair(key)
    if pair is None:
        pair = Pair(_key(key), Listing([]))
        _place(table, pair)
    elif isinstance(pair.value, Alias):
        pair.value = copied(pair.value)
    elif isinstance(pair.value, Leaf) and pair.value.is_null:
        pair.value = Listing([])
    if not isinstance(pair.value, Listing):
        raise BadInput("File cannot be edited", f"{file}: `{key}` is no list.")
    return pair.value


def _key(key: str) -> Leaf:
    return Leaf(key, plain=is_plain(key))


def _place(table: Table, pair: Pair) -> None:
    """Put a new pair into a mapping, where the keys that stand before it in ORDER end."""
    key = pair.key.text
    earlier = ORDER[: ORDER.index(key)] if key in ORDER else ()
    places = [n for n, each in enumerate(table.pairs, 1) if each.key.text in earlier]
    table.pairs.insert(places[-1] if places else len(table.pairs), pair)


def _replace(pair: Pair, value: Value) -> None:
    new, old = grown(value), pair.was
    if isinstance(new, Leaf) and isinstance(old, Leaf):
        if _is_said(old, new, value):
            pair.value = old
            return
        if old.style in {'"', "'"} and isinstance(value, str):
            new = Leaf(new.text, plain=False)
    pair.value = new


def _is_said(old: Leaf, new: Leaf, value: Value) -> bool:
    """Tell whether a value of the file says already what a new one would."""
    if isinstance(value, str):
        return old.text == value and (not old.plain or is_plain(value))
    return old.plain and (old.text == new.text or (old.is_null and new.is_null))


def _position(items: list[Node], new: Node) -> int:
    name, names = _name_of(new), [_name_of(item) for item in items]
    known = [each for each in names if each is not None]
    if name is None or len(known) < len(names) or known != sorted(known):
        return len(items)
    return bisect_left(known, name)


def _is_quoted(node: Node) -> bool:
    return isinstance(node, Leaf) and not node.plain


def _name_of(node: Node) -> str | None:
    found = meant(node)
    if isinstance(found, Table):
        person = found.value("person")
        return person.text if isinstance(person, Leaf) else None
    return found.text if isinstance(found, Leaf) else None
