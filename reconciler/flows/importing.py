"""Import: an existing tenant becomes desired state whose plan is empty. Never writes to tenant or ledger."""

from collections import Counter
from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from os.path import relpath
from pathlib import Path

from reconciler.desired import Shelf
from reconciler.desired.editing import save_all, take_back
from reconciler.desired.files import is_inside, named
from reconciler.desired.importing.layout import Layout, Split, homes_of, split_of
from reconciler.desired.importing.settling import Rest, Settled, is_at_rest, settle
from reconciler.desired.importing.situation import Situation
from reconciler.desired.importing.staging import staged
from reconciler.desired.importing.tally import tally
from reconciler.desired.importing.ways import find_ways
from reconciler.desired.importing.writing import (
    Pages,
    Texts,
    says_the_same,
    shows_the_same,
    write_difference,
)
from reconciler.desired.resting import collector_resting
from reconciler.errors import BadInput
from reconciler.flows.planning import (
    Ground,
    PlanOptions,
    judged,
    plan_on,
    read_ground,
    resolver_on,
)
from reconciler.flows.project import Project, notes_of, read_project, settings_of, today
from reconciler.flows.remembering import Remembering
from reconciler.flows.world import World
from reconciler.model.declared import Declared
from reconciler.model.plan import Plan
from reconciler.model.value import JSON
from reconciler.reports.imported import imported_document


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What is asked for.

    `folder` None is the desired folder, `split` None as the files there are split already; `export` is a
    vault export in the project to take persons from.
    """

    folder: Path | None = None
    split: Split | None = None
    update: bool = False
    export: Path | None = None
    snapshot: Path | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Start:
    """What an import begins with: what plans are drawn on, and the files as they were read for it."""

    ground: Ground
    shelf: Shelf


async def import_tenant(world: World, options: ImportOptions) -> dict[str, JSON]:
    """Write what the tenant holds into the desired files; return what was written and what is left.

    Raises BadInput where the files declare state already and `update` is not given, or a file leaves no
    sure place for a change; then, and with `dry_run`, no file is touched.
    """
    if not options.dry_run:
        take_back(notes_of(world))
    settings = settings_of(world, need_credentials=options.snapshot is None)
    with _folder(world.root / settings.desired):
        return await _import(world, options)


async def _import(world: World, options: ImportOptions) -> dict[str, JSON]:
    shelf = Shelf()
    project = read_project(world, need_credentials=options.snapshot is None, shelf=shelf)
    if not options.update:
        _refuse_declared(project.declared)
    ground = await read_ground(world, PlanOptions(snapshot=options.snapshot), project)
    with collector_resting():
        return _bring_in(world, options, _Start(_remembering(ground), shelf))


def _bring_in(world: World, options: ImportOptions, start: _Start) -> dict[str, JSON]:
    found = _bring_up(world, options, start, with_proof=False)
    if not found.settled.is_proven and not is_at_rest(found.plan):
        found = _bring_up(world, options, start, with_proof=True)
    texts, settled = found.texts, found.settled
    if not options.dry_run:
        save_all(
            {world.root / name: after for name, (_, after) in texts.items()},
            notes_of(world),
            {world.root / name: before for name, (before, _) in texts.items()},
        )
    summary = tally(found.declared, settled.declared)
    return imported_document(texts, settled.left, found.plan, summary, is_dry=options.dry_run)


@dataclass(frozen=True, slots=True)
class _BroughtUp:
    """What the files declared, what they shall declare, how they then read, and the plan of that."""

    declared: Declared
    settled: Settled
    texts: Texts
    plan: Plan


def _bring_up(
    world: World, options: ImportOptions, start: _Start, *, with_proof: bool
) -> _BroughtUp:
    ground, pages = start.ground, Pages(world.root)
    layout = _layout(world, ground.project, options)
    if options.export is not None:
        start = _with_export(world, start, pages, layout, options.export)
        ground = start.ground
    declared = ground.project.declared
    settled = settle(
        declared,
        _situation(world, ground, options),
        whole=not options.update,
        with_proof=with_proof,
    )
    write_difference(pages, layout, declared, settled.declared)
    texts = pages.texts()
    return _BroughtUp(declared, settled, texts, _next_plan(world, start, texts, settled))


def _remembering(ground: Ground) -> Ground:
    project = ground.project
    return replace(ground, project=replace(project, mapping=Remembering(project.mapping)))


@contextmanager
def _folder(folder: Path) -> Generator[None]:
    """Let there be the desired folder, which a new project has not; without anything in it, it goes again."""
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        if is_new and not any(folder.iterdir()):
            folder.rmdir()


def _refuse_declared(declared: Declared) -> None:
    """Refuse to import over files that ask for something; persons alone ask for nothing."""
    asking = (declared.accounts, declared.permissions, declared.rules, declared.resources)
    first = min((entry.at for entries in asking for entry in entries), default=None)
    if first is not None:
        raise BadInput(
            "The files declare state already",
            f"{first.short} is the first line of it, and an import from scratch would contradict it.",
            "Bring what the tenant holds into these files, as a change to review:\n"
            "  reconciler import --update",
        )


def _layout(world: World, project: Project, options: ImportOptions) -> Layout:
    desired = world.root / project.settings.desired
    folder = options.folder or desired
    if not is_inside(folder, desired):
        shown = named(desired, world.root)
        raise BadInput(
            "Folder is not below the desired folder",
            f"What is written to {folder} would not be read: desired is {shown}.",
            f"Name a folder in it:\n  reconciler import -o {shown}/imported",
        )
    name = named(folder, world.root)
    homes = homes_of(project.declared) if options.folder is None else {}
    return Layout(name, options.split or split_of(project.declared, name), homes)


def _situation(world: World, ground: Ground, options: ImportOptions) -> Situation:
    project = ground.project
    as_of = today(world, project.settings)
    return Situation(
        recorded=ground.recorded,
        actual=ground.actual,
        settings=project.settings,
        mapper=project.mapping,
        resolver=resolver_on(ground, as_of),
        as_of=as_of,
        ways=find_ways(project.mapping, project.settings.correlation),
        keeps_pending=options.update and bool(ground.recorded.accounts),
        times=Counter(found.key for found in ground.actual.permissions.values()),
        stored=project.mapping.stored(),
    )


# ---------------------------------------------------------------- trying it out


def _with_export(world: World, start: _Start, pages: Pages, layout: Layout, export: Path) -> _Start:
    """Name a vault export in the files, and go on with its persons."""
    if not is_inside(export, world.root):
        raise BadInput(
            "Export is outside the project",
            f"{export} would not be read.",
            "Put it inside the project.",
        )
    name = named(export, world.root)
    if name in start.ground.project.declared.files:
        return start
    path = relpath(export, (world.root / layout.export()).parent)
    pages.add(layout.export(), "persons_from", Path(path).as_posix())
    ground = _changed(world, start, pages.texts(), also=(name,))
    return replace(start, ground=ground)


def _next_plan(world: World, start: _Start, texts: Texts, settled: Settled) -> Plan:
    """Plan with the files as they become, against the same reading. Raises BadInput where they say something else."""
    ground = _changed(world, start, texts)
    if not says_the_same(ground.project.declared, settled.declared):
        raise BadInput(
            "The files would not say what was meant",
            "Read again, the changed files do not give the state that the import found."
            " Nothing was written. This is a bug in reconciler.",
            "Please report it, with the snapshot and the files if they may be seen.",
        )
    as_of = today(world, ground.project.settings)
    if settled.rest is not None and shows_the_same(ground.project.declared, settled.declared):
        plan = _at_rest(settled.rest, ground, as_of)
    else:
        plan = plan_on(ground, PlanOptions(), as_of)
    return replace(plan, warnings=(*ground.warnings, *plan.warnings))


def _at_rest(rest: Rest, ground: Ground, as_of: date) -> Plan:
    """Judge what was drawn of the very state that the files become: drawn again it would be the same."""
    plan = replace(rest.drawn.plan, desired_digest=ground.project.declared.digest)
    drawn = replace(rest.drawn, plan=plan)
    return judged(drawn, rest.desired, ground, PlanOptions(), resolver_on(ground, as_of))


def _changed(world: World, start: _Start, texts: Texts, also: Collection[str] = ()) -> Ground:
    """Return the ground with the files as they become; the mapping stays, it maps these very persons."""
    ground = start.ground
    with _trying(world, ground.project, texts, also) as tried:
        project = read_project(tried, need_credentials=False, shelf=start.shelf)
    return replace(ground, project=replace(project, mapping=ground.project.mapping))


@contextmanager
def _trying(
    world: World, project: Project, texts: Texts, also: Collection[str] = ()
) -> Generator[World]:
    """Give the world in which the files read as they will."""
    files = (project.settings.field_mapping, *project.declared.files, *also)
    after = {name: text for name, (_, text) in texts.items()}
    with staged(world.config, files, after) as config:
        yield replace(world, config=config)
