"""Drift of every type, injected into tenants that were as the files ask: found exactly, and settled exactly."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeAlias

import pytest

from reconciler.model.address import AccountRef, PermissionRef, PersonId, fold
from reconciler.model.change import CreateGroup
from reconciler.model.issue import Issue, IssueStatus, IssueType
from reconciler.model.plan import Plan
from reconciler.model.resolution import EXCLUDE, OFFERED, RESOLVE
from reconciler.model.settings import DEFAULT_AUTOMATIC
from reconciler.model.state import Actual, Found, Recorded, Wanted
from reconciler.planner.context import Inputs
from reconciler.planner.drawing import draw
from tests.planner.simulation import applied
from tests.planner.world import TODAY, inputs_of, resolver_of_world

World: TypeAlias = dict[str, Any]
Said: TypeAlias = tuple[str, str, str, str]
"""Type or kind, person, account (where nobody is known), permission."""

SEEDS = range(300)
MANY = range(300, 6_000)
IN_FILES = (("group", "Sales"), ("group", "Staff"), ("product", "CRM"))
ELSEWHERE = (("group", "Others"), ("product", "Laptop"))
ENDS = TODAY.replace(year=2027)


@dataclass
class Tenant:
    """A tenant and its files, as they were after an apply, and what was done to them since."""

    dice: Random
    desired: World
    recorded: Recorded
    actual: Actual
    settings: World
    injected: set[Said] = field(default_factory=set[Said])

    def inputs(self, resolutions: list[World]) -> Inputs:
        world = {"desired": self.desired, "settings": self.settings, "resolutions": resolutions}
        inputs = inputs_of(world)
        decisions = resolver_of_world(world, inputs.settings, self.actual, TODAY)
        return replace(inputs, recorded=self.recorded, actual=self.actual, decisions=decisions)

    def plan(self, resolutions: list[World] | None = None) -> Plan:
        return draw(self.inputs(resolutions or [])).plan

    def apply(self, plan: Plan) -> None:
        self.actual, self.recorded = applied(plan, self.actual, self.recorded, TODAY)

    # ------------------------------------------------------------ injecting

    def inject(self, kind: IssueType, person: str | None, permission: str = "") -> None:
        self.injected.add((kind.value, person or "", "", permission))

    def account(self, person: str) -> Found:
        return self.actual.accounts[self.recorded.accounts[PersonId(person)].ref]

    def put(self, found: Found) -> None:
        accounts = {**self.actual.accounts, found.ref: found}
        self.actual = replace(self.actual, accounts=accounts)

    def hold(self, ref: AccountRef, permission: PermissionRef, *, holds: bool) -> None:
        holders = {each: set(held) for each, held in self.actual.holders.items()}
        (holders[permission].add if holds else holders[permission].discard)(ref)
        self.actual = replace(
            self.actual, holders={each: frozenset(held) for each, held in holders.items()}
        )

    def stranger(self, number: int) -> None:
        name = f"stranger{number}@y.org"
        self.put(found(f"S{number}", name, enabled=self.dice.random() < 0.7))
        for permission in self.actual.permissions:
            if self.dice.random() < 0.3:
                self.hold(AccountRef(f"S{number}"), permission, holds=True)
        self.injected.add((IssueType.ACCOUNT_UNMANAGED.value, "", name, ""))

    def missing(self, person: str) -> None:
        gone = self.account(person)
        for permission in self.actual.permissions:
            self.hold(gone.ref, permission, holds=False)
        if self.dice.random() < 0.5:
            self.put(replace(gone, deleted=True))
        else:
            accounts = {ref: each for ref, each in self.actual.accounts.items() if ref != gone.ref}
            self.actual = replace(self.actual, accounts=accounts)
        self.inject(IssueType.ACCOUNT_MISSING, person)

    def two_accounts(self, person: str) -> None:
        mine = self.account(person)
        self.put(renamed(mine, f"renamed-{person}@y.org"))
        self.put(found(f"T-{person}", mine.user_name, enabled=True))
        self.inject(IssueType.PERSON_MULTIPLE_ACCOUNTS, person)

    def two_persons(self, person: str) -> None:
        name = self.account(person).user_name
        self.desired["persons"][f"twin-{person}"] = {"upn": name, "first": "Twin"}
        self.desired["accounts"][f"twin-{person}"] = "enabled"
        self.injected.add((IssueType.ACCOUNT_MULTIPLE_PERSONS.value, "", fold(name), ""))

    def flip_access(self, person: str) -> None:
        mine = self.account(person)
        self.put(
            replace(
                mine, enabled=not mine.enabled, body={**mine.body, "isEnabled": not mine.enabled}
            )
        )
        has = IssueType.ACCOUNT_INCORRECTLY_HAS_ACCESS
        has_no = IssueType.ACCOUNT_INCORRECTLY_HAS_NO_ACCESS
        self.inject(has_no if mine.enabled else has, person)

    def differ(self, person: str) -> None:
        mine = self.account(person)
        self.put(replace(mine, body={**mine.body, "firstName": "Somebody"}))
        self.inject(IssueType.ACCOUNT_DIFFERS, person)

    def grants(self, person: str) -> None:
        """Take some of what was granted, and give some of what nobody asked for."""
        mine = self.account(person)
        for ref, permission in self.actual.permissions.items():
            if self.dice.random() < 0.3:
                had = mine.ref in self.actual.holders[ref]
                self.hold(mine.ref, ref, holds=not had)
                kind = IssueType.PERMISSION_MISSING if had else IssueType.PERMISSION_UNMANAGED
                self.inject(kind, person, permission.name)


def found(ref: str, name: str, *, enabled: bool) -> Found:
    body = {"userGUID": ref, "userName": name, "isEnabled": enabled}
    return Found(AccountRef(ref), name, enabled, deleted=False, body=body)


def renamed(account: Found, name: str) -> Found:
    return replace(account, user_name=name, body={**account.body, "userName": name})


def settled(dice: Random) -> Tenant:
    """Return a tenant after an apply: whatever the files ask for is there and recorded."""
    persons = [f"p{number}" for number in range(dice.randint(1, 8))]
    desired: World = {
        "persons": {each: {"upn": f"{each}@x.org", "first": each.title()} for each in persons},
        "accounts": {each: dice.choice(("enabled", "enabled", "disabled")) for each in persons},
        "groups": {},
        "products": {},
    }
    there: World = {"groups": {}, "products": {}}
    for kind, name in IN_FILES:
        desired[f"{kind}s"][name] = [each for each in persons if dice.random() < 0.5]
    for kind, name in (*IN_FILES, *ELSEWHERE):
        there[f"{kind}s"][name] = []
    automatic = {kind.value: "report" for kind in DEFAULT_AUTOMATIC if dice.random() < 0.3}
    settings: World = {"automatic": automatic}
    start = inputs_of({"desired": desired, "actual": there, "settings": settings})
    tenant = Tenant(dice, desired, Recorded(), start.actual, settings)
    tenant.apply(tenant.plan())
    assert tenant.plan().steps == ()
    assert tenant.plan().issues == ()
    return tenant


def drifted(seed: int) -> Tenant:
    dice = Random(seed)  # noqa: S311 - only plays
    tenant = settled(dice)
    for number in range(dice.randint(0, 3)):
        tenant.stranger(number)
    for person in sorted(tenant.recorded.accounts):
        match dice.randint(0, 9):
            case 0:
                tenant.missing(person)
            case 1:
                tenant.two_accounts(person)
            case 2:
                tenant.two_persons(person)
            case _:
                for drift in (tenant.flip_access, tenant.differ, tenant.grants):
                    if dice.random() < 0.3:
                        drift(person)
    return tenant


# ---------------------------------------------------------------- what is found


def said_of(issue: Issue) -> Said:
    name = fold(issue.account.user_name) if issue.account and issue.person is None else ""
    permission = issue.permission.name if issue.permission else ""
    return issue.type.value, issue.person or "", name, permission


def check_found(tenant: Tenant) -> None:
    issues = tenant.plan().issues
    assert sorted(map(said_of, issues)) == sorted(tenant.injected)
    assert len({issue.id for issue in issues}) == len(issues)


# ---------------------------------------------------------------- what is settled


def decide(dice: Random, issue: Issue) -> World:
    """Return an entry for an issue. Disabling a stranger is left out: it stays nobody's, and an issue."""
    offered = [each for each in OFFERED[issue.type] if (issue.type, each) != LASTING]
    resolution = dice.choice(offered)
    entry: World = {"issue": issue.type.value, "resolution": resolution}
    if issue.type in (IssueType.ACCOUNT_MISSING, IssueType.PERSON_MULTIPLE_ACCOUNTS):
        entry["person"] = issue.person
    else:
        assert issue.account is not None
        entry["account"] = issue.account.user_name.upper()
    if issue.permission is not None:
        entry["permission"] = {issue.permission.kind.value: issue.permission.name}
    if resolution == EXCLUDE:
        entry |= {"until": ENDS, "reason": "Known"}
    return entry


