"""The difference between two declared states, written into the files that hold the first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from msgspec.json import encode

from reconciler.desired.digest import digest_of
from reconciler.desired.editing import Editor, Value, fresh, read_text
from reconciler.desired.importing.layout import Layout
from reconciler.model.address import PermissionKey
from reconciler.model.declared import AccountEntry, Declared, MemberEntry, Period, PermissionEntry
from reconciler.model.person import Person
from reconciler.model.value import JSON

Texts: TypeAlias = dict[str, tuple[str, str]]
"""What files were and what they become, by name."""


@dataclass(slots=True)
class Pages:
    """The files that change, by their names in the project: those that are there, and those that are new."""

    root: Path
    editors: dict[str, Editor] = field(default_factory=dict[str, Editor])
    before: dict[str, str] = field(default_factory=dict[str, str])
    new: dict[str, dict[str, list[Value]]] = field(
        default_factory=dict[str, dict[str, list[Value]]]
    )
    """What new files hold, by section."""

    def page(self, name: str) -> Editor:
        """Return the editor of a file that is there."""
        if name not in self.editors:
            self._look(name)
            self.editors[name] = Editor(self.before[name], name)
        return self.editors[name]

    def add(self, name: str, section: str, item: Value) -> None:
        """Add an item at the end of a section of a file, which need not exist."""
        if self._look(name):
            self.page(name).add(section, item)
        else:
            self.new.setdefault(name, {}).setdefault(section, []).append(item)

    def texts(self) -> Texts:
        """Return what each file was and becomes, those that change only, sorted. Raises BadInput.

        A new file is as yet unproven: it says nothing but what `says_the_same` compares when all is read.
        """
        after = {name: fresh(sections) for name, sections in self.new.items()}
        after |= {name: editor.text for name, editor in self.editors.items()}
        texts = {name: (self.before[name], after[name]) for name in sorted(after)}
        return {name: each for name, each in texts.items() if each[0] != each[1]}

    def _look(self, name: str) -> str:
        """Return what a file holds now."""
        if name not in self.before:
            self.before[name] = read_text(self.root / name)
        return self.before[name]


def write_difference(pages: Pages, layout: Layout, before: Declared, after: Declared) -> None:
    """Put into the files what `after` declares otherwise than `before`, which is what they declare now.

    Raises BadInput where a file leaves no sure place for a change.
    """
    _write_persons(pages, layout, before, after)
    _write_accounts(pages, layout, before, after)
    _write_permissions(pages, layout, before, after)


# ---------------------------------------------------------------- persons


def _write_persons(pages: Pages, layout: Layout, before: Declared, after: Declared) -> None:
    for who, person in after.persons.items():
        known = before.persons.get(who)
        if known is None:
            pages.add(layout.persons(person), "persons", person.fields)
        elif known is not person and known.at is not None:
            entry = pages.page(known.at.file).entry_at("persons", known.at)
            for path, value in _changed(known.fields, person.fields):
                entry.set_inside(path, value)


def _changed(before: JSON, after: JSON) -> Iterator[tuple[tuple[str | int, ...], JSON]]:
    """Yield the places below which two values differ, and what stands there afterwards."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in after:
            if key not in before:
                yield (key,), after[key]
            else:
                yield from (
                    ((key, *rest), value) for rest, value in _changed(before[key], after[key])
                )
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from (((number, *rest), value) for rest, value in _changed(old, new))
    elif before != after:
        yield (), after


# ---------------------------------------------------------------- accounts


def _write_accounts(pages: Pages, layout: Layout, before: Declared, after: Declared) -> None:
    now = {entry.at: entry for entry in after.accounts}
    for entry in before.accounts:
        wanted = now.get(entry.at)
        if wanted is not None and wanted == entry:
            continue
        place = pages.page(entry.at.file).entry_at("accounts", entry.at)
        if wanted is None:
            place.remove()
            continue
        if wanted.state is not entry.state:
            place.set("state", wanted.state.value)
        for name, value in wanted.fields.items():
            if name not in entry.fields or entry.fields[name] != value:
                place.set_inside(("fields", name), value)
    known = {entry.at for entry in before.accounts}
    for entry in after.accounts:
        if entry.at not in known:
            file = layout.accounts(after.persons[entry.person])
            pages.add(file, "accounts", _account(entry))


def _account(entry: AccountEntry) -> dict[str, Value]:
    item: dict[str, Value] = {"person": str(entry.person), "state": entry.state.value}
    item.update(_days(entry.period))
    if entry.fields:
        item["fields"] = dict(entry.fields)
    return item


def _days(period: Period) -> dict[str, Value]:
    days = {"from": period.start, "until": period.until}
    return {key: day for key, day in days.items() if day is not None}


# ---------------------------------------------------------------- groups and products


def _write_permissions(pages: Pages, layout: Layout, before: Declared, after: Declared) -> None:
    now = {entry.at: entry for entry in after.permissions}
    for entry in before.permissions:
        wanted = now.get(entry.at)
        if wanted is not None and wanted == entry:
            continue
        place = pages.page(entry.at.file).entry_at(f"{entry.kind.value}s", entry.at)
        if wanted is None:
            place.remove()
            continue
        if wanted.name != entry.name:
            place.set("name", wanted.name)
            place.set("previously", list(wanted.previously))
        lines = {line.at for line in wanted.members or ()}
        known = {line.at for line in entry.members or ()}
        for line in entry.members or ():
            if line.at not in lines:
                place.remove_at("members", line.at)
        for line in wanted.members or ():
            if line.at not in known:
                place.add_to("members", _member(line))
    places = {entry.at for entry in before.permissions}
    for entry in after.permissions:
        if entry.at not in places:
            section = f"{entry.kind.value}s"
            pages.add(layout.permission(entry), section, _permission(entry))


def _permission(entry: PermissionEntry) -> dict[str, Value]:
    item: dict[str, Value] = {"name": entry.name}
    if entry.members is not None:
        item["members"] = [_member(line) for line in entry.members]
    return item


def _member(line: MemberEntry) -> Value:
    days = _days(line.period)
    return {"person": str(line.person), **days} if days else str(line.person)


# ---------------------------------------------------------------- the proof


def says_the_same(left: Declared, right: Declared) -> bool:
    """Tell whether two declared states ask for the same, wherever in the files."""
    return _said(left) == _said(right)


def shows_the_same(left: Declared, right: Declared) -> bool:
    """Tell whether scripts see the same persons in two states that say the same: the order of keys counts too."""
    return all(map(_is_seen_alike, left.persons.values(), right.persons.values()))


def _is_seen_alike(left: Person, right: Person) -> bool:
    return left is right or encode(left.fields) == encode(right.fields)


def _said(declared: Declared) -> tuple[object, ...]:
    return (
        sorted(
            (e.person, e.state.value, _told(e.period), sorted(e.fields.items(), key=repr))
            for e in declared.accounts
        ),
        {
            PermissionKey.of(e.kind, e.name): (
                e.name,
                e.previously,
                e.create,
                e.authoritative,
                e.protected,
                None
                if e.members is None
                else sorted((m.person, *_told(m.period)) for m in e.members),
            )
            for e in declared.permissions
        },
        digest_of(replace(declared, accounts=(), permissions=()), b""),
    )


def _told(period: Period) -> tuple[str, str]:
    if period.start is None and period.until is None:
        return ("", "")
    return (str(period.start), str(period.until))
