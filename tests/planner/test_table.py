"""Every type of issue, every resolution, both states of the account, decided in the files, by the settings or both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from reconciler.model.issue import IssueType
from reconciler.model.plan import Mode, Plan
from reconciler.model.provenance import CauseKind
from reconciler.model.resolution import OFFERED
from reconciler.model.settings import DEFAULT_AUTOMATIC
from tests.planner.world import TODAY, drawn_of, leftovers_of, line, without_password

World = dict[str, Any]

ENDS = TODAY.replace(year=2027)
UNMANAGED = (IssueType.ACCOUNT_UNMANAGED, IssueType.PERMISSION_UNMANAGED)


@dataclass(frozen=True)
class Row:
    """One issue in a world of its own, how an entry names it, and the actions of each resolution."""

    issue: IssueType
    state: str
    world: World
    named: World
    actions: Mapping[str, list[str]]


def world_of(
    state: str,
    *,
    recorded: bool = True,
    fields: World | None = None,
    enabled: bool | None = None,
    accounts: World | None = None,
    **more: Any,
) -> World:
    """Anna, as a case file has her: asked for in this state, recorded and there as she should be."""
    is_enabled = state == "enabled"
    there = {
        "user": "a@x.org",
        "first": "Anna",
        "enabled": is_enabled if enabled is None else enabled,
    }
    mine = {"ref": "A1", "user": "a@x.org", "fields": {"firstName": "Anna"}, "enabled": is_enabled}
    return {
        "desired": {
            "persons": {"anna": {"upn": "a@x.org", "first": "Anna"}},
            "accounts": {"anna": state},
            **more.get("desired", {}),
        },
        "recorded": {
            "accounts": {"anna": mine} if recorded else {},
            "grants": more.get("grants", []),
        },
        "actual": {
            "accounts": {"A1": {**there, **(fields or {})}} if accounts is None else accounts,
            **more.get("actual", {}),
        },
        "settings": {},
    }


def of_account(issue: IssueType, state: str, world: World, **actions: list[str]) -> Row:
    return Row(issue, state, world, {"account": "A@X.org "}, actions)


def stranger(state: str) -> World:
    other = {"X1": {"user": "old@x.org", "enabled": state == "enabled"}}
    there = {"A1": {"user": "a@x.org", "first": "Anna"}}
    groups = {"groups": {"Sales": ["X1"]}}
    world = world_of("enabled", accounts={**there, **other}, actual=groups)
    world["desired"]["groups"] = {"Sales": {"members": []}}
    return world


def unmanaged(state: str) -> Row:
    actions = {"delete": ["delete_account old@x.org"]}
    if state == "enabled":
        actions["disable"] = ["disable_account old@x.org isEnabled=False"]
    return Row(
        IssueType.ACCOUNT_UNMANAGED, state, stranger(state), {"account": "old@x.org"}, actions
    )


def rows() -> Iterator[Row]:
    for state in ("enabled", "disabled"):
        is_enabled = state == "enabled"
        yield unmanaged(state)
        new = ["create_account anna firstName=Anna isEnabled=False userName=a@x.org"]
        enable = ["enable_account anna isEnabled=True"]
        gone = world_of(state, accounts={}, grants=[["anna", "group", "Sales"]])
        gone["desired"]["groups"] = {"Sales": ["anna"]}
        gone["actual"]["groups"] = {"Sales": []}
        yield Row(
            IssueType.ACCOUNT_MISSING,
            state,
            gone,
            {"person": "anna"},
            {"create": [*new, *(enable if is_enabled else []), "grant_group anna Sales"]},
        )
        drift = {"first": "Hacked", "body": {"title": "Kept"}}
        yield of_account(
            IssueType.ACCOUNT_DIFFERS,
            state,
            world_of(state, fields=drift),
            update=["update_account anna firstName=Anna"],
        )
        several = {"A1": {"user": "a@x.org", "first": "Anna"}, "B1": {"user": "A@x.org "}}
        yield Row(
            IssueType.PERSON_MULTIPLE_ACCOUNTS,
            state,
            world_of(state, accounts=several, fields={"first": "Hacked"}),
            {"person": "anna"},
            {},
        )
        twice = world_of(state, recorded=False)
        twice["desired"]["persons"]["ben"] = {"upn": "a@x.org"}
        twice["desired"]["accounts"]["ben"] = state
        yield of_account(IssueType.ACCOUNT_MULTIPLE_PERSONS, state, twice)
        for kind in ("group", "product"):
            named = {"account": "a@x.org", "permission": {kind: "SALES"}}
            extra = world_of(state, actual={f"{kind}s": {"Sales": ["A1"]}})
            yield Row(
                IssueType.PERMISSION_UNMANAGED,
                state,
                extra,
                named,
                {"revoke": [f"revoke_{kind} anna Sales"]},
            )
            lost = world_of(
                state,
                grants=[["anna", kind, "Sales"]],
                actual={f"{kind}s": {"Sales": []}},
                desired={f"{kind}s": {"Sales": ["anna"]}},
            )
            yield Row(
                IssueType.PERMISSION_MISSING,
                state,
                lost,
                named,
                {"grant": [f"grant_{kind} anna Sales"]},
            )
    yield of_account(
        IssueType.ACCOUNT_INCORRECTLY_HAS_ACCESS,
        "enabled",
        world_of("disabled", enabled=True),
        disable=["disable_account anna isEnabled=False"],
    )
    yield of_account(
        IssueType.ACCOUNT_INCORRECTLY_HAS_NO_ACCESS,
        "disabled",
        world_of("enabled", enabled=False),
        enable=["enable_account anna isEnabled=True"],
    )


ROWS = tuple(rows())
STATUS = {"resolve": "postponed", "exclude": "excluded"}


def name(row: Row) -> str:
    kind = next(iter(row.named.get("permission", {"": ""})))
    return f"{row.issue}-{kind or 'account'}-{row.state}"


def automatics(issue: IssueType) -> list[str | None]:
    """What the settings may say of a type; None where they say nothing."""
    chosen = [each for each in OFFERED[issue] if each not in STATUS]
    return [None, "report", *chosen]


def cases() -> Iterator[Any]:
    for row in ROWS:
        for automatic in automatics(row.issue):
            for entry in (None, *OFFERED[row.issue]):
                marks = f"{name(row)}-settings:{automatic or 'default'}-files:{entry or 'nothing'}"
                yield pytest.param(row, automatic, entry, id=marks)


CASES = tuple(cases())


def decided(row: Row, automatic: str | None, entry: str | None) -> World:
    world: World = {**row.world, "resolutions": [], "settings": {}}
    if automatic is not None:
        world["settings"] = {"automatic": {row.issue.value: automatic}}
    if entry is not None:
        ends = {"until": ENDS} if entry == "exclude" else {}
        about = {"issue": row.issue.value, **row.named}
        world["resolutions"] = [{**about, "resolution": entry, "reason": "So said", **ends}]
    return world


def plan_of(world: World, mode: Mode = Mode.SYNC) -> Plan:
    return drawn_of({**world, "settings": {**world["settings"], "mode": mode.value}}).plan


def said(plan: Plan) -> list[str]:
    return [without_password(line(step)) for step in plan.steps]


@pytest.mark.parametrize(("row", "automatic", "entry"), CASES)
def test_a_resolution_leads_to_exactly_its_action(
    row: Row, automatic: str | None, entry: str | None
) -> None:
    plan = plan_of(decided(row, automatic, entry))
    chosen = entry or automatic or DEFAULT_AUTOMATIC[row.issue]
    actions = row.actions.get(chosen, [])
    assert said(plan) == actions
    (issue,) = plan.issues
    assert issue.type is row.issue
    assert issue.status.value == STATUS.get(chosen, "resolved" if actions else "open")
    is_said = bool(actions) or chosen in STATUS
    assert issue.resolution == (chosen if is_said else None)
    if actions and (entry is not None or row.issue in UNMANAGED):
        cause = plan.steps[0].cause
        assert cause.kind is CauseKind.RESOLUTION
        assert cause.source == ("resolutions.yaml:1" if entry is not None else None)
        assert entry is None or cause.detail.startswith(f"{entry}: So said")
    elif actions:
        assert plan.steps[0].cause.kind is CauseKind.DRIFT


@pytest.mark.parametrize(("row", "automatic", "entry"), CASES)
def test_an_issue_has_the_same_id_whatever_is_decided(
    row: Row, automatic: str | None, entry: str | None
) -> None:
    (undecided,) = plan_of(decided(row, "report", None)).issues
    (issue,) = plan_of(decided(row, automatic, entry)).issues
    assert issue.id == undecided.id
    assert issue.detail == undecided.detail


def test_an_issue_keeps_its_id_though_account_and_group_are_renamed() -> None:
    row = next(r for r in ROWS if r.issue is IssueType.PERMISSION_UNMANAGED)
    (before,) = plan_of(decided(row, None, None)).issues
    (stranger_before,) = plan_of(decided(unmanaged("enabled"), None, None)).issues
    renamed = world_of("enabled", actual={"groups": {"Sales": {"name": "Sell", "holders": ["A1"]}}})
    renamed["actual"]["accounts"]["A1"]["user"] = "anna@x.org"
    (after,) = plan_of(renamed).issues
    assert after.id == before.id
    elsewhere = stranger("enabled")
    elsewhere["actual"]["accounts"]["X1"]["user"] = "new@x.org"
    (stranger_after,) = plan_of(elsewhere).issues
    assert stranger_after.id == stranger_before.id


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_additive_mode_holds_what_takes_away_and_leaves_its_issue_open(row: Row) -> None:
    for entry in OFFERED[row.issue]:
        plan = plan_of(decided(row, None, entry), Mode.ADDITIVE)
        (issue,) = plan.issues
        held = [line(step) for step in plan.held]
        takes = entry in ("disable", "delete", "revoke")
        assert held == (row.actions.get(entry, []) if takes else [])
        if takes:
            assert plan.steps == ()
            assert (issue.status.value, issue.resolution) == ("open", None)
        elif entry in STATUS:
            assert plan.steps == ()
            assert issue.status.value == STATUS[entry]


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_an_entry_whose_issue_is_gone_is_told_with_its_line(row: Row) -> None:
    for entry in OFFERED[row.issue]:
        world = decided(row, None, entry)
        assert not any("fits no issue" in each for each in leftovers_of(world, drawn_of(world)))
        gone = world_of("enabled")
        settled = {**gone, "resolutions": world["resolutions"]}
        drawn = drawn_of(settled)
        (left,) = leftovers_of(settled, drawn)
        assert left.startswith(f"{entry} for {row.issue}")
        assert left.endswith(
            "It fits no issue, or none any more. Take it out. (resolutions.yaml:1)"
        )
        assert drawn.plan.steps == ()


def test_disabling_a_stranger_who_is_disabled_is_told() -> None:
    world = decided(unmanaged("disabled"), None, "disable")
    (left,) = leftovers_of(world, drawn_of(world))
    assert "is disabled already" in left


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_somebody_else_s_plan_settles_nothing_here(row: Row) -> None:
    for entry in OFFERED[row.issue]:
        world = decided(row, None, entry)
        world["desired"] = {
            **world["desired"],
            "persons": {**world["desired"]["persons"], "zoe": {"upn": "z@x.org", "first": "Zoe"}},
        }
        world["settings"] = {"persons": ["zoe"]}
        drawn = drawn_of(world)
        assert drawn.plan.steps == ()
        assert drawn.plan.issues == ()
        assert leftovers_of(world, drawn) == ()


def test_what_the_files_moved_is_written_though_the_drift_is_excluded() -> None:
    world = world_of("enabled", fields={"first": "Hacked", "body": {"description": "employee"}})
    world["mapping"] = {"Update": {"description": "manager"}}
    world["recorded"]["accounts"]["anna"]["fields"]["description"] = "employee"
    entry = {"issue": "account_differs", "account": "a@x.org", "resolution": "exclude"}
    plan = plan_of({**world, "resolutions": [{**entry, "until": ENDS}]})
    assert said(plan) == ["update_account anna description=manager"]
    assert plan.steps[0].cause.kind is CauseKind.DESIRED
    remembered = {r.person: dict(r.fields) for r in plan.bookkeeping.remembers}
    assert remembered == {"anna": {"firstName": "Anna", "description": "manager"}}


def test_an_excluded_grant_stays_in_an_authoritative_group() -> None:
    row = next(r for r in ROWS if r.issue is IssueType.PERMISSION_UNMANAGED)
    world = decided(row, None, None)
    world["desired"] = {
        **world["desired"],
        "groups": {"Sales": {"members": [], "authoritative": True}},
    }
    assert said(plan_of(world)) == ["revoke_group anna Sales"]
    for entry, status in STATUS.items():
        entries = decided(row, None, entry)["resolutions"]
        plan = plan_of({**world, "resolutions": entries})
        assert plan.steps == ()
        assert [issue.status.value for issue in plan.issues] == [status]


def test_a_stranger_is_revoked_from_an_authoritative_group_though_excluded() -> None:
    world = decided(unmanaged("enabled"), None, "exclude")
    groups: World = {"Sales": {"members": [], "authoritative": True}}
    world["desired"] = {**world["desired"], "groups": groups}
    plan = plan_of(world)
    assert said(plan) == ["revoke_group old@x.org Sales"]
    assert [(i.type.value, i.status.value) for i in plan.issues] == [
        ("account_unmanaged", "excluded")
    ]


def test_what_the_deletion_of_a_stranger_takes_along_is_counted() -> None:
    drawn = drawn_of(decided(unmanaged("enabled"), None, "delete"))
    assert [(loss.permission.name, loss.lost, loss.held) for loss in drawn.exposure.losses] == [
        ("Sales", 1, 1)
    ]


def test_a_protected_stranger_is_touched() -> None:
    for entry in ("disable", "delete"):
        world = decided(unmanaged("enabled"), None, entry)
        world["settings"] = {"protected_accounts": ["old@*"]}
        touched = drawn_of(world).exposure.touched
        assert [each.protection.name for each in touched] == ["old@x.org"]


def test_nothing_is_written_down_of_what_was_never_ours() -> None:
    revoked = next(r for r in ROWS if r.issue is IssueType.PERMISSION_UNMANAGED)
    for row, entry in ((unmanaged("enabled"), "delete"), (revoked, "revoke")):
        books = plan_of(decided(row, None, entry)).bookkeeping
        assert (books.forgets_grants, books.forgets_accounts, books.adopts) == ((), (), ())
