"""Diff: what the files ask for at two revisions; offline, without credentials, tenant and ledger."""

import re
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Final

from reconciler.desired import Shelf
from reconciler.desired.resting import collector_resting
from reconciler.entitlements.known import known
from reconciler.errors import BadInput
from reconciler.flows.project import NOT_THERE, Project, read_project, today
from reconciler.flows.sides import Read, sides_of
from reconciler.flows.world import World
from reconciler.model.address import PersonId
from reconciler.model.change import CreateGroup
from reconciler.model.difference import Difference, Differences, Revision
from reconciler.model.person import Person
from reconciler.model.problem import Problem
from reconciler.model.provenance import Location
from reconciler.model.value import AccountOf
from reconciler.planner.comparing import compare

WORKING_TREE: Final = Revision("working tree")
_NOT_COMPARED: Final = ("target.base_url", "ledger", "notify.command")
"""Settings that what is asked for does not depend on."""
_NO_PROJECT: Final = "At {} there is no project: everything is new."
_PLAIN_NAME = re.compile(r"[\w./@^~{}+-]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """`as_of` None is today; `persons` empty is everybody."""

    as_of: date | None = None
    persons: tuple[str, ...] = ()


def find_differences(
    world: World, base: str, head: str | None, options: DiffOptions
) -> Differences:
    """Return what the head asks for differently from the base; the working tree is the head if None.

    Files that are the same in both are read once, and nobody is evaluated whom nothing that differs
    touches. Raises BadInput for what is no revision, and with every problem of every file where one side
    has an error.
    """
    base, head = world.revisions.span(base, head)
    with collector_resting():
        return _differences(world, base, head, options)


def _differences(world: World, base: str, head: str | None, options: DiffOptions) -> Differences:
    shelf = Shelf(only_compares=True)
    after, head_revision = _at(world, head, shelf)
    if after is None:
        raise BadInput("No project at this revision", f"{head}: it has no {world.config.name}.")
    before, base_revision = _at(world, base, shelf)
    as_of = options.as_of or today(world, after.project.settings)
    compared = compare(sides_of(before, after, as_of))
    missing = [_NO_PROJECT.format(base)] if before is None else []
    warnings = (*missing, *_defaulted(after.project), *compared.warnings)
    found = Differences(
        base_revision, head_revision, as_of, compared.found, compared.errors, warnings
    )
    everybody = after.project.declared.persons
    if before is not None:
        everybody = {**before.project.declared.persons, **everybody}
    return _naming(_selected(found, options.persons, everybody), everybody)


def label_of(revision: Revision) -> str:
    """Return what stands before the files of a revision: its name if that is plain, else its commit."""
    if revision.commit is None:
        return ""
    return revision.name if _PLAIN_NAME.fullmatch(revision.name) else revision.commit[:12]


def read_revision(world: World, revision: str, shelf: Shelf) -> tuple[Project | None, Revision]:
    """Return the project at a revision, None where there is none. Raises BadInput as read_project does."""
    read, found = _at(world, revision, shelf)
    return (None if read is None else read.project), found


def _at(world: World, revision: str | None, shelf: Shelf) -> tuple[Read | None, Revision]:
    """Read the working tree or a revision; problems of a revision have its name before their file."""
    if revision is None:
        return _read(world, shelf, ""), WORKING_TREE
    with suppress(
        BadInput
    ):  # a file may have been missing: all of them are looked at for what to say
        read, found = _at_revision(world, revision, shelf, whole=False)
        if read is None or not any(map(_is_missing, read.project.warnings)):
            return read, found
    return _at_revision(world, revision, shelf, whole=True)


def _is_missing(problem: Problem) -> bool:
    """Tell whether a problem is that a file is not there."""
    return problem.code == "unreadable-file"


def _at_revision(
    world: World, revision: str, shelf: Shelf, *, whole: bool
) -> tuple[Read | None, Revision]:
    with ExitStack() as stack:
        there, found = stack.enter_context(world.revisions.at(revision, whole=whole))
        if there is None:
            return None, found
        label = label_of(found)
        try:
            return _read(there, shelf, label), found
        except BadInput as error:
            problems = tuple(_labelled(problem, label) for problem in error.problems)
            raise BadInput(
                error.summary, error.detail, f"This is about {label}.", problems
            ) from error


def _read(world: World, shelf: Shelf, label: str) -> Read:
    project = read_project(world, need_credentials=False, shelf=shelf, need_variables=False)
    return Read(project, (world.root / project.settings.field_mapping).read_bytes(), label)


def _labelled(problem: Problem, label: str) -> Problem:
    if problem.at is None:
        return replace(problem, detail=f"At {label}: {problem.detail}")
    return replace(problem, at=_below(problem.at, label), also=_below(problem.also, label))


def _below(place: Location | None, label: str) -> Location | None:
    return None if place is None else replace(place, file=f"{label}:{place.file}")


def _defaulted(project: Project) -> Iterable[str]:
    """Yield which settings that a diff depends on have their default, because a variable is not set."""
    at = project.settings.at
    spared = {at[name].line for name in _NOT_COMPARED if name in at}
    for problem in project.warnings:
        if problem.code in NOT_THERE and problem.at is not None and problem.at.line not in spared:
            yield f"A setting has its default here. {problem.detail} ({problem.at.short})"


def _selected(
    found: Differences, persons: tuple[str, ...], everybody: Mapping[PersonId, Person]
) -> Differences:
    """Return what is about some persons only. Raises BadInput for one that neither side knows."""
    if not persons:
        return found
    for person in persons:
        if PersonId(person) not in everybody:
            near = get_close_matches(person, sorted(everybody), n=1)
            raise BadInput(
                "No such person",
                f"--person {person}: neither revision has a person with this ExternalId.",
                f"Did you mean {near[0]}?" if near else "",
            )
    return replace(
        found,
        found=tuple(each for each in found.found if _person(each) in persons),
        errors=tuple(error for error in found.errors if error.person in persons),
    )


def _person(difference: Difference) -> PersonId | None:
    change = difference.change
    return None if isinstance(change, CreateGroup) else change.subject.person


def _naming(found: Differences, everybody: Mapping[PersonId, Person]) -> Differences:
    """Return the differences with the names of the persons they mention."""
    mentioned = {*(_person(each) for each in found.found), *(e.person for e in found.errors)}
    mentioned |= set(_managers(found.found))
    names = {
        who: known(everybody[who], found.as_of)
        for who in sorted(person for person in mentioned if person is not None)
        if who in everybody
    }
    return replace(found, persons=names)


def _managers(found: Iterable[Difference]) -> Iterable[PersonId]:
    for each in found:
        for field in getattr(each.change, "fields", ()):
            for value in (field.before, field.after):
                if isinstance(value, AccountOf):
                    yield value.person
