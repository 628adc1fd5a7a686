"""Small worlds in a few lines: desired, recorded and actual from plain data, and a mapping without scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from reconciler.governance.leftovers import leftovers
from reconciler.governance.resolving import Resolver, resolver_of
from reconciler.model.address import (
    AccountRef,
    PermissionKey,
    PermissionKind,
    PermissionRef,
    PersonId,
)
from reconciler.model.change import Change, CreateGroup
from reconciler.model.issue import IssueType
from reconciler.model.mapped import Mapped, MappingFailed, Stage
from reconciler.model.person import Person
from reconciler.model.plan import Drawn, Mode, Step
from reconciler.model.provenance import Location, Origin
from reconciler.model.report import Audited
from reconciler.model.resolution import Resolution
from reconciler.model.rules import PermissionName
from reconciler.model.settings import (
    DEFAULT_AUTOMATIC,
    Correlation,
    NotDesired,
    Patterns,
    Safeguards,
    Scope,
    Settings,
    Target,
)
from reconciler.model.state import (
    Actual,
    Desired,
    Found,
    FoundPermission,
    GrantStatus,
    Membership,
    Owned,
    OwnedGrant,
    PersonError,
    Protection,
    Recorded,
    Unwanted,
    Wanted,
    WantedPermission,
)
from reconciler.model.value import FieldValue, Generated
from reconciler.planner.context import Inputs
from reconciler.planner.drawing import draw

TODAY = date(2026, 11, 23)
Data: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class PlainMapping:
    """Maps `upn`, `first` and `title` of a person; `stages` adds constants by stage."""

    stages: Data = field(default_factory=dict[str, Any])
    numbered: bool = False

    def map(self, person: Person, stage: Stage, iteration: int = 0) -> Mapped | MappingFailed:
        if person.fields.get("fails") == stage.value:
            return MappingFailed("userName", "boom is not defined")
        more: dict[str, FieldValue] = dict(self.stages.get(stage.value, {}))
        suffix = str(iteration) if self.numbered and iteration else ""
        upn = str(person.fields.get("upn") or "")
        name, _, domain = upn.partition("@")
        user_name = f"{name}{suffix}@{domain}" if upn else ""
        first = {"firstName": str(person.fields.get("first") or "")}
        match stage:
            case Stage.CREATE:
                password = Generated("password", iteration)
                values = {"userName": user_name, **first, "isEnabled": False, "password": password}
            case Stage.UPDATE:
                values = {"userName": user_name, **first}
            case Stage.ENABLE:
                values = {"isEnabled": True}
            case Stage.DISABLE:
                values = {"isEnabled": False}
            case Stage.DELETE:
                values = {}
        return Mapped({**values, **more})

    def names(self, stage: Stage) -> tuple[str, ...]:
        person = Person(PersonId("x"), "x", {"upn": "x@y", "first": "X"})
        mapped = self.map(person, stage)
        assert isinstance(mapped, Mapped)
        return tuple(sorted(mapped.values))


def desired_of(data: Data) -> Desired:
    persons = {PersonId(key): _person(key, value) for key, value in data.get("persons", {}).items()}
    accounts: dict[PersonId, Wanted | Unwanted] = {}
    for key, value in data.get("accounts", {}).items():
        origin = Origin(None, "account entry")
        entry: dict[str, Any] = {"state": value} if isinstance(value, str) else dict(value)
        accounts[PersonId(key)] = (
            Unwanted(origin)
            if entry["state"] == "absent"
            else Wanted(entry["state"] == "enabled", origin, entry.get("fields", {}))
        )
    permissions = {
        wanted.key: wanted
        for kind in PermissionKind
        for name, value in data.get(f"{kind.value}s", {}).items()
        if (wanted := _wanted(kind, name, value, accounts))
    }
    return Desired(
        TODAY,
        persons,
        accounts,
        permissions,
        ended={PersonId(p): Origin(None, "account entry ended") for p in data.get("ended", ())},
        errors=tuple(PersonError(PersonId(p), "Broken", "") for p in data.get("errors", ())),
    )


def _person(key: str, value: Data) -> Person:
    manager = value.get("manager")
    return Person(PersonId(key), key, dict(value), manager=PersonId(manager) if manager else None)


def _wanted(
    kind: PermissionKind, name: str, value: Any, accounts: Mapping[PersonId, Wanted | Unwanted]
) -> WantedPermission:
    entry: dict[str, Any] = {"members": value} if isinstance(value, list) else dict(value or {})
    members: Sequence[str] | None = entry.pop("members", None)
    ended: Sequence[str] = entry.pop("ended", ())
    line = Membership(Origin(None, "member line"))
    previously: Sequence[str] = entry.pop("previously", ())
    return WantedPermission(
        kind,
        name,
        Origin(None, f"{kind.value} {name}"),
        members=None
        if members is None
        else {PersonId(m): line for m in members if isinstance(accounts.get(PersonId(m)), Wanted)},
        listed_nobody=members is not None and len(members) == 0,
        ended={PersonId(m): Origin(None, "member line ended") for m in ended},
        previously=tuple(previously),
        **entry,
    )


def actual_of(data: Data) -> Actual:
    accounts = {
        AccountRef(key): _found(key, value) for key, value in data.get("accounts", {}).items()
    }
    permissions: dict[PermissionRef, FoundPermission] = {}
    holders: dict[PermissionRef, frozenset[AccountRef]] = {}
    for kind in PermissionKind:
        for name, value in data.get(f"{kind.value}s", {}).items():
            entry: dict[str, Any] = {"holders": value} if isinstance(value, list) else dict(value)
            ref = PermissionRef(entry.get("ref", f"{kind.value}:{name}"))
            permissions[ref] = FoundPermission(
                kind, ref, entry.get("name", name), nested=tuple(entry.get("nested", ()))
            )
            holders[ref] = frozenset(AccountRef(each) for each in entry.get("holders", ()))
    return Actual(
        "sandbox:t",
        accounts,
        permissions,
        holders,
        frozenset(data.get("reserved", ())),
        digest="sha256:x",
    )


def _found(key: str, value: Data) -> Found:
    body = {
        "userGUID": key,
        "userName": value["user"],
        "firstName": value.get("first"),
        "isEnabled": value.get("enabled", True),
        **value.get("body", {}),
    }
    return Found(
        AccountRef(key),
        value["user"],
        value.get("enabled", True),
        value.get("deleted", False),
        body,
    )


def recorded_of(data: Data) -> Recorded:
    accounts = {
        PersonId(key): Owned(
            PersonId(key),
            AccountRef(value["ref"]),
            value.get("user", key),
            value.get("fields", {}),
            value.get("enabled"),
            value.get("since"),
        )
        for key, value in data.get("accounts", {}).items()
    }
    grants: dict[PermissionRef, dict[AccountRef, OwnedGrant]] = {}
    known: dict[PermissionKey, PermissionRef] = {}
    for person, kind, name, *more in data.get("grants", ()):
        ref = PermissionRef(f"{kind}:{name}")
        holder = accounts[PersonId(person)].ref
        status: str = more[0] if more else "held"
        since: date | None = more[1] if len(more) > 1 else None
        grants.setdefault(ref, {})[holder] = OwnedGrant(
            PersonId(person), holder, PermissionKind(kind), ref, name, GrantStatus(status), since
        )
        known[PermissionKey.of(PermissionKind(kind), name)] = ref
    for kind, name, ref in data.get("permissions", ()):
        known[PermissionKey.of(PermissionKind(kind), name)] = PermissionRef(ref)
    protections = frozenset(Protection(*each) for each in data.get("protections", ()))
    return Recorded(accounts, grants, known, protections, kept=data.get("kept", True))


def settings_of(data: Data) -> Settings:
    automatic = {IssueType(k): v for k, v in data.get("automatic", {}).items()}
    return Settings(
        Target(
            "sandbox:t",
            set_manager=data.get("set_manager", False),
            update_user_name=data.get("update_user_name", False),
            restore_deleted=data.get("restore_deleted", False),
        ),
        correlation=Correlation(
            data.get("correlate", True), "upn", data.get("account_field", "userName")
        ),
        unique_fields=tuple(data.get("unique_fields", ())),
        scope=Scope(accounts=Patterns(exclude=("svc-*",)), groups=Patterns(exclude=("AD-*",))),
        account_not_desired=NotDesired(data.get("account_not_desired", "disable")),
        delete_after_days=data.get("delete_after_days"),
        product_pending_days=data.get("pending_days"),
        automatic={**DEFAULT_AUTOMATIC, **automatic},
        safeguards=Safeguards(protected_accounts=tuple(data.get("protected_accounts", ()))),
    )


def resolutions_of(data: Sequence[Data]) -> tuple[Resolution, ...]:
    """Return entries as a file with one a line would hold them."""
    return tuple(
        Resolution(
            issue=IssueType(each["issue"]),
            resolution=each["resolution"],
            account=each.get("account"),
            person=PersonId(each["person"]) if "person" in each else None,
            permission=_permission_name(each.get("permission")),
            reason=each.get("reason"),
            start=each.get("from"),
            until=each.get("until"),
            at=Location("resolutions.yaml", number, 1),
        )
        for number, each in enumerate(data, start=1)
    )


def _permission_name(data: Data | None) -> PermissionName | None:
    if data is None:
        return None
    kind = PermissionKind.GROUP if "group" in data else PermissionKind.PRODUCT
    return PermissionName(kind, data[kind.value])


def resolver_of_world(world: Data, settings: Settings, actual: Actual, as_of: date) -> Resolver:
    keys = [found.key for found in actual.permissions.values()]
    twins = frozenset(key for key in keys if keys.count(key) > 1)
    entries = resolutions_of(world.get("resolutions", []))
    return resolver_of(settings, entries, as_of, Audited(), twins)


def inputs_of(world: Data) -> Inputs:
    mapping: Data = world.get("mapping", {})
    settings: Data = world.get("settings", {})
    persons = settings.get("persons")
    desired, known = desired_of(world.get("desired", {})), settings_of(settings)
    actual = actual_of(world.get("actual", {}))
    return Inputs(
        desired,
        recorded_of(world.get("recorded", {})),
        actual,
        PlainMapping(
            mapping, numbered=settings.get("numbered", bool(settings.get("unique_fields")))
        ),
        known,
        resolver_of_world(world, known, actual, desired.as_of),
        frozenset(PersonId(p) for p in persons) if persons else None,
    )


def drawn_of(world: Data) -> Drawn:
    mode = Mode(world.get("settings", {}).get("mode", "sync"))
    return draw(inputs_of(world), mode)


def leftovers_of(world: Data, drawn: Drawn) -> tuple[str, ...]:
    """What is said of entries that decide nothing."""
    inputs = inputs_of(world)
    assert isinstance(inputs.decisions, Resolver)
    whole = inputs.selected is None
    return leftovers(inputs.decisions, drawn, inputs.settings.scope, whole=whole)


def line(step: Step) -> str:
    """A step in a line: kind, who, what, and the fields that change."""
    change: Change = step.change
    if isinstance(change, CreateGroup):
        return f"create_group {change.permission.name}"
    words = [step.kind, change.subject.person or change.subject.account.user_name]
    permission = getattr(change, "permission", None)
    if permission is not None:
        words.append(permission.name)
    words += [f"{c.field}={c.after}" for c in getattr(change, "fields", ())]
    return " ".join(words)


def without_password(text: str) -> str:
    return text.replace(" password=(generated when applied)", "")
