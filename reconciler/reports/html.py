"""A plan as one HTML file that needs nothing else, rendered from its JSON document alone.

Without scripts it is a plain list, complete. With scripts the same entries come from an island of JSON
and become elements only as far as somebody scrolls, so that 100,000 of them open at once.
"""

import json
from base64 import b64encode
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import UTC
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import Final, Generic, TypeVar

from reconciler.model.plan import CheckStatus, Mode
from reconciler.model.value import JSON
from reconciler.reports.actions import NOTHING
from reconciler.reports.entries import Entry, Field, Section, entries_of
from reconciler.reports.inert import name, visible
from reconciler.reports.reading import shown
from reconciler.reports.shape import CheckShape, PlanShape
from reconciler.reports.summary import left_over, opening, refusal
from reconciler.reports.text import admitted_by
from reconciler.reports.words import count

_STATUSES: Final[Mapping[CheckStatus, str]] = {
    CheckStatus.FAILED: "Refused by safeguards",
    CheckStatus.ACKNOWLEDGED: "Breaches acknowledged",
    CheckStatus.WARNING: "Policies not kept",
}
_UNSAFE: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
_Key = TypeVar("_Key", bound=Hashable)


def plan_html(document: Mapping[str, JSON]) -> str:
    """Return a plan as an HTML document that loads nothing and runs nothing but its own script.

    What others wrote is text everywhere, with what does not show written out. Raises BadInput where the
    document is no plan.
    """
    plan = shown(document, PlanShape)
    entries = entries_of(plan)
    style, script = _asset("plan.css"), _asset("plan.js")
    head = [
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(style, script)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="robots" content="noindex">',
        f"<title>{escape(visible(f'Plan for {plan.target.base_url}, as of {plan.as_of}'))}</title>",
        f"<style>{style}</style>",
    ]
    body = [
        *_header(plan),
        *_checks(plan.checks),
        *_viewer(entries),
        f'<script type="application/json" id="plan">{_island(entries)}</script>',
        f"<script>{script}</script>",
        "<noscript>",
        *_listed(entries),
        "</noscript>",
        f"</main>\n<footer>{_footer(plan)}</footer>",
    ]
    start, middle, end = (
        '<!doctype html>\n<html lang="en">\n<head>',
        "</head>\n<body>",
        "</body>\n</html>\n",
    )
    return "\n".join([start, *head, middle, *body, end])


@cache
def _asset(file: str) -> str:
    return (files("reconciler.reports") / "assets" / file).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return a policy under which only these two run, and nothing is loaded, sent or framed."""
    return "; ".join(
        [
            "default-src 'none'",
            f"style-src '{_digest(style)}'",
            f"script-src '{_digest(script)}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ]
    )


def _digest(text: str) -> str:
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _text(text: str) -> str:
    """Return others' text, inert; set apart where its letters could run from right to left."""
    inert = escape(visible(text))
    return inert if inert.isascii() else f"<bdi>{inert}</bdi>"


def _header(plan: PlanShape) -> Iterator[str]:
    until = plan.expires_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    yield f"<header>\n<h1>{opening(plan)}</h1>"
    if refusal(plan):
        yield f'<p class="alarm">{refusal(plan)}</p>'
    if left_over(plan):
        yield f"<p>{left_over(plan)}</p>"
    if plan.mode is Mode.ADDITIVE:
        yield "<p>Additive: what takes something away is held back.</p>"
    yield f"<p>For {_text(plan.target.base_url)}, as of {plan.as_of}; can be applied until "
    yield f"{until} UTC.</p>\n</header>\n<main>"


def _footer(plan: PlanShape) -> str:
    passed = sum(check.status is CheckStatus.PASSED for check in plan.checks)
    said = f"Safeguards: {count(passed, 'check')} passed. " if passed else ""
    return f"{said}Plan {_text(plan.digest)}"


