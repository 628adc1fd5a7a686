"""Several reasons for one thing, put together: the first one decides what is shown, none is lost."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from reconciler.model.provenance import Origin, Via
from reconciler.model.state import Membership, Wanted
from reconciler.model.value import Plain

NO_OVERRIDES: dict[str, Plain] = {}


class Reason(NamedTuple):
    """Why a rule gives something: its line, and how the person meets it."""

    origin: Origin
    via: Via


def longest_first(via: Via) -> tuple[bool, int, str]:
    """Order by the window that stays open longest, then by contract."""
    until = via.until or date.max
    return via.until is not None, -until.toordinal(), via.contract or ""


def membership(reasons: Sequence[Reason]) -> Membership:
    """Return a membership for reasons, of which there is at least one."""
    first, *rest = (Membership(reason.origin, via=reason.via) for reason in reasons)
    return with_also(first, rest) if rest else first


def joined(first: Membership, other: Membership) -> Membership:
    """Return a membership whose reasons are those of both, the first one's first."""
    return with_also(first, [*first.also, _alone(other), *other.also])


def with_also(first: Membership, also: Sequence[Membership]) -> Membership:
    """Return a membership with other reasons than it has."""
    return Membership(
        first.origin, first.until, first.reason, first.ticket, first.via, tuple(also), first.start
    )


def _alone(held: Membership) -> Membership:
    return with_also(held, ()) if held.also else held


def account(reasons: Sequence[tuple[bool, Reason]]) -> Wanted:
    """Return the account for reasons with the access they give: enabled is stronger than disabled."""
    ranked = sorted(reasons, key=lambda each: not each[0]) if len(reasons) > 1 else reasons
    first, *rest = (
        Wanted(enabled, reason.origin, NO_OVERRIDES, reason.via) for enabled, reason in ranked
    )
    if not rest:
        return first
    return Wanted(first.enabled, first.origin, NO_OVERRIDES, first.via, tuple(rest))
