"""Tenants and plans that fit them: by hand, and at random from a seed."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from reconciler.applier.loop import apply
from reconciler.applier.run import Options, Outcome, Ports, RunStart, StepResult
from reconciler.governance.approval import approve
from reconciler.governance.judging import judge
from reconciler.model.address import (
    AccountName,
    AccountRef,
    Permission,
    PermissionKey,
    PermissionRef,
    PersonId,
    fold,
)
from reconciler.model.change import (
    KIND_OF,
    Change,
    CorrelateAccount,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    FieldChange,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    Subject,
    UpdateAccount,
    kind_of,
)
from reconciler.model.person import Person
from reconciler.model.plan import (
    Adopted,
    Bookkeeping,
    Drawn,
    Exposure,
    Mode,
    Plan,
    Remembered,
    Step,
    StepId,
)
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.run import RunId
from reconciler.model.settings import Safeguards
from reconciler.model.state import FoundPermission, GrantStatus, Owned, OwnedGrant, Recorded
from reconciler.model.value import AccountOf, FieldValue, Generated
from tests.applier.doubles import (
    Account,
    Crash,
    FakeDice,
    FakeLedger,
    FakeTenant,
    FixedClock,
    Line,
    State,
    group,
    product,
)

CAUSE = Cause(CauseKind.DESIRED, "the files say so")
DAY = date(2026, 11, 23)
FREE = Safeguards(limits={})


def user(number: int) -> str:
    return f"user{number}@example.org"


def ref_of(name: str) -> AccountRef:
    return AccountRef(f"guid-of-{fold(name)}")


def about(number: int, *, new: bool = False) -> Subject:
    ref = None if new else ref_of(user(number))
    return Subject(PersonId(str(number)), AccountName(ref, user(number)))


def changed(name: str, before: FieldValue, now: FieldValue) -> FieldChange:
    return FieldChange(name, before, now)


def creation(number: int, *fields: FieldChange) -> CreateAccount:
    basic = (
        changed("userName", None, user(number)),
        changed("isEnabled", None, now=False),
        changed("password", None, Generated("password")),
    )
    return CreateAccount(about(number, new=True), (*basic, *fields))


def step(change: Change, *needs: str, name: str = "") -> Step:
    return Step(StepId(name or name_of(change)), change, CAUSE, tuple(map(StepId, needs)))


def name_of(change: Change) -> str:
    if isinstance(change, CreateGroup):
        return f"create_group/{change.permission.name}"
    permission = getattr(change, "permission", None)
    words = [kind_of(change), change.subject.account.user_name]
    return "/".join([*words, permission.name] if permission is not None else words)


def plan_of(*steps: Step, bookkeeping: Bookkeeping | None = None) -> Plan:
    return Plan(
        DAY,
        Mode.SYNC,
        "https://tenant.example.org",
        "sha256:snapshot",
        "sha256:desired",
        steps,
        bookkeeping=bookkeeping or Bookkeeping(),
    )


@dataclass
class World:
    """A tenant, what we own of it, and a plan that fits both."""

    plan: Plan
    tenant: State = field(default_factory=State)
    recorded: Recorded = field(default_factory=Recorded)
    ledger: FakeLedger = field(init=False)
    dice: FakeDice = field(default_factory=FakeDice)
    watched: list[StepResult] = field(default_factory=list[StepResult])

    def __post_init__(self) -> None:
        self.ledger = FakeLedger(self.recorded)

    def ports(self, tenant: FakeTenant) -> Ports:
        persons = {PersonId(str(n)): Person(PersonId(str(n)), f"Person {n}", {}) for n in range(99)}
        return Ports(tenant, self.ledger, self.dice, FixedClock(), persons)

    async def applied(
        self, tenant: FakeTenant, options: Options | None = None, digest: str = "sha256:plan"
    ) -> Outcome:
        start = RunStart(
            RunId(f"run-{len(self.ledger.runs())}"),
            digest,
            "{}",
            "test",
            None,
            "2026-11-23T10:00:00+00:00",
        )
        return await apply(
            approve(judge(Drawn(self.plan, Exposure()), FREE, {}, allow_protected=False)),
            start,
            self.ports(tenant),
            options or Options(),
            self.watched.append,
        )

    def run(
        self,
        *,
        seed: int = 0,
        crash: Crash | None = None,
        faults: Mapping[str, Sequence[str]] | None = None,
        tells_requests: bool = True,
        options: Options | None = None,
    ) -> tuple[Outcome, FakeTenant]:
        """Apply as a new process does: fresh doubles on the state that survives."""
        self.ledger.crash = crash or Crash()
        tenant = FakeTenant(self.tenant, self.ledger.crash, Line(seed), faults, tells_requests)
        return asyncio.run(self.applied(tenant, options)), tenant


def tenant_of(
    numbers: Sequence[int],
    permissions: Sequence[Permission] = (),
    holding: Mapping[str, Sequence[int]] | None = None,
    deleted: Sequence[int] = (),
) -> State:
    state = State()
    for number in numbers:
        state.accounts[ref_of(user(number))] = Account(
            user(number), {"firstName": "An"}, enabled=True, deleted=number in deleted
        )
    for permission in permissions:
        assert permission.ref is not None
        state.permissions[permission.ref] = FoundPermission(
            permission.kind, permission.ref, permission.name
        )
        holders = (holding or {}).get(permission.name, ())
        state.holders[permission.ref] = {ref_of(user(number)) for number in holders}
    return state


def owning(numbers: Sequence[int], grants: Sequence[tuple[int, Permission]] = ()) -> Recorded:
    accounts = {
        PersonId(str(n)): Owned(
            PersonId(str(n)), ref_of(user(n)), user(n), {"firstName": "An"}, enabled=True
        )
        for n in numbers
    }
    held: dict[PermissionRef, dict[AccountRef, OwnedGrant]] = {}
    names: dict[PermissionKey, PermissionRef] = {}
    for number, permission in grants:
        assert permission.ref is not None
        held.setdefault(permission.ref, {})[ref_of(user(number))] = OwnedGrant(
            PersonId(str(number)),
            ref_of(user(number)),
            permission.kind,
            permission.ref,
            permission.name,
            GrantStatus.HELD,
            DAY,
        )
        names[permission.key] = permission.ref
    return Recorded(accounts, held, names)


def random_world(seed: int, size: int = 8) -> World:
    """Return a tenant of about `size` accounts with a plan of every kind of step, from a seed."""
    return _Draft(random.Random(seed), size).world()  # noqa: S311 no secret is drawn with it


class _Draft:
    def __init__(self, dice: random.Random, size: int) -> None:
        self.dice, self.size = dice, size
        self.steps: list[Step] = []
        self.remembers: list[Remembered] = []
        self.groups = [group(f"Group {n}") for n in range(3)]
        self.products = [product(f"Product {n}") for n in range(3)]

    def world(self) -> World:
        old, new = range(self.size), range(50, 50 + self.dice.randrange(1, 4))
        deleted = [n for n in old if self.dice.random() < 0.2]
        alive = [n for n in old if n not in deleted]
        permissions = [*self.groups, *self.products]
        holding = {it.name: [n for n in alive if self.dice.random() < 0.4] for it in permissions}
        state = tenant_of(old, permissions, holding, deleted)
        state.approval = {it.ref for it in self.products[:1] if it.ref is not None}
        ours = [n for n in alive if self.dice.random() < 0.7]
        by_name = {it.name: it for it in permissions}
        grants = [(n, by_name[name]) for name, held in holding.items() for n in held if n in ours]
        gone = self._accounts(alive, deleted, ours)
        self._new(new)
        self._grants([n for n in alive if n not in gone], new, holding)
        order = list(KIND_OF.values())
        self.steps.sort(key=lambda it: order.index(it.kind))
        plan = plan_of(*self.steps, bookkeeping=self._books(alive, ours, gone, holding, by_name))
        return World(plan, state, owning(ours, grants))

    def _accounts(self, alive: list[int], deleted: list[int], ours: list[int]) -> set[int]:
        gone: set[int] = set()
        for number in deleted:
            if self.dice.random() < 0.5:
                fields = (changed("firstName", "An", "Anna"),)
                self.steps.append(step(RestoreAccount(about(number), fields)))
        for number in alive:
            correlated = () if number in ours else (f"correlate_account/{user(number)}",)
            choice = self.dice.choice(("update", "disable", "delete", "rename", "nothing"))
            if choice == "delete" and number in ours:
                gone.add(number)
                self.steps.append(step(DeleteAccount(about(number), ())))
                continue
            if correlated:
                self.steps.append(step(CorrelateAccount(about(number))))
            if choice == "disable":
                fields = (changed("isEnabled", before=True, now=False),)
                self.steps.append(step(DisableAccount(about(number), fields), *correlated))
            if choice in ("update", "rename"):
                fields = (changed("firstName", "An", f"Anna {number}"),)
                if choice == "rename":
                    fields += (changed("userName", user(number), f"new{number}@example.org"),)
                self.steps.append(step(UpdateAccount(about(number), fields), *correlated))
        return gone

    def _new(self, new: Sequence[int]) -> None:
        made = group("New group", known=False)
        self.steps.append(step(CreateGroup(made)))
        for number in new:
            needs = [f"create_account/{user(number - 1)}"] if number > new[0] else []
            manager = (
                [changed("managedByUserGUID", None, AccountOf(PersonId(str(number - 1))))]
                if needs
                else []
            )
            self.steps.append(step(creation(number, *manager), *needs))
            enabling = (changed("isEnabled", before=False, now=True),)
            needed = f"create_account/{user(number)}"
            self.steps.append(step(EnableAccount(about(number, new=True), enabling), needed))
            grant = GrantGroup(about(number, new=True), made)
            self.steps.append(step(grant, needed, "create_group/New group"))
            for permission in self.products:
                request = GrantProduct(about(number, new=True), permission)
                self.steps.append(step(request, needed))

    def _grants(
        self, alive: list[int], new: Sequence[int], holding: Mapping[str, Sequence[int]]
    ) -> None:
        for number in (*alive, *new):
            fresh = number in new
            needs = (f"create_account/{user(number)}",) if fresh else ()
            for permission in self.groups:
                held = number in holding[permission.name]
                if self.dice.random() < 0.5:
                    kind = RevokeGroup if held else GrantGroup
                    self.steps.append(step(kind(about(number, new=fresh), permission), *needs))
            for permission in self.products:
                held = number in holding[permission.name]
                if not fresh and self.dice.random() < 0.3:
                    kind = RevokeProduct if held else GrantProduct
                    self.steps.append(step(kind(about(number), permission)))

    def _books(
        self,
        alive: list[int],
        ours: list[int],
        gone: set[int],
        holding: Mapping[str, Sequence[int]],
        by_name: Mapping[str, Permission],
    ) -> Bookkeeping:
        revoked = {it.id for it in self.steps}
        adopts = [
            Adopted(PersonId(str(n)), ref_of(user(n)), by_name[name])
            for name, held in holding.items()
            for n in held
            if n not in ours
            and f"revoke_group/{user(n)}/{name}" not in revoked
            and f"revoke_product/{user(n)}/{name}" not in revoked
        ]
        remembers = [
            Remembered(
                PersonId(str(n)), ref_of(user(n)), user(n), {"firstName": f"Seen {n}"}, enabled=True
            )
            for n in alive
            if n not in gone and n % 3 == 0
        ]
        return Bookkeeping(tuple(adopts), tuple(remembers))
