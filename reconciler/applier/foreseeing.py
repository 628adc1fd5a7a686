"""What ledger and tenant would hold had a plan been applied: nothing is written, nobody is asked."""

from collections.abc import Mapping
from dataclasses import replace

from reconciler.applier.bookkeeping import closing_effects
from reconciler.applier.effects import effects_of
from reconciler.applier.parts import (
    IS_ENABLED,
    USER_NAME,
    as_flag,
    plain_afters,
    user_name_of,
    written,
)
from reconciler.applier.references import Made, resolve
from reconciler.applier.remembering import after
from reconciler.model.address import AccountRef, PermissionKey, PermissionRef, PersonId
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
from reconciler.model.plan import Plan
from reconciler.model.run import Done, Effect, ForgetAccount, RememberAccount, StepStatus
from reconciler.model.state import Actual, Found, FoundPermission, Recorded
from reconciler.model.value import JSON, AccountOf


def foreseen(plan: Plan, recorded: Recorded, actual: Actual) -> tuple[Recorded, Actual]:
    """Return both states after all steps of a plan went well; requested products count as held.

    What is new has made-up references, in words and in brackets; generated fields stay unset.
    """
    accounts, permissions = dict[PersonId, AccountRef](), dict[PermissionKey, PermissionRef]()
    made = Made(accounts, permissions)
    owned, effects = dict(recorded.accounts), list[Effect]()
    tenant = _Tenant(actual)
    for step in plan.steps:
        change = resolve(step.change, made)
        answer = _answer(change)
        _note(change, answer, accounts, permissions)
        person = None if isinstance(change, CreateGroup) else change.subject.person
        known = None if person is None else owned.get(person)
        for effect in effects_of(change, answer, known, plan.as_of):
            effects.append(effect)
            if isinstance(effect, RememberAccount):
                owned[effect.owned.person] = effect.owned
            elif isinstance(effect, ForgetAccount):
                owned.pop(effect.person, None)
        tenant.take(change, answer)
    if not recorded.kept:
        return recorded, tenant.actual()
    done = {step.id: StepStatus.DONE for step in plan.steps}
    effects += closing_effects(plan.bookkeeping, plan.steps, done, plan.as_of, owned)
    return after(recorded, effects), tenant.actual()


def _answer(change: Change) -> Done:
    if isinstance(change, CreateAccount):
        who = change.subject.person or PersonId(change.subject.account.user_name)
        return Done(account=AccountRef(str(AccountOf(who))))
    if isinstance(change, CreateGroup):
        return Done(permission=PermissionRef(f"(group {change.permission.key.name})"))
    return Done()


def _note(
    change: Change,
    answer: Done,
    accounts: dict[PersonId, AccountRef],
    permissions: dict[PermissionKey, PermissionRef],
) -> None:
    """Write down what a step made, for the steps after it."""
    if isinstance(change, CreateGroup):
        if answer.permission is not None:
            permissions[change.permission.key] = answer.permission
    elif isinstance(change, CreateAccount | RestoreAccount | CorrelateAccount):
        ref = answer.account or change.subject.account.ref
        if ref is not None and change.subject.person is not None:
            accounts[change.subject.person] = ref


class _Tenant:
    """A copy of what the tenant holds, for one plan's steps to change."""

    def __init__(self, actual: Actual) -> None:
        self._before = actual
        self._accounts = dict(actual.accounts)
        self._permissions = dict(actual.permissions)
        self._holders: dict[PermissionRef, set[AccountRef]] = {}
        self._gone: set[AccountRef] = set()

    def take(self, change: Change, answer: Done) -> None:
        """Change what a step changes whose references are known."""
        match change:
            case CreateAccount():
                if answer.account is not None:
                    self._create(change, answer.account)
            case (
                RestoreAccount()
                | UpdateAccount()
                | EnableAccount()
                | DisableAccount()
                | DeleteAccount()
            ):
                self._change(change)
            case CreateGroup(permission):
                if answer.permission is not None:
                    ref = answer.permission
                    self._permissions[ref] = FoundPermission(permission.kind, ref, permission.name)
                    self._holders[ref] = set()
            case GrantGroup() | GrantProduct():
                self._holding(change.permission.ref).update(_some(change.subject.account.ref))
            case RevokeGroup() | RevokeProduct():
                self._holding(change.permission.ref).difference_update(
                    _some(change.subject.account.ref)
                )
            case CorrelateAccount():
                pass

    def actual(self) -> Actual:
        """Return what the tenant holds now."""
        holders = {**self._before.holders}
        if self._gone:
            holders = {ref: held - self._gone for ref, held in holders.items()}
        changed = {ref: frozenset(held - self._gone) for ref, held in self._holders.items()}
        return replace(
            self._before,
            accounts=self._accounts,
            permissions=self._permissions,
            holders={**holders, **changed},
        )

    def _create(self, change: CreateAccount, ref: AccountRef) -> None:
        body = _body({"userGUID": str(ref)}, change.fields)
        enabled = as_flag(written(change.fields, IS_ENABLED)) is True
        self._accounts[ref] = Found(ref, user_name_of(change), enabled, False, body)

    def _change(
        self,
        change: RestoreAccount | UpdateAccount | EnableAccount | DisableAccount | DeleteAccount,
    ) -> None:
        found = self._accounts.get(change.subject.account.ref or AccountRef(""))
        if found is None:
            return
        flag = as_flag(written(change.fields, IS_ENABLED))
        name = written(change.fields, USER_NAME)
        is_deleted = isinstance(change, DeleteAccount)
        if is_deleted:
            self._gone.add(found.ref)
        self._accounts[found.ref] = Found(
            found.ref,
            name if isinstance(name, str) and name else found.user_name,
            found.enabled if flag is None else flag,
            is_deleted,
            _body(found.body, change.fields),
        )

    def _holding(self, ref: PermissionRef | None) -> set[AccountRef]:
        if ref is None:
            return set()
        if ref not in self._holders:
            self._holders[ref] = set(self._before.holders.get(ref, ()))
        return self._holders[ref]


def _some(ref: AccountRef | None) -> tuple[AccountRef, ...]:
    return () if ref is None else (ref,)


def _body(before: Mapping[str, JSON], fields: Fields) -> Mapping[str, JSON]:
    body: Mapping[str, JSON] = before
    for name, value in plain_afters(fields).items():
        body = _set(body, name.split("."), value)
    return body


def _set(before: Mapping[str, JSON], names: list[str], value: JSON) -> dict[str, JSON]:
    first, *rest = names
    body = dict(before)
    key = (
        first
        if first in body
        else next((k for k in body if k.casefold() == first.casefold()), first)
    )
    if not rest:
        body[key] = value
        return body
    inner = body.get(key)
    known: Mapping[str, JSON] = inner if isinstance(inner, Mapping) else {}
    body[key] = _set(known, rest, value)
    return body