LASTING = (IssueType.ACCOUNT_UNMANAGED, "disable")
STATUS = {RESOLVE: IssueStatus.POSTPONED, EXCLUDE: IssueStatus.EXCLUDED}


def asked_for(tenant: Tenant, issue: Issue, resolution: str) -> set[Said]:
    """Return the steps that a resolution names; a new account comes with its access and its grants."""
    person, _, name, permission = (said_of(issue)[1], "", said_of(issue)[2], said_of(issue)[3])
    if resolution in STATUS:
        return set()
    if resolution in ("grant", "revoke"):
        assert issue.permission is not None
        return {(f"{resolution}_{issue.permission.kind}", person, "", permission)}
    steps = {(f"{resolution}_account", person, name, "")}
    if resolution == "create":
        desired = tenant.inputs([]).desired
        wanted = desired.accounts[PersonId(person)]
        assert isinstance(wanted, Wanted)
        steps |= {("enable_account", person, "", "")} if wanted.enabled else set()
        steps |= {
            (f"grant_{each.kind}", person, "", each.name)
            for each in desired.permissions.values()
            if person in (each.members or ())
        }
    return steps


def steps_of(plan: Plan) -> set[Said]:
    said: set[Said] = set()
    for step in plan.steps:
        assert not isinstance(step.change, CreateGroup)
        subject = step.change.subject
        permission = getattr(step.change, "permission", None)
        name = "" if subject.person is not None else fold(subject.account.user_name)
        said.add((step.kind, subject.person or "", name, permission.name if permission else ""))
    return said


