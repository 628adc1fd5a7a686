"""The desired state while it is being brought to what the tenant holds; a local value of one import."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from reconciler.model.address import AccountRef, PermissionKey, PermissionKind, PersonId, fold
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
from reconciler.model.value import Plain

Lines = dict[PersonId, tuple[MemberEntry, ...]]
"""The lines of a group or product, by person."""
_ALWAYS = Period()


class Left(NamedTuple):
    """What the files cannot say or shall not: `what` is account, person, group or product."""

    what: str
    name: str
    reason: str


@dataclass(slots=True)
class Sketch:
    """What the files will declare, in pieces that can be changed; what is new has a place that no file has.

    `made` are persons made up for accounts, `in_full` the accounts whose person has every text of the model,
    `unfit` the accounts that no person can be made for, `dropped` the persons whose entry was taken out, `moved` the values of persons that were changed
    already (each is tried once), `left` what the round before could not settle, `changes` a count of what
    was changed so far, `overrides` of the account entries among it that got fields.
    """

    declared: Declared
    persons: dict[PersonId, Person]
    accounts: dict[Location, AccountEntry]
    permissions: dict[PermissionKey, PermissionEntry]
    members: dict[PermissionKey, Lines | None]
    made: dict[PersonId, AccountRef] = field(default_factory=dict[PersonId, AccountRef])
    in_full: set[AccountRef] = field(default_factory=set[AccountRef])
    unfit: dict[AccountRef, str] = field(default_factory=dict[AccountRef, str])
    dropped: set[PersonId] = field(default_factory=set[PersonId])
    moved: set[tuple[PersonId, str]] = field(default_factory=set[tuple[PersonId, str]])
    left: set[Left] = field(default_factory=set[Left])
    changes: int = 0
    overrides: int = 0

    @classmethod
    def of(cls, declared: Declared) -> "Sketch":
        """Begin with what the files declare."""
        permissions = {PermissionKey.of(e.kind, e.name): e for e in declared.permissions}
        return cls(
            declared,
            dict(declared.persons),
            {entry.at: entry for entry in declared.accounts},
            permissions,
            {
                key: None if entry.members is None else _by_person(entry.members)
                for key, entry in permissions.items()
            },
        )

    def result(self) -> Declared:
        """Return it as declared state, sorted."""
        return replace(
            self.declared,
            persons={person: self.persons[person] for person in sorted(self.persons)},
            accounts=tuple(sorted(self.accounts.values(), key=lambda e: (e.person, e.at))),
            permissions=tuple(self._whole(key) for key in sorted(self.permissions)),
            digest="",
        )

    def _whole(self, key: PermissionKey) -> PermissionEntry:
        lines = self.members[key]
        members = None
        if lines is not None:
            members = tuple(
                line for who in sorted(lines) for line in sorted(lines[who], key=lambda e: e.at)
            )
        return replace(self.permissions[key], members=members)

    def _new_place(self) -> Location:
        self.changes += 1
        return Location("", 0, self.changes)

    # ------------------------------------------------------------ persons and accounts

    def make_person(self, person: Person, account: AccountRef) -> None:
        """Have a person made up for an account; made again, it takes the place of the first."""
        self.persons[person.id] = person
        self.made[person.id] = account
        self.changes += 1

    def change_person(self, person: Person) -> None:
        """Have a person of the files say something else."""
        self.persons[person.id] = person
        self.changes += 1

    def add_account(self, person: PersonId, *, enabled: bool, period: Period) -> AccountEntry:
        """Ask for a person's account."""
        state = AccountState.ENABLED if enabled else AccountState.DISABLED
        at = self._new_place()
        self.accounts[at] = AccountEntry(person, state, period, {}, at)
        return self.accounts[at]

    def override(self, entry: AccountEntry, fields: Mapping[str, Plain]) -> None:
        """Have an account entry override these fields and no others."""
        self.accounts[entry.at] = replace(entry, fields=dict(sorted(fields.items())))
        self.changes += 1

    def entries_on(self, day: date) -> dict[PersonId, AccountEntry]:
        """Return the account entry of each person that counts on a day."""
        return {e.person: e for e in self.accounts.values() if e.period.holds(day)}

    def set_state(self, entry: AccountEntry, *, enabled: bool) -> None:
        """Have an account entry ask for access, or for none."""
        state = AccountState.ENABLED if enabled else AccountState.DISABLED
        self.accounts[entry.at] = replace(self.accounts[entry.at], state=state)
        self.changes += 1

    def set_fields(self, entry: AccountEntry, fields: Mapping[str, Plain]) -> None:
        """Have an account entry override fields, names without regard to case."""
        known = {fold(name): name for name in entry.fields}
        more = {known.get(fold(name), name): value for name, value in sorted(fields.items())}
        now = self.accounts[entry.at]
        self.accounts[entry.at] = replace(now, fields={**now.fields, **more})
        self.changes += 1
        self.overrides += 1

    def drop_account(self, entry: AccountEntry) -> None:
        """Take out an account entry."""
        del self.accounts[entry.at]
        self.changes += 1

    def drop_made(self, persons: Mapping[PersonId, str]) -> None:
        """Take back persons made up for accounts, each with why it cannot be, and all that names them."""
        if not persons:
            return
        for person, reason in persons.items():
            self.unfit[self.made.pop(person)] = reason
            del self.persons[person]
            self.changes += 1
        self.accounts = {at: e for at, e in self.accounts.items() if e.person not in persons}
        self.drop_members_of(persons)

    # ------------------------------------------------------------ groups and products

    def add_permission(self, kind: PermissionKind, name: str, *, managed: bool) -> None:
        """Have the files name a group or product; `managed` tells whether its members are listed."""
        key = PermissionKey.of(kind, name)
        self.permissions[key] = PermissionEntry(
            kind, name, (), False, False, False, None, None, self._new_place()
        )
        self.members[key] = {} if managed else None

    def leave_members(self, key: PermissionKey) -> None:
        """Have the files not manage who is in a group or product."""
        self.members[key] = None
        self.changes += 1

    def rename(self, key: PermissionKey, name: str) -> None:
        """Have the files call a group or product as the tenant does, and remember its earlier name."""
        entry, lines = self.permissions.pop(key), self.members.pop(key)
        earlier = [each for each in entry.previously if fold(each) != fold(name)]
        new = PermissionKey.of(entry.kind, name)
        self.permissions[new] = replace(entry, name=name, previously=(*earlier, entry.name))
        self.members[new] = lines
        self.changes += 1

    def drop_permission(self, key: PermissionKey) -> None:
        """Take a group or product out of the files."""
        del self.permissions[key], self.members[key]
        self.changes += 1

    def add_member(self, key: PermissionKey, person: PersonId, period: Period) -> None:
        """List a person in a group or product whose members are listed."""
        lines = self.members[key]
        if lines is not None:
            line = MemberEntry(person, period, None, None, self._new_place())
            lines[person] = (*lines.get(person, ()), line)

    def add_members(self, key: PermissionKey, persons: Iterable[PersonId]) -> None:
        """List persons, without a date, in a group or product whose members are listed; who is known and not listed yet."""
        lines = self.members[key]
        for person in persons:
            if lines is not None and person in self.persons and not lines.get(person):
                lines[person] = (MemberEntry(person, _ALWAYS, None, None, self._new_place()),)

    def lines_of(self, key: PermissionKey, person: PersonId) -> tuple[MemberEntry, ...]:
        """Return a person's lines in a group or product."""
        return (self.members.get(key) or {}).get(person, ())

    def drop_member(self, key: PermissionKey, line: MemberEntry) -> None:
        """Take a line out of a group or product."""
        lines = self.members[key]
        if lines is not None:
            lines[line.person] = tuple(each for each in lines[line.person] if each is not line)
            self.changes += 1

    def drop_members_of(self, persons: Collection[PersonId]) -> None:
        """Take every line of some persons out of all groups and products."""
        for lines in self.members.values():
            for person in persons if lines else ():
                if lines is not None and lines.pop(person, None):
                    self.changes += 1


def _by_person(members: Iterable[MemberEntry]) -> Lines:
    found: Lines = {}
    for line in members:
        found[line.person] = (*found.get(line.person, ()), line)
    return found
