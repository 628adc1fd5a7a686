"""What was applied: its JSON document, and that as text for people."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from reconciler.model.address import fold
from reconciler.model.run import Run, RunStatus
from reconciler.model.value import JSON
from reconciler.reports.actions import by_subject, title
from reconciler.reports.applied import NEVER_SENT, apply_document
from reconciler.reports.document import as_document
from reconciler.reports.inert import name
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.reading import as_shape, shown
from reconciler.reports.shape import AppliedActionShape, PlanShape, Shape
from reconciler.reports.words import ACTS, CAUSES, ENDINGS, count

FEW: Final = 20
"""So many actions of a run are listed; of more, only those that are not done."""
HASH: Final = 12
"""Letters of a commit or a digest that are shown."""
NOT_YET: Final = "Not begun yet."
_PAST: Final[Mapping[str, str]] = {
    "create": "created",
    "restore": "restored",
    "correlate": "correlated",
    "update": "updated",
    "enable": "enabled",
    "disable": "disabled",
    "delete": "deleted",
    "grant": "granted",
    "revoke": "revoked",
}
STATUSES: Final[Mapping[RunStatus, tuple[str, Style]]] = {
    RunStatus.DONE: ("done", Style.ADD),
    RunStatus.INCOMPLETE: ("incomplete", Style.ALARM),
    RunStatus.INTERRUPTED: ("interrupted", Style.ALARM),
    RunStatus.RUNNING: ("not ended", Style.ALARM),
}
"""How the status of an apply is said."""
REMARKS: Final[Mapping[RunStatus, str]] = {
    RunStatus.INTERRUPTED: "It was stopped before its end; the apply that followed found out what it did.",
    RunStatus.RUNNING: "It is running, or it was stopped: then the next apply finds out what it did.",
}
"""What there is to say of an apply that has no end of its own."""


class RunShape(Shape, frozen=True, kw_only=True):
    """One apply of one plan; times are ISO 8601 in UTC."""

    id: str
    started_at: str
    ended_at: str | None
    status: RunStatus
    plan_digest: str
    by: str
    commit: str | None
    actions: list[AppliedActionShape]


class HistoryShape(Shape, frozen=True, kw_only=True):
    """What was applied, latest first."""

    runs: list[RunShape]


def run_document(run: Run, plan: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the JSON of a run of a plan's document: its actions, and what became of each.

    Steps that the plan has not are left out. Raises BadInput where the plan is none.
    """
    known = {action.id for action in shown(plan, PlanShape).actions}
    outcomes = [(it.step, it.status, it.at, it.error) for it in run.entries if it.step in known]
    applied = apply_document(plan, run.id, run.status, outcomes)
    actions = cast("list[dict[str, JSON]]", applied["actions"])
    if run.status is RunStatus.RUNNING:
        for action in actions:
            if action["error"] == NEVER_SENT:
                action["error"] = NOT_YET
    return {
        "id": run.id,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "status": run.status.value,
        "plan_digest": run.plan_digest,
        "by": run.by,
        "commit": run.commit,
        "actions": cast("JSON", actions),
    }


def about_person(
    run: Mapping[str, JSON], who: str, steps: Collection[str] = ()
) -> dict[str, JSON] | None:
    """Return a run with the actions of one person only, or None where it has none.

    `who` is an ExternalId as written, or a user name or userGUID in any case; the account of the
    actions in `steps` is theirs too.
    """
    actions = as_shape(run, RunShape).actions
    names = {fold(who)}
    names |= {fold(it.account.user_name) for it in actions if it.id in steps and it.account}
    kept = [it for it in actions if it.person == who or names & _names(it)]
    if not kept:
        return None
    return {**run, "actions": cast("JSON", [as_document(action) for action in kept])}


def history_document(runs: Sequence[Mapping[str, JSON]]) -> dict[str, JSON]:
    """Return the JSON of several runs."""
    return {"runs": cast("JSON", list(runs))}