def check_settled(tenant: Tenant) -> None:
    before = tenant.plan().issues
    entries = [decide(tenant.dice, issue) for issue in before]
    chosen: Mapping[str, str] = {
        issue.id: entry["resolution"] for issue, entry in zip(before, entries, strict=True)
    }
    plan = tenant.plan(entries)
    assert {issue.id for issue in plan.issues} == set(chosen)
    for issue in plan.issues:
        assert issue.resolution == chosen[issue.id]
        assert issue.status is STATUS.get(chosen[issue.id], IssueStatus.RESOLVED)
    expected = {step for issue in before for step in asked_for(tenant, issue, chosen[issue.id])}
    assert steps_of(plan) == expected
    tenant.apply(plan)
    after = tenant.plan(entries)
    assert after.steps == ()
    left = {issue.id for issue in after.issues}
    assert left == {each for each, resolution in chosen.items() if resolution in STATUS}
    assert all(issue.status is not IssueStatus.OPEN for issue in after.issues)


@pytest.mark.parametrize("start", SEEDS[::100])
def test_a_plan_finds_exactly_what_drifted(start: int) -> None:
    for seed in range(start, start + 100):
        check_found(drifted(seed))


@pytest.mark.parametrize("start", SEEDS[::100])
def test_what_is_decided_is_done_and_nothing_else_and_then_nothing_is_open(start: int) -> None:
    for seed in range(start, start + 100):
        check_settled(drifted(seed))


@pytest.mark.long
@pytest.mark.parametrize("start", MANY[::300])
def test_drift_is_found_and_settled_at_length(start: int) -> None:
    for seed in range(start, start + 300):
        check_found(drifted(seed))
        check_settled(drifted(seed))


def test_every_type_is_injected() -> None:
    kinds = {kind for seed in SEEDS for kind, *_ in drifted(seed).injected}
    assert kinds == {each.value for each in IssueType}


def test_a_stranger_who_was_disabled_is_still_nobody_s() -> None:
    tenant = settled(Random(1))  # noqa: S311 - only plays
    tenant.settings = {}
    tenant.put(found("S1", "stranger@y.org", enabled=True))
    entry = {"issue": "account_unmanaged", "account": "stranger@y.org", "resolution": "disable"}
    plan = tenant.plan([entry])
    assert steps_of(plan) == {("disable_account", "", "stranger@y.org", "")}
    tenant.apply(plan)
    after = tenant.plan([entry])
    assert after.steps == ()
    assert [issue.status for issue in after.issues] == [IssueStatus.OPEN]