def _checks(checks: Sequence[CheckShape]) -> Iterator[str]:
    for status, title in _STATUSES.items():
        found = [check for check in checks if check.status is status]
        if found:
            yield f'<section class="checks {status.value}">\n<h2>{title} ({len(found):,})</h2>\n<ul>'
            yield from map(_check, found)
            yield "</ul>\n</section>"


def _check(check: CheckShape) -> str:
    of = f" of {check.of:,}" if check.of is not None else ""
    said = f"<b>{_text(check.rule)}</b>: {check.value:,}{of}, limit {_text(check.limit)}"
    detail = f"<br>{_text(check.detail)}" if check.detail else ""
    option = admitted_by(check) if check.status is CheckStatus.FAILED else None
    admit = "<br>To admit exactly this, give plan or apply: " if option else ""
    return f"<li>{said}{detail}{admit}{f'<code>{_text(option)}</code>' if option else ''}"


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


def _listed(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield every entry as plain lists, for readers without scripts."""
    for section, of_section in groupby(entries, key=lambda entry: entry.section):
        found = list(of_section)
        yield f"<section>\n<h2>{section.value} ({len(found):,})</h2>"
        for (person, account), about in groupby(found, key=lambda each: each[4:6]):
            if section is not Section.WARNINGS:
                yield f"<h3>{_subject(person, account)}</h3>"
            yield "<ul>"
            yield from map(_entry, about)
            yield "</ul>"
        yield "</section>"


def _subject(person: str | None, account: str | None) -> str:
    if account is None:
        return "Groups" if person is None else f"Person {_text(name(person))}"
    shown_as = f"account {_text(name(account))}"
    if person is None:
        return f"A{shown_as[1:]}, no person known"
    return f"Person {_text(name(person))}, {shown_as}"


def _entry(entry: Entry) -> str:
    permission = f" <b>{_text(name(entry.permission[1]))}</b>" if entry.permission else ""
    parts = [f"{_text(part)}" for part in (entry.detail, entry.source) if part]
    why = ": ".join(filter(None, [entry.reason, " · ".join(parts)]))
    what = entry.what.replace("_", " ")
    said = f"<li><span class={entry.style.value}>{entry.sign} {what}</span>{permission}"
    return f"{said} <small>{why}</small>{_fields(entry.fields)}"


def _fields(fields: Sequence[Field]) -> str:
    if not fields:
        return ""
    rows = (
        f"<tr><th>{_text(name(field.name))}{_value(field.before)}{_value(field.after)}"
        for field in fields
    )
    return f"<table class=fields><tr><th>Field<th>Before<th>After{''.join(rows)}</table>"


def _value(text: str) -> str:
    empty = " class=none" if text == NOTHING else ""
    return f"<td{empty}>{_text(text)}"


def _island(entries: Sequence[Entry]) -> str:
    """Return the entries as JSON in which every text stands once, safe inside a script element."""
    texts, kinds, permissions = _Numbered[str](), _Numbered[str](), _Numbered[tuple[str, str]]()
    kind_of = {
        (entry.sign, entry.what, entry.style): f"{entry.sign} {entry.what.replace('_', ' ')}"
        for entry in entries
    }
    styles = {said: style.value for (_, _, style), said in kind_of.items()}
    sections = list(Section)

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
    island: dict[str, JSON] = {
        "sections": [section.value for section in Section],
        "kinds": [[said, styles[said]] for said in kinds.keys],
        "permissions": [[kind, visible(name(named))] for kind, named in permissions.keys],
        "rows": rows,
        "texts": [visible(text) for text in texts.keys],
    }
    return json.dumps(island, ensure_ascii=False, separators=(",", ":")).translate(_UNSAFE)


class _Numbered(Generic[_Key]):
    """Values, each with a number: that of its first occurrence."""

    def __init__(self) -> None:
        self.keys: dict[_Key, int] = {}

    def of(self, key: _Key) -> int:
        return self.keys.setdefault(key, len(self.keys))
