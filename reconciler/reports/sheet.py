"""An HTML page of entries that needs nothing else: it loads, sends and runs nothing but its own script.

Without scripts it is a plain list, complete. With scripts the same entries come from an island of JSON
and become elements only as far as somebody scrolls, so that 100,000 of them open at once.
"""

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import Final, Generic, TypeVar

from reconciler.model.value import JSON
from reconciler.reports.actions import NOTHING
from reconciler.reports.entries import Entry, Field, Section
from reconciler.reports.inert import name, visible
from reconciler.reports.links import NO_LINKS, Links
from reconciler.reports.page import Style
from reconciler.reports.shape import KnownShape
from reconciler.reports.shell import LISTED, asset, html_file, island, left_out, text

SECTION_STYLES: Final[Mapping[str, Style]] = {
    Section.REMOVALS: Style.REMOVE,
    Section.ERRORS: Style.ALARM,
    Section.OTHERS: Style.ADD,
    Section.HELD: Style.CHANGE,
    Section.OPEN: Style.CHANGE,
    Section.WARNINGS: Style.CHANGE,
}
"""The sections of a plan that a reviewer has to look at, and what they mean."""
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page is made of. `header` and `above` are elements; everything else is text.

    `grouped` is how entries are grouped at first: `section` or `cause`; `by` is what grouping them by
    section is called. `styles` are the sections whose entries are counted at the top.
    """

    title: str
    header: Sequence[str]
    footer: str
    entries: Sequence[Entry]
    above: Sequence[str] = ()
    persons: Mapping[str, KnownShape] = field(default_factory=dict[str, KnownShape])
    links: Links = NO_LINKS
    grouped: str = "section"
    by: str = "Removals first"
    styles: Mapping[str, Style] = field(default_factory=lambda: SECTION_STYLES)


def sheet_html(sheet: Sheet) -> str:
    """Return a page. What others wrote is text everywhere, with what does not show written out."""
    style, script = asset("page.css"), asset("viewer.js") + asset("plan.js")
    body = [
        "<header>",
        *sheet.header,
        *_figures(sheet),
        "</header>\n<main>",
        *sheet.above,
        *_viewer(sheet.entries),
        f'<script type="application/json" id="plan">{_island(sheet)}</script>',
        f"<script>{script}</script>",
        "<noscript>",
        *_listed(sheet),
        "</noscript>",
        f"</main>\n<footer>{sheet.footer}</footer>",
    ]
    return html_file(sheet.title, style, script, body)


def _figures(sheet: Sheet) -> Iterator[str]:
    """Yield how many entries each section has that is said in a style; the script makes buttons of them."""
    counts = Counter(entry.section for entry in sheet.entries)
    found = [(section, style) for section, style in sheet.styles.items() if counts[section]]
    if found:
        yield '<ul class="figures">'
        for section, style in found:
            said = f"<b>{counts[section]:,}</b> {text(section)}"
            yield f'<li class="{style.value}" data-section="{escape(section)}">{said}'
        yield "</ul>"


def _viewer(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield what the script fills; it is hidden until then."""
    if not entries:
        return
    yield '<div id="viewer" hidden>\n<form id="controls" role="search">'
    yield '<label class="wide">Filter <input id="filter" type="search" autocomplete="off"'
    yield ' spellcheck="false" placeholder="person, account, group, file …"></label>'
    yield '<label>Show <select id="show"></select></label>'
    yield '<label>Group by <select id="group"></select></label>'
    yield '<label>Sort by <select id="sort"></select></label>'
    yield '<button type="button" id="fold">Fold all</button>\n</form>'
    yield '<p id="count" role="status"></p>\n<table id="entries">\n<thead></thead>\n</table>'
    yield '<p id="more"><button type="button" id="all">Show all</button></p>\n</div>'


def _listed(sheet: Sheet) -> Iterator[str]:
    """Yield entries as plain lists, for readers without scripts: all, unless they are very many."""
    entries = sheet.entries[:LISTED]
    if len(entries) < len(sheet.entries):
        yield left_out(len(entries), len(sheet.entries), "entries")
    for section, of_section in groupby(entries, key=lambda entry: entry.section):
        found = list(of_section)
        yield f"<section>\n<h2>{text(section)} ({len(found):,})</h2>"
        for (person, account), about in groupby(found, key=lambda each: each[4:6]):
            if section != Section.WARNINGS:
                yield f"<h3>{_subject(person, account, sheet.persons)}</h3>"
            yield "<ul>"
            yield from (_entry(entry, sheet.links) for entry in about)
            yield "</ul>"
        yield "</section>"


