"""The two sides of a comparison: what the files ask for at two revisions."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.address import PersonId
from reconciler.model.person import says_the_same
from reconciler.model.provenance import Cause, CauseKind, Location, Origin, Via
from reconciler.model.settings import Settings
from reconciler.model.state import Desired
from reconciler.planner.ports import Mapper


@dataclass(frozen=True, slots=True)
class Side:
    """What the files ask for at one revision, and what maps its persons.

    `label` stands before the files of a revision that is not the head; `rules` are the places of its rules.
    """

    desired: Desired
    mapper: Mapper
    settings: Settings
    rules: Mapping[str, Location]
    label: str = ""

    def at(self, place: Location | None) -> str | None:
        """Return a place as causes show it."""
        if place is None:
            return None
        return f"{self.label}:{place.short}" if self.label else place.short


@dataclass(frozen=True, slots=True)
class Pair:
    """The two sides. `is_same_mapping` where both map the same person to the same fields."""

    base: Side
    head: Side
    is_same_mapping: bool

    def is_same_person(self, person: PersonId) -> bool:
        """Tell whether a person's record says the same on both sides, wherever it stands."""
        return says_the_same(
            self.base.desired.persons.get(person), self.head.desired.persons.get(person)
        )

    def no_longer(self, person: PersonId, origin: Origin, via: Via | None) -> Cause | None:
        """Return why something that the base gave by a rule, or to a person, is not given any more.

        None where a line of the base's files gave it that is simply gone.
        """
        before = self.base.desired.persons.get(person)
        after = self.head.desired.persons.get(person)
        if after is None:
            source = self.base.at(before.at if before else None)
            return Cause(CauseKind.REMOVED, "the person left the files", source)
        if via is None:
            return None
        rule = self.head.rules.get(via.rule)
        if rule is None:
            detail = f"rule {via.rule} left the files"
            return Cause(CauseKind.REMOVED, detail, self.base.at(origin.at))
        if self.is_same_person(person):
            detail = f"rule {via.rule} no longer gives it"
            return Cause(CauseKind.REMOVED, detail, self.head.at(rule))
        detail = f"the person no longer meets rule {via.rule}"
        return Cause(CauseKind.REMOVED, detail, self.head.at(after.at))
