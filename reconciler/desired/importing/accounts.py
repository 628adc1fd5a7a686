"""Accounts that differ from what the files ask: in state, in being there, in being asked for at all."""

from reconciler.desired.importing.fields import settle_fields
from reconciler.desired.importing.round import Round
from reconciler.desired.importing.sketch import Left, Sketch
from reconciler.model.address import PersonId
from reconciler.model.change import (
    AccountChange,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    UpdateAccount,
)
from reconciler.model.state import Unwanted, Wanted

BY_RULE = "A rule asks for it; change the rule or the person by hand."
MANY = "It correlates with several persons or accounts."


def settle_account(sketch: Sketch, now: Round, change: AccountChange) -> None:
    """Have the files ask for an account as the tenant holds it."""
    person = change.subject.person
    wanted = now.desired.accounts.get(person) if person is not None else None
    if person is None or wanted is None:
        return  # nobody asks for it: it is adopted, or given up
    entry = now.entries.get(person)
    if not now.accounts_of(person) or (entry is not None and entry.at not in sketch.accounts):
        return  # it is not there: settled with the absences
    match change:
        case UpdateAccount():
            settle_fields(sketch, now, person, change)
        case EnableAccount() | DisableAccount():
            if isinstance(wanted, Wanted):
                _settle_access(sketch, now, person, wanted, change)
        case DeleteAccount():
            if isinstance(wanted, Unwanted):
                reason = "The files ask for its deletion (state: absent)."
                sketch.left.add(Left("account", change.subject.account.user_name, reason))
        case _:
            pass


def settle_absences(sketch: Sketch, now: Round) -> None:
    """Stop asking for accounts that the tenant does not have, unless no apply could have made them yet."""
    for person, wanted in now.desired.accounts.items():
        if (
            isinstance(wanted, Unwanted)
            or person in now.bindings.blocked
            or now.accounts_of(person)
        ):
            continue
        entry = now.entries.get(person)
        if now.situation.keeps_pending and person not in now.situation.recorded.accounts:
            reason = "The files ask for this person's account, and no apply has made it yet."
            sketch.left.add(Left("person", person, reason))
        elif entry is None:
            reason = f"The tenant does not have this person's account. {BY_RULE}"
            sketch.left.add(Left("person", person, reason))
        else:
            sketch.drop_account(entry)
            sketch.dropped.add(person)


def settle_errors(sketch: Sketch, now: Round) -> dict[PersonId, str]:
    """Give up accounts that were asked for here and whose person cannot be planned.

    Returns the persons made up who may do with more fields, for another try.
    """
    again: dict[PersonId, str] = {}
    gone: dict[PersonId, str] = {}
    for error in now.plan.errors:
        entry = now.entries.get(error.person)
        if entry is not None and entry.at not in sketch.accounts:
            continue  # not asked for any more
        reason = f"{error.summary}: {error.detail}"
        ref = sketch.made.get(error.person)
        if ref is not None and ref not in sketch.in_full:
            again[error.person] = reason
        elif ref is not None or _is_new(sketch, now, error.person):
            gone[error.person] = reason
        else:
            sketch.left.add(Left("person", error.person, reason))
    _give_up(sketch, now, gone)
    return again


def settle_conflicts(sketch: Sketch, now: Round) -> None:
    """Give up accounts that were asked for here and that are not one to one; tell of the others."""
    gone: dict[PersonId, str] = {}
    for conflict in now.bindings.conflicts:
        new = [p for p in conflict.persons if p in sketch.made or _is_new(sketch, now, p)]
        gone.update(dict.fromkeys(new, MANY))
        if not new:
            accounts = now.situation.actual.accounts
            names = " and ".join(sorted(accounts[ref].user_name for ref in conflict.accounts))
            persons = " and ".join(conflict.persons)
            sketch.left.add(Left("account", names, f"It correlates with {persons}."))
    _give_up(sketch, now, gone)


def _is_new(sketch: Sketch, now: Round, person: PersonId) -> bool:
    entry = now.entries.get(person)
    return entry is not None and entry.at.file == "" and entry.at in sketch.accounts


def _give_up(sketch: Sketch, now: Round, gone: dict[PersonId, str]) -> None:
    made = {person: reason for person, reason in gone.items() if person in sketch.made}
    for person in gone.keys() - made.keys():
        sketch.drop_account(now.entries[person])
        sketch.dropped.add(person)
        for ref in now.accounts_of(person):
            sketch.unfit[ref] = gone[person]
    sketch.drop_made(made)


def drop_idle_members(sketch: Sketch, now: Round) -> None:
    """Take out the lines of persons whose account was dropped, where no rule asks for it either."""
    sketch.drop_members_of({p for p in sketch.dropped if p not in now.desired.accounts})
    sketch.dropped.clear()


def _settle_access(
    sketch: Sketch,
    now: Round,
    person: PersonId,
    wanted: Wanted,
    change: EnableAccount | DisableAccount,
) -> None:
    name, ref = change.subject.account.user_name, change.subject.account.ref
    is_enabled = isinstance(change, DisableAccount)
    owned = now.situation.owned(person, ref)
    entry = now.entries.get(person)
    asked = "enabled" if wanted.enabled else "disabled"
    if owned is not None and owned.enabled is is_enabled:
        reason = f"The files ask for it {asked} since the last apply."
        sketch.left.add(Left("account", name, reason))
    elif entry is None:
        sketch.left.add(Left("account", name, f"It should be {asked}. {BY_RULE}"))
    else:
        sketch.set_state(entry, enabled=is_enabled)
