"""The tables of the contract, once more and without haste: what a plan has to say, worked out row by row.

Written from section 6 of the contract (one grant) and section 4 of the design (one account), and from
nothing of the planner's. Who is left out with an error is taken from the plan; everything else is judged.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.address import (
    AccountRef,
    PermissionKey,
    PermissionKind,
    PermissionRef,
    PersonId,
    fold,
)
from reconciler.model.issue import IssueType
from reconciler.model.settings import NotDesired
from reconciler.model.state import (
    Found,
    FoundPermission,
    GrantStatus,
    OwnedGrant,
    Unwanted,
    Wanted,
    WantedPermission,
)
from reconciler.planner.context import Inputs


@dataclass
class Expected:
    """What a plan should hold; grants and revokes as (account or person, name of the permission)."""

    accounts: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    grants: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    revokes: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    adopts: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    forgets: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    issues: set[tuple[str, str, str, str]] = field(default_factory=set[tuple[str, str, str, str]])
    """Type, person, what else it is about, and `open`, `resolved`, `postponed` or `excluded`."""


def expected_of(
    inputs: Inputs, left_out: set[PersonId], decided: Sequence[Mapping[str, Any]] = ()
) -> Expected:
    """Return what the tables ask for; `left_out` are the persons of whom nothing may be planned.

    `decided` are entries of `resolutions`, as files hold them.
    """
    return _Reference(inputs, left_out, decided).work_out()


STATUS = {
    "resolve": "postponed",
    "exclude": "excluded",
    "report": "open",
    **dict.fromkeys(("create", "enable", "disable", "delete", "grant", "revoke"), "resolved"),
}


class _Reference:
    def __init__(
        self, inputs: Inputs, left_out: set[PersonId], decided: Sequence[Mapping[str, Any]]
    ) -> None:
        self.inputs = inputs
        self.decided = decided
        self.desired, self.recorded, self.actual = inputs.desired, inputs.recorded, inputs.actual
        self.live = {ref: each for ref, each in self.actual.accounts.items() if not each.deleted}
        self.out = Expected()
        self.left_out = left_out
        self.bound: dict[PersonId, set[AccountRef]] = {}
        self.quiet_accounts: set[AccountRef] = set()
        self.holder: dict[PersonId, AccountRef | None] = {}
        self.unwanted_holder: dict[AccountRef, PersonId] = {}
        self.gone: set[AccountRef] = set()

    def work_out(self) -> Expected:
        self._bind()
        for person in sorted(self.bound):
            self._account(person)
        self._strangers()
        for ref, found in sorted(self.actual.permissions.items()):
            self._permission(ref, found)
        self._new_groups()
        return self.out

    # ------------------------------------------------------------ whose is whose

    def _value(self, person: PersonId) -> str:
        human = self.desired.persons.get(person)
        return str(human.fields.get("upn") or "").strip().casefold() if human else ""

    def _bind(self) -> None:
        correlates = self.inputs.settings.correlation.enabled
        for person in {*self.desired.accounts} | {e.person for e in self.desired.errors}:
            value = self._value(person)
            refs = {
                ref
                for ref, each in self.live.items()
                if correlates and value and each.user_name.strip().casefold() == value
            }
            owned = self.recorded.accounts.get(person)
            if owned is not None and owned.ref in self.live:
                refs.add(owned.ref)
            self.bound[person] = refs
        asked = Counter(ref for refs in self.bound.values() for ref in refs)
        for person, owned in self.recorded.accounts.items():
            passes_on = person not in self.desired.persons and asked[owned.ref] == 1
            if person not in self.bound and not passes_on:
                self.bound[person] = {owned.ref} & self.live.keys()
        claims = Counter(ref for refs in self.bound.values() for ref in refs)
        stuck = {
            person
            for person, refs in self.bound.items()
            if len(refs) > 1 or any(claims[ref] > 1 for ref in refs)
        }
        for person in stuck:
            self.quiet_accounts |= self.bound[person]
            self._quiet(person)
        for person in stuck:
            if len(self.bound[person]) > 1 and person not in self.left_out:
                self._issue(IssueType.PERSON_MULTIPLE_ACCOUNTS, person, "", None)
        for ref, count in claims.items():
            if count > 1:
                about = {p for p, refs in self.bound.items() if ref in refs}
                if any(self.inputs.concerns(p) for p in about):
                    kind = IssueType.ACCOUNT_MULTIPLE_PERSONS
                    how = self._decision(kind, None, self.live[ref].user_name)
                    self.out.issues.add((kind.value, "", str(ref), STATUS[how]))
        self.left_out = self.left_out | stuck

    def _quiet(self, person: PersonId) -> None:
        owned = self.recorded.accounts.get(person)
        self.quiet_accounts |= self.bound.get(person, set())
        if owned is not None:
            self.quiet_accounts.add(owned.ref)

    def _issue(
        self,
        kind: IssueType,
        person: PersonId,
        about: str,
        account: str | None,
        permission: FoundPermission | None = None,
    ) -> bool:
        """Write an issue down, and tell whether an action settles it."""
        how = self._decision(kind, person, account, permission)
        if self.inputs.concerns(person):
            self.out.issues.add((kind.value, str(person), about, STATUS[how]))
        return STATUS[how] == "resolved"

    def _decision(
        self,
        kind: IssueType,
        person: PersonId | None,
        account: str | None,
        permission: FoundPermission | None = None,
    ) -> str:
        """Return what is done: by the one entry that fits and counts today, else by the settings."""
        for entry in self.decided:
            if entry["issue"] != kind.value or not self._counts(entry):
                continue
            if "person" in entry and entry["person"] != person:
                continue
            if "account" in entry and entry["account"] != (account or "").strip().casefold():
                continue
            if permission is not None and not self._names_permission(entry, permission):
                continue
            return str(entry["resolution"])
        return self.inputs.settings.automatic[kind]

    def _counts(self, entry: Mapping[str, Any]) -> bool:
        start, until = entry.get("from"), entry.get("until")
        today = self.desired.as_of
        return (start is None or start <= today) and (until is None or today < until)

    def _names_permission(self, entry: Mapping[str, Any], permission: FoundPermission) -> bool:
        named = entry["permission"].get(permission.kind.value)
        alike = [
            each
            for each in self.actual.permissions.values()
            if each.kind is permission.kind
            and each.name.strip().casefold() == permission.name.strip().casefold()
        ]
        return (
            named is not None
            and len(alike) == 1
            and named.strip().casefold() == permission.name.strip().casefold()
        )

    # ------------------------------------------------------------ one account

    def _account(self, person: PersonId) -> None:
        if person in self.left_out or not self.inputs.concerns(person):
            self._quiet(person)
            return
        wanted = self.desired.accounts.get(person)
        owned = self.recorded.accounts.get(person)
        found = self.live[next(iter(self.bound[person]))] if self.bound[person] else None
        match wanted, found:
            case Unwanted(), Found():
                self._delete(person, found)
            case Wanted(), Found():
                self._existing(person, wanted, found)
            case Wanted(), None:
                self._absent(person, wanted)
            case None, Found() if owned is not None:
                self._leaving(person, found)
            case _:
                pass

    def _delete(self, person: PersonId, found: Found) -> None:
        self.out.accounts.add(("delete_account", person))
        self.gone.add(found.ref)
        self.quiet_accounts.add(found.ref)

    def _existing(self, person: PersonId, wanted: Wanted, found: Found) -> None:
        owned = self.recorded.accounts.get(person)
        is_ours = owned is not None and owned.ref == found.ref
        self.holder[person] = found.ref
        if not is_ours and self.recorded.kept:
            self.out.accounts.add(("correlate_account", person))
        if found.enabled != wanted.enabled:
            kind = "enable" if wanted.enabled else "disable"
            if is_ours and owned is not None and owned.enabled == wanted.enabled:
                issue = (
                    IssueType.ACCOUNT_INCORRECTLY_HAS_NO_ACCESS
                    if wanted.enabled
                    else IssueType.ACCOUNT_INCORRECTLY_HAS_ACCESS
                )
                if not self._issue(issue, person, "", found.user_name):
                    return
            self.out.accounts.add((f"{kind}_account", person))

    def _absent(self, person: PersonId, wanted: Wanted) -> None:
        owned = self.recorded.accounts.get(person)
        if owned is not None and not self._issue(IssueType.ACCOUNT_MISSING, person, "", None):
            self._quiet(person)
            return
        graves = self._graves(person)
        if graves and self.inputs.settings.target.restore_deleted:
            self.out.accounts.add(("restore_account", person))
            self.holder[person] = graves[0].ref
            if wanted.enabled and not graves[0].enabled:
                self.out.accounts.add(("enable_account", person))
        else:
            self.out.accounts.add(("create_account", person))
            self.holder[person] = None
            if wanted.enabled:
                self.out.accounts.add(("enable_account", person))

    def _graves(self, person: PersonId) -> list[Found]:
        owned = self.recorded.accounts.get(person)
        if owned is not None:
            grave = self.actual.accounts.get(owned.ref)
            if grave is not None and grave.deleted:
                return [grave]
        value = self._value(person)
        return [
            each
            for each in self.actual.accounts.values()
            if each.deleted
            and value
            and self.inputs.settings.correlation.enabled
            and each.user_name.strip().casefold() == value
        ]

    def _leaving(self, person: PersonId, found: Found) -> None:
        settings = self.inputs.settings
        owned = self.recorded.accounts[person]
        self.unwanted_holder[found.ref] = person
        if settings.account_not_desired is NotDesired.DELETE:
            self._delete(person, found)
        elif settings.account_not_desired is NotDesired.DISABLE and found.enabled:
            if owned.enabled is False and owned.disabled_since is not None:
                kind = IssueType.ACCOUNT_INCORRECTLY_HAS_ACCESS
                if not self._issue(kind, person, "", found.user_name):
                    return
            self.out.accounts.add(("disable_account", person))
        elif settings.account_not_desired is NotDesired.DISABLE:
            days, since = settings.delete_after_days, owned.disabled_since
            lasted = (self.desired.as_of - since).days if since is not None else -1
            if days is not None and owned.enabled is False and lasted >= days:
                self._delete(person, found)

    def _strangers(self) -> None:
        if self.inputs.selected is not None:
            return
        known = {ref for refs in self.bound.values() for ref in refs}
        known |= {owned.ref for owned in self.recorded.accounts.values()}
        likely = self._named_like_left_out()
        for ref, found in self.live.items():
            if ref not in known:
                if ref in likely:
                    self.quiet_accounts.add(ref)
                how = self._decision(IssueType.ACCOUNT_UNMANAGED, None, found.user_name)
                if how == "disable" and not found.enabled:
                    how = "report"
                if (
                    ref in likely
                    and how == self.inputs.settings.automatic[IssueType.ACCOUNT_UNMANAGED]
                    and not self._is_decided(found.user_name)
                ):
                    how = "report"
                self.out.issues.add(("account_unmanaged", "", str(ref), STATUS[how]))
                if how in ("delete", "disable"):
                    self.out.accounts.add((f"{how}_account", str(ref)))
                if how == "delete":
                    self.gone.add(ref)
                    self.quiet_accounts.add(ref)

    def _named_like_left_out(self) -> set[AccountRef]:
        """Return the strangers with the user name of somebody who is left out and has no account."""
        names = {
            self._value(person)
            for person in self.left_out
            if isinstance(self.desired.accounts.get(person), Wanted)
            and not self.bound[person]
            and self._gets_a_new_account(person)
        }
        return {ref for ref, found in self.live.items() if fold(found.user_name) in names - {""}}

    def _gets_a_new_account(self, person: PersonId) -> bool:
        if self.desired.persons[person].fields.get("fails") == "Create":
            return False
        if self._graves(person) and self.inputs.settings.target.restore_deleted:
            return False
        is_missing = person in self.recorded.accounts
        how = self._decision(IssueType.ACCOUNT_MISSING, person, None)
        return not is_missing or STATUS[how] == "resolved"

    def _is_decided(self, account: str) -> bool:
        return any(
            entry["issue"] == "account_unmanaged"
            and entry["account"] == fold(account)
            and self._counts(entry)
            for entry in self.decided
        )

    # ------------------------------------------------------------ one grant

    def _permission(self, ref: PermissionRef, found: FoundPermission) -> None:
        meant = self._meant(found)
        if meant == "unclear":
            return
        wanted = meant if isinstance(meant, WantedPermission) else None
        there, owned = self.actual.holders[ref], self.recorded.grants.get(ref, {})
        asked: dict[AccountRef, PersonId] = {}
        for person in (wanted.members or {}) if wanted else {}:
            account = self.holder.get(person)
            if account is not None:
                asked[account] = person
            elif person in self.holder:
                self.out.grants.add((person, found.name))
        for account, person in asked.items():
            self._asked(person, found, owned.get(account), account in there)
        for account in (there | owned.keys()) - asked.keys() - self.quiet_accounts:
            self._not_asked(account, found, wanted, owned.get(account), account in there)

    def _not_asked(
        self,
        account: AccountRef,
        found: FoundPermission,
        wanted: WantedPermission | None,
        r: OwnedGrant | None,
        a: bool,
    ) -> None:
        is_anybody_s = account in self.unwanted_holder or account in self.holder.values()
        if wanted is not None and wanted.members is None:
            if r is not None:
                self.out.forgets.add((str(account), str(found.ref)))
        elif r is None:
            self._unasked(account, found, wanted)
        elif a and is_anybody_s:
            self.out.revokes.add((str(account), found.name))
        elif not a and r.status is GrantStatus.HELD:
            self.out.forgets.add((str(account), str(found.ref)))

    def _asked(
        self, person: PersonId, found: FoundPermission, r: OwnedGrant | None, a: bool
    ) -> None:
        account = self.holder[person]
        is_back = ("restore_account", person) in self.out.accounts
        if a:
            if not self.recorded.kept:
                return
            if r is None or r.person != person or r.status is GrantStatus.PENDING:
                self.out.adopts.add((person, found.name))
            return
        if r is not None and r.status is GrantStatus.PENDING:
            if r.person != person and is_back:
                self.out.grants.add((str(account), found.name))
            return
        if r is not None and r.person == person and not is_back:
            kind, name = IssueType.PERMISSION_MISSING, self._name_of(account)
            if not self._issue(kind, person, found.name, name, found):
                return
        self.out.grants.add((str(account), found.name))

    def _unasked(
        self, account: AccountRef, found: FoundPermission, wanted: WantedPermission | None
    ) -> None:
        person = self.unwanted_holder.get(account) or next(
            (p for p, ref in self.holder.items() if ref == account), None
        )
        if person is None and self.inputs.selected is not None:
            return
        kind, name = IssueType.PERMISSION_UNMANAGED, self._name_of(account)
        if wanted is not None and wanted.authoritative:
            how = self._decision(kind, person, name, found)
            if how not in ("resolve", "exclude"):
                self.out.revokes.add((str(account), found.name))
            elif person is not None:
                self._issue(kind, person, found.name, name, found)
            else:
                self.out.issues.add((kind.value, "", str(account), STATUS[how]))
        elif person is not None and self._issue(kind, person, found.name, name, found):
            self.out.revokes.add((str(account), found.name))

    def _name_of(self, account: AccountRef | None) -> str | None:
        return None if account is None else self.actual.accounts[account].user_name

    # ------------------------------------------------------------ names of permissions

    def _meant(self, found: FoundPermission) -> WantedPermission | str | None:
        """Return the entry that means a permission, "unclear", or None where no entry may mean it."""
        for key in self.desired.permissions:
            if key.kind is found.kind and self._finds(key) == found.ref:
                first = min(k for k in self.desired.permissions if self._finds(k) == found.ref)
                return self.desired.permissions[first]
        for key, entry in self.desired.permissions.items():
            if key.kind is not found.kind or self._finds(key) is not None:
                continue
            names = self._names(entry)
            known = {self.recorded.permissions.get(PermissionKey.of(key.kind, n)) for n in names}
            if self._is_unusable(entry) and (
                found.ref in known or found.name.strip().casefold() in names
            ):
                return "unclear"
        return None

    def _names(self, entry: WantedPermission) -> list[str]:
        return [name.strip().casefold() for name in (entry.name, *entry.previously)]

    def _finds(self, key: PermissionKey) -> PermissionRef | None:
        """Return the one permission that an entry means; None where there is none or more than one."""
        entry = self.desired.permissions[key]
        if entry.name.upper().startswith("AD-"):
            return None
        for name in self._names(entry):
            refs = [
                ref
                for ref, each in self.actual.permissions.items()
                if each.kind is key.kind and each.name.strip().casefold() == name
            ]
            if refs:
                return refs[0] if len(refs) == 1 else None
        for name in self._names(entry):
            ref = self.recorded.permissions.get(PermissionKey.of(key.kind, name))
            each = self.actual.permissions.get(ref) if ref else None
            if each and each.kind is key.kind and each.key not in self.desired.permissions:
                return ref
        return None

    def _is_unusable(self, entry: WantedPermission) -> bool:
        """Tell whether an entry is an error: its group may not or cannot be created."""
        if entry.kind is PermissionKind.PRODUCT or not entry.create:
            return True
        names = {each.name.strip().casefold() for each in self.actual.permissions.values()}
        return entry.name.upper().startswith("AD-") or bool(names & set(self._names(entry)))

    def _new_groups(self) -> None:
        for key, entry in self.desired.permissions.items():
            if self._finds(key) is None and not self._is_unusable(entry):
                for person in entry.members or ():
                    if person in self.holder:
                        self.out.grants.add((str(self.holder[person] or person), entry.name))
