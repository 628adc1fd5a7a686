"""What holds between records: nobody and nothing twice, every name known, no two entries that contradict."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from reconciler.desired.draft import Draft
from reconciler.desired.findings import Findings, nearest, shown
from reconciler.desired.period import ALWAYS, overlap
from reconciler.desired.shelf import Shelf
from reconciler.entitlements.prospects import AccountProspects
from reconciler.model.address import PermissionKey, PersonId, fold
from reconciler.model.declared import (
    AccountEntry,
    AccountState,
    Declared,
    MemberEntry,
    Period,
    PermissionEntry,
)
from reconciler.model.person import Person
from reconciler.model.provenance import Location
from reconciler.model.resolution import Resolution

NOWHERE = Location("", 0, 0)
SUGGESTIONS = 20
"""For so many unknown persons the nearest known one is searched: it takes its time."""
FEW = 1_000
"""Among more persons than this only those that begin or end alike are compared."""

T = TypeVar("T")


def unique_persons(draft: Draft, findings: Findings) -> dict[PersonId, Person]:
    """Return the persons by id, sorted; of two alike the first is kept and the other complained about."""
    persons: dict[PersonId, Person] = {}
    by_fold: dict[str, Person] = {}
    for person in sorted(draft.persons, key=lambda person: (person.id, person.at or NOWHERE)):
        first = persons.get(person.id)
        if first is not None:
            findings.error(
                "duplicate-person",
                f"The person {shown(person.id)} is also declared at {first.at}.",
                person.at,
                "Keep one of the two.",
                first.at,
            )
            continue
        persons[person.id] = person
        alike = by_fold.setdefault(fold(person.id), person)
        if alike is not person:
            findings.error(
                "similar-person",
                f"{shown(person.id)} and {shown(alike.id)} (at {alike.at}) are the same for HelloID.",
                person.at,
                "Give them different ExternalIds, or keep one of the two.",
                alike.at,
            )
    return persons


def check_persons(draft: Draft, persons: Mapping[PersonId, Person], findings: Findings) -> None:
    """Warn about managers who are no known person and about persons that HelloID excludes."""
    missing: dict[PersonId, list[Person]] = {}
    for person in persons.values():
        if person.manager is not None and person.manager not in persons:
            missing.setdefault(person.manager, []).append(person)
    for manager, people in missing.items():
        more = f" and of {len(people) - 1:,} more" if len(people) > 1 else ""
        findings.warn(
            "unknown-manager",
            f"{shown(manager)}, manager of {shown(people[0].id)}{more}, is no known person.",
            people[0].at,
            "Add that person below `persons`, or correct the manager at the source.",
        )
    by_file: dict[str, list[Person]] = {}
    for person in draft.excluded:
        by_file.setdefault((person.at or NOWHERE).file, []).append(person)
    for people in by_file.values():
        findings.warn(
            "excluded-persons",
            f"{len(people):,} of the persons here are excluded in HelloID, {shown(people[0].id)} first;"
            " they are treated like everybody else.",
            people[0].at,
            "Take them out of the export, if they should count for nothing.",
        )


def check_accounts(draft: Draft, findings: Findings) -> tuple[AccountEntry, ...]:
    """Return the account entries sorted; two of one person that share a day contradict."""

    def complain(entry: AccountEntry, other: AccountEntry) -> None:
        findings.error(
            "contradiction",
            f"Another entry for {shown(entry.person)}, at {other.at}, holds on some of the same days.",
            entry.at,
            "Keep one of the two, or give them `from` and `until` that do not overlap.",
            other.at,
        )

    return _without_overlap(
        draft.accounts, lambda entry: (entry.person, entry.period, entry.at), complain
    )


def check_permissions(
    draft: Draft, findings: Findings, shelf: Shelf
) -> tuple[PermissionEntry, ...]:
    """Return the groups and products sorted; none may be declared twice, nor as another's earlier name.

    The lines of an entry that was looked at for another state are not looked at again.
    """
    named: dict[PermissionKey, PermissionEntry] = {}
    for entry in sorted(draft.permissions, key=lambda entry: entry.at):
        first = named.setdefault(PermissionKey.of(entry.kind, entry.name), entry)
        if first is not entry:
            findings.error(
                "duplicate-permission",
                f"The {entry.kind} {shown(entry.name)} is also declared at {first.at}, as {shown(first.name)}.",
                entry.at,
                "Keep one of the two, with the members of both.",
                first.at,
            )
    _check_earlier_names(named, findings)
    return tuple(
        shelf.checked(named[key], findings, _with_unique_members)
        for key in sorted(named, key=lambda key: (key.kind, key.name))
    )


def _check_earlier_names(
    named: Mapping[PermissionKey, PermissionEntry], findings: Findings
) -> None:
    earlier: dict[PermissionKey, PermissionEntry] = {}
    for entry in named.values():
        for name in entry.previously:
            key = PermissionKey.of(entry.kind, name)
            other = named.get(key) or earlier.setdefault(key, entry)
            if other is entry:
                continue
            findings.error(
                "duplicate-permission",
                f"The earlier name {shown(name)} of {shown(entry.name)} also belongs to"
                f" {shown(other.name)}, at {other.at}.",
                entry.at,
                "A name can only have belonged to one; take it out of `previously` of the other.",
                other.at,
            )


def _with_unique_members(entry: PermissionEntry, findings: Findings) -> PermissionEntry:
    if entry.members is None:
        return entry

    def complain(member: MemberEntry, other: MemberEntry) -> None:
        findings.error(
            "duplicate-member",
            f"{shown(member.person)} is also listed at {other.at}, for some of the same days.",
            member.at,
            "Keep one of the two, or give them `from` and `until` that do not overlap.",
            other.at,
        )

    members = _without_overlap(
        entry.members, lambda member: (member.person, member.period, member.at), complain
    )
    return PermissionEntry(
        entry.kind,
        entry.name,
        entry.previously,
        entry.create,
        entry.authoritative,
        entry.protected,
        entry.description,
        members,
        entry.at,
    )


def _without_overlap(
    entries: Iterable[T],
    facts: Callable[[T], tuple[PersonId, Period, Location]],
    complain: Callable[[T, T], None],
) -> tuple[T, ...]:
    kept: list[T] = []
    latest: list[T] = []
    for entry in sorted(entries, key=lambda entry: (facts(entry)[0], facts(entry)[2])):
        person, period, _ = facts(entry)
        if latest and facts(latest[0])[0] != person:
            latest = []
        other = next((one for one in latest if overlap(facts(one)[1], period)), None)
        if other is not None:
            complain(entry, other)
            continue
        latest.append(entry)
        kept.append(entry)
    return tuple(kept)


class Roll:
    """The known persons, to check every name in accounts, members and resolutions against."""

    def __init__(self, persons: Mapping[PersonId, Person], findings: Findings) -> None:
        self._persons = persons
        self._findings = findings
        self._searched: dict[PersonId, str | None] = {}

    def check(
        self,
        accounts: Sequence[AccountEntry],
        permissions: Sequence[PermissionEntry],
        resolutions: Sequence[Resolution] = (),
    ) -> None:
        """Complain about unknown persons."""
        known = self._persons
        for entry in accounts:
            if entry.person not in known:
                self._complain(entry.person, entry.at)
        for permission in permissions:
            for line in permission.members or ():
                if line.person not in known:
                    self._complain(line.person, line.at)
        for resolution in resolutions:
            if resolution.person is not None and resolution.person not in known:
                self._complain(resolution.person, resolution.at)

    def _complain(self, person: PersonId, at: Location) -> None:
        close = self._nearest(person)
        self._findings.error(
            "unknown-person",
            f"No person has the ExternalId {shown(person)}.",
            at,
            f'Did you mean "{close}" ({self._persons[PersonId(close)].display_name})?'
            if close
            else "Add the person below `persons`, or take the line out.",
        )

    def _nearest(self, person: PersonId) -> str | None:
        if person not in self._searched and len(self._searched) < SUGGESTIONS:
            self._searched[person] = self._called(person) or nearest(
                person, self._candidates(person)
            )
        return self._searched.get(person)

    def _called(self, name: str) -> str | None:
        """Return the person that is written by name instead of ExternalId, where just one has it."""
        word = fold(name)
        ids = [each.id for each in self._persons.values() if fold(each.display_name) == word]
        return ids[0] if len(ids) == 1 else None

    def _candidates(self, person: PersonId) -> Iterable[PersonId]:
        if len(self._persons) <= FEW:
            return self._persons
        start, end = fold(person)[:2], fold(person)[-2:]
        return [
            known
            for known in self._persons
            if fold(known).startswith(start) or fold(known).endswith(end)
        ]


def check_members(declared: Declared, draft: Draft, findings: Findings) -> None:
    """Warn of members who have no account on the days on which they are members."""
    if draft.lost_accounts or draft.lost_rules:
        return
    asked: dict[PersonId, list[Period]] = {}
    for account in declared.accounts:
        if account.state is not AccountState.ABSENT:
            asked.setdefault(account.person, []).append(account.period)
    always = {person for person, periods in asked.items() if ALWAYS in periods}
    prospects = AccountProspects(declared.rules, declared.persons.values())
    for permission in declared.permissions:
        for line in permission.members or ():
            person = declared.persons.get(line.person)
            if person is None or line.person in always:
                continue
            periods = (*asked.get(line.person, ()), *prospects.of(person))
            if any(overlap(period, line.period) for period in periods):
                continue
            findings.warn(
                "member-without-account",
                f"{shown(line.person)} is a member of {shown(permission.name)}, but no account is asked for"
                " on these days; without one nothing is granted.",
                line.at,
                "Add the person below `accounts` with `state: enabled`, have a rule give the account, or take"
                " the line out.",
            )
