"""An organisation that was applied, and drift of every type, injected into copies of it."""

import copy
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from tests.projects import Project, account, group, guid, person, tenant_of

PEOPLE = range(1, 13)
DISABLED = (11, 12)
GROUPS = {"Staff": range(1, 13), "Sales": range(1, 7), "Editors": (2, 4, 8)}
PRODUCTS = {"CRM": range(1, 7), "Laptop": (1, 9)}
ACTS = {
    "account_unmanaged": "delete",
    "account_missing": "create",
    "account_incorrectly_has_access": "disable",
    "account_incorrectly_has_no_access": "enable",
    "account_differs": "update",
    "permission_unmanaged": "revoke",
    "permission_missing": "grant",
}
MULTIPLE = ("person_multiple_accounts", "account_multiple_persons")
REPORT = dict.fromkeys((*ACTS, *MULTIPLE), "report")

Said: TypeAlias = tuple[str, str, str, str]
"""An issue: its type, and the person, user name and permission that it is about."""


def desired() -> dict[str, Any]:
    return {
        "persons": [person(n, f"Given{n}", "Visser") for n in PEOPLE],
        "accounts": [account(n, "disabled" if n in DISABLED else "enabled") for n in PEOPLE],
        "groups": [group(name, *members) for name, members in GROUPS.items()],
        "products": [group(name, *members) for name, members in PRODUCTS.items()],
    }


def settings(**automatic: str) -> dict[str, Any]:
    """Settings with safeguards wide open; what is not said otherwise is only reported."""
    kinds = ("delete_account", "disable_account", "revoke_group", "revoke_product", "members_lost")
    limits = {kind: {"at_most_percent": 100} for kind in kinds}
    return {
        "target": {"restore_deleted": True},
        "safeguards": {"limits": limits, "allow_empty": True},
        "governance": {"automatic": {**REPORT, **automatic}},
    }


def user_name(number: int) -> str:
    return f"given{number}.visser@example.org"


def ready(folder: Path) -> Project:
    """Return a project whose first plan was applied, and whose tenant holds no issue."""
    project = Project.at(folder, settings())
    project.want(desired())
    project.seed(tenant_of([*GROUPS, "Others"], [*PRODUCTS, "Phone"]))
    project.good("apply", "--auto-approve", "-q")
    return project


