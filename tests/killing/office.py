"""An office whose files and tenant have moved, so that its plan has an action of almost every kind."""

from pathlib import Path
from typing import Any

from reconciler.sandbox import TenantSettings, create_app, credentials, seed
from tests.killing.box import Box
from tests.projects import Project, account, group, person, tenant_of

GROUPS = ("Sales", "Support", "Staff")
PRODUCTS = ("CRM", "Laptop", "Parking")
WAITS = "Parking"

_PEOPLE = [
    person(1, "Anna", "Visser", title="Director"),
    person(2, "Bram", "Bakker", manager=1),
    person(3, "Cato", "Smit", manager=1),
    person(4, "Daan", "Mulder", manager=1),
    person(5, "Esra", "Yilmaz", manager=1),
    person(6, "Finn", "Bos", manager=1),
    person(7, "Guus", "Vos", manager=1),
    person(8, "Hana", "Kok", manager=1),
    person(9, "Iris", "Dekker", manager=1),
]
_MOVED = [
    person(1, "Anna", "Visser", title="General director"),
    person(2, "Bram", "Bakker-Groen", manager=1),
    person(3, "Cato", "Smit", manager=2, department="Support"),
    *_PEOPLE[3:5],
    *_PEOPLE[6:9],
    person(10, "Joris", "Maas", manager=1),
    person(11, "Kim", "Prins", manager=10),
    person(12, "Lars", "Wit", manager=11),
]

BEFORE: dict[str, Any] = {
    "persons": _PEOPLE,
    "accounts": [*(account(n) for n in range(1, 9)), account(9, "disabled")],
    "groups": [
        group("Sales", 1, 2, 3, 4),
        group("Support", 5, 6, 7, 8),
        group("Staff", *range(1, 10)),
    ],
    "products": [group("CRM", 1, 2), group("Laptop", 3, 4), group(WAITS, 5)],
}
AFTER: dict[str, Any] = {
    "persons": _MOVED,
    "accounts": [
        *(account(n) for n in (1, 2, 3, 4, 5, 9, 10, 11, 12)),
        account(7, "absent"),
        account(8, "disabled"),
    ],
    "groups": [
        group("Sales", 1, 2, 3, 10),
        group("Support", 5, 8, 9, 11),
        group("Staff", 1, 2, 3, 4, 5, 8, 9, 10, 11, 12),
        group("Night shift", 1, 4, 10, 11, create=True),
    ],
    "products": [group("CRM", 1, 3, 10), group("Laptop", 4, 11, 12), group(WAITS, 5, 9, 10)],
}


def prepare(
    folder: Path, box: Box, ledger: str | None = None, concurrency: int = 16
) -> tuple[Project, Path]:
    """Return the office with its plan in plan.json, and its tenant, which the box serves."""
    state = folder / "tenant.db"
    project = Project(folder / "project")
    folder.mkdir(parents=True, exist_ok=True)
    create_app(state, TenantSettings(pending_products=(WAITS,))).state.close()
    seed(state, tenant_of(GROUPS, PRODUCTS))
    key, secret = credentials(state)
    target = {
        "api_key": key,
        "api_secret": secret,
        "set_manager": True,
        "concurrency": concurrency,
    }
    settings = {"target": target, **({"ledger": ledger} if ledger else {})}
    Project.at(project.folder, settings, box.base_url)
    box.load(state)
    project.want(BEFORE)
    project.good("apply", "--auto-approve", "-q")
    project.want(AFTER)
    project.good("plan", "-o", "plan.json", "-q")
    return project, state
