"""Small in-memory ports: a tenant with faults and latency, a ledger that counts, dice and a clock."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from reconciler.applier.parts import describe, fields_of, is_plain, user_name_of
from reconciler.applier.remembering import after
from reconciler.errors import TenantUnreadable
from reconciler.model.address import AccountRef, Permission, PermissionKind, PermissionRef, fold
from reconciler.model.change import (
    Change,
    CorrelateAccount,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    UpdateAccount,
)
from reconciler.model.mapped import Stage
from reconciler.model.person import Person
from reconciler.model.plan import StepId
from reconciler.model.run import (
    Answer,
    Done,
    Effect,
    Entry,
    Later,
    Refused,
    Run,
    RunId,
    RunStatus,
    StepStatus,
    Unheard,
)
from reconciler.model.state import Actual, Found, FoundPermission, Recorded
from reconciler.model.value import JSON, Generated, Plain, Secret

MOMENT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process is gone."""


class Crash:
    """Kills the process at its n-th call of a port; from then on every call dies."""

    def __init__(self, at: int | None = None) -> None:
        self.calls = 0
        self.dead = False
        self._at = at

    def point(self) -> None:
        if self.dead:
            raise Killed
        self.calls += 1
        if self.calls == self._at:
            self.dead = True
            raise Killed


class Line:
    """Latency without time: who waits is let go in an order that a seed decides."""

    def __init__(self, seed: int = 0) -> None:
        self._waiting: list[asyncio.Future[None]] = []
        self._dice = random.Random(seed)  # noqa: S311 no secret is drawn with it

    async def wait(self) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        loop.call_soon(loop.call_soon, self._release)
        await turn

    def _release(self) -> None:
        turn = self._waiting.pop(self._dice.randrange(len(self._waiting)))
        if not turn.done():
            turn.set_result(None)


@dataclass
class Account:
    user_name: str
    fields: dict[str, Plain]
    enabled: bool = True
    deleted: bool = False


@dataclass
class State:
    """What a tenant holds: it survives the process."""

    accounts: dict[AccountRef, Account] = field(default_factory=dict[AccountRef, Account])
    permissions: dict[PermissionRef, FoundPermission] = field(
        default_factory=dict[PermissionRef, FoundPermission]
    )
    holders: dict[PermissionRef, set[AccountRef]] = field(
        default_factory=dict[PermissionRef, set[AccountRef]]
    )
    requested: Counter[tuple[AccountRef, PermissionRef]] = field(
        default_factory=Counter[tuple[AccountRef, PermissionRef]]
    )
    approval: set[PermissionRef] = field(default_factory=set[PermissionRef])
    default_groups: set[PermissionRef] = field(default_factory=set[PermissionRef])
    passwords: list[str] = field(default_factory=list[str])
    creations: Counter[str] = field(default_factory=Counter[str])

    def picture(self) -> object:
        """All that can be compared between two tenants."""
        return (
            {
                ref: (it.user_name, dict(it.fields), it.enabled, it.deleted)
                for ref, it in self.accounts.items()
            },
            self.permissions,
            self.holders,
            self.requested,
        )


