"""The three states: what the files ask for, what we own, what the tenant holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from reconciler.model.address import (
    AccountRef,
    PermissionKey,
    PermissionKind,
    PermissionRef,
    PersonId,
)
from reconciler.model.person import Person, member
from reconciler.model.provenance import Origin, Via
from reconciler.model.value import JSON, Plain


class GrantStatus(StrEnum):
    """A grant is held, or (a product) it waits for approval and counts as present."""

    HELD = "held"
    PENDING = "pending"


# ---------------------------------------------------------------- desired


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account that a person should have; `overrides` replace mapped fields.

    `via` is the rule that gave it, None for an explicit entry; `also` are the other reasons for it.
    """

    enabled: bool
    origin: Origin
    overrides: Mapping[str, Plain] = field(default_factory=dict[str, Plain])
    via: Via | None = None
    also: "tuple[Wanted, ...]" = ()


@dataclass(frozen=True, slots=True)
class Unwanted:
    """An account that the files ask to delete (`state: absent`)."""

    origin: Origin


@dataclass(frozen=True, slots=True)
class Membership:
    """Why a person should hold a permission, and until when (excluded).

    `start`, `until`, `reason` and `ticket` are those of a member line. `via` is the rule that gave it, None for
    a member line; `also` are the other reasons for it.
    """

    origin: Origin
    until: date | None = None
    reason: str | None = None
    ticket: str | None = None
    via: Via | None = None
    also: "tuple[Membership, ...]" = ()
    start: date | None = None


@dataclass(frozen=True, slots=True)
class WantedPermission:
    """A permission as the files describe it on the plan's date.

    `members` is None where membership is not managed here; `listed_nobody` is true where the files
    say `members: []` in so many words. `ended` holds the memberships whose date has passed.
    """

    kind: PermissionKind
    name: str
    origin: Origin
    previously: tuple[str, ...] = ()
    create: bool = False
    authoritative: bool = False
    protected: bool = False
    members: Mapping[PersonId, Membership] | None = None
    listed_nobody: bool = False
    ended: Mapping[PersonId, Origin] = field(default_factory=dict[PersonId, Origin])

    @property
    def key(self) -> PermissionKey:
        """The name the files use for it."""
        return PermissionKey.of(self.kind, self.name)


@dataclass(frozen=True, slots=True)
class PersonError:
    """Why a person is left out of the plan: nothing of theirs changes."""

    person: PersonId
    summary: str
    detail: str
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Desired:
    """What the files ask for on one date. `ended` are the account entries whose date has passed.

    `ended_grants` are those of permissions of which the files speak to nobody any more: of a group that
    a contract named, when the last such contract is over.
    """

    as_of: date
    persons: Mapping[PersonId, Person]
    accounts: Mapping[PersonId, Wanted | Unwanted]
    permissions: Mapping[PermissionKey, WantedPermission]
    ended: Mapping[PersonId, Origin] = field(default_factory=dict[PersonId, Origin])
    errors: tuple[PersonError, ...] = ()
    digest: str = ""
    ended_grants: Mapping[PermissionKey, Mapping[PersonId, Origin]] = field(
        default_factory=dict[PermissionKey, Mapping[PersonId, Origin]]
    )


# ---------------------------------------------------------------- recorded


@dataclass(frozen=True, slots=True)
class Owned:
    """An account that is ours: bound to a person by an earlier apply.

    `fields` is what was last written or found equal, by mapped field name; `enabled` the access that
    was last asked for (None: never decided); `disabled_since` the day since which it is disabled
    because nothing asked for it. `stored` is the account data that the mapping asks to keep
    (StoreInAccountData), by field name, as the account held it; never a secret.
    """

    person: PersonId
    ref: AccountRef
    user_name: str
    fields: Mapping[str, Plain] = field(default_factory=dict[str, Plain])
    enabled: bool | None = None
    disabled_since: date | None = None
    stored: Mapping[str, Plain] = field(default_factory=dict[str, Plain])


@dataclass(frozen=True, slots=True)
class OwnedGrant:
    """A grant that is ours."""

    person: PersonId
    holder: AccountRef
    kind: PermissionKind
    permission: PermissionRef
    name: str
    status: GrantStatus = GrantStatus.HELD
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Protection:
    """A protected account or permission, remembered from an earlier apply."""

    kind: str
    """`account`, `group` or `product`."""
    ref: str
    name: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an earlier apply left behind. `kept` is false with `ledger: none`."""

    accounts: Mapping[PersonId, Owned] = field(default_factory=dict[PersonId, Owned])
    grants: Mapping[PermissionRef, Mapping[AccountRef, OwnedGrant]] = field(
        default_factory=dict[PermissionRef, Mapping[AccountRef, OwnedGrant]]
    )
    permissions: Mapping[PermissionKey, PermissionRef] = field(
        default_factory=dict[PermissionKey, PermissionRef]
    )
    """Every permission we ever granted or created, by the name it then had."""
    protections: frozenset[Protection] = frozenset()
    kept: bool = True


# ---------------------------------------------------------------- actual


@dataclass(frozen=True, slots=True)
class Found:
    """An account in the tenant; `body` is the account as read, without volatile members."""

    ref: AccountRef
    user_name: str
    enabled: bool
    deleted: bool
    body: Mapping[str, JSON]

    def field(self, name: str) -> Plain:
        """Return a mapped field of the account (dotted names nest, case does not matter)."""
        found: JSON = self.body
        for part in name.split("."):
            found = member(found, part)
        return plain(found)


def plain(value: JSON) -> Plain:
    """Return a JSON value as a field's value; objects and numbers with a fraction become text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return str(value)
    if isinstance(value, Mapping):
        return str(dict(value))
    return tuple(str(item) for item in value)


@dataclass(frozen=True, slots=True)
class FoundPermission:
    """A group or product in the tenant. `nested` are the names of groups inside this group."""

    kind: PermissionKind
    ref: PermissionRef
    name: str
    source: str | None = None
    nested: tuple[str, ...] = ()
    body: Mapping[str, JSON] = field(default_factory=dict[str, JSON])

    @property
    def key(self) -> PermissionKey:
        """The name the files use for it."""
        return PermissionKey.of(self.kind, self.name)


@dataclass(frozen=True, slots=True)
class Actual:
    """A complete reading of a tenant at one moment, or it would not exist.

    `accounts` holds live and deleted ones; `holders` has a row for every permission, also empty ones,
    and names live accounts in scope only; `reserved` are the folded user names of accounts out of
    scope and the references of live ones, and of groups and products out of scope; `pending` is not readable from the API, so it is not here.
    `digest` is "sha256:…" of it all.
    """

    base_url: str
    accounts: Mapping[AccountRef, Found]
    permissions: Mapping[PermissionRef, FoundPermission]
    holders: Mapping[PermissionRef, frozenset[AccountRef]]
    reserved: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()
    taken_at: str = ""
    digest: str = ""
