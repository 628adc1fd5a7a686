"""The two sides of a diff: what each asks for of those alone for whom that may differ."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from reconciler.entitlements.moving import (
    entitle_some,
    moved,
    name_alike,
    rest_of,
    with_managers,
)
from reconciler.entitlements.source import Claims
from reconciler.flows.project import Project
from reconciler.model.settings import Safeguards, Settings, Target
from reconciler.model.state import Desired
from reconciler.planner.sides import Pair, Side


@dataclass(frozen=True, slots=True)
class Read:
    """A project as it was read, the text of its field mapping, and what stands before its files."""

    project: Project
    mapping_text: bytes
    label: str = ""

    def side(self, desired: Desired) -> Side:
        """Return this side of a comparison, given what it asks for."""
        project = self.project.on(desired.as_of)
        rules = {rule.name: rule.at for rule in project.declared.rules}
        return Side(desired, project.mapping, project.settings, rules, self.label)


def sides_of(before: Read | None, after: Read, as_of: date) -> Pair:
    """Return what two projects ask for on a date, of those for whom it may differ.

    Nobody is left out whose accounts or grants do differ; whom nothing touches that differs is not
    evaluated at all. Where the settings or the field mapping differ, that is nobody.
    """
    if before is None or not _are_set_alike(before, after) or not _map_alike(before, after):
        return whole_sides(before, after, as_of)
    return _moved_sides(before, after, as_of)


def whole_sides(before: Read | None, after: Read, as_of: date) -> Pair:
    """Return what two projects ask for on a date of everybody; no project asks for nothing."""
    asked = after.project.desired(as_of)
    if before is None:
        base = replace(after, label="").side(Desired(as_of, {}, {}, {}))
        return Pair(base, after.side(asked), is_same_mapping=False)
    same_files = before.project.declared is after.project.declared
    base = before.side(asked if same_files else before.project.desired(as_of))
    return Pair(base, after.side(asked), _map_alike(before, after))


def _moved_sides(before: Read, after: Read, as_of: date) -> Pair:
    states = before.project.declared, after.project.declared
    persons = moved(*states, as_of)
    if after.project.settings.target.set_manager:
        persons = with_managers(persons, states, as_of)
    rests: Sequence[Sequence[Claims]] = [rest_of(states[1], persons, as_of)] * 2
    if not name_alike(*states):
        rests = [rest_of(states[0], persons, as_of), rests[1]]
    asked = [
        entitle_some(state, persons, as_of, rest) for state, rest in zip(states, rests, strict=True)
    ]
    return Pair(before.side(asked[0]), after.side(asked[1]), is_same_mapping=True)


def _map_alike(before: Read, after: Read) -> bool:
    """Tell whether two projects map the same person to the same fields."""
    settings = before.project.settings, after.project.settings
    return (
        before.mapping_text == after.mapping_text and settings[0].time_zone == settings[1].time_zone
    )


def _are_set_alike(before: Read, after: Read) -> bool:
    """Tell whether two projects have the same settings, less those that no diff depends on."""
    return _deciding(before.project.settings) == _deciding(after.project.settings)


def _deciding(settings: Settings) -> Settings:
    """Return settings without what says where things are, and what only plans and applies look at."""
    target = settings.target
    return replace(
        settings,
        target=Target(
            "",
            set_manager=target.set_manager,
            update_user_name=target.update_user_name,
            restore_deleted=target.restore_deleted,
        ),
        ledger="",
        automatic={},
        safeguards=Safeguards(),
        notify_command=None,
        at={},
    )
