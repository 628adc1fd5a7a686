"""Random small worlds, as data that a case file could hold: every odd state at a fair chance."""

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any, TypeAlias, TypeVar

from reconciler.model.issue import IssueType
from reconciler.model.resolution import OFFERED

World: TypeAlias = dict[str, Any]
T = TypeVar("T")

NAMES = ("a@x.org", "A@x.org ", "b@x.org", "c@x.org", "d@x.org", "svc-e@x.org", "", "f@x.org")
REFS = ("R1", "R2", "R3", "R4", "R5", "R6")
PERSONS = ("p1", "p2", "p3", "p4", "p5")
GROUPS = ("Sales", "Staff", "Admins", "AD-Domain")
PRODUCTS = ("CRM", "Laptop")
UNORDERED = ("members", "holders", "ended", "errors", "reserved")
TODAY = date(2026, 11, 23)
ENDS = date(2026, 11, 24)
DAYS = (date(2026, 1, 1), date(2026, 11, 20), TODAY)


def world_of(dice: Random) -> World:
    """Return a world whose three states know of each other, more or less."""
    present = [p for p in PERSONS if dice.random() < 0.8]
    accounts = _accounts(dice)
    recorded = _recorded(dice, accounts)
    settings = _settings(dice)
    if present and dice.random() < 0.15:
        settings["persons"] = _some(dice, [*present, *recorded["accounts"]], 0.5) or [present[0]]
    desired = _desired(dice, present)
    return {
        "mapping": _mapping(dice),
        "desired": desired,
        "resolutions": _resolutions(dice, accounts, desired) if dice.random() < 0.5 else [],
        "recorded": recorded,
        "actual": {
            "accounts": accounts,
            "groups": _permissions(dice, GROUPS[:3], accounts),
            "products": _permissions(dice, PRODUCTS, accounts),
            "reserved": ["d@x.org", "r6"] if dice.random() < 0.1 else [],
        },
        "settings": settings,
    }


def shuffled(dice: Random, value: Any, key: str = "") -> Any:
    """Return the same data with every mapping, and every list whose order says nothing, in another order."""
    if isinstance(value, dict):
        items: list[tuple[str, Any]] = list(value.items())  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - data as JSON has it
        dice.shuffle(items)
        return {name: shuffled(dice, each, name) for name, each in items}
    if key in UNORDERED and isinstance(value, list):
        return dice.sample(value, len(value))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - data as JSON has it
    return value


def _some(dice: Random, items: Sequence[T], chance: float) -> list[T]:
    return [item for item in items if dice.random() < chance]


def _resolutions(dice: Random, accounts: World, desired: World) -> list[World]:
    """Decide about whatever could be an issue, each at most once; some entries are over or not yet there."""
    names = sorted({each["user"].strip().casefold() for each in accounts.values()} - {""})
    found: list[World] = []
    for issue, offered in OFFERED.items():
        about: list[World] = [{"account": name} for name in names]
        if issue in (IssueType.ACCOUNT_MISSING, IssueType.PERSON_MULTIPLE_ACCOUNTS):
            about = [{"person": person} for person in desired["persons"]]
        elif issue in (IssueType.PERMISSION_MISSING, IssueType.PERMISSION_UNMANAGED):
            kinds = [("group", each) for each in GROUPS] + [("product", each) for each in PRODUCTS]
            about = [
                {**each, "permission": {kind: dice.choice((name, name.upper()))}}
                for each in about
                for kind, name in kinds
            ]
        found += [
            {"issue": issue.value, **subject, **_decision(dice, offered)}
            for subject in _some(dice, about, dice.choice((0.1, 0.4)))
        ]
    return found


def _decision(dice: Random, offered: Sequence[str]) -> World:
    resolution = dice.choice(offered)
    if resolution != "exclude":
        return {"resolution": resolution}
    start, until = dice.choice(((None, ENDS), (None, TODAY), (TODAY, ENDS), (ENDS, None)))
    return {"resolution": resolution, "from": start, "until": until or date(2030, 1, 1)}


def _mapping(dice: Random) -> World:
    if dice.random() < 0.7:
        return {}
    return {
        "Update": {"description": "employee", "mail": dice.choice(("m@x.org", None))},
        "Enable": {"description": "active"},
        "Disable": {"description": "gone"} if dice.random() < 0.5 else {},
        "Delete": {"description": "deleted"} if dice.random() < 0.5 else {},
        "Create": {"isEnabled": True} if dice.random() < 0.3 else {},
    }


def _desired(dice: Random, present: Sequence[str]) -> World:
    persons = {p: _person(dice) for p in present}
    accounts: World = {}
    for person in present:
        if dice.random() < 0.8:
            entry: World = {"state": dice.choice(("enabled", "enabled", "disabled", "absent"))}
            if dice.random() < 0.15:
                entry["fields"] = {dice.choice(("description", "FirstName")): "Lead"}
            accounts[person] = entry
    desired: World = {
        "persons": persons,
        "accounts": accounts,
        "ended": _some(dice, [p for p in present if p not in accounts], 0.3),
        "errors": _some(dice, present, 0.05),
    }
    for kind, names in (("groups", GROUPS), ("products", PRODUCTS)):
        desired[kind] = {
            dice.choice((name, name, name.upper())): _entry(dice, kind, name, present)
            for name in names
            if dice.random() < (0.75 if name != "AD-Domain" else 0.05)
        }
    return desired


