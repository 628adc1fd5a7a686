"""The benchmarks. Each gives figures that are held against a peer of the same run."""

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from tests.bench.costs import best_in_turn, best_of, spent_by
from tests.bench.figures import Figure
from tests.bench.ground import LATENCY, Ground, Tenant, served
from tests.bench.organisation import PERSONS_A_FILE
from tests.bench.reviewing import EDITS, committed, restored
from tests.newcomer.figures import figures
from tests.newcomer.hour import play
from tests.projects import Project, account, group, guid, person, tenant_of

PYTHON = sys.executable
RECONCILER = (PYTHON, "-m", "reconciler")
NEWCOMERS = 1_000
"""The accounts of the tenant that a newcomer takes over."""
LIBRARIES = (
    "import asyncio, aiohttp, deepdiff, httpx, httpx_aiohttp, msgspec, pydantic, quickjs, sqlalchemy,"
    " sqlalchemy.dialects.postgresql, sqlalchemy.dialects.sqlite, starlette.applications, tenacity,"
    " typer, yaml"
)
"""What every plan loads before it does anything."""


def startup(ground: Ground) -> Iterator[Figure]:
    """The command line, held against importing Typer alone."""
    folder = ground.folder
    times = 3 * ground.times
    typer = best_of(times, (PYTHON, "-c", "import typer"), folder)
    shown = best_of(times, (*RECONCILER, "--help"), folder)
    version = best_of(times, (*RECONCILER, "--version"), folder)
    yield Figure("reconciler --help", shown.cpu, typer.cpu, "import typer", limit=2)
    yield Figure("reconciler --version", version.cpu, typer.cpu, "import typer", limit=2)


def stages(ground: Ground) -> Iterator[Figure]:
    """Every stage of a plan, held against the bare work that it cannot do without."""
    costs = ground.pipeline()
    yaml, reading = costs["yaml"], costs["reading alone"]
    cpu = {name: cost.cpu for name, cost in costs.items()}
    loading = cpu["reading"] + cpu["importing"]
    yield Figure("read desired", reading.cpu, yaml.cpu, "PyYAML's C loader", limit=1)
    yield Figure("  its memory", reading.peak, yaml.peak, "PyYAML's C loader", "MiB", limit=1)
    yield Figure("import, tenant inside", cpu["importing"], loading, "reading and importing")
    yield Figure("ledger recorded()", cpu["recorded"], cpu["sqlite"], "sqlite3 alone", limit=5)
    yield Figure("entitle", cpu["entitling"], loading, "reading and importing", limit=0.3)
    yield Figure("map everybody", cpu["mapping"], cpu["quickjs"], "quickjs alone", limit=14)
    yield Figure("draw, already mapped", cpu["drawing"], cpu["sets"], "sets of tuples", limit=6)
    yield Figure("judge", cpu["judging"], cpu["drawing"], "draw", limit=0.1)
    yield Figure("document", cpu["document"], cpu["json"], "json there and back", limit=3)
    yield Figure("its bytes", cpu["writing"], cpu["json"], "json there and back", limit=2)
    for name, stage in (("text", "showing"), ("Markdown", "markdown"), ("HTML", "html")):
        yield Figure(f"its {name}", cpu[stage], cpu["json"], "json there and back", limit=4)


def plan(ground: Ground) -> Iterator[Figure]:
    """The whole command, held against the parts that it cannot do without."""
    project = ground.organisation()
    folder = project.folder
    costs = ground.pipeline()
    yaml = costs["yaml"]
    inputs = sum(costs[name].cpu for name in ("reading", "importing", "recorded", "mapping"))
    inputs += _libraries(ground)
    whole = spent_by((*RECONCILER, "plan", "-o", "plan.json", "--quiet"), folder)
    _check(project, ground)
    spent_by((*RECONCILER, "snapshot", "-o", "snapshot.json", "--quiet"), folder)
    saved = (*RECONCILER, "plan", "--snapshot", "snapshot.json", "-o", "plan.json", "--quiet")
    offline = spent_by(saved, folder)
    _check(project, ground)
    yield Figure("plan, tenant inside", whole.cpu, inputs, "libraries+read+import+map", limit=2)
    yield Figure("  its memory", whole.peak, yaml.peak, "PyYAML's C loader", "MiB", limit=2.5)
    yield Figure("  by the clock", whole.wall, whole.cpu, "its processor time")
    yield Figure("plan --snapshot", offline.cpu, whole.cpu, "plan, tenant inside", limit=1.25)
    yield Figure("  its memory", offline.peak, whole.peak, "plan, tenant inside", "MiB", limit=1.5)


