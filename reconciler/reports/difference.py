"""What two revisions ask for differently, as its JSON document (contract, section 5)."""

from typing import cast

from msgspec import UNSET

from reconciler.model.change import kind_of
from reconciler.model.difference import Difference, Differences
from reconciler.model.value import JSON
from reconciler.reports.causes import by_cause, moved_shape
from reconciler.reports.document import (
    as_document,
    cause_shape,
    change_shape,
    counted,
    error_shape,
    known_shapes,
    parts_of,
    permission_shape,
)
from reconciler.reports.shape import (
    FORMAT_VERSION,
    ActionKind,
    DifferenceShape,
    DiffShape,
)


def diff_document(found: Differences) -> dict[str, JSON]:
    """Return the document of `diff`: the same files give the same bytes.

    Of base and head it has what was asked for, and the commits beside them. `causes` are the changes put
    together by what makes them.
    """
    changes = [_difference(each) for each in found.found]
    shape = DiffShape(
        format_version=FORMAT_VERSION,
        base=found.base.name,
        base_commit=found.base.commit,
        head=found.head.name,
        head_commit=found.head.commit,
        as_of=found.as_of,
        changes=changes,
        summary=counted(change.kind for change in changes),
        causes=[moved_shape(moved) for moved in by_cause(changes)],
        errors=[error_shape(error) for error in found.errors],
        warnings=list(found.warnings),
        persons=known_shapes(found.persons),
    )
    return as_document(shape)


def _difference(difference: Difference) -> DifferenceShape:
    subject, permission, fields = parts_of(difference.change)
    return DifferenceShape(
        kind=cast("ActionKind", kind_of(difference.change)),
        person=subject.person if subject else None,
        permission=permission_shape(permission) if permission else UNSET,
        changes=[change_shape(field) for field in fields] if fields else UNSET,
        cause=cause_shape(difference.cause),
    )