def _person(dice: Random) -> World:
    person: World = {"upn": dice.choice(NAMES), "first": dice.choice(("An", "Anna", ""))}
    if dice.random() < 0.3:
        person["manager"] = dice.choice(PERSONS)
    if dice.random() < 0.05:
        person["fails"] = dice.choice(("Create", "Update", "Enable", "Disable", "Delete"))
    return person


def _entry(dice: Random, kind: str, name: str, present: Sequence[str]) -> World:
    entry: World = {
        "authoritative": dice.random() < 0.2,
        "protected": dice.random() < 0.1,
        "ended": _some(dice, present, 0.1),
    }
    if dice.random() < 0.9:
        entry["members"] = _some(dice, present, dice.choice((0.0, 0.5, 0.9)))
        entry["ended"] = [p for p in entry["ended"] if p not in entry["members"]]
    if kind == "groups" and dice.random() < 0.6:
        entry["create"] = True
    if dice.random() < 0.1:
        entry["previously"] = [f"Old {name}"]
    return entry


def _accounts(dice: Random) -> World:
    accounts: World = {}
    for ref in REFS:
        if dice.random() < 0.65:
            accounts[ref] = {
                "user": dice.choice(NAMES[:4]) if dice.random() < 0.8 else f"{ref}@y.org",
                "first": dice.choice(("An", "Anna", None)),
                "enabled": dice.random() < 0.7,
                "deleted": dice.random() < 0.2,
                "body": {"description": dice.choice(("employee", "active", None))},
            }
    taken: set[str] = set()
    for ref, account in accounts.items():
        name = account["user"].strip().casefold()
        if not account["deleted"] and name in taken:
            account["user"] = f"{ref}@z.org"
        elif not account["deleted"]:
            taken.add(name)
    return accounts


def _recorded(dice: Random, accounts: World) -> World:
    if dice.random() < 0.1:
        return {"accounts": {}, "kept": dice.random() < 0.5}
    owned: World = {}
    for person in PERSONS:
        if dice.random() < 0.6:
            ref = dice.choice((*(accounts or ("R9",)), "R8"))
            if ref in {each["ref"] for each in owned.values()} and dice.random() < 0.9:
                continue
            found = accounts.get(ref, {})
            owned[person] = {
                "ref": ref,
                "user": found.get("user", "gone@x.org") if dice.random() < 0.9 else "old@x.org",
                "fields": _fields(dice, found),
                "enabled": dice.choice((True, True, False, None)),
                "since": dice.choice(DAYS) if dice.random() < 0.3 else None,
            }
    held = (dice.choice(("held", "held", "pending")) for _ in iter(int, 1))
    grants = [
        [person, kind, name, next(held) if kind == "product" else "held"]
        for person in owned
        for kind, names in (("group", (*GROUPS[:3], "Gone")), ("product", PRODUCTS))
        for name in names
        if dice.random() < 0.4
    ]
    protections = [["group", "group:Admins", "Admins"]] if dice.random() < 0.1 else []
    return {"accounts": owned, "grants": grants, "protections": protections}


def _fields(dice: Random, found: World) -> World:
    fields: World = {}
    if dice.random() < 0.8:
        fields["firstName"] = dice.choice((found.get("first"), "An", "Anna"))
    if dice.random() < 0.3:
        fields["description"] = dice.choice(("employee", "active", "Lead"))
    return fields


def _permissions(dice: Random, names: Sequence[str], accounts: World) -> World:
    live = [ref for ref, each in accounts.items() if not each["deleted"]]
    found: World = {}
    for name in names:
        if dice.random() < 0.85:
            called = dice.choice((name, name, name, name.upper(), f"Old {name}", "Elsewhere"))
            found[name] = {"name": called, "holders": _some(dice, live, 0.5)}
    if dice.random() < 0.1:
        found["twin"] = {"name": names[0], "holders": _some(dice, live, 0.5)}
    return found


def _settings(dice: Random) -> World:
    automatic = {
        issue: "report"
        for issue in (
            "account_missing",
            "account_incorrectly_has_no_access",
            "account_incorrectly_has_access",
            "permission_missing",
            "account_differs",
        )
        if dice.random() < 0.15
    }
    if dice.random() < 0.15:
        automatic["account_unmanaged"] = dice.choice(("disable", "delete"))
    if dice.random() < 0.15:
        automatic["permission_unmanaged"] = "revoke"
    return {
        "automatic": automatic,
        "set_manager": dice.random() < 0.4,
        "update_user_name": dice.random() < 0.3,
        "restore_deleted": dice.random() < 0.4,
        "correlate": dice.random() < 0.9,
        "unique_fields": ["userName"] if dice.random() < 0.2 else [],
        "account_not_desired": dice.choice(("disable", "disable", "delete", "keep")),
        "delete_after_days": dice.choice((None, None, 3, 30)),
        "protected_accounts": ["a@*"] if dice.random() < 0.1 else [],
        "mode": "additive" if dice.random() < 0.15 else "sync",
    }
