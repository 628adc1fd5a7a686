"""What an apply did, would do or did before, as Markdown for a pipeline's summary, from the JSON document alone."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from reconciler.model.value import JSON
from reconciler.reports.applied import CLOSINGS, apply_said
from reconciler.reports.cells import code, row
from reconciler.reports.entries import action_entry
from reconciler.reports.fitting import Part, fitted
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
from reconciler.reports.markdown import (
    LONGEST_OPTION,
    TITLES,
    entry_row,
    errors_part,
    warnings_part,
)
from reconciler.reports.reading import shown
from reconciler.reports.rehearsal import (
    HEADINGS,
    HeldShape,
    RehearsalShape,
    again_said,
    rehearsal_opening,
)
from reconciler.reports.shape import ActionShape, AppliedActionShape, AppliedShape
from reconciler.reports.words import ACTS, ENDINGS, count

ELSEWHERE: Final = "`reconciler show FILE --format html`"
LEFT_OUT: Final = "Nothing of these persons changed."
WOULD_BE_LEFT_OUT: Final = "Nothing of these persons would change."


class _Ended(NamedTuple):
    """An action that ended, and in which apply where there are several."""

    action: AppliedActionShape
    run: RunShape | None = None


def apply_markdown(document: Mapping[str, JSON]) -> str:
    """Return the outcome of an apply as GitHub-flavoured Markdown of at most 60,000 characters.

    What is not done comes first and is never folded. Raises BadInput where the document is no outcome.
    """
    applied = shown(document, AppliedShape)
    closing = CLOSINGS.get(applied.status)
    head = [f"## {apply_said(applied)}", *([f"**{closing}**"] if closing else [])]
    foot = f"Run {code(applied.run)} of plan {code(applied.plan_digest)}."
    headings = {ending: ENDINGS[ending].heading for ending in HEADINGS}
    *others, done = _parts(applied.actions, headings)
    parts = [*others, errors_part(applied.errors, LEFT_OUT), done]
    return fitted("\n\n".join(head), parts, foot, ELSEWHERE)


def rehearsal_markdown(document: Mapping[str, JSON]) -> str:
    """Return how a rehearsal ended as GitHub-flavoured Markdown of at most 60,000 characters.

    What would not be done, and what a plan would still do, is never folded. Raises BadInput where the
    document is no rehearsal.
    """
    rehearsed = shown(document, RehearsalShape)
    at = f"On a copy of {code(rehearsed.base_url)} as it was at {code(rehearsed.taken_at)}"
    head = (
        f"## {rehearsal_opening(rehearsed)}\n\n{again_said(rehearsed)}"
        f"\n\n{at}; the tenant itself is untouched."
    )
    foot = f"Plan {code(rehearsed.plan_digest)}."
    return fitted(head, _rehearsed(rehearsed), foot, ELSEWHERE)


def history_markdown(document: Mapping[str, JSON]) -> str:
    """Return what was applied as GitHub-flavoured Markdown of at most 60,000 characters, latest first.

    What is not done is never folded. Raises BadInput where the document is no history.
    """
    runs = shown(document, HistoryShape).runs
    said = f"{count(len(runs), 'apply', 'applies')}, the latest first." if runs else ""
    actions = [_Ended(action, run) for run in runs for action in run.actions]
    others = [each for each in actions if each.action.status != "done"]
    done = [each for each in actions if each.action.status == "done"]
    remarks = [
        f"{moment(run.started_at)}: {REMARKS[run.status]}" for run in runs if run.status in REMARKS
    ]
    parts = (
        warnings_part(remarks),
        Part("Applies", ("When", "How", "By", "From", "What"), len(runs), lambda: map(_run, runs)),
        Part("Not done", ("When", *TITLES, "Ended"), len(others), lambda: map(_ended, others)),
        Part("Done", ("When", *TITLES), len(done), lambda: map(_done, done), is_folded=True),
    )
    return fitted(
        f"## History\n\n{said or 'Nothing was applied.'}", parts, "From the ledger.", ELSEWHERE
    )


def _parts(actions: Sequence[AppliedActionShape], headings: Mapping[str, str]) -> Iterator[Part]:
    """Yield a table for each ending, the last of which is done: it opens at a click. What takes away comes first."""
    for ending, heading in headings.items():
        found = sorted(
            (action for action in actions if action.status == ending),
            key=lambda action: not ACTS[action.kind].removes,
        )
        is_told = any(action.error for action in found)
        columns = (*TITLES, "Ended") if is_told else TITLES
        rows = partial(_outcomes, found, is_told=is_told)
        yield Part(heading, columns, len(found), rows, is_folded=ending == "done")


def _outcomes(actions: Sequence[AppliedActionShape], *, is_told: bool) -> Iterator[str]:
    for action in actions:
        yield _action(action) + (f" {_error(action)} |" if is_told else "")


def _action(action: ActionShape) -> str:
    return entry_row(action_entry("", action))


def _error(action: AppliedActionShape) -> str:
    return code(action.error, LONGEST_OPTION) if action.error else ""


# ---------------------------------------------------------------- a rehearsal


def _rehearsed(rehearsed: RehearsalShape) -> Iterator[Part]:
    again, after = rehearsed.again, rehearsed.after
    *others, done = _parts(rehearsed.actions, HEADINGS)
    yield from others
    yield errors_part(rehearsed.errors, WOULD_BE_LEFT_OUT)
    title = "A plan made afterwards would still do"
    yield Part(title, TITLES, len(again.actions), lambda: map(_action, again.actions))
    yield warnings_part(rehearsed.warnings)
    yield done
    columns = ("Who", "Account", "Groups", "Products")
    yield Part("Afterwards", columns, len(after), lambda: map(_held, after), is_folded=True)
    yield Part(
        "What a rehearsal cannot know",
        ("Unknown",),
        len(rehearsed.unknown),
        lambda: (row(code(line, LONGEST_OPTION)) for line in rehearsed.unknown),
        is_folded=True,
    )


def _held(held: HeldShape) -> str:
    who = [code(name(part)) for part in (held.person, held.user_name) if part is not None]
    lists = (" ".join(code(name(each)) for each in names) for names in (held.groups, held.products))
    return row(" ".join(who), held.state or "no account", *lists)


# ---------------------------------------------------------------- a history


def _run(run: RunShape) -> str:
    commit = f"commit {code(run.commit[:HASH])}, " if run.commit else ""
    origin = f"{commit}plan {code(short(run.plan_digest))}"
    how = STATUSES[run.status][0]
    return row(_when(run), how, code(name(run.by)), origin, run_said(run.actions))


def _when(run: RunShape | None) -> str:
    return "" if run is None else code(moment(run.started_at))


def _done(ended: _Ended) -> str:
    return f"| {_when(ended.run)} {_action(ended.action)}"


def _ended(ended: _Ended) -> str:
    action = ended.action
    said = ENDINGS[action.status].short + (f": {_error(action)}" if action.error else "")
    return f"{_done(ended)} {said} |"
