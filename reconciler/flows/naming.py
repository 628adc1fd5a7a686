"""Naming: how the persons are called whom a plan is about, so that a report need not show numbers alone."""

from collections.abc import Iterable
from dataclasses import replace

from reconciler.entitlements.known import known
from reconciler.flows.project import Project
from reconciler.model.address import PersonId
from reconciler.model.change import CreateGroup
from reconciler.model.plan import Plan, Step
from reconciler.model.value import AccountOf


def naming(plan: Plan, project: Project) -> Plan:
    """Return a plan with the names and departments of everybody it mentions, as of its date."""
    persons = project.declared.persons
    mentioned = sorted(who for who in set(_mentioned(plan)) if who in persons)
    return replace(plan, persons={who: known(persons[who], plan.as_of) for who in mentioned})


def _mentioned(plan: Plan) -> Iterable[PersonId]:
    for step in (*plan.steps, *plan.held):
        yield from _of_step(step)
    for error in plan.errors:
        yield error.person
    for issue in plan.issues:
        yield from issue.persons
        if issue.person is not None:
            yield issue.person


def _of_step(step: Step) -> Iterable[PersonId]:
    change = step.change
    if isinstance(change, CreateGroup):
        return
    if change.subject.person is not None:
        yield change.subject.person
    for field in getattr(change, "fields", ()):
        if isinstance(field.after, AccountOf):
            yield field.after.person
