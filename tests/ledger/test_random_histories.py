"""Whatever is settled in whatever order, reopened in between: the ledger says what a dictionary says."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from reconciler.applier.ports import Ledger
from reconciler.ledger import open_ledger
from reconciler.model.address import (
    AccountRef,
    PermissionKey,
    PermissionKind,
    PermissionRef,
    PersonId,
)
from reconciler.model.plan import StepId
from reconciler.model.run import (
    Effect,
    Entry,
    ForgetAccount,
    ForgetGrant,
    Protect,
    RememberAccount,
    RememberGrant,
    RememberPermission,
    RunId,
    RunStatus,
    StepStatus,
)
from reconciler.model.state import GrantStatus, Owned, OwnedGrant, Protection
from reconciler.model.value import Plain
from tests.ledger.postgres import Server
from tests.ledger.samples import TENANT, run

# Few names, so that effects meet; odd ones, so that each spelling has to survive.
persons = st.sampled_from(["1", "01", " é'", "1%_"]).map(PersonId)
refs = st.sampled_from(["g1", "g2", "g3"]).map(AccountRef)
permissions = st.sampled_from(["p1", "p2"]).map(PermissionRef)
kinds = st.sampled_from(PermissionKind)
names = st.sampled_from(["Sales", "SALES ", "Straße", "strasse", "İ"])
days = st.none() | st.dates()
steps = st.sampled_from("abcd").map(StepId)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
whole: st.SearchStrategy[int] = st.integers(-(2**63), 2**64 - 1)
values: st.SearchStrategy[Plain] = st.one_of(
    st.none(), st.booleans(), whole, texts, st.lists(texts, max_size=2).map(tuple)
)
accounts = st.builds(
    Owned,
    person=persons,
    ref=refs,
    user_name=names,
    fields=st.dictionaries(texts, values, max_size=3),
    enabled=st.none() | st.booleans(),
    disabled_since=days,
)
grants = st.builds(
    OwnedGrant,
    person=persons,
    holder=refs,
    kind=kinds,
    permission=permissions,
    name=names,
    status=st.sampled_from(GrantStatus),
    since=days,
)
protections = st.builds(
    Protection, kind=st.sampled_from(["account", "group", "product"]), ref=permissions, name=names
)
effects: st.SearchStrategy[Effect] = st.one_of(
    st.builds(RememberAccount, accounts),
    st.builds(ForgetAccount, persons),
    st.builds(RememberGrant, grants),
    st.builds(ForgetGrant, refs, permissions),
    st.builds(RememberPermission, kinds, names, permissions),
    st.builds(Protect, st.lists(protections, max_size=2).map(tuple)),
)
entries = st.builds(
    Entry,
    step=steps,
    status=st.sampled_from([one for one in StepStatus if one is not StepStatus.INTENDED]),
    at=st.just("10:00:02"),
    error=names,
    account=st.none() | refs,
    permission=st.none() | permissions,
)


class History(RuleBasedStateMachine):
    """Does the same to a ledger and to plain dictionaries."""

    url = "sqlite:///ledger.db"
    server: Server | None = None

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.address = self.server.fresh() if self.server else self.url
        self.ledger = self.open()
        self.held = ExitStack()
        self.held.enter_context(self.ledger.lock("Anna"))
        self.account: dict[PersonId, Owned] = {}
        self.grant: dict[tuple[AccountRef, PermissionRef], OwnedGrant] = {}
        self.permission: dict[PermissionKey, PermissionRef] = {}
        self.protected: frozenset[Protection] = frozenset()
        self.journal: dict[StepId, Entry] = {}
        self.past: list[tuple[RunId, RunStatus, tuple[Entry, ...]]] = []

    def open(self) -> Ledger:
        return open_ledger(self.address, TENANT, Path(self.folder.name))

    @property
    def current(self) -> RunId:
        return RunId(f"run {len(self.past)}")

    @initialize()
    def begin(self) -> None:
        self.ledger.begin(run(self.current))

    @rule()
    def reopen(self) -> None:
        self.held.close()
        if self.address != "none":
            self.ledger = self.open()
        self.held.enter_context(self.ledger.lock("Anna"))

    @rule(step=st.lists(steps, max_size=3))
    def intend(self, step: list[StepId]) -> None:
        self.ledger.intend(self.current, step, "10:00:01")
        for one in step:
            self.journal[one] = Entry(one, StepStatus.INTENDED, "10:00:01")

    @rule(
        lines=st.lists(entries, max_size=3),
        changes=st.lists(effects, max_size=8),
        times=st.integers(1, 2),
    )
    def settle(self, lines: list[Entry], changes: list[Effect], times: int) -> None:
        for _ in range(times):
            self.ledger.settle(self.current, lines, changes)
        self.journal.update({line.step: line for line in lines})
        self.expect(changes)

    @rule(
        changes=st.lists(effects, max_size=4),
        status=st.sampled_from([RunStatus.DONE, RunStatus.INCOMPLETE]),
    )
    def end_and_begin(self, changes: list[Effect], status: RunStatus) -> None:
        self.ledger.end(self.current, status, "10:00:09", changes)
        self.expect(changes)
        left = tuple(
            line
            if line.status is not StepStatus.INTENDED
            else Entry(
                line.step,
                StepStatus.UNCONFIRMED,
                "10:00:09",
                "The run ended before an answer was written down.",
            )
            for line in self.journal.values()
        )
        self.past.append((self.current, status, left))
        self.journal = {}
        self.ledger.begin(run(self.current))

    @invariant()
    def it_says_what_the_dictionaries_say(self) -> None:
        recorded = self.ledger.recorded()
        assert recorded.accounts == self.account
        assert {
            (holder, ref): grant
            for ref, held in recorded.grants.items()
            for holder, grant in held.items()
        } == self.grant
        assert all(recorded.grants.values())
        assert recorded.permissions == self.permission
        assert recorded.protections == self.protected

    @invariant()
    def its_journal_does_too(self) -> None:
        runs = [(one.id, one.status, one.entries) for one in self.ledger.runs()]
        if runs:
            running = (self.current, RunStatus.RUNNING, tuple(self.journal.values()))
            assert runs == [running, *reversed(self.past)]
            unfinished = self.ledger.unfinished()
            assert unfinished is not None
            assert unfinished.entries == running[2]

    def expect(self, changes: list[Effect]) -> None:
        for change in changes:
            if isinstance(change, RememberAccount):
                self.account[change.owned.person] = change.owned
            elif isinstance(change, ForgetAccount):
                self.account.pop(change.person, None)
                gone = [key for key, one in self.grant.items() if one.person == change.person]
                for key in gone:
                    del self.grant[key]
            elif isinstance(change, RememberGrant):
                self.grant[change.grant.holder, change.grant.permission] = change.grant
            elif isinstance(change, ForgetGrant):
                self.grant.pop((change.holder, change.permission), None)
            elif isinstance(change, RememberPermission):
                name = change.name.strip().casefold()
                self.permission[PermissionKey(change.kind, name)] = change.permission
            else:
                self.protected = frozenset(change.protections)

    def teardown(self) -> None:
        self.held.close()
        self.folder.cleanup()


@pytest.mark.parametrize(("kind", "examples"), [("none", 30), ("sqlite", 15), ("postgresql", 6)])
def test_a_ledger_says_what_a_dictionary_says(
    kind: str, examples: int, request: pytest.FixtureRequest
) -> None:
    class OfKind(History):
        url = "none" if kind == "none" else History.url
        server = request.getfixturevalue("postgres") if kind == "postgresql" else None

    run_state_machine_as_test(
        OfKind,
        settings=settings(
            max_examples=examples,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