def growth(ground: Ground) -> Iterator[Figure]:
    """Twice the persons may take a little more than twice the work and the memory."""
    persons = ground.size.persons
    sizes = (persons // 4, persons // 2, persons)
    arguments = (*RECONCILER, "plan", "-o", "plan.json", "--quiet")
    costs = [spent_by(arguments, ground.organisation(size).folder) for size in sizes]
    for number in (1, 2):
        name = f"plan of {sizes[number]:,} persons"
        against = f"plan of {sizes[number - 1]:,}"
        now, before = costs[number], costs[number - 1]
        yield Figure(name, now.cpu, before.cpu, against, limit=2.5)
        yield Figure("  its memory", now.peak, before.peak, against, "MiB", limit=2.5)


def rules(ground: Ground) -> Iterator[Figure]:
    """A hundred rules over ten times the persons, half of them with two contracts, and in parts of these."""
    persons = 10 * ground.size.persons
    folder = ground.folder / "ruled"
    ground.stage(ground.folder, "building ruled", str(folder), str(persons))
    yaml = ground.stage(folder, "loading")["loading"]
    parts = [str(persons // 4), str(persons // 2), str(persons)]
    costs = ground.stage(folder, "ruling", *parts)
    few, half, whole = (costs[part].cpu for part in parts)
    name = f"rules over {persons:,} persons"
    yield Figure(name, whole, yaml.cpu, "PyYAML's C loader, persons", limit=1)
    yield Figure("  twice the persons", whole, half, f"{persons // 2:,} persons", limit=2.5)
    yield Figure("  four times", whole, few, f"{persons // 4:,} persons", limit=5)


def requests(ground: Ground) -> Iterator[Figure]:
    """Importing over HTTP at a given latency, held against the ideal and against a bare client."""
    groups = 400 * ground.times
    project = Project.at(ground.folder / "requests")
    project.seed(_many_groups(groups))
    gets = [("GET", f"/groups/{guid(0x100 + number)}", None) for number in range(groups)]
    file = project.write("requests.json", gets)
    with served(project.tenant) as tenant:
        for in_flight in (16, 32):
            where = *_where(tenant), str(in_flight)
            bare = ground.stage(project.folder, "asking", *where, str(file))["asking"]
            cost = ground.stage(project.folder, "importing", *where)["importing"]
            name = f"import, {in_flight} in flight"
            ideal = groups * LATENCY / in_flight
            yield Figure(name, cost.wall, ideal, f"{LATENCY * 1000:.0f} ms a request")
            yield Figure("  by the clock", cost.wall, bare.wall, "bare httpx-aiohttp", limit=2.5)
            yield Figure(
                "  its processor time", cost.cpu, bare.cpu, "bare httpx-aiohttp", limit=2.5
            )


def apply(ground: Ground) -> Iterator[Figure]:
    """Carrying out grants over HTTP, held against a bare client that only sends them."""
    persons = 100 * ground.times
    project = Project.at(ground.folder / "apply")
    project.want(_many_grants(persons))
    project.seed(_ungranted(persons))
    posts = [
        ("POST", f"/users/{guid(0x1000 + number)}/groups", {"groupGuid": guid(0x100 + n)})
        for number in range(persons)
        for n in range(4)
    ]
    file = project.write("requests.json", posts)
    with served(project.tenant) as tenant:
        bare = ground.stage(project.folder, "asking", *_where(tenant), "16", str(file))["asking"]
    project.seed(_ungranted(persons))
    with served(project.tenant) as tenant:
        keys = {"api_key": tenant.api_key, "api_secret": tenant.api_secret}
        for name, text in keys.items():
            project.write(name, text)
        secrets = {name: f"${{file:{name}}}" for name in keys}
        project.set({"target": secrets}, tenant.base_url)
        spent_by((*RECONCILER, "plan", "-o", "plan.json", "--quiet"), project.folder)
        kinds = _summary(project.folder / "plan.json")
        _insist(kinds == {"correlate_account": persons, "grant_group": len(posts)}, kinds)
        cost = spent_by((*RECONCILER, "apply", "plan.json", "--quiet"), project.folder)
    yield Figure("apply, 16 in flight", cost.wall, bare.wall, "bare POSTs alone", limit=5)
    inputs = bare.cpu + _libraries(ground)
    yield Figure("  its processor time", cost.cpu, inputs, "libraries+bare POSTs", limit=5)


def diff(ground: Ground) -> Iterator[Figure]:
    """What a small edit changes, held against checking the same files: few are evaluated, nobody twice."""
    project = committed(ground.organisation(), ground.folder / "reviewed")
    folder = project.folder
    checks = (*RECONCILER, "validate", "--quiet")
    compares = (*RECONCILER, "diff", "main", "--format", "json", "-o", "diff.json", "--quiet")
    is_one_of_many = ground.size.persons >= 10 * PERSONS_A_FILE  # a file that differs is read twice
    for name, (edit, limit) in EDITS.items():
        expected = edit(project, ground.size)
        checked, compared = best_in_turn(ground.times + 1, (checks, compares), folder)
        found = _summary(folder / "diff.json")
        _insist(found == expected, found)
        restored(project)
        yield Figure(
            f"diff of one {name}",
            compared.cpu,
            checked.cpu,
            "validate",
            limit=limit if is_one_of_many else None,
        )
        yield Figure("  its memory", compared.peak, checked.peak, "validate", "MiB", limit=1.25)


class _Plan(msgspec.Struct):
    summary: dict[str, int]


def hour(ground: Ground) -> Iterator[Figure]:
    """A newcomer's hour with a tenant of 1,000 accounts: each step against what one waits for gladly."""
    below = ground.folder / "hour"
    below.mkdir()
    yield from figures(play(below, NEWCOMERS))


Bench: TypeAlias = Callable[[Ground], Iterator[Figure]]

BENCHES: Mapping[str, Bench] = {
    "startup": startup,
    "stages": stages,
    "plan": plan,
    "diff": diff,
    "growth": growth,
    "rules": rules,
    "requests": requests,
    "apply": apply,
    "hour": hour,
}
"""By the names that `--only` takes, in the order in which they run."""


def _check(project: Project, ground: Ground) -> None:
    """Insist that the plan is the one that was built in: a wrong plan may be as fast as it likes."""
    plan = project.folder / "plan.json"
    found = _summary(plan)
    _insist(found == ground.size.summary, found)
    plan.unlink()


def _summary(plan: Path) -> dict[str, int]:
    """Return a plan's summary and read past the rest: a child begins with the memory of this process."""
    return msgspec.json.decode(plan.read_bytes(), type=_Plan).summary


def _libraries(ground: Ground) -> float:
    return best_of(3, (PYTHON, "-c", LIBRARIES), ground.folder).cpu


def _insist(holds: bool, found: object) -> None:
    if not holds:
        raise RuntimeError(f"the plan is another one than was built in: {found}")


def _where(tenant: Tenant) -> tuple[str, str, str]:
    return tenant.base_url, tenant.api_key, tenant.api_secret


def _many_groups(groups: int) -> dict[str, Any]:
    held = _ungranted(groups // 4)
    users = [each["userGUID"] for each in held["accounts"]]
    rows = tenant_of([f"Group {number}" for number in range(groups)])["groups"]
    for number, row in enumerate(rows):
        row["users"] = [users[(number + n) % len(users)] for n in range(8)]
    return {**held, "groups": rows}


def _ungranted(persons: int) -> dict[str, Any]:
    """Return a tenant in which the accounts of the persons are there, and four empty groups."""
    return {
        **tenant_of([f"Group {number}" for number in range(4)]),
        "accounts": [
            {
                "userGUID": guid(0x1000 + number),
                "userName": f"given{number}.family{number}@example.org",
                "firstName": f"Given{number}",
                "lastName": f"Family{number}",
                "contactEmail": f"given{number}.family{number}@example.org",
                "isEnabled": True,
                "userAttributes": {"department": "Sales", "title": "Clerk"},
            }
            for number in range(persons)
        ],
    }


def _many_grants(persons: int) -> dict[str, Any]:
    numbers = range(persons)
    return {
        "persons": [person(number, f"Given{number}", f"Family{number}") for number in numbers],
        "accounts": [account(number) for number in numbers],
        "groups": [group(f"Group {number}", *numbers) for number in range(4)],
    }
