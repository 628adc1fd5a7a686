"""An audit as one HTML file that needs nothing else, rendered from its JSON document alone.

Without scripts it is a plain list, complete. With scripts the same issues come from an island of JSON and
become elements only as far as somebody scrolls, so that 10,000 of them open at once.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec import UNSET

from reconciler.model.value import JSON
from reconciler.reports import audit_words as words
from reconciler.reports.audit_shape import AuditShape, EarlierShape, FindingShape, TrendShape
from reconciler.reports.inert import visible
from reconciler.reports.reading import shown
from reconciler.reports.shell import LISTED, asset, html_file, island, left_out, text

BARS: Final = 60
"""Reports that the picture of the trend shows at most: the latest ones, one a day."""
HEIGHT: Final = 40
PITCH: Final = 6
"""How far apart the bars of the picture stand; one is two narrower than that."""


def audit_html(document: Mapping[str, JSON]) -> str:
    """Return an audit as an HTML document that loads nothing and runs nothing but its own script.

    What others wrote is text everywhere, with what does not show written out. Raises BadInput where the
    document is no audit.
    """
    audit = shown(document, AuditShape)
    style, script = asset("page.css"), asset("viewer.js") + asset("audit.js")
    title = f"Reconciliation of {audit.target.base_url}, as of {audit.as_of}"
    body = [
        *_header(audit),
        *_remarks(audit),
        *_viewer(audit.issues),
        f'<script type="application/json" id="audit">{_island(audit)}</script>',
        f"<script>{script}</script>",
        "<noscript>",
        *_listed(audit),
        "</noscript>",
        "</main>",
        f"<footer>{_footer(audit)}</footer>",
    ]
    return html_file(title, style, script, body)


def _footer(audit: AuditShape) -> str:
    read = text(audit.target.snapshot_digest)
    return f"Taken {audit.taken_at:%Y-%m-%d %H:%M} UTC; the tenant as read: {read}"


def _header(audit: AuditShape) -> Iterator[str]:
    yield f"<header>\n<h1>{words.opening(audit)}</h1>"
    yield f"<p>Reconciliation of {text(audit.target.base_url)} as of {audit.as_of}.</p>"
    if words.filtered(audit):
        yield f"<p>{text(words.filtered(audit))}</p>"
    if audit.trend is not None:
        yield f"<p>{words.trend_of(audit.trend, audit.as_of)}</p>"
        yield from _picture(audit.trend)
    yield "</header>\n<main>"


def _picture(trend: TrendShape) -> Iterator[str]:
    """Yield the open issues of earlier reports as bars, the latest one to the right."""
    reports = list(reversed(trend.reports[:BARS]))
    most = max((each.open for each in reports), default=0)
    if len(reports) < 2 or not most:
        return
    told = ", ".join(f"{each.open:,} on {each.taken_at.date()}" for each in reports[-5:])
    width = PITCH * len(reports)
    yield "<figure>"
    yield f'<svg viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}" role="img"'
    yield f' aria-label="Open issues in earlier reports, the last of them: {told}">'
    for place, report in enumerate(reports):
        yield _bar(place, report, most)
    yield "</svg>"
    yield f"<figcaption>Open issues, {reports[0].taken_at.date()} to {reports[-1].taken_at.date()}"
    yield f" (at most {most:,})</figcaption>\n</figure>"


def _bar(place: int, report: EarlierShape, most: int) -> str:
    height = max(1, round(HEIGHT * report.open / most)) if report.open else 0
    told = f"{report.taken_at.date()}: {report.open:,} open, {report.new:,} new, {report.settled:,} settled"
    return (
        f'<rect x="{place * PITCH}" y="{HEIGHT - height}" width="{PITCH - 2}" height="{height}">'
        f"<title>{told}</title></rect>"
    )


def _remarks(audit: AuditShape) -> Iterator[str]:
    errors = [
        f"<b>person {text(error.person)}</b>: {text(error.summary)}. {text(error.detail)}"
        for error in audit.errors
    ]
    for title, lines in (
        ("Left out because of errors", errors),
        ("Warnings", [text(warning) for warning in audit.warnings]),
    ):
        if lines:
            yield f'<section class="checks">\n<h2>{title} ({len(lines):,})</h2>\n<ul>'
            yield from (f"<li>{line}" for line in lines)
            yield "</ul>\n</section>"


def _viewer(issues: Sequence[FindingShape]) -> Iterator[str]:
    """Yield what the script fills; it is hidden until then."""
    if not issues:
        return
    yield '<div id="viewer" hidden>\n<form id="controls" role="search">'
    yield '<label class="wide">Filter <input id="filter" type="search" autocomplete="off"'
    yield ' spellcheck="false" placeholder="person, account, group …"></label>'
    yield '<label>Status <select id="status"></select></label>'
    yield '<label>Issue <select id="type"></select></label>'
    yield '<label>Sort by <select id="sort"></select></label>\n</form>'
    yield '<p id="count" role="status"></p>\n<table id="entries" class="audit">\n<thead></thead>\n</table>'
    yield '<p id="more"><button type="button" id="all">Show all</button></p>\n</div>'


def _listed(audit: AuditShape) -> Iterator[str]:
    """Yield issues in a plain table, for readers without scripts: all, unless they are very many."""
    issues = audit.issues[:LISTED]
    if len(issues) < len(audit.issues):
        yield left_out(len(issues), len(audit.issues), "issues")
    heads = "".join(f"<th>{title}" for title in words.COLUMNS)
    yield f'<table class="plain">\n<tr>{heads}<th>More'
    for finding in issues:
        cells = [finding.system, *_texts(finding)[:5]]
        more = "\n".join(_more(finding, audit))
        row = "".join(f"<td>{text(cell)}" for cell in cells)
        yield f"<tr>{row}<td><small>{'<br>'.join(map(text, more.split(chr(10))))}</small>"
    yield "</table>"


def _texts(finding: FindingShape) -> tuple[str, ...]:
    return (
        words.persons_of(finding),
        words.accounts_of(finding),
        words.permission_of(finding),
        finding.type.value,
        words.resolved(finding),
        words.decided_by(finding) or f"fits: {', '.join(finding.resolutions)}",
        finding.first_seen.isoformat() if finding.first_seen else "",
    )


def _more(finding: FindingShape, audit: AuditShape) -> list[str]:
    fields = () if finding.fields is UNSET else finding.fields
    found = [words.field_of(moved) for moved in fields] or [finding.detail]
    facts = "; ".join(words.facts_of(finding, audit))
    return [visible(line) for line in (*found, f"{facts[:1].upper()}{facts[1:]}.") if line]


def _island(audit: AuditShape) -> str:
    """Return the issues as JSON in which every text stands once, safe inside a script element."""
    numbers: dict[str, int] = {}

    def number(text: str) -> int:
        return numbers.setdefault(text, len(numbers))

    statuses = list(words.STATUSES)
    rows: list[JSON] = []
    for finding in audit.issues:
        row: list[JSON] = [number(visible(text)) for text in _texts(finding)]
        row.append([number(line) for line in _more(finding, audit)])
        row.append(statuses.index(finding.status))
        rows.append(row)
    return island(
        {
            "system": visible(audit.target.base_url),
            "columns": list(words.COLUMNS),
            "statuses": [words.STATUSES[status] for status in statuses],
            "rows": rows,
            "texts": list(numbers),
        }
    )