class FakeTenant:
    """A tenant on a state. `faults` gives, by a change's words, what goes wrong at each try:

    `refuse`, `later`, `unheard` (not done), `unheard after` (done), `lie` (says done), `nothing` (fine).
    """

    def __init__(
        self,
        state: State,
        crash: Crash | None = None,
        line: Line | None = None,
        faults: Mapping[str, Sequence[str]] | None = None,
        tells_requests: bool = True,
    ) -> None:
        self.state = state
        self.sent: list[str] = []
        self.finished: list[str] = []
        self.most_at_once = 0
        self.reads = 0
        self.looks = 0
        self.unreadable_from: int | None = None
        self.gates: dict[str, asyncio.Event] = {}
        self.reached: dict[str, asyncio.Event] = {}
        self._crash = crash or Crash()
        self._line = line or Line()
        self._faults = {key: list(value) for key, value in (faults or {}).items()}
        self._at_once = 0
        self._tells_requests = tells_requests

    async def read(self, members_of: Collection[PermissionRef] | None = None) -> Actual:
        self._crash.point()
        await self._line.wait()
        self.reads += 1
        if self.unreadable_from is not None and self.reads >= self.unreadable_from:
            raise TenantUnreadable("The tenant is out of reach")
        return actual_of(self.state, members_of)

    async def carry_out(
        self,
        change: Change,
        drawn: Mapping[str, Secret | Plain],
        about_to_write: Callable[[], None] = lambda: None,
    ) -> Answer:
        if isinstance(change, GrantProduct):
            about_to_write()
        name = describe(change)
        self.sent.append(name)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._carried_out(name, change, drawn)
        finally:
            self._at_once -= 1
            self.finished.append(name)

    async def look(self, change: Change) -> Answer | None:
        self._crash.point()
        await self._line.wait()
        self.looks += 1
        if "blind" in self._faults.get(describe(change), ()):
            return Unheard("no answer")
        return self._looked(change)

    async def _carried_out(
        self, name: str, change: Change, drawn: Mapping[str, Secret | Plain]
    ) -> Answer:
        self._crash.point()
        if name in self.gates:
            self.reached.setdefault(name, asyncio.Event()).set()
            await self.gates[name].wait()
        await self._line.wait()
        faults = self._faults.get(name, [])
        fault = faults.pop(0) if faults and faults[0] != "blind" else "nothing"
        match fault:
            case "refuse":
                said = " ".join(str(it.reveal()) for it in drawn.values() if isinstance(it, Secret))
                return Refused(f"The tenant does not want {said}".strip(), 400)
            case "later":
                return Later("Too many requests")
            case "unheard":
                return Unheard("time-out")
            case "lie":
                return Done()
            case _:
                answer = self._do(change, drawn)
        # a request on its way is carried out by the tenant even if the process dies now
        await self._line.wait()
        self._crash.point()
        return Unheard("time-out") if fault == "unheard after" else answer

    def _do(self, change: Change, drawn: Mapping[str, Secret | Plain]) -> Answer:
        state = self.state
        match change:
            case CreateAccount():
                return self._create(change, drawn)
            case CorrelateAccount():
                return Done(change.subject.account.ref)
            case RestoreAccount() | UpdateAccount() | EnableAccount() | DisableAccount():
                ref = change.subject.account.ref
                assert ref is not None
                account = state.accounts[ref]
                account.deleted = False if isinstance(change, RestoreAccount) else account.deleted
                self._write(account, change, drawn)
                return Done(ref)
            case DeleteAccount():
                ref = change.subject.account.ref
                assert ref is not None
                state.accounts[ref].deleted = True
                for held in state.holders.values():
                    held.discard(ref)
                return Done(ref)
            case CreateGroup(permission):
                ref = PermissionRef(f"guid-of-{fold(permission.name)}")
                if ref in state.permissions:
                    return Refused("There is such a group", 400)
                state.permissions[ref] = FoundPermission(permission.kind, ref, permission.name)
                state.holders[ref] = set()
                return Done(permission=ref)
            case GrantGroup() | RevokeGroup() | RevokeProduct() | GrantProduct():
                return self._grant(change)

    def _create(self, change: CreateAccount, drawn: Mapping[str, Secret | Plain]) -> Answer:
        name = user_name_of(change)
        if any(
            fold(it.user_name) == fold(name) and not it.deleted
            for it in self.state.accounts.values()
        ):
            return Refused("There is such a user", 400)
        self.state.creations[name] += 1
        ref = AccountRef(f"guid-of-{fold(name)}")
        account = Account(name, {}, enabled=False)
        self._write(account, change, drawn)
        self.state.accounts[ref] = account
        for group in self.state.default_groups:
            self.state.holders[group].add(ref)
        return Done(ref)

    def _write(self, account: Account, change: Change, drawn: Mapping[str, Secret | Plain]) -> None:
        for item in fields_of(change):
            value = drawn[item.field] if isinstance(item.after, Generated) else item.after
            if isinstance(value, Secret):
                self.state.passwords.append(value.reveal())
                continue
            assert not isinstance(value, Generated)
            assert is_plain(value), f"{value} was never resolved"
            if item.field == "isEnabled":
                account.enabled = value is True
            elif item.field == "userName":
                account.user_name = str(value)
            else:
                account.fields[item.field] = value  # pyright: ignore[reportArgumentType] - is_plain says so

    def _grant(self, change: GrantGroup | RevokeGroup | RevokeProduct | GrantProduct) -> Answer:
        holder, permission = change.subject.account.ref, change.permission.ref
        assert holder is not None
        assert permission is not None
        held = self.state.holders[permission]
        if isinstance(change, GrantProduct):
            self.state.requested[holder, permission] += 1
            if permission in self.state.approval:
                return Done(holder, permission, pending=True)
        if isinstance(change, GrantGroup | GrantProduct):
            held.add(holder)
        else:
            held.discard(holder)
        return Done(holder, permission)

    def _looked(self, change: Change) -> Answer | None:
        state = self.state
        match change:
            case CreateAccount():
                return next(
                    (
                        Done(ref)
                        for ref, it in state.accounts.items()
                        if fold(it.user_name) == fold(user_name_of(change)) and not it.deleted
                    ),
                    None,
                )
            case CorrelateAccount():
                return Done(change.subject.account.ref)
            case RestoreAccount() | UpdateAccount() | EnableAccount() | DisableAccount():
                return self._has_fields(change)
            case DeleteAccount():
                ref = change.subject.account.ref
                assert ref is not None
                return Done(ref) if state.accounts[ref].deleted else None
            case CreateGroup(permission):
                ref = PermissionRef(f"guid-of-{fold(permission.name)}")
                return Done(permission=ref) if ref in state.permissions else None
            case GrantGroup() | GrantProduct() | RevokeGroup() | RevokeProduct():
                return self._has_grant(change)

    def _has_fields(self, change: Change) -> Answer | None:
        assert not isinstance(change, CreateGroup)
        ref = change.subject.account.ref
        assert ref is not None
        account = self.state.accounts[ref]
        now = {**account.fields, "isEnabled": account.enabled, "userName": account.user_name}
        wanted = {
            it.field: it.after for it in fields_of(change) if not isinstance(it.after, Generated)
        }
        there = all(now.get(name) == value for name, value in wanted.items())
        return Done(ref) if there and not account.deleted else None

    def _has_grant(
        self, change: GrantGroup | GrantProduct | RevokeGroup | RevokeProduct
    ) -> Answer | None:
        holder, permission = change.subject.account.ref, change.permission.ref
        assert holder is not None
        assert permission is not None
        held = holder in self.state.holders[permission]
        if isinstance(change, RevokeGroup | RevokeProduct):
            return None if held else Done(holder, permission)
        if held:
            return Done(holder, permission)
        if isinstance(change, GrantGroup):
            return None
        if not self._tells_requests:
            return Unheard("the API does not tell what waits")
        if self.state.requested[holder, permission]:
            return Done(holder, permission, pending=True)
        return None


