"""A tenant that does what a plan says, and refuses what HelloID would; the ledger by the applier's rules."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from typing import Any

from reconciler.applier.bookkeeping import closing_effects
from reconciler.applier.effects import effects_of
from reconciler.applier.parts import fields_of, subject_of, user_name_of
from reconciler.applier.references import made_by, open_references, resolve
from reconciler.applier.remembering import after
from reconciler.model.address import AccountRef, PermissionRef, fold
from reconciler.model.change import (
    Change,
    CorrelateAccount,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    Fields,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    UpdateAccount,
)
from reconciler.model.plan import Plan, StepId
from reconciler.model.run import Done, Entry, StepStatus
from reconciler.model.state import Actual, Found, FoundPermission, Recorded
from reconciler.model.value import AccountOf, Generated


@dataclass
class Tenant:
    """Accounts, groups and products that change; `waits` are products whose requests wait for approval.

    `known` are references that were ever given out, also of accounts that are gone altogether.
    """

    accounts: dict[AccountRef, Found]
    permissions: dict[PermissionRef, FoundPermission]
    holders: dict[PermissionRef, set[AccountRef]]
    reserved: frozenset[str]
    waits: frozenset[str] = frozenset()
    known: frozenset[AccountRef] = frozenset()

    @classmethod
    def of(cls, actual: Actual, waits: frozenset[str], known: frozenset[AccountRef]) -> "Tenant":
        accounts, permissions = dict(actual.accounts), dict(actual.permissions)
        holders = {ref: set(each) for ref, each in actual.holders.items()}
        return cls(accounts, permissions, holders, actual.reserved, waits, known)

    def actual(self, before: Actual) -> Actual:
        holders = {ref: frozenset(each) for ref, each in self.holders.items()}
        return replace(
            before, accounts=self.accounts, permissions=self.permissions, holders=holders
        )

    def do(self, change: Change) -> Done:
        """Carry out a change; what HelloID would refuse fails the test."""
        assert not open_references(change), change
        match change:
            case CreateAccount():
                return self._create(change)
            case CreateGroup(permission):
                keys = {each.key for each in self.permissions.values()}
                assert permission.key not in keys, f"{permission.name} exists"
                ref = PermissionRef(f"new-group-{len(self.permissions)}")
                self.permissions[ref] = FoundPermission(permission.kind, ref, permission.name)
                self.holders[ref] = set()
                return Done(permission=ref)
            case GrantGroup(subject, permission) | GrantProduct(subject, permission):
                holder = self._live(subject.account.ref)
                assert permission.ref is not None
                assert permission.ref in self.permissions
                assert holder.ref not in self.holders[permission.ref], "held already"
                if permission.name in self.waits:
                    return Done(holder.ref, permission.ref, pending=True)
                self.holders[permission.ref].add(holder.ref)
                return Done(holder.ref, permission.ref)
            case RevokeGroup(subject, permission) | RevokeProduct(subject, permission):
                assert permission.ref is not None
                self.holders[permission.ref].remove(self._live(subject.account.ref).ref)
                return Done(subject.account.ref, permission.ref)
            case _:
                return self._change_account(change)

    def _change_account(
        self,
        change: CorrelateAccount
        | RestoreAccount
        | UpdateAccount
        | EnableAccount
        | DisableAccount
        | DeleteAccount,
    ) -> Done:
        ref = change.subject.account.ref
        assert ref is not None
        if isinstance(change, RestoreAccount):
            grave = self.accounts[ref]
            assert grave.deleted
            self.accounts[ref] = replace(grave, deleted=False)
        found = self._live(ref)
        self._write(found, fields_of(change))
        if isinstance(change, DeleteAccount):
            self.accounts[ref] = replace(self.accounts[ref], deleted=True)
            for holders in self.holders.values():
                holders.discard(ref)
        self._check_names()
        return Done(ref)

    def _create(self, change: CreateAccount) -> Done:
        refs = (AccountRef(f"new-{number}") for number in count(len(self.accounts)))
        ref = next(each for each in refs if each not in self.accounts.keys() | self.known)
        self.accounts[ref] = Found(ref, user_name_of(change), False, False, {"userGUID": ref})
        self._write(self.accounts[ref], change.fields)
        self._check_names()
        return Done(ref)

    def _write(self, found: Found, fields: Fields) -> None:
        body: dict[str, Any] = dict(found.body)
        for change in fields:
            assert not isinstance(change.after, AccountOf)
            if not isinstance(change.after, Generated):
                body[change.field] = change.after
        name, enabled = body["userName"], body.get("isEnabled", False)
        assert isinstance(name, str)
        assert isinstance(enabled, bool)
        self.accounts[found.ref] = replace(found, user_name=name, enabled=enabled, body=body)

    def _live(self, ref: AccountRef | None) -> Found:
        assert ref is not None
        found = self.accounts[ref]
        assert not found.deleted, "the account is deleted"
        return found

    def _check_names(self) -> None:
        names = [fold(each.user_name) for each in self.accounts.values() if not each.deleted]
        assert len(set(names)) == len(names), f"two accounts are called alike: {sorted(names)}"
        assert all(names), "an account without a name"
        assert not self.reserved & set(names), "a name of an account out of scope"


def applied(
    plan: Plan,
    actual: Actual,
    recorded: Recorded,
    today: date,
    waits: frozenset[str] = frozenset(),
) -> tuple[Actual, Recorded]:
    """Return tenant and ledger as they are once the plan is applied, every step in its order."""
    known = frozenset(owned.ref for owned in recorded.accounts.values())
    tenant = Tenant.of(actual, waits, known)
    entries: dict[StepId, Entry] = {}
    for step in plan.steps:
        assert all(need in entries for need in step.needs), "a step before what it needs"
        change = resolve(step.change, made_by(plan.steps, entries))
        answer = tenant.do(change)
        subject = subject_of(change)
        person = subject.person if subject is not None else None
        owned = recorded.accounts.get(person) if person is not None else None
        recorded = after(recorded, effects_of(change, answer, owned, today))
        status = StepStatus.PENDING if answer.pending else StepStatus.DONE
        entries[step.id] = Entry(step.id, status, "now", "", answer.account, answer.permission)
    statuses: Mapping[StepId, StepStatus] = {each: entries[each].status for each in entries}
    effects = closing_effects(plan.bookkeeping, plan.steps, statuses, today, recorded.accounts)
    return tenant.actual(actual), after(recorded, effects)
