"""What is not known of a real tenant, one setting for each point, with the likely answer as default."""

import dataclasses
import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args, get_type_hints

from reconciler.sandbox.errors import StateError


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """How this tenant answers where HelloID's documentation is silent. Kept in the state file.

    Raises StateError for a value that a setting does not have.
    """

    # ---- users
    duplicate_user_status: Literal[400, 409] = 400
    """A second live user of the same name, on POST, rename and restore."""
    deleted_user_name: Literal["taken", "free"] = "taken"
    """Whether a soft-deleted user keeps its name from being used again."""
    same_name_gives: Literal["live", "deleted"] = "live"
    """Which one a name finds, where a live and a deleted user share it."""
    null_in_put: Literal["clear", "ignore"] = "clear"
    """What an explicit null does to a field (and to one attribute) of a user or group."""
    user_attributes_in_put: Literal["merge", "replace"] = "merge"
    """Whether attributes that a PUT leaves out survive."""
    null_attribute: Literal["removed", "kept"] = "removed"
    """Whether an attribute that is set to null leaves the object or stays as null."""
    attribute_names: Literal["exact", "any_case"] = "exact"
    """Whether `title` overwrites `Title`."""
    no_attributes: Literal["empty", "null", "absent"] = "empty"
    """How a user without attributes shows `userAttributes`."""
    unknown_manager: Literal["refuse", "accept"] = "refuse"
    """A `managedByUserGUID` that no user has."""
    is_locked: Literal["state", "unlocks"] = "state"
    """Whether `isLocked: true` in PUT locks, or (as the article words it) unlocks."""
    source_of_new_user: Literal["as_sent", "api"] = "as_sent"
    """`source` of a created user: as sent and else `API`, or always `API`."""

    # ---- deleted users
    deletion_drops_memberships: bool = True
    deletion_drops_assignments: bool = True
    deletion_disables: bool = False
    """Whether a deletion sets `isEnabled` to false."""
    deleted_users: Literal["hidden", "listed"] = "hidden"
    """Whether groups and assignments that survive a deletion show the deleted user."""
    deleted_user_writes: Literal["accept", "missing"] = "accept"
    """Whether a deleted user can be updated and linked, or is not found (restoring always finds it)."""
    delete_again: Literal["ok", "missing"] = "ok"
    """Deleting a user that is deleted."""
    restore: Literal["allowed", "ignored", "refused"] = "allowed"
    """What PUT with `isSoftDeleted: false` does."""

    # ---- passwords of local users
    password_min_length: int = 8
    password_max_length: int = 50
    password_min_upper: int = 0
    password_min_lower: int = 0
    password_min_digits: int = 0
    password_min_special: int = 0

    # ---- groups
    duplicate_group: Literal["refuse", "accept"] = "refuse"
    duplicate_group_status: Literal[400, 409] = 400
    deleted_groups: Literal["hidden", "listed"] = "hidden"
    """Whether a deleted group is found by GET at all."""
    members_in_list: Literal["absent", "empty", "full"] = "absent"
    """What `users` and `groups` hold in GET /groups."""
    already_member: Literal["ok", "refuse"] = "ok"
    not_member: Literal["ok", "missing"] = "ok"
    """Unlinking a user that is no member."""

    # ---- products
    approval: Literal["auto", "pending"] = "auto"
    """Whether a request is approved at once or waits for `decide`."""
    pending_products: tuple[str, ...] = ()
    """Names of products whose requests wait also where approval is `auto`."""
    request_while_pending: Literal["refuse", "accept"] = "refuse"
    """A second request while the first waits, for a product without `allowMultipleRequests`."""
    request_refused_status: Literal[400, 409] = 409
    """A request that is well formed and that the product does not allow."""
    return_on_user_disable: bool = True
    """Whether disabling a user returns the products that say `returnOnUserDisable`."""
    unassign_nothing: Literal["ok", "missing"] = "ok"
    """Unassigning a product that the user does not have."""
    assignments_of_unknown: Literal["empty", "missing"] = "empty"
    """`by-user` and `by-product` of a GUID that nobody has."""

    # ---- answers
    unknown_in_body_status: Literal[404, 400] = 404
    """A user, group or product named in a body that does not exist."""
    error_key: Literal["mixed", "resultMsg", "message", "text"] = "mixed"
    """Where the text of an error is: `mixed` is `message` on 401, 404 and 405 and `resultMsg` on the rest."""
    group_guid: Literal["groupGuid", "groupGUID"] = "groupGuid"
    lists: Literal["bare", "data", "pageData", "nested"] = "bare"
    """How lists are wrapped: not at all, in an object, or in another list."""
    action_reply: Literal["empty", "object"] = "empty"
    """The body after link, unlink, request and unassign."""

    # ---- pages
    default_take: int = 100
    max_take: int = 1000
    above_max_take: Literal["clamp", "refuse"] = "clamp"
    page_order: Literal["id", "shuffled"] = "id"
    page_seed: int = 1
    """Which order, where it is shuffled; the same in every request."""

    # ---- what tests may want to be the same each time
    guid_seed: int | None = None
    """New GUIDs are counted from here instead of drawn."""
    now: str | None = None
    """A moment that stands still, as ISO text without a zone."""

    def __post_init__(self) -> None:
        for name, hint in get_type_hints(type(self)).items():
            _check(name, getattr(self, name), hint)
        if self.default_take < 1 or self.max_take < 1:
            raise StateError("default_take and max_take of a tenant must be at least 1.")

    def dump(self) -> str:
        """Return the settings as the text that `load` reads."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def load(cls, text: str) -> "TenantSettings":
        """Return the settings that `dump` wrote."""
        return cls.read(json.loads(text))

    @classmethod
    def read(cls, values: Mapping[str, object]) -> "TenantSettings":
        """Return settings by name; raises StateError for a name or a value that does not exist."""
        names = [item.name for item in dataclasses.fields(cls)]
        for name in values:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1)
                hint = f" Did you mean {near[0]}?" if near else ""
                raise StateError(f"A tenant has no setting {name!r}.{hint}")
        plain = {
            name: tuple(str(item) for item in value) if isinstance(value, list | tuple) else value  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - checked in __post_init__
            for name, value in values.items()
        }
        return cls(**plain)  # pyright: ignore[reportArgumentType] - checked in __post_init__


def _check(name: str, value: object, hint: object) -> None:
    choices = get_args(hint)
    if hint is int or hint is bool:
        fits = type(value) is hint
        wanted = "a whole number" if hint is int else "true or false"
    elif hint == tuple[str, ...]:
        fits = isinstance(value, tuple) and all(isinstance(item, str) for item in value)  # pyright: ignore[reportUnknownVariableType] - that is what is asked here
        wanted = "a list of names"
    elif type(None) in choices:
        fits = type(value) in choices
        wanted = "left out, or " + " or ".join(item.__name__ for item in choices[:1])
    else:
        fits = value in choices and not isinstance(value, bool)
        wanted = "one of " + ", ".join(str(item) for item in choices)
    if not fits:
        raise StateError(f"The tenant's setting {name} cannot be {value!r}; it is {wanted}.")