@dataclass
class Drifted:
    """A project's tenant with drift in it: what it holds, and which issues an audit has to find."""

    project: Project
    chance: random.Random
    held: dict[str, Any] = field(init=False)
    desired: dict[str, Any] = field(default_factory=desired)
    injected: set[Said] = field(default_factory=set[Said])

    def __post_init__(self) -> None:
        self.held = copy.deepcopy(self.project.held())

    def settle(self) -> None:
        """Let the tenant hold the drift, and the files ask for what they do now."""
        self.project.seed(self.held)
        self.project.want(self.desired)

    def of(self, number: int) -> dict[str, Any]:
        return next(each for each in self.held["accounts"] if each["userName"] == user_name(number))

    def says(self, kind: str, number: int | None, name: str = "", permission: str = "") -> None:
        self.injected.add((kind, "" if number is None else str(number), name, permission))

    # ---------------------------------------------------------------- accounts

    def stranger(self, number: int) -> None:
        ref, name = guid(0x9000 + number), f"Stranger{number}@example.org"
        enabled = self.chance.random() < 0.5
        self.held["accounts"].append({"userGUID": ref, "userName": name, "isEnabled": enabled})
        for one in self.held["groups"]:
            if self.chance.random() < 0.3:
                one["users"].append(ref)
        self.says("account_unmanaged", None, name)

    def vanish(self, number: int) -> None:
        mine = self.of(number)
        if self.chance.random() < 0.5:
            mine["isDeleted"] = True
            self._leave(mine["userGUID"])
        else:
            self.remove(number)
        self.says("account_missing", number, mine["userName"])

    def remove(self, number: int) -> None:
        mine = self.of(number)
        self.held["accounts"].remove(mine)
        self._leave(mine["userGUID"])

    def flip(self, number: int) -> None:
        mine = self.of(number)
        mine["isEnabled"] = not mine["isEnabled"]
        has = (
            "account_incorrectly_has_access"
            if mine["isEnabled"]
            else "account_incorrectly_has_no_access"
        )
        self.says(has, number, mine["userName"])

    def differ(self, number: int) -> None:
        mine = self.of(number)
        mine["firstName"] = f"{mine['firstName']} by hand"
        self.says("account_differs", number, mine["userName"])

    def double(self, number: int) -> None:
        """Rename the account that is theirs, and give its name to another: the person fits both."""
        mine, ref = self.of(number), guid(0x8000 + number)
        name = mine["userName"]
        mine["userName"] = f"renamed.{name}"
        self.held["accounts"].append({"userGUID": ref, "userName": name, "isEnabled": True})
        self.says("person_multiple_accounts", number)

    def claim(self, number: int) -> None:
        """Let another person of the files correlate with somebody's account."""
        other = {**person(100 + number, f"Given{number}", "Visser"), "ExternalId": f"x{number}"}
        self.desired["persons"].append(other)
        self.desired["accounts"].append({"person": f"x{number}", "state": "enabled"})
        self.says("account_multiple_persons", None, user_name(number))

    # ---------------------------------------------------------------- grants

    def take(self, number: int, name: str) -> None:
        ref = self.of(number)["userGUID"]
        self._without(ref, name)
        self.says("permission_missing", number, user_name(number), name)

    def give(self, number: int, name: str) -> None:
        ref = self.of(number)["userGUID"]
        for one in self.held["groups"]:
            if one["name"] == name:
                one["users"].append(ref)
        for at, one in enumerate(self.held["products"]):
            if one["name"] == name:
                made = guid(0xA000 + 16 * number + at)
                self.held["assignments"].append(
                    {"assignmentGuid": made, "userGuid": ref, "productGuid": one["productId"]}
                )
        self.says("permission_unmanaged", number, user_name(number), name)

    def _leave(self, ref: str) -> None:
        for one in (*self.held["groups"], *self.held["products"]):
            self._without(ref, one["name"])

    def _without(self, ref: str, name: str) -> None:
        for one in self.held["groups"]:
            if one["name"] == name and ref in one["users"]:
                one["users"].remove(ref)
        ids = {one["productId"] for one in self.held["products"] if one["name"] == name}
        self.held["assignments"] = [
            each
            for each in self.held["assignments"]
            if not (each["userGuid"] == ref and each["productGuid"] in ids)
        ]


def drifted(project: Project, seed: int) -> Drifted:
    """Inject drift by chance: of every type, several of a person's at a time where they can be."""
    chance = random.Random(seed)  # noqa: S311 - drift needs no secrecy
    drift = Drifted(project, chance)
    alone: tuple[Callable[[int], None], ...] = (drift.vanish, drift.double, drift.claim)
    for number in PEOPLE:
        kind = chance.randrange(10)
        if kind < len(alone):
            alone[kind](number)
        elif kind < 8:
            _inject_some(drift, number)
    for number in range(chance.randrange(3)):
        drift.stranger(number)
    drift.settle()
    return drift


def _inject_some(drift: Drifted, number: int) -> None:
    chance = drift.chance
    if chance.random() < 0.4:
        drift.differ(number)
    for name, members in {**GROUPS, **PRODUCTS, "Others": (), "Phone": ()}.items():
        if chance.random() < 0.2:
            (drift.take if number in members else drift.give)(number, name)
    if chance.random() < 0.4:
        drift.flip(number)


def said(issue: Mapping[str, Any]) -> Said:
    """Return an issue of a document as it is written here."""
    permission = issue["permission"]["name"] if issue["permission"] else ""
    name = issue["account"]["user_name"] if issue["account"] else ""
    return issue["type"], issue["person"] or "", name, permission


def entry(issue: Mapping[str, Any], resolution: str, **more: Any) -> dict[str, Any]:
    """Return what an entry of `resolutions` says to decide about an issue."""
    about: dict[str, Any] = {"issue": issue["type"], "resolution": resolution, **more}
    if issue["type"] in ("account_missing", "person_multiple_accounts"):
        return {**about, "person": issue["person"]}
    about["account"] = issue["account"]["user_name"]
    if issue["permission"]:
        about["permission"] = {issue["permission"]["type"]: issue["permission"]["name"]}
    return about


def exclusion(issue: Mapping[str, Any]) -> dict[str, Any]:
    more = {"reason": "Known", "from": "2020-01-01", "until": "2120-01-01"}
    return entry(issue, "exclude", **more)