def _subject(person: str | None, account: str | None, persons: Mapping[str, KnownShape]) -> str:
    if person is None:
        if account is None:
            return "Groups"
        return f"Account {text(name(account))}, no person known"
    known = persons.get(person)
    parts = [f"Person {text(name(person))}"]
    if known is not None:
        parts += [text(name(known.name))] if known.name != person else []
        parts += [text(name(known.department))] if known.department else []
    parts += [f"account {text(name(account))}"] if account else []
    return ", ".join(parts)


def _entry(entry: Entry, links: Links) -> str:
    permission = f" <b>{text(name(entry.permission[1]))}</b>" if entry.permission else ""
    parts = [text(entry.detail)] if entry.detail else []
    parts += [_linked(entry.source, links)] if entry.source else []
    why = ": ".join(filter(None, [entry.reason, " · ".join(parts)]))
    what = entry.what.replace("_", " ")
    said = f"<li><span class={entry.style.value}>{entry.sign} {what}</span>{permission}"
    return f"{said} <small>{why}</small>{_fields(entry.fields)}"


def _linked(source: str, links: Links) -> str:
    url = links.url(source)
    if url is None:
        return text(source)
    return f'<a href="{escape(url)}" rel="noreferrer">{text(source)}</a>'


def _fields(fields: Sequence[Field]) -> str:
    if not fields:
        return ""
    rows = (
        f"<tr><th>{text(name(field.name))}{_value(field.before)}{_value(field.after)}"
        for field in fields
    )
    return f"<table class=fields><tr><th>Field<th>Before<th>After{''.join(rows)}</table>"


def _value(value: str) -> str:
    empty = " class=none" if value == NOTHING else ""
    return f"<td{empty}>{text(value)}"


def _island(sheet: Sheet) -> str:
    """Return the entries as JSON in which every text stands once, safe inside a script element."""
    entries = sheet.entries
    texts, kinds, permissions = _Numbered[str](), _Numbered[str](), _Numbered[tuple[str, str]]()
    kind_of = {
        (entry.sign, entry.what, entry.style): f"{entry.sign} {entry.what.replace('_', ' ')}"
        for entry in entries
    }
    styles = {said: style.value for (_, _, style), said in kind_of.items()}
    sections = list(dict.fromkeys(entry.section for entry in entries))

    def optional(text: str | None) -> int:
        return -1 if text is None else texts.of(text)

    rows: list[JSON] = [
        [
            sections.index(entry.section),
            kinds.of(kind_of[entry.sign, entry.what, entry.style]),
            optional(entry.person),
            optional(entry.account),
            -1 if entry.permission is None else permissions.of(entry.permission),
            texts.of(entry.reason),
            texts.of(entry.detail),
            optional(entry.source),
            *(
                ([list[JSON](map(texts.of, field)) for field in entry.fields],)
                if entry.fields
                else ()
            ),
        ]
        for entry in entries
    ]
    people: dict[str, JSON] = {
        str(texts.of(person)): [texts.of(known.name), optional(known.department)]
        for person, known in sheet.persons.items()
    }
    links = sheet.links
    return island(
        {
            "by": sheet.by,
            "grouped": sheet.grouped,
            "links": [links.head, links.base, links.label],
            "people": people,
            "sections": [visible(section) for section in sections],
            "kinds": [[said, styles[said]] for said in kinds.keys],
            "permissions": [[kind, visible(name(named))] for kind, named in permissions.keys],
            "rows": rows,
            "texts": [visible(text) for text in texts.keys],
        }
    )


class _Numbered(Generic[_Key]):
    """Values, each with a number: that of its first occurrence."""

    def __init__(self) -> None:
        self.keys: dict[_Key, int] = {}

    def of(self, key: _Key) -> int:
        return self.keys.setdefault(key, len(self.keys))
