"""The inputs of one drawing, and what is found out before single persons are looked at."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.address import AccountRef, PersonId, fold
from reconciler.model.resolution import Act
from reconciler.model.settings import Settings
from reconciler.model.state import Actual, Desired, PersonError, Recorded, Wanted
from reconciler.planner.binding import Binding, Bindings
from reconciler.planner.creation import asking, find_newcomers, named_like
from reconciler.planner.draft import Sheet
from reconciler.planner.fields import FieldRules, Taken, Values
from reconciler.planner.managers import Managers, find_managers
from reconciler.planner.names import live_names
from reconciler.planner.ports import Decisions, Mapper
from reconciler.planner.questions import missing

SHOWN = 10
"""So many accounts are named in a warning; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The three states, the mapping and the settings; `selected` is None for everybody.

    `stored` are the fields that the mapping asks to keep as account data.
    """

    desired: Desired
    recorded: Recorded
    actual: Actual
    mapper: Mapper
    settings: Settings
    decisions: Decisions
    selected: frozenset[PersonId] | None = None
    stored: tuple[str, ...] = ()

    def concerns(self, person: PersonId | None) -> bool:
        """Tell whether a person's actions are to be planned."""
        return self.selected is None or (person is not None and person in self.selected)


@dataclass(frozen=True, slots=True)
class Context:
    """The inputs, who has which account, who gets a new one, and who can be named as manager.

    `names` are the live accounts by user name, `asking` the new persons by the user name they will get.
    """

    inputs: Inputs
    bindings: Bindings
    rules: FieldRules
    taken: Taken
    newcomers: Mapping[PersonId, Values]
    managers: Managers
    planned: Mapping[PersonId, Binding]
    names: Mapping[str, AccountRef]
    asking: Mapping[str, tuple[PersonId, ...]]


def find_context(sheet: Sheet, inputs: Inputs, bindings: Bindings) -> Context:
    """Settle who takes part; persons who cannot are left out on the sheet with the reason."""
    desired, settings = inputs.desired, inputs.settings
    for error in desired.errors:
        sheet.leave_out(error)
    _leave_out_of_scope(sheet, inputs, bindings)
    _leave_out_many_graves(sheet, inputs, bindings)
    rules = FieldRules(inputs.mapper, settings)
    taken = Taken.of(inputs.actual, settings.unique_fields)
    candidates = tuple(
        person
        for person, binding in bindings.of.items()
        if person not in sheet.errors and _is_new(person, binding, inputs)
    )
    newcomers = find_newcomers(desired, inputs.actual, rules, taken, candidates)
    for error in newcomers.errors:
        sheet.leave_out(error)
    stuck = [p for p in bindings.of if p in sheet.errors and _is_new(p, bindings.of[p], inputs)]
    sheet.contested |= named_like(stuck, desired, inputs.actual, rules)
    planned = {
        person: binding
        for person, binding in bindings.of.items()
        if person not in sheet.errors and person not in sheet.beyond
    }
    managers = find_managers(
        desired.persons,
        {
            person: binding.live.ref
            for person, binding in planned.items()
            if binding.live is not None and isinstance(desired.accounts.get(person), Wanted)
        },
        frozenset(
            person
            for person, binding in planned.items()
            if inputs.concerns(person)
            and (person in newcomers.values or _is_back(person, binding, inputs))
        ),
        is_sent=settings.target.set_manager,
    )
    return Context(
        inputs=inputs,
        bindings=bindings,
        rules=rules,
        taken=taken,
        newcomers=newcomers.values,
        managers=managers,
        planned=planned,
        names=live_names(inputs.actual),
        asking=asking(newcomers.values),
    )


def is_restored(binding: Binding, settings: Settings) -> bool:
    """Tell whether a soft-deleted account comes back instead of a new one."""
    return binding.live is None and bool(binding.deleted) and settings.target.restore_deleted


def _is_new(person: PersonId, binding: Binding, inputs: Inputs) -> bool:
    """Tell whether a person gets a new account."""
    return _lacks(person, binding, inputs) and not is_restored(binding, inputs.settings)


def _is_back(person: PersonId, binding: Binding, inputs: Inputs) -> bool:
    """Tell whether a person's soft-deleted account comes back."""
    return _lacks(person, binding, inputs) and is_restored(binding, inputs.settings)


def _lacks(person: PersonId, binding: Binding, inputs: Inputs) -> bool:
    """Tell whether a person should have an account, has none, and a plan may see to it."""
    if not isinstance(inputs.desired.accounts.get(person), Wanted) or binding.live is not None:
        return False
    if binding.owned is None:
        return True
    issue = missing(binding.owned, is_deleted=bool(binding.deleted))
    return isinstance(inputs.decisions.on(issue), Act)


def _leave_out_of_scope(sheet: Sheet, inputs: Inputs, bindings: Bindings) -> None:
    """Leave out owners whose account is there but out of scope: it must not look missing.

    Who is not asked for any more is no error for ever: the account is left alone, and the record kept.
    """
    reserved = inputs.actual.reserved
    for person, owned in inputs.recorded.accounts.items():
        binding = bindings.of.get(person)
        if binding is None or binding.live is not None:
            continue
        if (
            fold(owned.user_name) in reserved
            or owned.ref in reserved
            or not inputs.settings.scope.accounts.admits(owned.user_name)
        ):
            if person not in inputs.desired.accounts:
                sheet.beyond.add(person)
                continue
            sheet.leave_out(
                PersonError(
                    person,
                    "Account out of scope",
                    f"{owned.user_name} was managed, and scope.accounts now leaves it out."
                    " Nothing of this person is planned.",
                )
            )
    about = filter(inputs.concerns, sheet.beyond)
    names = sorted(inputs.recorded.accounts[person].user_name for person in about)
    if names:
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        sheet.warnings.append(
            "Nothing asks for these accounts of ours any more, and scope.accounts leaves them out,"
            f" so they stay as they are: {', '.join(names[:SHOWN])}{more}"
        )


def _leave_out_many_graves(sheet: Sheet, inputs: Inputs, bindings: Bindings) -> None:
    """Leave out persons and soft-deleted accounts that are not one to one: nobody can say which is whose."""
    back = {person: it for person, it in bindings.of.items() if _is_back(person, it, inputs)}
    claims: defaultdict[AccountRef, list[PersonId]] = defaultdict(list)
    for person, binding in back.items():
        for grave in binding.deleted:
            claims[grave.ref].append(person)
    for person, binding in back.items():
        names = ", ".join(f"{each.user_name} ({each.ref})" for each in binding.deleted)
        claimants = claims[binding.deleted[0].ref]
        if len(binding.deleted) > 1:
            summary = "Several deleted accounts correlate"
            detail = (
                f"Any of {names} could be brought back. Restore the right one in HelloID first."
            )
        elif len(claimants) > 1:
            summary = "A deleted account correlates with several persons"
            detail = f"{names} could come back for {' or '.join(claimants)}. Correct the persons."
        else:
            continue
        wanted = inputs.desired.accounts[person]
        at = wanted.origin.at.short if wanted.origin.at else None
        sheet.leave_out(PersonError(person, summary, detail, at))
