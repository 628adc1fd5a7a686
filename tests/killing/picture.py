"""What a tenant and a ledger hold, without what differs from run to run: GUIDs, numbers, times."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from reconciler.applier.ports import Ledger
from reconciler.sandbox import export, requests

_OF_THE_RUN = frozenset({"id", "userGUID", "groupGuid", "productId"})


def tenant_picture(state: Path) -> dict[str, Any]:
    """Return accounts, groups, assignments and requests by name."""
    held = export(state)
    accounts: Any = held["accounts"]
    groups: Any = held["groups"]
    assignments: Any = held["assignments"]
    names = {each["userGUID"]: each["userName"] for each in accounts}
    return {
        "accounts": sorted((_account(each, names) for each in accounts), key=str),
        "groups": {
            each["name"]: {**_plain(each), "users": sorted(names[user] for user in each["users"])}
            for each in groups
        },
        "assignments": Counter((each["userName"], each["productName"]) for each in assignments),
        "requests": Counter(
            (each["userName"], each["productName"], each["status"]) for each in requests(state)
        ),
    }


def ledger_picture(ledger: Ledger) -> dict[str, Any]:
    """Return what is recorded, by name."""
    recorded = ledger.recorded()
    owners = {owned.ref: owned.user_name for owned in recorded.accounts.values()}
    return {
        "accounts": {
            person: {name: _named(part, owners) for name, part in asdict(owned).items()}
            for person, owned in recorded.accounts.items()
        },
        "grants": sorted(
            (
                grant.person,
                owners[grant.holder],
                grant.kind.value,
                grant.name,
                grant.status.value,
                str(grant.since),
            )
            for held in recorded.grants.values()
            for grant in held.values()
        ),
        "permissions": sorted(recorded.permissions),
        "protections": sorted((it.kind, it.name) for it in recorded.protections),
    }


def _named(part: Any, owners: Mapping[Any, str]) -> Any:
    """Return a part of a record with user names for references."""
    if isinstance(part, dict):
        items = dict[str, Any](part).items()  # pyright: ignore[reportUnknownArgumentType] - a record is plain
        return {name: _named(value, owners) for name, value in items}
    return owners.get(part, part) if isinstance(part, str) else part


def _account(body: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    manager = body.get("managedByUserGUID")
    return {**_plain(body), "managedByUserGUID": names.get(manager, manager) if manager else None}


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _OF_THE_RUN}


def differences(found: object, wanted: object, place: str = "") -> list[str]:
    """Return each place where two pictures differ, with what is found there and what was wanted."""
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        one, other = dict[Any, Any](found), dict[Any, Any](wanted)  # pyright: ignore[reportUnknownArgumentType] - pictures are plain
        return [
            line
            for name in sorted({*one, *other}, key=str)
            for line in differences(one.get(name), other.get(name), f"{place}/{name}")
        ]
    if isinstance(found, list) and isinstance(wanted, list):
        here, there = list[Any](found), list[Any](wanted)  # pyright: ignore[reportUnknownArgumentType] - pictures are plain
        more = [f"{place}: has {item}" for item in here if item not in there]
        return more + [f"{place}: lacks {item}" for item in there if item not in here]
    return [] if found == wanted else [f"{place}: is {found}, not {wanted}"]
