"""`from` and `until`: the days on which an entry exists."""

from reconciler.desired.node import Pairs
from reconciler.desired.page import Page
from reconciler.model.declared import Period

ALWAYS = Period()


def read_period(page: Page, pairs: Pairs, what: str) -> Period | None:
    """Return the period of an entry, or None where it has no days or its dates are none."""
    first, last = page.get(pairs, "from"), page.get(pairs, "until")
    if first is None and last is None:
        return ALWAYS
    start = None if first is None else page.day(first, f"{what}.from")
    until = None if last is None else page.day(last, f"{what}.until")
    if (first is not None and start is None) or (last is not None and until is None):
        return None
    if start is not None and until is not None and until <= start and last is not None:
        page.error(
            "empty-period",
            last,
            f"`until` ({until}) is not after `from` ({start}), so the entry never exists.",
            "`until` is the first day without; write a later date.",
        )
        return None
    return Period(start, until)


def overlap(left: Period, right: Period) -> bool:
    """Tell whether two periods share a day."""
    return _starts_before_end(left, right) and _starts_before_end(right, left)


def _starts_before_end(left: Period, right: Period) -> bool:
    return left.start is None or right.until is None or left.start < right.until