def actual_of(state: State, members_of: Collection[PermissionRef] | None = None) -> Actual:
    accounts: dict[AccountRef, Found] = {}
    for ref, it in state.accounts.items():
        body: dict[str, JSON] = {**it.fields, "isEnabled": it.enabled, "userName": it.user_name}
        accounts[ref] = Found(ref, it.user_name, it.enabled, it.deleted, body)
    live = {ref for ref, it in state.accounts.items() if not it.deleted}
    holders = {
        ref: frozenset(held & live)
        for ref, held in state.holders.items()
        if members_of is None
        or ref in members_of
        or state.permissions[ref].kind is PermissionKind.PRODUCT
    }
    return Actual("https://tenant.example.org", accounts, dict(state.permissions), holders)


class FakeLedger:
    """A ledger of dicts that survives the process; `crash` is replaced when a new process starts."""

    def __init__(self, recorded: Recorded | None = None) -> None:
        self.state = recorded or Recorded()
        self.crash = Crash()
        self.commits: list[str] = []
        self.stored: list[object] = []
        self._runs: dict[RunId, Run] = {}
        self._entries: dict[RunId, dict[StepId, Entry]] = {}

    def recorded(self) -> Recorded:
        return self.state

    @contextmanager
    def lock(self, holder: str) -> Generator[None]:
        self.commits.append(f"lock {holder}")
        yield

    def runs(self, plan_digest: str | None = None) -> Sequence[Run]:
        return [
            replace(run, entries=tuple(self._entries[run.id].values()))
            for run in reversed(self._runs.values())
            if plan_digest in (None, run.plan_digest)
        ]

    def latest_runs(
        self, limit: int, before: RunId | None = None, since: str = ""
    ) -> Sequence[Run]:
        assert before is None
        return [run for run in self.runs() if run.started_at >= since][:limit]

    def unfinished(self) -> Run | None:
        return next((run for run in self.runs() if run.status is RunStatus.RUNNING), None)

    def begin(self, run: Run) -> None:
        self.crash.point()
        assert run.id not in self._runs
        assert self.unfinished() is None
        self._runs[run.id] = run
        self._entries[run.id] = {}
        self._commit("begin", run)

    def intend(self, run: RunId, steps: Sequence[StepId], at: str) -> None:
        self.crash.point()
        assert self._runs[run].status is RunStatus.RUNNING
        for step in steps:
            self._entries[run][step] = Entry(step, StepStatus.INTENDED, at)
        self._commit("intend", tuple(steps))

    def settle(self, run: RunId, entries: Sequence[Entry], effects: Sequence[Effect]) -> None:
        self.crash.point()
        for entry in entries:
            self._entries[run][entry.step] = entry
        self.state = after(self.state, effects)
        self._commit("settle", (tuple(entries), tuple(effects)))

    def end(self, run: RunId, status: RunStatus, at: str, effects: Sequence[Effect]) -> None:
        self.crash.point()
        assert self._runs[run].ended_at is None
        self._runs[run] = replace(self._runs[run], status=status, ended_at=at)
        self.state = after(self.state, effects)
        self._commit("end", (status, tuple(effects)))

    def _commit(self, name: str, what: object) -> None:
        self.commits.append(name)
        self.stored.append(what)
        self.crash.point()


class FakeDice:
    """Draws passwords that can be found again wherever they were left."""

    def __init__(self) -> None:
        self.drawn: list[tuple[str, Stage, str]] = []

    def draw(self, person: Person, stage: Stage, field: Generated) -> Secret | Plain:
        self.drawn.append((person.id, stage, field.field))
        return Secret(f'pa"ss-{len(self.drawn)}-{person.id}')


class FixedClock:
    def now(self) -> datetime:
        return MOMENT


def group(name: str, *, known: bool = True) -> Permission:
    ref = PermissionRef(f"guid-of-{fold(name)}") if known else None
    return Permission(PermissionKind.GROUP, name, ref)


def product(name: str) -> Permission:
    return Permission(PermissionKind.PRODUCT, name, PermissionRef(f"guid-of-{fold(name)}"))
