"""One round of an import: the plan of what the files would say so far, and what it was drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.desired.importing.situation import Situation
from reconciler.desired.importing.sketch import Left
from reconciler.model.address import AccountRef, PermissionKey, PermissionRef, PersonId
from reconciler.model.declared import AccountEntry
from reconciler.model.plan import Drawn, Plan, Step
from reconciler.model.state import Actual, Desired
from reconciler.planner.binding import Bindings
from reconciler.planner.permissions import Resolved


@dataclass(frozen=True, slots=True)
class Round:
    """The three states of a round, whose account is whose, what each name means, and the plan.

    `actual` is what it was drawn against. `keys` are the names under which the files know what the tenant has; `entries` are the account entries
    that count on the day.
    """

    situation: Situation
    desired: Desired
    actual: Actual
    drawn: Drawn
    bindings: Bindings
    resolved: Mapping[PermissionKey, Resolved]
    keys: Mapping[PermissionRef, PermissionKey]
    entries: Mapping[PersonId, AccountEntry]

    @property
    def plan(self) -> Plan:
        """What would be done."""
        return self.drawn.plan

    def accounts_of(self, person: PersonId) -> tuple[AccountRef, ...]:
        """Return the live accounts that a person has, or has a part in."""
        binding = self.bindings.of.get(person)
        if binding is not None:
            return () if binding.live is None else (binding.live.ref,)
        return tuple(
            ref
            for each in self.bindings.conflicts
            if person in each.persons
            for ref in each.accounts
        )

    def decided(self, step: Step) -> Left:
        """Return what is left because an entry below `resolutions` asks for an action."""
        subject = getattr(step.change, "subject", None)
        name = subject.account.user_name if subject is not None else step.kind
        at = step.cause.source or "the settings"
        return Left("account", name, f"A resolution asks for {step.kind} ({at}).")
