"""Stages of a plan in a process of their own, each beside its peer: `python -m tests.bench.stages NAME …`."""

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from reconciler.cli.wiring import make_world
from reconciler.flows.planning import recorded_now
from reconciler.flows.project import Project, read_project, today
from reconciler.flows.world import World
from reconciler.governance.judging import judge
from reconciler.governance.resolving import resolver_of
from reconciler.helloid import open_tenant
from reconciler.model.mapped import Mapped, MappingFailed, Stage
from reconciler.model.person import Person
from reconciler.model.plan import Mode
from reconciler.model.settings import Scope, Target
from reconciler.model.state import Actual
from reconciler.model.value import Secret
from reconciler.planner.context import Inputs
from reconciler.planner.drawing import draw
from reconciler.planner.ports import Mapper
from reconciler.reports.document import plan_document, write_text
from reconciler.reports.html import plan_html
from reconciler.reports.markdown import plan_markdown
from reconciler.reports.text import plan_text
from tests.bench import bare
from tests.bench.costs import Cost, spent
from tests.bench.organisation import build
from tests.bench.rules import DAY, build_ruled
from tests.bench.size import Size

Costs: TypeAlias = dict[str, Cost]


class Remembering:
    """A mapping that has mapped everybody before: what drawing takes without it."""

    def __init__(self, mapper: Mapper) -> None:
        self._mapper = mapper
        self._known: dict[tuple[str, Stage, int], Mapped | MappingFailed] = {}

    def map(self, person: Person, stage: Stage, iteration: int = 0) -> Mapped | MappingFailed:
        key = person.id, stage, iteration
        if key not in self._known:
            self._known[key] = self._mapper.map(person, stage, iteration)
        return self._known[key]

    def names(self, stage: Stage) -> tuple[str, ...]:
        return self._mapper.names(stage)


def building(folder: str, persons: str) -> Costs:
    """Generate an organisation."""
    with spent() as cost:
        build(Path(folder), Size(int(persons)))
    return {"building": cost}


def reading() -> Costs:
    """Read the project's files."""
    with spent() as cost:
        read_project(make_world(Path("reconciler.yaml")), need_credentials=False)
    return {"reading": cost}


def yaml() -> Costs:
    """Load the same files with PyYAML's C loader."""
    files = sorted(Path("desired").rglob("*.yaml"))
    with spent() as cost:
        bare.load_yaml(files)
    return {"yaml": cost}


def pipeline() -> Costs:
    """Go through a whole plan, stage by stage."""
    costs: Costs = {}
    world = make_world(Path("reconciler.yaml"))
    with spent() as costs["reading"]:
        project = read_project(world, need_credentials=False)
    with spent() as costs["importing"]:
        actual = asyncio.run(_read(world, project))
    ledger = world.open_ledger(project.settings)
    with spent() as costs["recorded"]:
        recorded, _ = recorded_now(ledger.recorded(), ledger.unfinished(), actual)
    with spent() as costs["sqlite"]:
        bare.read_tables(Path(".reconciler/ledger.db"))
    with spent() as costs["entitling"]:
        desired = project.desired(today(world, project.settings))
    persons = list(project.declared.persons.values())
    with spent() as costs["mapping"]:
        for person in persons:
            project.mapping.map(person, Stage.UPDATE)
    with spent() as costs["quickjs"]:
        bare.run_scripts(Path("fieldMapping.json"), (one.fields for one in persons), "Update")
    mapper = Remembering(project.mapping)
    entries, day = project.declared.resolutions, desired.as_of
    resolver = resolver_of(project.settings, entries, day, ledger.audited())
    inputs = Inputs(desired, recorded, actual, mapper, project.settings, resolver)
    draw(inputs, Mode.SYNC)
    with spent() as costs["drawing"]:
        drawn = draw(inputs, Mode.SYNC)
    with spent() as costs["sets"]:
        bare.compare_sets(desired, recorded, actual)
    with spent() as costs["judging"]:
        plan = judge(drawn, project.settings.safeguards, {}, allow_protected=False)
    now = world.now()
    with spent() as costs["document"]:
        document = plan_document(plan, created_at=now, expires_at=now)
    with spent() as costs["writing"]:
        text = write_text(document)
    with spent() as costs["json"]:
        json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    with spent() as costs["showing"]:
        plan_text(document, width=100, colour=False)
    with spent() as costs["markdown"]:
        plan_markdown(document)
    with spent() as costs["html"]:
        plan_html(document)
    return costs


def building_ruled(folder: str, persons: str) -> Costs:
    """Generate an organisation under rules."""
    with spent() as cost:
        build_ruled(Path(folder), int(persons))
    return {"building": cost}


def ruling(*shares: str) -> Costs:
    """Evaluate the rules for so many persons each, the least of two: what others take is not its own."""
    costs: Costs = {}
    whole = read_project(make_world(Path("reconciler.yaml")), need_credentials=False)
    for share in (*shares, *shares):
        persons = dict(islice(whole.declared.persons.items(), int(share)))
        project = replace(whole, declared=replace(whole.declared, persons=persons))
        with spent() as cost:
            desired = project.desired(DAY)
        costs[share] = min(cost, costs.get(share, cost), key=lambda each: each.cpu)
        if len(desired.accounts) < int(share) * 0.9:
            raise RuntimeError(f"of {share} persons {len(desired.accounts)} have an account")
    return costs


def loading() -> Costs:
    """Load the persons alone with PyYAML's C loader."""
    files = sorted(Path("desired/persons").glob("*.yaml"))
    with spent() as cost:
        bare.read_yaml(files)
    return {"loading": cost}


def importing(base_url: str, key: str, secret: str, in_flight: str) -> Costs:
    """Read a whole tenant over HTTP."""
    target = Target(base_url, Secret(key), Secret(secret), concurrency=int(in_flight))

    async def read() -> Actual:
        async with open_tenant(target, Scope(), "") as tenant:
            return await tenant.read()

    with spent() as cost:
        asyncio.run(read())
    return {"importing": cost}


def asking(base_url: str, key: str, secret: str, in_flight: str, file: str) -> Costs:
    """Send the requests of a file over a bare client."""
    requests = [tuple(one) for one in json.loads(Path(file).read_text(encoding="utf-8"))]
    with spent() as cost:
        bare.ask_all(base_url, (key, secret), requests, int(in_flight))
    return {"asking": cost}


async def _read(world: World, project: Project) -> Actual:
    async with world.open_tenant(project.settings) as tenant:
        return await tenant.read()


STAGES: Mapping[str, Callable[..., Costs]] = {
    "building": building,
    "reading": reading,
    "yaml": yaml,
    "pipeline": pipeline,
    "building ruled": building_ruled,
    "ruling": ruling,
    "loading": loading,
    "importing": importing,
    "asking": asking,
}

if __name__ == "__main__":
    found = STAGES[sys.argv[1]](*sys.argv[2:])
    sys.stdout.write(json.dumps({name: asdict(cost) for name, cost in found.items()}) + "\n")