def history_text(
    document: Mapping[str, JSON], *, width: int, colour: bool, full: bool = False
) -> str:
    """Return what was applied as text, a heading for each run, latest first.

    Of a run with many actions only those that are not done are listed, unless `full`.
    """
    page = Page(width, colour=colour)
    runs = shown(document, HistoryShape).runs
    for run in runs:
        page.blank()
        _write_run(page, run, full=full)
    if not runs:
        page.line(Span("Nothing was applied."))
    return page.text()


def _names(action: AppliedActionShape) -> frozenset[str]:
    account = action.account
    if account is None:
        return frozenset()
    return frozenset({fold(account.user_name), fold(account.user_guid or "")} - {""})


def _write_run(page: Page, run: RunShape, *, full: bool) -> None:
    word, style = STATUSES[run.status]
    page.line(
        Span(moment(run.started_at), Style.STRONG),
        Span(f"  {word}", style),
        Span(f"  by {run.by}"),
        Span(_origin(run), Style.FAINT),
    )
    page.line(Span(f"run {run.id}, plan {short(run.plan_digest)}", Style.FAINT), indent=2)
    remark = REMARKS.get(run.status)
    if remark:
        page.line(Span(remark, Style.ALARM), indent=2)
    page.line(Span(run_said(run.actions)), indent=2)
    listed = [
        action
        for action in run.actions
        if full or len(run.actions) <= FEW or action.status != "done"
    ]
    for heading, actions in by_subject(listed):
        page.line(Span(heading, Style.STRONG), indent=2)
        for action in actions:
            _write_action(page, action)
    if len(listed) < len(run.actions):
        left = count(len(run.actions) - len(listed), "action that is done", "that are done")
        page.line(Span(f"{left}: see --full", Style.FAINT), indent=2)


def _write_action(page: Page, action: AppliedActionShape) -> None:
    said = ENDINGS[action.status]
    ending = [] if action.status == "done" else [Span(f"  {said.short}", said.style)]
    cause = CAUSES[action.cause.kind]
    if action.cause.detail:
        cause += f": {action.cause.detail}"
    if action.cause.source:
        cause += f" ({action.cause.source})"
    page.line(*title(action), *ending, Span(f"  {cause}", Style.FAINT), indent=4)
    if action.error:
        page.line(Span(action.error), indent=8, hang=2)


def run_said(actions: Sequence[AppliedActionShape]) -> str:
    """Return "3 actions: 2 granted, 1 failed."."""
    if not actions:
        return "Nothing had to change in the tenant."
    done = Counter(ACTS[action.kind].verb for action in actions if action.status == "done")
    parts = [f"{done[verb]:,} {past}" for verb, past in _PAST.items() if done[verb]]
    ends = Counter(action.status for action in actions)
    parts += [
        f"{ends[ending]:,} {said.short}"
        for ending, said in ENDINGS.items()
        if ending != "done" and ends[ending]
    ]
    return f"{count(len(actions), 'action')}: {', '.join(parts)}."


def _origin(run: RunShape) -> str:
    commit = f"  commit {name(run.commit[:HASH])}" if run.commit else ""
    return commit + _duration(run)


def _duration(run: RunShape) -> str:
    if run.ended_at is None or run.status is RunStatus.INTERRUPTED:
        return ""
    try:
        took = datetime.fromisoformat(run.ended_at) - datetime.fromisoformat(run.started_at)
    except (TypeError, ValueError):
        return ""
    return f"  in {max(0, round(took.total_seconds())):,} s"


def moment(text: str) -> str:
    """Return an ISO 8601 moment as it is said; what is none comes back as it is, and may be anything."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return text
    return read.strftime("%Y-%m-%d %H:%M:%S") + (" UTC" if read.tzinfo else "")


def short(digest: str) -> str:
    """Return the beginning of a digest, enough to know it by."""
    kind, colon, letters = digest.partition(":")
    return kind + colon + letters[:HASH]
