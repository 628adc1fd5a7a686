"""A project in a folder of its own, driven through the product's own wiring."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import yaml

from reconciler.applier.run import StepResult
from reconciler.cli.wiring import make_world
from reconciler.flows.applying import Applied, ApplyOptions, apply_fresh
from reconciler.flows.planning import Planned, PlanOptions, make_plan
from reconciler.flows.project import settings_of
from reconciler.model.state import Recorded
from reconciler.sandbox import TenantSettings, create_app, export, seed

MAPPING = Path(__file__).parents[2] / "fieldMapping.json"


class Nobody:
    """Does not listen."""

    def starts(self, steps: int) -> None:
        pass

    def ended(self, result: StepResult) -> None:
        pass


class Project:
    """A folder with files, a tenant and a ledger."""

    def __init__(self, root: Path, settings: dict[str, Any]) -> None:
        self.root = root
        self.state = root / ".reconciler" / "tenant.db"
        (root / "desired").mkdir(parents=True)
        self.state.parent.mkdir()
        (root / "fieldMapping.json").write_bytes(MAPPING.read_bytes())
        (root / "reconciler.yaml").write_text(json.dumps(settings))
        self.world = make_world(root / "reconciler.yaml")

    def seed(self, snapshot: dict[str, Any], answers: TenantSettings | None = None) -> None:
        seed(self.state, snapshot)
        if answers is not None:
            create_app(self.state, answers).state.close()

    def write(self, document: dict[str, Any], order: random.Random | None = None) -> None:
        """Write the files; with `order` shuffled over several of them."""
        for old in (self.root / "desired").glob("*.yaml"):
            old.unlink()
        if order is None:
            self._file("all", document)
            return
        for key, entries in document.items():
            shuffled = order.sample(entries, len(entries))
            cut = order.randint(0, len(shuffled))
            for part in (shuffled[:cut], shuffled[cut:]):
                self._file(f"{order.randint(0, 10**9)}", {key: part})

    def _file(self, name: str, document: dict[str, Any]) -> None:
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
        (self.root / "desired" / f"{name}.yaml").write_text(text)

    def plan(self, options: PlanOptions | None = None) -> Planned:
        return asyncio.run(make_plan(self.world, options or PlanOptions()))

    def apply(self) -> Applied:
        return asyncio.run(
            apply_fresh(self.world, PlanOptions(), ApplyOptions(), Nobody(), lambda _: True)
        )

    def recorded(self) -> Recorded:
        settings = settings_of(self.world, need_credentials=False)
        return self.world.open_ledger(settings).recorded()

    def tenant(self) -> dict[str, Any]:
        return export(self.state)

    def memberships(self) -> set[tuple[str, str]]:
        """Every grant of a live account, as user name in lower case and permission."""
        tenant = self.tenant()
        users = {
            a["userGUID"]: a["userName"].lower() for a in tenant["accounts"] if not a["isDeleted"]
        }
        products = {p["productId"]: p["name"] for p in tenant["products"]}
        found = {
            (users[user], group["name"])
            for group in tenant["groups"]
            for user in group["users"]
            if user in users
        }
        return found | {
            (users[a["userGuid"]], products[a["productGuid"]])
            for a in tenant["assignments"]
            if a["userGuid"] in users
        }
