"""Who gains and who loses, as tables on a page."""

from collections.abc import Mapping, Sequence
from typing import Final

from reconciler.reports.inert import name
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.shape import KnownShape
from reconciler.reports.table import write_table
from reconciler.reports.tally import NO_DEPARTMENT, Shown, by_department, by_permission

FEW: Final = 20
"""Up to so many changes nobody needs a count of them."""


def write_counts(page: Page, changes: Sequence[Shown], persons: Mapping[str, KnownShape]) -> None:
    """Write who gains and who loses, by group and product and by department, where there are many.

    Without anybody known there are no departments.
    """
    if len(changes) <= FEW:
        return
    permissions = by_permission(changes)
    departments = by_department(changes, persons) if persons else ()
    if permissions:
        page.blank()
        page.line(Span("By group and product", Style.STRONG))
        rows = [
            [f"{each.type} {name(each.name)}", _signed("+", each.gains), _signed("-", each.losses)]
            for each in permissions
        ]
        write_table(page, ("", "gains", "loses"), rows)
    if departments:
        page.blank()
        page.line(Span("By department", Style.STRONG))
        rows = [
            [
                NO_DEPARTMENT if each.name is None else name(each.name),
                f"{each.persons:,}",
                *map(_signed, "+~-", (each.gives, each.changes, each.takes)),
            ]
            for each in departments
        ]
        write_table(page, ("", "persons", "gives", "changes", "takes"), rows)


def _signed(sign: str, number: int) -> str:
    return f"{sign}{number:,}" if number else ""
