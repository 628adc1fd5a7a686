"""What every ledger says in the same words when it refuses, and how it closes an open step."""

from dataclasses import replace

from reconciler.errors import LedgerUnusable
from reconciler.model.run import Entry, RunId, StepStatus


def lock_held(who: str, remedy: str = "") -> LedgerUnusable:
    """Return the refusal of a second writer; `who` names the first and since when."""
    return LedgerUnusable(
        "Another apply holds the ledger's lock",
        f"The tenant has one writer at a time; this one is {who}.",
        f"Wait until it has ended, then run the command again.{remedy and ' '}{remedy}",
    )


def lock_lost(who: str) -> LedgerUnusable:
    """Return the refusal of a write by a holder that gave no sign of life for too long."""
    return LedgerUnusable(
        "The ledger's lock was lost",
        f"This apply gave no sign of life for too long, and {who} took the lock over. "
        "Nothing more is sent or written down by this one.",
        "Look at `reconciler history`; the other apply goes on with what was left open.",
    )


def earlier_run(run: RunId, started_at: str, by: str) -> LedgerUnusable:
    """Return the refusal to begin a run while an earlier one has not ended."""
    return LedgerUnusable(
        "An earlier apply has not ended",
        f"Run {run}, started {started_at} by {by}, was stopped before it was done.",
        "Go on with it first:\n  reconciler apply",
    )


def unknown_run(run: RunId) -> LedgerUnusable:
    """Return the refusal to write into a run that was never begun."""
    return LedgerUnusable(
        "The ledger does not know this run",
        f"Run {run} was never begun here, so nothing can be written down for it.",
        "Was the ledger replaced during the run? Put the right one back and run apply again.",
    )


def without_answer(entry: Entry, at: str) -> Entry:
    """Return an intended step as the end of its run leaves it: nobody can say what became of it."""
    return replace(entry, status=StepStatus.UNCONFIRMED, at=at, error=NO_ANSWER)


NO_ANSWER = "The run ended before an answer was written down."
