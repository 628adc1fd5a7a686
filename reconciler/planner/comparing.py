"""Two desired states in, what is asked for differently out: no tenant is asked."""

from collections.abc import Iterable
from dataclasses import dataclass

from reconciler.model.address import PermissionKey, PersonId
from reconciler.model.change import KIND_OF, Change, CreateGroup, kind_of
from reconciler.model.difference import Difference
from reconciler.model.state import PersonError
from reconciler.planner.compared_accounts import compare_accounts
from reconciler.planner.compared_grants import compare_grants
from reconciler.planner.sides import Pair

_ORDER = {kind: number for number, kind in enumerate(KIND_OF.values())}


@dataclass(frozen=True, slots=True)
class Compared:
    """What is asked for differently, in the order in which kinds are carried out, and who is left out."""

    found: tuple[Difference, ...]
    errors: tuple[PersonError, ...]
    warnings: tuple[str, ...]


def compare(pair: Pair) -> Compared:
    """Return what the head asks for differently from the base, on their date.

    Who cannot be planned at the head is left out, and said to be, if anything of theirs moved or the
    error is new. Pure: persons whose record, entries and rules give the same are not mapped.
    """
    accounts = compare_accounts(pair)
    grants, warnings = compare_grants(pair, accounts.deleted)
    found = [*accounts.found, *grants]
    errors = {error.person: error for error in (*pair.head.desired.errors, *accounts.errors)}
    known = {_said(error) for error in pair.base.desired.errors}
    moved = {_person(each.change) for each in found}
    told = [e for e in errors.values() if _said(e) not in known or e.person in moved]
    kept = [each for each in found if _person(each.change) not in errors]
    return Compared(
        tuple(sorted(kept, key=_place_of)),
        tuple(sorted(told, key=lambda error: (error.person, error.summary, error.detail))),
        (*_of_settings(pair), *sorted(warnings)),
    )


def _person(change: Change) -> PersonId | None:
    return None if isinstance(change, CreateGroup) else change.subject.person


def _said(error: PersonError) -> tuple[str, str, str]:
    """Return an error without its place: a line that moved is no other error."""
    return error.person, error.summary, error.detail


def _place_of(difference: Difference) -> tuple[int, str, PermissionKey | tuple[()]]:
    change = difference.change
    permission = getattr(change, "permission", None)
    return (
        _ORDER[kind_of(change)],
        _person(change) or "",
        () if permission is None else permission.key,
    )


def _of_settings(pair: Pair) -> Iterable[str]:
    """Yield what settings change that no single change can say."""
    before, after = pair.base.settings, pair.head.settings
    if before.target.base_url != after.target.base_url:
        yield "The two revisions are for different tenants: target.base_url differs."
    if before.scope != after.scope:
        yield (
            "scope differs: accounts, groups and products that leave it are not managed any more,"
            " and those that enter it are."
        )
    if before.correlation != after.correlation:
        yield "correlation differs: persons may be found to have other accounts than before."
