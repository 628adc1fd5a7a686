"""Small projects on the embedded tenant, applied once, from which tests of commands go on."""

import copy
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.projects import Project, Ran, account, group, person, tenant_of

MANY = range(1, 31)
TWELVE = range(1, 13)

_GIVEN = "Anna Bram Cato Daan Esra Finn Guus Hana Iris Joris Kim Lars Mila Noor Otto".split()  # noqa: SIM905 - a list of names reads best as a line


def people(numbers: range = MANY) -> list[dict[str, Any]]:
    """Return invented persons of these numbers."""
    return [person(n, _GIVEN[n % len(_GIVEN)], f"Visser{n}") for n in numbers]


def user_name(number: int) -> str:
    return people(range(number, number + 1))[0]["Contact"]["Business"]["Email"]


def desired() -> dict[str, Any]:
    """Return thirty persons with accounts, in three groups and two products."""
    return {
        "persons": people(),
        "accounts": [account(n) for n in MANY],
        "groups": [
            group("Staff", *MANY),
            group("Sales", *range(1, 15)),
            group("Admins", 1, 2, protected=True),
        ],
        "products": [group("CRM", *range(1, 15)), group("Laptop", 1, 2)],
    }


def tenant() -> dict[str, Any]:
    return tenant_of(["Staff", "Sales", "Admins", "Other"], ["CRM", "Laptop"])


@dataclass(frozen=True)
class Office:
    """A project whose first plan was applied, and what its files ask for."""

    project: Project
    desired: dict[str, Any]

    @classmethod
    def ready(cls, folder: Path) -> "Office":
        project = Project.at(folder)
        project.want(desired())
        project.seed(tenant())
        project.good("apply", "--auto-approve", "-q", "--allow-protected")
        return cls(project, desired())

    def copy(self, folder: Path) -> "Office":
        return Office(self.project.copy(folder), copy.deepcopy(self.desired))

    def want(self, **parts: Any) -> None:
        """Replace parts of what the files ask for."""
        self.desired.update(parts)
        self.project.want(self.desired)

    def members(self, name: str, *numbers: int, **more: Any) -> None:
        """Replace the members of a group or product."""
        for part in ("groups", "products"):
            for entry in self.desired[part]:
                if entry["name"] == name:
                    entry["members"] = [str(n) for n in numbers]
                    entry.update(more)
        self.project.want(self.desired)

    def accounts(self, state: str, *numbers: int) -> None:
        """Ask for another state of these accounts."""
        for entry in self.desired["accounts"]:
            if int(entry["person"]) in numbers:
                entry["state"] = state
        self.project.want(self.desired)

    def set(self, **settings: Any) -> None:
        self.project.set(settings)

    def refused(self, *arguments: str) -> Ran:
        """Run a command that must leave tenant and ledger byte for byte as they were."""
        before = self.state()
        ran = self.project.run(*arguments)
        assert self.state() == before, ran
        assert "Traceback" not in ran.err
        return ran

    def state(self) -> str:
        """Return tenant and ledger as a text that is the same as long as nothing has changed."""
        return json.dumps(self.project.held(), sort_keys=True) + _ledger(self.project)

    def holds(self, name: str) -> list[str]:
        """Return the user names in a group."""
        held = self.project.held()
        names = {each["userGUID"]: each["userName"] for each in held["accounts"]}
        return sorted(
            names[user] for each in held["groups"] if each["name"] == name for user in each["users"]
        )


def _ledger(project: Project) -> str:
    import sqlite3

    with sqlite3.connect(project.ledger) as db:
        lines = "\n".join(db.iterdump())
    db.close()
    return lines


def checks(ran: Ran) -> Mapping[str, Any]:
    """Return the checks of a plan shown as JSON, by rule."""
    return {check["rule"]: check for check in ran.json["checks"]}


def moved(source: Path, target: Path) -> Path:
    """Copy a file."""
    shutil.copy(source, target)
    return target
