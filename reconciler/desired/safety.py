"""`safeguards.limits` and `governance.automatic` of the settings."""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.desired.node import Node, Pairs, is_null
from reconciler.desired.page import Page
from reconciler.desired.values import count, percent
from reconciler.model.issue import IssueType
from reconciler.model.settings import DEFAULT_AUTOMATIC, DEFAULT_LIMITS, Limit

AUTOMATIC: Mapping[IssueType, tuple[str, ...]] = {
    IssueType.ACCOUNT_UNMANAGED: ("disable", "delete", "report"),
    IssueType.ACCOUNT_MISSING: ("create", "report"),
    IssueType.ACCOUNT_INCORRECTLY_HAS_ACCESS: ("disable", "report"),
    IssueType.ACCOUNT_INCORRECTLY_HAS_NO_ACCESS: ("enable", "report"),
    IssueType.ACCOUNT_DIFFERS: ("update", "report"),
    IssueType.PERSON_MULTIPLE_ACCOUNTS: ("report",),
    IssueType.ACCOUNT_MULTIPLE_PERSONS: ("report",),
    IssueType.PERMISSION_UNMANAGED: ("revoke", "report"),
    IssueType.PERMISSION_MISSING: ("grant", "report"),
}
"""What may be done about an issue without anybody being asked."""

PERCENT_FROM = "percent_from"
_LIMIT_KEYS = ("at_most", "at_most_percent")


def automatic(page: Page, node: Node, what: str) -> Mapping[IssueType, str] | None:
    """Return what is done about each type of issue, the defaults filled in."""
    pairs = page.pairs(node, what, [kind.value for kind in IssueType])
    if pairs is None:
        return None
    chosen = dict(DEFAULT_AUTOMATIC)
    for kind, offered in AUTOMATIC.items():
        value = page.get(pairs, kind.value)
        found = None if value is None else page.choice(value, f"{what}.{kind}", offered)
        if found is not None:
            chosen[kind] = found
    return chosen


def limits(page: Page, node: Node, what: str) -> Mapping[str, Limit] | None:
    """Return every limit by name, the defaults filled in key by key: only null lifts one."""
    pairs = page.pairs(node, what, (*DEFAULT_LIMITS, PERCENT_FROM))
    if pairs is None:
        return None
    found = dict(DEFAULT_LIMITS)
    for name, default in DEFAULT_LIMITS.items():
        given = pairs.pairs.get(name)
        if given is not None:
            found[name] = _limit(page, given[1], f"{what}.{name}", default)
    return found


def percent_from(page: Page, node: Node, what: str) -> int | None:
    """Return the number of actions up to which no percentage refuses."""
    given = page.get(node, PERCENT_FROM) if isinstance(node, Pairs) else None
    return None if given is None else count(page, given, f"{what}.{PERCENT_FROM}")


def _limit(page: Page, node: Node, what: str, default: Limit) -> Limit:
    if not isinstance(node, Pairs):
        page.wrong(
            node,
            what,
            "a mapping",
            "Write `{at_most_percent: 5}` or `{at_most: 20}`; null in place of the number lifts it.",
        )
        return default
    checked = page.pairs(node, what, _LIMIT_KEYS)
    limit = default
    for key, (_, value) in (checked or node).pairs.items():
        if key == "at_most":
            read = None if is_null(value) else count(page, value, f"{what}.{key}")
            limit = replace(limit, at_most=read)
        elif key == "at_most_percent":
            share = None if is_null(value) else percent(page, value, f"{what}.{key}")
            limit = replace(limit, at_most_percent=share)
    return limit
