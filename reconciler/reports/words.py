"""How kinds, causes and endings are said to people: words, signs and styles as data."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from reconciler.model.issue import IssueStatus
from reconciler.model.provenance import CauseKind
from reconciler.reports.page import Style


class Act(NamedTuple):
    """How one kind of action is said; `removes` where it takes access or data away."""

    sign: str
    verb: str
    noun: str
    style: Style
    removes: bool = False


ACTS: Final[Mapping[str, Act]] = {
    "revoke_group": Act("-", "revoke", "group", Style.REMOVE, removes=True),
    "revoke_product": Act("-", "revoke", "product", Style.REMOVE, removes=True),
    "disable_account": Act("-", "disable", "account", Style.REMOVE, removes=True),
    "delete_account": Act("-", "delete", "account", Style.REMOVE, removes=True),
    "create_group": Act("+", "create", "group", Style.ADD),
    "correlate_account": Act("=", "correlate", "account", Style.FAINT),
    "restore_account": Act("+", "restore", "account", Style.ADD),
    "create_account": Act("+", "create", "account", Style.ADD),
    "update_account": Act("~", "update", "account", Style.CHANGE),
    "enable_account": Act("+", "enable", "account", Style.ADD),
    "grant_group": Act("+", "grant", "group", Style.ADD),
    "grant_product": Act("+", "grant", "product", Style.ADD),
}
"""Every kind of action."""

VERBS: Final = ("create", "restore", "update", "enable", "disable", "delete", "grant", "revoke")
"""The verbs of the summary line, in its order."""

CAUSES: Final[Mapping[CauseKind, str]] = {
    CauseKind.DESIRED: "asked for",
    CauseKind.DRIFT: "drift",
    CauseKind.REMOVED: "no longer asked for",
    CauseKind.EXPIRED: "expired",
    CauseKind.RESOLUTION: "resolution",
}

ISSUE_STATUSES: Final[Mapping[IssueStatus, str]] = {
    IssueStatus.OPEN: "open",
    IssueStatus.RESOLVED: "resolved by this plan",
    IssueStatus.POSTPONED: "postponed",
    IssueStatus.EXCLUDED: "excluded",
}


class End(NamedTuple):
    """How one ending of an action is said: the heading of its section, and in the summary."""

    heading: str
    short: str
    style: Style


ENDINGS: Final[Mapping[str, End]] = {
    "done": End("Done", "done", Style.ADD),
    "pending": End("Requested, waiting for approval", "waiting for approval", Style.CHANGE),
    "skipped": End("Skipped", "skipped", Style.CHANGE),
    "stale": End("Left out: the tenant changed since the plan", "stale", Style.CHANGE),
    "unconfirmed": End(
        "Unconfirmed: sent, and nobody can say whether it happened", "unconfirmed", Style.ALARM
    ),
    "failed": End("Failed", "failed", Style.ALARM),
}
"""Every ending of an action, in the order in which they are shown."""


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return "1 account", "2 accounts"."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
