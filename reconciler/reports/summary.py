"""A plan in two sentences, of our own words and numbers alone."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from reconciler.model.issue import IssueStatus
from reconciler.model.plan import CheckStatus
from reconciler.reports.inert import visible
from reconciler.reports.shape import ActionShape, DiffShape, PlanShape
from reconciler.reports.words import ACTS, VERBS, count

CORRELATE: Final = "correlate_account"
"""The kind of action that touches only the ledger: reports count it and do not list it."""


WORKING_TREE: Final = "working tree"
"""What a diff calls the files as they are now."""


def differences(plan: PlanShape) -> list[ActionShape]:
    """Return the actions that change the tenant."""
    return [action for action in plan.actions if action.kind != CORRELATE]


def opening(plan: PlanShape) -> str:
    """Return "Plan: 2 to create, 1 to revoke." or that there are no differences."""
    counted = _verbs(action.kind for action in differences(plan))
    if counted:
        return f"Plan: {counted}."
    return "No differences to carry out." if plan.held else "No differences."


def diff_opening(diff: DiffShape) -> str:
    """Return "Diff: 2 to create, 1 to revoke." or that there are no differences."""
    counted = _verbs(change.kind for change in diff.changes)
    left_out = f" Left out: {count(len(diff.errors), 'person')}." if diff.errors else ""
    return (f"Diff: {counted}." if counted else "No differences.") + left_out


def said_revision(revision: str, commit: str | None) -> str:
    """Return a revision as it is said: its name, and the commit where the name is another."""
    if commit is None:
        return f"the {revision}"
    name = visible(revision)
    return name if commit.startswith(revision) else f"{name} ({commit[:12]})"


def left_over(plan: PlanShape) -> str:
    """Return what the opening does not count; "" where nothing is left over."""
    still_open = sum(issue.status is IssueStatus.OPEN for issue in plan.issues)
    said = _ledger_only(plan)
    if plan.held:
        said.append(f"Held back: {count(len(plan.held), 'action')}.")
    if still_open:
        said.append(f"Open: {count(still_open, 'issue')}.")
    if plan.errors:
        said.append(f"Left out: {count(len(plan.errors), 'person')}.")
    return " ".join(said)


def refusal(plan: PlanShape) -> str:
    """Return that safeguards refuse the plan; "" where none does."""
    failed = sum(check.status is CheckStatus.FAILED for check in plan.checks)
    if not failed:
        return ""
    return f"Refused by {count(failed, 'safeguard')}: as it stands, apply changes nothing."


def _verbs(kinds: Iterable[str]) -> str:
    verbs = Counter(ACTS[kind].verb for kind in kinds)
    return ", ".join(f"{verbs[verb]:,} to {verb}" for verb in VERBS if verbs[verb])


def _ledger_only(plan: PlanShape) -> list[str]:
    correlated = sum(action.kind == CORRELATE for action in plan.actions)
    parts = [count(correlated, "account")] if correlated else []
    parts += [count(len(plan.adopts), "grant")] if plan.adopts else []
    return [f"Taken over as they are: {' and '.join(parts)}."] if parts else []
