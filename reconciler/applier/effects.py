"""What a step that is done changes in what we own."""

from dataclasses import replace
from datetime import date

from reconciler.applier.parts import (
    IS_ENABLED,
    as_flag,
    plain_afters,
    user_name_of,
    written,
)
from reconciler.model.address import AccountRef, PersonId, fold
from reconciler.model.change import (
    Change,
    CorrelateAccount,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    Fields,
    GrantChange,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    UpdateAccount,
)
from reconciler.model.run import (
    Done,
    Effect,
    ForgetAccount,
    ForgetGrant,
    RememberAccount,
    RememberGrant,
    RememberPermission,
)
from reconciler.model.state import GrantStatus, Owned, OwnedGrant
from reconciler.model.value import Plain


def effects_of(
    change: Change, answer: Done, owned: Owned | None, since: date
) -> tuple[Effect, ...]:
    """Return what the ledger shall hold after a change, whose references are resolved, is done.

    `owned` is the person's account as the ledger has it now. Only plain values enter: what was
    generated is never written down. A change of an account that is not ours changes nothing here.
    """
    match change:
        case CreateAccount():
            return _created(change, answer, owned)
        case CorrelateAccount():
            return _correlated(change, owned)
        case RestoreAccount():
            return _restored(change, owned)
        case UpdateAccount() | EnableAccount() | DisableAccount():
            return _changed(change, owned)
        case DeleteAccount(subject):
            if owned is None or owned.ref != subject.account.ref:
                return ()
            return (ForgetAccount(owned.person),)
        case CreateGroup(permission):
            if answer.permission is None:
                return ()
            return (RememberPermission(permission.kind, permission.name, answer.permission),)
        case GrantGroup() | GrantProduct():
            status = GrantStatus.PENDING if answer.pending else GrantStatus.HELD
            return granted(change, status, since)
        case RevokeGroup(subject, permission) | RevokeProduct(subject, permission):
            if subject.account.ref is None or permission.ref is None:
                return ()
            return (ForgetGrant(subject.account.ref, permission.ref),)


def granted(change: GrantChange, status: GrantStatus, since: date) -> tuple[Effect, ...]:
    """Return what the ledger shall hold of a grant that is held, or that waits for approval."""
    holder, permission = change.subject.account.ref, change.permission
    if holder is None or permission.ref is None:
        return ()
    remembered = RememberPermission(permission.kind, permission.name, permission.ref)
    if change.subject.person is None:
        return (remembered,)
    grant = OwnedGrant(
        change.subject.person,
        holder,
        permission.kind,
        permission.ref,
        permission.name,
        status,
        since,
    )
    return (remembered, RememberGrant(grant))


def unconfirmed(change: Change, since: date) -> tuple[Effect, ...]:
    """Return what the ledger shall hold where nobody can say whether a change happened.

    A product request counts as pending, so that it is not requested again; the rest is left for the
    next plan to see in the tenant.
    """
    if isinstance(change, GrantProduct):
        return granted(change, GrantStatus.PENDING, since)
    return ()


def _created(change: CreateAccount, answer: Done, owned: Owned | None) -> tuple[Effect, ...]:
    person = change.subject.person
    if person is None or answer.account is None:
        return ()
    new = Owned(
        person,
        answer.account,
        user_name_of(change),
        _kept(change.fields),
        as_flag(written(change.fields, IS_ENABLED)),
    )
    return (*_replaced(person, answer.account, owned), RememberAccount(new))


def _correlated(change: CorrelateAccount, owned: Owned | None) -> tuple[Effect, ...]:
    person, account = change.subject.person, change.subject.account
    if person is None or account.ref is None:
        return ()
    if owned is not None and owned.ref == account.ref:
        return (RememberAccount(replace(owned, user_name=account.user_name)),)
    new = Owned(person, account.ref, account.user_name)
    return (*_replaced(person, account.ref, owned), RememberAccount(new))


def _restored(change: RestoreAccount, owned: Owned | None) -> tuple[Effect, ...]:
    person, account = change.subject.person, change.subject.account
    if person is None or account.ref is None:
        return ()
    base = owned
    if base is None or base.ref != account.ref:
        base = Owned(person, account.ref, account.user_name)
    new = RememberAccount(_merged(base, change))
    return (*_replaced(person, account.ref, owned), new)


def _changed(
    change: UpdateAccount | EnableAccount | DisableAccount, owned: Owned | None
) -> tuple[Effect, ...]:
    if owned is None or owned.ref != change.subject.account.ref:
        return ()
    new = _merged(owned, change)
    if isinstance(change, EnableAccount):
        new = replace(new, enabled=True, disabled_since=None)
    if isinstance(change, DisableAccount):
        new = replace(new, enabled=False)
    return (RememberAccount(new),)


def _merged(
    owned: Owned, change: RestoreAccount | UpdateAccount | EnableAccount | DisableAccount
) -> Owned:
    flag = as_flag(written(change.fields, IS_ENABLED))
    return replace(
        owned,
        user_name=user_name_of(change),
        fields={**owned.fields, **_kept(change.fields)},
        enabled=owned.enabled if flag is None else flag,
    )


def _kept(fields: Fields) -> dict[str, Plain]:
    """Return what is kept of the fields written: not isEnabled, which has a place of its own."""
    return {name: value for name, value in plain_afters(fields).items() if fold(name) != IS_ENABLED}


def _replaced(person: PersonId, ref: AccountRef, owned: Owned | None) -> tuple[Effect, ...]:
    """Forget a person's former account, which is gone; its recorded grants go with it."""
    return () if owned is None or owned.ref == ref else (ForgetAccount(person),)
