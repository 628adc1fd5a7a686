"""A plan as one HTML file that needs nothing else, rendered from its JSON document alone."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Final

from reconciler.model.plan import CheckStatus, Mode
from reconciler.model.value import JSON
from reconciler.reports.entries import entries_of
from reconciler.reports.links import NO_LINKS, Links
from reconciler.reports.reading import shown
from reconciler.reports.shape import CheckShape, PlanShape
from reconciler.reports.sheet import Sheet, sheet_html
from reconciler.reports.shell import text
from reconciler.reports.summary import left_over, opening, refusal
from reconciler.reports.text import admitted_by
from reconciler.reports.words import count

_STATUSES: Final[Mapping[CheckStatus, str]] = {
    CheckStatus.FAILED: "Refused by safeguards",
    CheckStatus.ACKNOWLEDGED: "Breaches acknowledged",
    CheckStatus.WARNING: "Policies not kept",
}


def plan_html(document: Mapping[str, JSON], links: Links = NO_LINKS) -> str:
    """Return a plan as an HTML document that loads nothing and runs nothing but its own script.

    What others wrote is text everywhere, with what does not show written out. Raises BadInput where the
    document is no plan.
    """
    plan = shown(document, PlanShape)
    return sheet_html(
        Sheet(
            f"Plan for {plan.target.base_url}, as of {plan.as_of}",
            list(_header(plan)),
            _footer(plan),
            entries_of(plan),
            list(_checks(plan.checks)),
            plan.persons,
            links,
        )
    )


def _header(plan: PlanShape) -> Iterator[str]:
    until = plan.expires_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    yield f"<h1>{opening(plan)}</h1>"
    if refusal(plan):
        yield f'<p class="alarm">{refusal(plan)}</p>'
    if left_over(plan):
        yield f"<p>{left_over(plan)}</p>"
    if plan.mode is Mode.ADDITIVE:
        yield "<p>Additive: what takes something away is held back.</p>"
    yield f"<p>For {text(plan.target.base_url)}, as of {plan.as_of}; can be applied until "
    yield f"{until} UTC.</p>"


def _footer(plan: PlanShape) -> str:
    passed = sum(check.status is CheckStatus.PASSED for check in plan.checks)
    said = f"Safeguards: {count(passed, 'check')} passed. " if passed else ""
    return f"{said}Plan {text(plan.digest)}"


def _checks(checks: Sequence[CheckShape]) -> Iterator[str]:
    for status, title in _STATUSES.items():
        found = [check for check in checks if check.status is status]
        if found:
            yield f'<section class="checks {status.value}">\n<h2>{title} ({len(found):,})</h2>\n<ul>'
            yield from map(_check, found)
            yield "</ul>\n</section>"


def _check(check: CheckShape) -> str:
    of = f" of {check.of:,}" if check.of is not None else ""
    said = f"<b>{text(check.rule)}</b>: {check.value:,}{of}, limit {text(check.limit)}"
    detail = f"<br>{text(check.detail)}" if check.detail else ""
    option = admitted_by(check) if check.status is CheckStatus.FAILED else None
    admit = "<br>To admit exactly this, give plan or apply: " if option else ""
    return f"<li>{said}{detail}{admit}{f'<code>{text(option)}</code>' if option else ''}"
