"""What applying a plan changes in the ledger only, once its steps have ended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from reconciler.applier.parts import subject_of
from reconciler.applier.progress import GOOD
from reconciler.model.address import AccountRef, PermissionKey, PermissionRef, PersonId, fold
from reconciler.model.change import (
    AccountChange,
    CorrelateAccount,
    CreateAccount,
    RestoreAccount,
)
from reconciler.model.plan import Bookkeeping, Plan, Remembered, Step, StepId
from reconciler.model.run import (
    Effect,
    ForgetAccount,
    ForgetGrant,
    Protect,
    RememberAccount,
    RememberGrant,
    RememberPermission,
    StepStatus,
)
from reconciler.model.state import GrantStatus, Owned, OwnedGrant, Protection
from reconciler.model.value import Plain

NOTHING: Mapping[str, Plain] = {}
_BINDING = (CreateAccount, RestoreAccount, CorrelateAccount)
REFERENCE = "userguid"


def closing_effects(
    books: Bookkeeping,
    steps: Sequence[Step],
    statuses: Mapping[StepId, StepStatus],
    today: date,
    owned: Mapping[PersonId, Owned],
) -> tuple[Effect, ...]:
    """Return the effects of a plan's bookkeeping, forgets first, given how its steps ended.

    `owned` is what is ours now that the steps have ended, in this run's view.

    What is remembered of an account is the truth after the plan: it is left out where a change of that
    account is not done. Grants are not taken over on an account that did not become ours, and what this
    run bound to a person or granted is not forgotten.
    """
    failed = [step for step in steps if statuses.get(step.id) not in GOOD]
    unbound = {_person(step) for step in failed if isinstance(step.change, _BINDING)}
    done = [step for step in steps if statuses.get(step.id) in GOOD]
    bound = {_person(step) for step in done if isinstance(step.change, _BINDING)}
    amiss = {key for step in failed for key in _keys(step)}
    effects: list[Effect] = [
        ForgetAccount(person) for person in books.forgets_accounts if person not in bound
    ]
    effects += [ForgetGrant(it.holder, it.permission) for it in books.forgets_grants]
    known: dict[PermissionKey, PermissionRef] = {}
    for adopted in books.adopts:
        permission = adopted.permission
        if permission.ref is None or adopted.person in unbound:
            continue
        if known.get(permission.key) != permission.ref:
            known[permission.key] = permission.ref
            effects.append(RememberPermission(permission.kind, permission.name, permission.ref))
        effects.append(
            RememberGrant(
                OwnedGrant(
                    adopted.person,
                    adopted.holder,
                    permission.kind,
                    permission.ref,
                    permission.name,
                    GrantStatus.HELD,
                    today,
                )
            )
        )
    effects += [
        RememberAccount(
            _remembered(it, it.ref or owned[it.person].ref, owned.get(it.person), today)
        )
        for it in books.remembers
        if it.ref not in amiss
        and it.person not in amiss
        and (it.ref is not None or it.person in owned)
    ]
    return (*effects, Protect(books.protections))


def outlived(plan: Plan, protections: Iterable[Protection]) -> Bookkeeping:
    """Return the bookkeeping of a plan that is older than the last apply.

    What the ledger said when the plan was made no longer counts: only what its own steps bring about is
    written, and every protection stays. The next plan draws the rest again.
    """
    changed = {key for step in plan.steps for key in _keys(step)}
    books = plan.bookkeeping
    return Bookkeeping(
        remembers=tuple(it for it in books.remembers if {it.person, it.ref} & changed),
        protections=tuple(
            sorted({*books.protections, *protections}, key=lambda it: (it.kind, it.name, it.ref))
        ),
    )


def _keys(step: Step) -> Iterator[str]:
    subject = subject_of(step.change)
    if subject is None or not isinstance(step.change, AccountChange):
        return
    yield from (key for key in (subject.person, subject.account.ref) if key is not None)


def _person(step: Step) -> str | None:
    subject = subject_of(step.change)
    return None if subject is None else subject.person


def _remembered(remembered: Remembered, ref: AccountRef, now: Owned | None, today: date) -> Owned:
    since = remembered.disabled_since
    if since is not None and (now is None or now.disabled_since != since):
        since = max(
            since, today
        )  # a plan as of a past day must not let the days until deletion pass
    written: Mapping[str, Plain] = now.fields if now is not None and now.ref == ref else NOTHING
    return Owned(
        remembered.person,
        ref,
        remembered.user_name,
        {**written, **remembered.fields},
        remembered.enabled,
        since,
        {
            name: ref if value is None and fold(name) == REFERENCE else value
            for name, value in remembered.stored.items()
        },
    )
