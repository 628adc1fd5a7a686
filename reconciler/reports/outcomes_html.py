"""What an apply did, would do or did before, as one HTML file, rendered from its JSON document alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.model.value import JSON
from reconciler.reports.applied import CLOSINGS, apply_said
from reconciler.reports.entries import Entry, action_entry, error_entry, warning_entry
from reconciler.reports.history import (
    HASH,
    REMARKS,
    STATUSES,
    HistoryShape,
    RunShape,
    moment,
    run_said,
    short,
)
from reconciler.reports.inert import name
from reconciler.reports.links import NO_LINKS, Links
from reconciler.reports.reading import shown
from reconciler.reports.rehearsal import (
    HEADINGS,
    HeldShape,
    RehearsalShape,
    again_said,
    rehearsal_opening,
)
from reconciler.reports.shape import AppliedActionShape, AppliedShape
from reconciler.reports.sheet import Sheet, sheet_html
from reconciler.reports.shell import text
from reconciler.reports.words import ACTS, ENDINGS, count

AGAIN = "A plan made afterwards would still do"


def apply_html(document: Mapping[str, JSON], links: Links = NO_LINKS) -> str:
    """Return the outcome of an apply as an HTML document that loads nothing and runs nothing but its own script.

    What is not done comes first. Raises BadInput where the document is no outcome.
    """
    applied = shown(document, AppliedShape)
    closing = CLOSINGS.get(applied.status)
    headings = {ending: ENDINGS[ending].heading for ending in HEADINGS}
    return sheet_html(
        Sheet(
            f"Apply of {applied.plan_digest}",
            [
                f"<h1>{text(apply_said(applied))}</h1>",
                *([f'<p class="alarm">{text(closing)}</p>'] if closing else []),
            ],
            f"Run {text(applied.run)} of plan {text(applied.plan_digest)}",
            [*_entries(applied.actions, headings), *map(error_entry, applied.errors)],
            links=links,
            by="How it ended",
            styles={},
        )
    )


def rehearsal_html(document: Mapping[str, JSON], links: Links = NO_LINKS) -> str:
    """Return how a rehearsal ended as an HTML document that loads nothing and runs nothing but its own script.

    What would not be done comes first. Raises BadInput where the document is no rehearsal.
    """
    rehearsed = shown(document, RehearsalShape)
    at = f"On a copy of {text(rehearsed.base_url)} as it was at {text(rehearsed.taken_at)}"
    again = (action_entry(AGAIN, action) for action in rehearsed.again.actions)
    return sheet_html(
        Sheet(
            f"Rehearsal on a copy of {rehearsed.base_url}",
            [
                f"<h1>{text(rehearsal_opening(rehearsed))}</h1>",
                f"<p>{text(again_said(rehearsed))}</p>",
                f"<p>{at}; the tenant itself is untouched.</p>",
            ],
            f"Plan {text(rehearsed.plan_digest)}",
            [
                *_entries(rehearsed.actions, HEADINGS),
                *map(error_entry, rehearsed.errors),
                *again,
                *map(warning_entry, rehearsed.warnings),
            ],
            [*_afterwards(rehearsed.after), *_unknown(rehearsed.unknown)],
            links=links,
            by="How it would end",
            styles={},
        )
    )


def history_html(document: Mapping[str, JSON], links: Links = NO_LINKS) -> str:
    """Return what was applied as an HTML document that loads nothing and runs nothing but its own script.

    The latest apply comes first. Raises BadInput where the document is no history.
    """
    runs = shown(document, HistoryShape).runs
    said = f"{count(len(runs), 'apply', 'applies')}, the latest first." if runs else ""
    return sheet_html(
        Sheet(
            "History",
            ["<h1>History</h1>", f"<p>{said or 'Nothing was applied.'}</p>"],
            "From the ledger",
            [entry for run in runs for entry in _of_run(run)],
            list(_runs(runs)),
            links=links,
            by="Apply",
            styles={},
        )
    )


def _entries(actions: Sequence[AppliedActionShape], headings: Mapping[str, str]) -> Iterator[Entry]:
    for ending, heading in headings.items():
        found = [action for action in actions if action.status == ending]
        for action in sorted(found, key=lambda action: not ACTS[action.kind].removes):
            yield _entry(heading, action)


def _entry(section: str, action: AppliedActionShape) -> Entry:
    entry = action_entry(section, action)
    if action.status == "done" and not action.error:
        return entry
    said = f"{action.error} ({entry.reason}: {entry.detail})" if action.error else entry.detail
    return entry._replace(reason=ENDINGS[action.status].short, detail=said)


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield f'<details class="checks">\n<summary>{title}</summary>\n<ul>'
    yield from (f"<li>{line}" for line in lines)
    yield "</ul>\n</details>"


# ---------------------------------------------------------------- a rehearsal


def _afterwards(after: Sequence[HeldShape]) -> Iterator[str]:
    if after:
        title = f"Afterwards: what {count(len(after), 'account')} would hold"
        yield from _folded(title, map(_held, after))


def _held(held: HeldShape) -> str:
    who = text(name(held.user_name))
    if held.person is not None:
        who = f"Person {text(name(held.person))}, account {who}"
    parts = [f"<b>{who}</b>: {held.state or 'no account'}"]
    for word, names in (("groups", held.groups), ("products", held.products)):
        if names:
            parts.append(f"{word}: {', '.join(text(name(each)) for each in names)}")
    return "<br>".join(parts)


def _unknown(unknown: Sequence[str]) -> Iterator[str]:
    if unknown:
        yield from _folded("What a rehearsal cannot know", map(text, unknown))


# ---------------------------------------------------------------- a history


def _of_run(run: RunShape) -> Iterator[Entry]:
    section = f"{moment(run.started_at)}, {STATUSES[run.status][0]}, by {name(run.by)}"
    others = [action for action in run.actions if action.status != "done"]
    done = [action for action in run.actions if action.status == "done"]
    for action in (*others, *done):
        yield _entry(section, action)


def _runs(runs: Sequence[RunShape]) -> Iterator[str]:
    if not runs:
        return
    yield '<table class="plain">\n<tr><th>When<th>How<th>By<th>From<th>What'
    for run in runs:
        word, style = STATUSES[run.status]
        commit = f"commit {text(run.commit[:HASH])}, " if run.commit else ""
        remark = f"<br><small>{REMARKS[run.status]}</small>" if run.status in REMARKS else ""
        yield f"<tr><td>{text(moment(run.started_at))}<td><b class={style.value}>{word}</b>{remark}"
        yield f"<td>{text(name(run.by))}<td>{commit}plan {text(short(run.plan_digest))}"
        yield f"<td>{run_said(run.actions)}"
    yield "</table>"
