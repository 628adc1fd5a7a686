"""The shape of a snapshot file: what this program adds, and the API's own objects within."""

from typing import Any

from msgspec import UNSET, UnsetType

from reconciler.reports.shape import Moment, Shape

_SPELLED = {"user_guid": "userGUID", "managed_by_user_guid": "managedByUserGUID"}
"""Names of a user's members that the API spells in its own way."""


def _as_user(name: str) -> str:
    return _SPELLED.get(name) or _as_api(name)


def _as_api(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


class UserShape(Shape, frozen=True, kw_only=True, rename=_as_user):
    """An account, live or deleted, as the API gives users; without a password."""

    user_guid: str
    user_name: str
    is_enabled: bool
    is_deleted: bool
    first_name: str | UnsetType | None = UNSET
    last_name: str | UnsetType | None = UNSET
    contact_email: str | UnsetType | None = UNSET
    is_locked: bool | UnsetType = UNSET
    must_change_password: bool | UnsetType = UNSET
    source: str | UnsetType | None = UNSET
    immutable_id: str | UnsetType | None = UNSET
    managed_by_user_guid: str | None
    user_attributes: dict[str, Any]


class GroupShape(Shape, frozen=True, kw_only=True, rename=_as_api):
    """A group as the API gives it, with its members in scope."""

    group_guid: str
    name: str
    is_enabled: bool
    is_default: bool
    is_qr_enabled: bool
    is_deleted: bool
    source: str | UnsetType | None = UNSET
    managed_by_user_guid: str | UnsetType | None = UNSET
    users: list[str]
    groups: list[str]


class ProductShape(Shape, frozen=True, kw_only=True, rename=_as_api):
    """A product as the API gives it, with what matters to who may have it."""

    product_id: str
    name: str
    code: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    visibility: str | UnsetType | None = UNSET


class AssignmentShape(Shape, frozen=True, kw_only=True, rename=_as_api):
    """A product held by an account, as the API gives it; what was returned is left out."""

    assignment_guid: str | None
    user_guid: str
    product_guid: str
    requested_at: str | UnsetType | None = UNSET
    approved_at: str | UnsetType | None = UNSET
    return_date: str | UnsetType | None = UNSET
    source: str | UnsetType | None = UNSET


class SnapshotShape(Shape, frozen=True, kw_only=True):
    """The snapshot file."""

    format_version: str
    base_url: str
    taken_at: Moment
    accounts: list[UserShape]
    groups: list[GroupShape]
    products: list[ProductShape]
    assignments: list[AssignmentShape]
    reserved: list[str]
    digest: str
