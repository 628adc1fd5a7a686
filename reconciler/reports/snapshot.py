"""A snapshot file in a few lines."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from reconciler.model.value import JSON
from reconciler.reports.page import Page, Span, Style
from reconciler.reports.reading import shown
from reconciler.reports.shape import Shape
from reconciler.reports.words import count


class _AccountShape(Shape, frozen=True, kw_only=True, rename="camel"):
    is_enabled: bool | None = None
    is_deleted: bool | None = None


class _GroupShape(Shape, frozen=True, kw_only=True):
    users: list[Any] | None = None


class _SnapshotShape(Shape, frozen=True, kw_only=True):
    base_url: str = ""
    taken_at: str = ""
    accounts: list[_AccountShape]
    groups: list[_GroupShape]
    products: list[dict[str, Any]]
    assignments: list[dict[str, Any]]
    digest: str = ""


def snapshot_text(document: Mapping[str, JSON], *, width: int, colour: bool) -> str:
    """Return how much a snapshot holds. Raises BadInput where the document is no snapshot."""
    held = shown(document, _SnapshotShape)
    page = Page(width, colour=colour)
    page.line(Span(f"Snapshot of {held.base_url or 'a tenant'}", Style.STRONG))
    if held.taken_at:
        page.line(Span(f"taken at {held.taken_at}"), indent=2)
    states = Counter(_state(account) for account in held.accounts)
    said = ", ".join(f"{states[state]:,} {state}" for state in sorted(states, reverse=True))
    page.line(Span(f"{count(len(held.accounts), 'account')}: {said or 'none'}"), indent=2)
    members = sum(len(group.users or []) for group in held.groups)
    groups = f"{count(len(held.groups), 'group')} with {count(members, 'membership')}"
    products = f"{count(len(held.products), 'product')} with "
    products += count(len(held.assignments), "assignment")
    page.line(Span(groups), indent=2)
    page.line(Span(products), indent=2)
    if held.digest:
        page.line(Span(held.digest, Style.FAINT), indent=2)
    return page.text()


def _state(account: _AccountShape) -> str:
    if account.is_deleted:
        return "deleted"
    return "enabled" if account.is_enabled else "disabled"
