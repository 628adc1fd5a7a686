"""What earlier applies last did to accounts and grants, from the plans and journals of their runs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from reconciler.model.address import AccountRef, PermissionRef
from reconciler.model.finding import Touch
from reconciler.model.plan import StepId
from reconciler.model.run import Entry, Run, RunStatus, StepStatus

ADOPT: Final = "adopt"
DID: Final = frozenset({StepStatus.DONE, StepStatus.PENDING, StepStatus.UNCONFIRMED})
"""Endings of an action that did something to the tenant, or may have."""
CLOSED: Final = frozenset({RunStatus.DONE, RunStatus.INCOMPLETE})
"""Endings of a run that wrote its bookkeeping."""

Key = tuple[AccountRef, PermissionRef | None]
"""An account, or one grant of it."""


class _Account(Struct, frozen=True):
    user_guid: str | None = None


class _Permission(Struct, frozen=True):
    type: str = ""
    name: str = ""
    id: str | None = None


class _Action(Struct, frozen=True):
    """Of an action, only what says what it is about: a plan of 100 MB is read in a second."""

    id: StepId
    kind: str
    person: str | None = None
    account: _Account | None = None
    permission: _Permission | None = None


class _Books(Struct, frozen=True):
    adopters: list[str] = []


class _Plan(Struct, frozen=True):
    actions: list[_Action] = []
    adopts: list[tuple[str, str, str, str | None]] = []
    bookkeeping: _Books = _Books()


_PLANS: Final = msgspec.json.Decoder(_Plan)


class LastTouches:
    """Finds what was last done to each of some accounts and grants; runs are looked at latest first."""

    def __init__(self, wanted: Iterable[Key]) -> None:
        self._missing = set(wanted)
        self.found: dict[Key, Touch] = {}

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing is looked for any more."""
        return not self._missing

    def look(self, run: Run) -> None:
        """Take in a run, older than all looked at before. One whose plan is none of ours tells nothing."""
        done = {entry.step: entry for entry in run.entries if entry.status in DID}
        if not done and run.status not in CLOSED:
            return
        try:
            plan = _PLANS.decode(run.plan)
        except msgspec.DecodeError:
            return
        for key, touch in _touches(run, plan, done):
            if key in self._missing:
                self.found[key] = touch
                self._missing.discard(key)


def _touches(run: Run, plan: _Plan, done: Mapping[StepId, Entry]) -> Iterator[tuple[Key, Touch]]:
    """Yield what a run did, the last first. Grants are taken over when all else has ended."""
    if run.status in CLOSED:
        at = run.ended_at or run.started_at
        adopted = Touch(run.id, at, run.by, run.commit, ADOPT, StepStatus.DONE)
        for holder, (_, _, _, ref) in zip(plan.bookkeeping.adopters, plan.adopts, strict=False):
            if ref is not None:
                yield (AccountRef(holder), PermissionRef(ref)), adopted
    actions = [(action, done[action.id]) for action in plan.actions if action.id in done]
    accounts = {action.person: entry.account for action, entry in actions if entry.account}
    groups = {
        (action.permission.type, action.permission.name): entry.permission
        for action, entry in actions
        if action.permission is not None and entry.permission is not None
    }
    for action, entry in reversed(actions):
        if action.account is None:
            continue
        guid, permission = action.account.user_guid, action.permission
        account = AccountRef(guid) if guid is not None else accounts.get(action.person)
        ref = None
        if permission is not None:
            ref = permission.id or groups.get((permission.type, permission.name))
        if account is not None and (permission is None or ref is not None):
            key = (account, None if ref is None else PermissionRef(ref))
            touch = Touch(run.id, entry.at, run.by, run.commit, action.kind, entry.status)
            yield key, touch
