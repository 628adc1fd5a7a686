"""Accounts that nobody asks for: whose they are, and persons made up where nobody is known."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from reconciler.desired.importing.foreseeing import foreseen
from reconciler.desired.importing.people import identities, made_up
from reconciler.desired.importing.round import Round
from reconciler.desired.importing.sketch import Left, Sketch
from reconciler.desired.importing.ways import whole
from reconciler.model.address import AccountRef, PersonId, fold
from reconciler.model.declared import AccountEntry, Period
from reconciler.model.issue import IssueStatus, IssueType
from reconciler.model.person import Person
from reconciler.model.state import Found
from reconciler.planner.fields import MANAGER

NO_CORRELATION = "Correlation is off (correlation.enabled), so nobody can be found for it."


def adopt_accounts(sketch: Sketch, now: Round) -> dict[AccountRef, PersonId]:
    """Ask for every live account that the files do not ask for, with a person made up where nobody is known.

    Returns whose each account is that is asked for since.
    """
    adopted: dict[AccountRef, PersonId] = {}
    unclaimed = _unclaimed(sketch, now)
    if not unclaimed:
        return adopted
    known, every = _by_value(sketch, now), _times(now)
    owners = {owned.ref: who for who, owned in now.situation.recorded.accounts.items()}
    field = now.situation.settings.correlation.account_field
    nobody: list[Found] = []
    for ref, found in unclaimed.items():
        value, owner = _value_of(found, field), owners.get(ref)
        persons = known.get(value, [])
        if owner is not None and owner in sketch.persons:
            persons = [owner]
        elif owner is None and (reason := _why_not(now, value, every, field)) is not None:
            sketch.unfit[ref] = reason
            continue
        if not persons:
            nobody.append(found)
        elif len(persons) > 1:
            sketch.unfit[ref] = f"It correlates with {' and '.join(sorted(persons))}."
        elif _ask_for(sketch, now, persons[0], found):
            adopted[ref] = persons[0]
    return adopted | _make_persons(sketch, now, nobody)


def make_in_full(sketch: Sketch, now: Round, persons: Iterable[PersonId]) -> None:
    """Make persons up once more, with every text of the model, for scripts that cannot do without."""
    owners = _owners(sketch, now)
    for person in sorted(persons):
        ref = sketch.made[person]
        sketch.in_full.add(ref)
        found = now.situation.actual.accounts[ref]
        if _make(sketch, now, found, person, owners) and person in now.entries:
            _foresee(sketch, now, sketch.accounts[now.entries[person].at], found)


def _unclaimed(sketch: Sketch, now: Round) -> dict[AccountRef, Found]:
    """Return the live accounts that nobody is asked to have, and that nobody decided about."""
    wanted = now.desired.accounts
    taken = {
        binding.live.ref
        for person, binding in now.bindings.of.items()
        if binding.live is not None and person in wanted
    }
    taken |= {
        issue.account.ref
        for issue in now.plan.issues
        if issue.type is IssueType.ACCOUNT_UNMANAGED
        and issue.status is not IssueStatus.OPEN
        and issue.account is not None
        and issue.account.ref is not None
    }
    taken |= now.bindings.involved | sketch.unfit.keys() | _given_up(sketch, now)
    return {ref: found for ref, found in now.situation.live().items() if ref not in taken}


def _given_up(sketch: Sketch, now: Round) -> set[AccountRef]:
    """Return the accounts of ours that the files stopped asking for, and that no apply has followed yet."""
    if not now.situation.keeps_pending:
        return set()
    found: set[AccountRef] = set()
    for person, owned in now.situation.recorded.accounts.items():
        if person not in now.desired.accounts and person not in now.bindings.released:
            found.add(owned.ref)
            if owned.ref in now.situation.live():
                reason = "The files no longer ask for it, and no apply has followed yet."
                sketch.left.add(Left("account", owned.user_name, reason))
    return found


def _why_not(now: Round, value: str, every: Mapping[str, int], field: str) -> str | None:
    if not now.situation.settings.correlation.enabled:
        return NO_CORRELATION
    if not value:
        return f"It has no {field}, by which its person would be found."
    if every[value] > 1:
        return f"{every[value]} accounts have the {field} {value}."
    return None


# ---------------------------------------------------------------- known persons


def _by_value(sketch: Sketch, now: Round) -> dict[str, list[PersonId]]:
    """Return the persons whose account nobody asks for, by the folded value they correlate by."""
    field = now.situation.settings.correlation.person_field
    found: defaultdict[str, list[PersonId]] = defaultdict(list)
    for person in sketch.persons.values():
        value = person.value(field)
        if isinstance(value, str | int) and fold(str(value)):
            found[fold(str(value))].append(person.id)
    return found


def _times(now: Round) -> Counter[str]:
    field = now.situation.settings.correlation.account_field
    return Counter(_value_of(account, field) for account in now.situation.live().values())


def _value_of(found: Found, field: str) -> str:
    value = found.field(field)
    return "" if value is None else fold(str(value))


def _ask_for(sketch: Sketch, now: Round, person: PersonId, found: Found) -> bool:
    owned = now.situation.recorded.accounts.get(person)
    if owned is not None and owned.ref != found.ref and owned.ref in now.situation.live():
        sketch.unfit[found.ref] = f"It correlates with {person}, who has {owned.user_name}."
    elif person in now.desired.accounts:
        sketch.unfit[found.ref] = (
            f"It correlates with {person}, whose account is asked for already."
        )
    elif person in now.desired.ended:
        ended = now.desired.ended[person]
        sketch.unfit[found.ref] = (
            f"What asked for the account of {person} has ended: {ended.detail}."
        )
    else:
        later = [e.period.start for e in sketch.declared.accounts if e.person == person]
        until = min((start for start in later if start is not None), default=None)
        sketch.add_account(person, enabled=found.enabled, period=Period(None, until))
        return True
    return False


# ---------------------------------------------------------------- made-up persons


def _make_persons(sketch: Sketch, now: Round, accounts: list[Found]) -> dict[AccountRef, PersonId]:
    made: dict[AccountRef, PersonId] = {}
    situation = now.situation
    recorded = {owned.ref: person for person, owned in situation.recorded.accounts.items()}
    taken = {*sketch.persons, *situation.recorded.accounts} - {
        recorded[found.ref] for found in accounts if found.ref in recorded
    }
    field = situation.settings.correlation.account_field
    named = identities(accounts, situation.ways, field, recorded, taken)
    owners = {**_owners(sketch, now), **named}
    for found in accounts:
        if found.ref not in named:
            sketch.unfit[found.ref] = "Nothing of it can be an ExternalId."
        elif _make(sketch, now, found, named[found.ref], owners):
            entry = sketch.add_account(named[found.ref], enabled=found.enabled, period=Period())
            _foresee(sketch, now, entry, found)
            made[found.ref] = named[found.ref]
    return made


def _foresee(sketch: Sketch, now: Round, entry: AccountEntry, found: Found) -> None:
    fields = foreseen(now.situation, sketch.persons[entry.person], found)
    if fields or entry.fields:
        sketch.override(entry, fields)


def _make(
    sketch: Sketch,
    now: Round,
    found: Found,
    person: PersonId,
    owners: Mapping[AccountRef, PersonId],
) -> bool:
    situation = now.situation
    value = found.field(situation.settings.correlation.account_field)
    held = found.field(MANAGER)
    manager = owners.get(AccountRef(held)) if isinstance(held, str) else None
    if manager is None and isinstance(held, str) and situation.settings.target.set_manager:
        manager = PersonId(held)  # nobody's, so that the account's manager is left as it is
    made: Person | None = whole(
        made_up(
            found,
            person,
            situation.ways,
            "" if value is None else str(value),
            manager,
            in_full=found.ref in sketch.in_full,
        )
    )
    if made is None:
        sketch.drop_made({person: "Its fields fit no person."} if person in sketch.made else {})
        sketch.unfit[found.ref] = "Its fields fit no person."
        return False
    sketch.make_person(made, found.ref)
    return True


def _owners(sketch: Sketch, now: Round) -> dict[AccountRef, PersonId]:
    """Return whose each account is, also those made up."""
    bound = {b.live.ref: person for person, b in now.bindings.of.items() if b.live is not None}
    return {**bound, **{ref: person for person, ref in sketch.made.items()}}
