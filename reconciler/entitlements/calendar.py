"""The days on which something in the files changes by itself, and for whom."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from reconciler.entitlements.contracts import window_of
from reconciler.model.address import PersonId
from reconciler.model.declared import Declared
from reconciler.model.rules import Window


def turnings(declared: Declared, after: date, until: date) -> Mapping[date, frozenset[PersonId]]:
    """Return the days after one and up to another on which something begins or ends, and for whom.

    In order; entries, windows and contracts count. On other days the files ask for what they asked for
    the day before.
    """
    found: defaultdict[date, set[PersonId]] = defaultdict(set)
    for day, person in _dates(declared):
        if day is not None and after < day <= until and person in declared.persons:
            found[day].add(person)
    return {day: frozenset(found[day]) for day in sorted(found)}


def _dates(declared: Declared) -> Iterator[tuple[date | None, PersonId]]:
    for entry in declared.accounts:
        yield entry.period.start, entry.person
        yield entry.period.until, entry.person
    for permission in declared.permissions:
        for line in permission.members or ():
            yield line.period.start, line.person
            yield line.period.until, line.person
    windows = {Window(), *(rule.window for rule in declared.rules)}
    for person in declared.persons.values():
        given = () if person.primary_contract is None else (person.primary_contract,)
        for contract in (*person.contracts, *given):
            for window in windows:
                start, end = window_of(contract, window)
                yield start, person.id
                yield end, person.id


def day_before(day: date) -> date:
    """Return the day before, or the calendar's first."""
    return day if day == date.min else day - timedelta(days=1)
