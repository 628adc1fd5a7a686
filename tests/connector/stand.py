"""A project before an embedded tenant, in the process or over HTTP, whose every request is recorded."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from reconciler.applier.run import StepResult
from reconciler.cli.wiring import make_world
from reconciler.flows.applying import Applied, ApplyOptions, Audience, apply_fresh
from reconciler.flows.planning import Planned, PlanOptions, make_plan
from reconciler.flows.project import settings_of
from reconciler.flows.world import ReadableTenant, World
from reconciler.helloid import ASGIApp, open_tenant
from reconciler.model.run import StepStatus
from reconciler.model.settings import Settings
from reconciler.model.state import Recorded as Ledger
from reconciler.sandbox import (
    Faults,
    Recorded,
    TenantSettings,
    create_app,
    credentials,
    export,
    seed,
    serving,
)

MAPPING = Path(__file__).parents[2] / "fieldMapping.json"


class Nobody:
    """Does not listen."""

    def starts(self, steps: int) -> None:
        pass

    def ended(self, result: StepResult) -> None:
        pass


@dataclass
class Stand:
    """Files, a ledger and a tenant; `plan` and `apply` are the product's own."""

    root: Path
    state: Path
    world: World
    settings: dict[str, Any]
    recorded: list[Recorded] = field(default_factory=list[Recorded])

    def set(self, **settings: Any) -> None:
        """Change settings; `target` is merged with the tenant's address."""
        target = {**self.settings["target"], **settings.pop("target", {})}
        self.settings = {**self.settings, **settings, "target": target}
        (self.root / "reconciler.yaml").write_text(json.dumps(self.settings))

    def map(self, mapping: Mapping[str, Any]) -> None:
        (self.root / "fieldMapping.json").write_text(json.dumps(mapping))

    def mapping(self) -> dict[str, Any]:
        return json.loads((self.root / "fieldMapping.json").read_text(encoding="utf-8"))

    def want(self, **desired: Any) -> None:
        text = yaml.safe_dump(desired, sort_keys=False, allow_unicode=True)
        (self.root / "desired" / "all.yaml").write_text(text)

    def seed(self, snapshot: Mapping[str, Any]) -> None:
        seed(self.state, {"format_version": "1.0", **snapshot})

    def plan(self) -> Planned:
        return asyncio.run(make_plan(self.world, PlanOptions()))

    def kinds(self) -> list[str]:
        """What a plan would do, without what touches the ledger only."""
        kinds = [step.kind for step in self.plan().plan.steps]
        return [kind for kind in kinds if kind != "correlate_account"]

    def apply(self, audience: Audience | None = None) -> Applied:
        options, listener = ApplyOptions(allow_protected=True), audience or Nobody()
        return asyncio.run(
            apply_fresh(self.world, PlanOptions(), options, listener, lambda _: True)
        )

    def warned(self) -> str:
        """Return what a plan warns about."""
        return "\n".join(self.plan().plan.warnings)

    def applied(self) -> dict[str, str]:
        """Apply and return what is not done, by kind and name, with the reason."""
        outcome = self.apply().outcome
        assert outcome is not None
        return {
            step_name(result): result.error or result.status.value
            for result in outcome.results
            if result.status is not StepStatus.DONE
        }

    def ledger(self) -> Ledger:
        settings = settings_of(self.world, need_credentials=False)
        return self.world.open_ledger(settings).recorded()

    def held(self) -> dict[str, Any]:
        return export(self.state)

    def account(self, name: str) -> dict[str, Any]:
        """Return a live account by its user name."""
        return next(
            a
            for a in self.held()["accounts"]
            if a["userName"].casefold() == name.casefold() and not a["isDeleted"]
        )

    def writes(self) -> list[Recorded]:
        """Return the requests that change something, and forget all requests."""
        found = [request for request in self.recorded if request.method != "GET"]
        self.recorded.clear()
        return found


def step_name(result: StepResult) -> str:
    change: Any = result.step.change
    about = [getattr(change, "permission", None), getattr(change, "subject", None)]
    names = [getattr(about[0], "name", ""), about[1].account.user_name if about[1] else ""]
    return " ".join([result.step.kind, *filter(None, names)])


@contextmanager
def inside(
    root: Path,
    answers: TenantSettings | None = None,
    faults: Faults | None = None,
    manners: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> Generator[Stand]:
    """Give a stand whose tenant is inside the process; `manners` may dress up its answers."""
    state = _folders(root)
    app = create_app(state, answers, faults or Faults(record=True))
    dressed = manners(app)

    @asynccontextmanager
    async def connect(settings: Settings) -> AsyncGenerator[ReadableTenant]:
        pair = credentials(state)
        line = open_tenant(settings.target, settings.scope, settings.product_comment, dressed, pair)
        async with line as tenant:
            yield tenant

    world = replace(make_world(root / "reconciler.yaml"), open_tenant=connect)
    try:
        yield _stand(root, state, world, {"base_url": "sandbox:tenant.db"}, app.state.recorded)
    finally:
        app.state.close()


@contextmanager
def over_http(root: Path, answers: TenantSettings | None = None) -> Generator[Stand]:
    """Give a stand whose tenant answers on loopback; nothing is recorded."""
    state = _folders(root)
    with serving(state, answers) as target:
        yield _stand(root, state, make_world(root / "reconciler.yaml"), dict(target), [])


WAYS = {"in the process": inside, "over HTTP": over_http}


def _folders(root: Path) -> Path:
    (root / "desired").mkdir(parents=True)
    (root / "fieldMapping.json").write_bytes(MAPPING.read_bytes())
    return root / "tenant.db"


def _stand(
    root: Path, state: Path, world: World, target: dict[str, Any], recorded: list[Recorded]
) -> Stand:
    limits = {
        name: {"at_most_percent": 100}
        for name in ("delete_account", "disable_account", "revoke_group", "revoke_product")
    }
    limits["members_lost"] = {"at_most_percent": 100}
    settings = {
        "target": target,
        "ledger": "sqlite:///ledger.db",
        "safeguards": {"limits": limits, "allow_empty": True},
    }
    stand = Stand(root, state, world, settings, recorded)
    stand.set()
    stand.want()
    return stand
