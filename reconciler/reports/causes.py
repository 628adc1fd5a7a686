"""Changes put together by what makes them: a rule that moves 300 people is said once."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from msgspec import UNSET

from reconciler.reports.shape import CauseShape, DifferenceShape, MovedShape
from reconciler.reports.words import ACTS

_UPDATE = "update_account"
_KINDS = list(ACTS)


class Moved(NamedTuple):
    """Changes of one kind, of one permission or the same fields, that one cause makes; never empty."""

    changes: Sequence[DifferenceShape]

    @property
    def first(self) -> DifferenceShape:
        """The one that stands for all."""
        return self.changes[0]

    @property
    def fields(self) -> list[str]:
        """The names of the fields that an update changes."""
        changes = self.first.changes
        if self.first.kind != _UPDATE or changes is UNSET:
            return []
        return [change.field for change in changes]

    @property
    def source(self) -> str | None:
        """The line that all of them have as their cause; None where there are several."""
        sources = {change.cause.source for change in self.changes}
        return self.first.cause.source if len(sources) == 1 else None


def by_cause(changes: Iterable[DifferenceShape]) -> list[Moved]:
    """Return the changes by their cause: what takes away first, then by kind, the largest first."""
    found: dict[tuple[object, ...], list[DifferenceShape]] = {}
    for change in changes:
        found.setdefault(_key(change), []).append(change)
    return sorted(map(Moved, found.values()), key=_order)


def moved_shape(moved: Moved) -> MovedShape:
    """Return changes of one cause as a document has them."""
    first = moved.first
    return MovedShape(
        kind=first.kind,
        permission=first.permission,
        fields=moved.fields or UNSET,
        cause=CauseShape(kind=first.cause.kind, detail=first.cause.detail, source=moved.source),
        persons=len({change.person for change in moved.changes} - {None}),
    )


def _key(change: DifferenceShape) -> tuple[object, ...]:
    permission = change.permission
    about = () if permission is UNSET else (permission.type, permission.name)
    fields = () if change.changes is UNSET else tuple(each.field for each in change.changes)
    is_update = change.kind == _UPDATE
    return (
        change.kind,
        about,
        fields if is_update else (),
        change.cause.kind,
        change.cause.detail,
    )


def _order(moved: Moved) -> tuple[bool, int, int, str, str]:
    first = moved.first
    permission = "" if first.permission is UNSET else first.permission.name
    return (
        not ACTS[first.kind].removes,
        _KINDS.index(first.kind),
        -len(moved.changes),
        permission,
        first.cause.detail,
    )
