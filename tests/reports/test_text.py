import re
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import BadInput
from reconciler.model.address import AccountName, PersonId
from reconciler.model.change import FieldChange as Field
from reconciler.model.change import GrantGroup, Subject, UpdateAccount
from reconciler.model.plan import Check, CheckStatus, Mode, Plan, Step, StepId
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.run import RunId, RunStatus, StepStatus
from reconciler.model.value import JSON
from reconciler.reports.applied import NEVER_SENT, apply_document, apply_text
from reconciler.reports.document import plan_document
from reconciler.reports.inert import shows, width_of
from reconciler.reports.snapshot import snapshot_text
from reconciler.reports.text import plan_text
from tests.reports import sample
from tests.reports.agreed import same_as_golden
from tests.reports.strategies import HOSTILE, plans

ANSI = re.compile("\x1b\\[[0-9;]*m")


def document_of(plan: Plan) -> dict[str, JSON]:
    return plan_document(plan, created_at=sample.CREATED, expires_at=sample.EXPIRES)


def outcome(document: dict[str, JSON]) -> dict[str, JSON]:
    at = "2026-11-23T10:05:00Z"
    done = ("r2", "d1", "d2", "g1", "c1", "c3", "u1", "e1", "a1")
    return apply_document(
        document,
        RunId("7f3a"),
        RunStatus.INCOMPLETE,
        [
            *((StepId(step), StepStatus.DONE, at, "") for step in done),
            (StepId("r1"), StepStatus.STALE, at, "The account left the group meanwhile."),
            (StepId("a2"), StepStatus.FAILED, at, "403: the group is managed by Active Directory"),
            (StepId("a3"), StepStatus.PENDING, at, ""),
            (StepId("c2"), StepStatus.UNCONFIRMED, at, "No answer within 60 seconds."),
            (StepId("x1"), StepStatus.SKIPPED, at, "It needs d2."),
        ],
    )


GOLDEN = {
    "plan": (sample.sample_plan, 100, False),
    "plan-narrow": (sample.sample_plan, 40, False),
    "plan-colour": (sample.sample_plan, 100, True),
    "plan-additive": (sample.additive_plan, 100, False),
    "plan-settled": (sample.settled_plan, 100, False),
}


@pytest.mark.parametrize("golden", GOLDEN)
def test_a_plan_looks_as_agreed(golden: str):
    plan, width, colour = GOLDEN[golden]
    text = plan_text(document_of(plan()), width=width, colour=colour)
    same_as_golden(f"{golden}.txt", text)


@pytest.mark.parametrize("width", [100, 40])
def test_an_outcome_looks_as_agreed(width: int):
    document = outcome(document_of(sample.sample_plan()))
    text = apply_text(document, width=width, colour=False)
    same_as_golden(f"apply-{width}.txt", text)


def test_hostile_names_look_harmless():
    steps = tuple(
        Step(
            StepId(str(number)),
            UpdateAccount(
                Subject(PersonId(name), AccountName(None, name)), (Field(name, name, "x" + name),)
            ),
            Cause(CauseKind.DRIFT, name, name),
        )
        for number, name in enumerate(HOSTILE)
    )
    checks = tuple(
        Check(f"limit.members_lost/{name}", CheckStatus.FAILED, 9, 10, "50%") for name in HOSTILE
    )
    plan = Plan(date(2026, 1, 1), Mode.SYNC, "u", "d", "e", steps=steps, checks=checks)
    text = plan_text(document_of(plan), width=100, colour=False)
    same_as_golden("plan-hostile.txt", text)


@settings(max_examples=60, deadline=None)
@given(plans(), st.integers(0, 120))
def test_a_plan_in_plain_text_is_inert_and_keeps_its_width(plan: Plan, width: int):
    text = plan_text(document_of(plan), width=width, colour=False)
    assert all(shows(char) or char == "\n" for char in text)
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--a")]
    assert max(map(width_of, lines)) <= max(width, 24)


@settings(max_examples=60, deadline=None)
@given(plans(), st.integers(0, 120))
def test_colour_adds_nothing_but_our_own_sequences(plan: Plan, width: int):
    document = document_of(plan)
    plain = plan_text(document, width=width, colour=False)
    coloured = plan_text(document, width=width, colour=True)
    stripped = "\n".join(line.rstrip(" ") for line in ANSI.sub("", coloured).split("\n"))
    assert stripped == plain


@settings(max_examples=60, deadline=None)
@given(plans(), st.sampled_from(StepStatus), st.text(max_size=20), st.integers(0, 120))
def test_an_outcome_is_inert_and_says_what_became_of_every_action(
    plan: Plan, status: StepStatus, error: str, width: int
):
    outcomes = [(step.id, status, "2026-11-23T10:05:00Z", error) for step in plan.steps[1:]]
    document = apply_document(document_of(plan), RunId("r"), RunStatus.DONE, outcomes)
    text = apply_text(document, width=width, colour=False)
    assert all(shows(char) or char == "\n" for char in text)
    summary = cast("dict[str, int]", document["summary"])
    assert sum(summary.values()) == len(plan.steps)


def test_a_step_without_an_outcome_is_not_said_to_be_done():
    document = document_of(sample.sample_plan())
    ended = apply_document(
        document,
        RunId("r"),
        RunStatus.INTERRUPTED,
        [
            (StepId("r1"), StepStatus.DONE, "2026-11-23T10:05:00Z", ""),
            (StepId("r2"), StepStatus.INTENDED, "2026-11-23T10:05:00Z", ""),
        ],
    )
    assert ended["summary"] == {"unconfirmed": 1, "done": 1, "skipped": 12}
    text = apply_text(ended, width=100, colour=False)
    assert NEVER_SENT in text
    assert "run the same apply again" in text


def test_the_last_outcome_of_a_step_counts():
    ended = apply_document(
        document_of(sample.settled_plan()),
        RunId("r"),
        RunStatus.DONE,
        [
            (StepId("c1"), StepStatus.INTENDED, "a", ""),
            (StepId("c1"), StepStatus.DONE, "b", ""),
        ],
    )
    assert ended["summary"] == {"done": 1}


def test_an_outcome_of_a_step_that_the_plan_has_not_is_refused():
    with pytest.raises(ValueError, match="no step 'zz'"):
        apply_document(
            document_of(sample.sample_plan()),
            RunId("r"),
            RunStatus.DONE,
            [(StepId("zz"), StepStatus.FAILED, "", "")],
        )


ADMITS = {
    "limit.delete_account": "--ack delete_account=12",
    "limit.members_lost/Sales": '--ack "members_lost/Sales=12"',
    "limit.members_lost/$(reboot)": "--ack 'members_lost/$(reboot)=12'",
    "limit.members_lost/O'Neil `x`": "--ack 'members_lost/O'\"'\"'Neil `x`=12'",
    "allow_empty/Sales team": '--ack "allow_empty/Sales team=12"',
    "protected/group/Tenant admins": "--allow-protected",
}


@pytest.mark.parametrize("rule", ADMITS)
def test_a_refusal_gives_the_option_that_admits_it_on_a_line_of_its_own(rule: str):
    checks = (Check(rule, CheckStatus.FAILED, 12, 100, "5%"),)
    plan = Plan(date(2026, 1, 1), Mode.SYNC, "u", "d", "e", checks=checks)
    lines = plan_text(document_of(plan), width=24, colour=False).splitlines()
    assert ADMITS[rule] in [line.strip() for line in lines]


def test_a_rule_that_nothing_admits_offers_nothing():
    checks = (Check("policy/no-approve-and-pay", CheckStatus.FAILED, 1, None, "0"),)
    plan = Plan(date(2026, 1, 1), Mode.SYNC, "u", "d", "e", checks=checks)
    assert "--" not in plan_text(document_of(plan), width=80, colour=False)


def test_removals_come_before_everything_that_is_added():
    text = plan_text(document_of(sample.sample_plan()), width=100, colour=False)
    last_removal = max(text.index(f"- {verb}") for verb in ("revoke", "disable", "delete"))
    assert last_removal < text.index("+ create")


def test_each_of_ten_thousand_actions_is_shown():
    steps = tuple(
        Step(
            StepId(str(number)),
            GrantGroup(
                Subject(PersonId(str(number % 900)), AccountName(None, f"user{number % 900}")),
                sample.group(f"Group {number}", number + 1),
            ),
            Cause(CauseKind.DESIRED, "rule of everybody", "desired/rules.yaml:3"),
        )
        for number in range(10_000)
    )
    plan = Plan(date(2026, 1, 1), Mode.SYNC, "u", "d", "e", steps=steps)
    text = plan_text(document_of(plan), width=70, colour=False)
    shown = [line.strip() for line in text.splitlines() if "+ grant group " in line]
    assert sorted(line.split()[4] for line in shown) == sorted(map(str, range(10_000)))


@pytest.mark.parametrize("document", [{}, {"actions": 1}, {"a": "b"}])
def test_a_document_that_is_something_else_is_bad_input(document: dict[str, JSON]):
    for render in (plan_text, apply_text, snapshot_text):
        with pytest.raises(BadInput):
            render(document, width=80, colour=False)


def test_a_snapshot_is_summed_up():
    document: dict[str, JSON] = {
        "format_version": "1.0",
        "base_url": "https://tenant.helloid.com/api/v1",
        "taken_at": "2026-11-23T10:00:00Z",
        "accounts": [
            {"userGUID": "1", "isEnabled": True, "isDeleted": False},
            {"userGUID": "2", "isEnabled": False, "isDeleted": False},
            {"userGUID": "3", "isEnabled": True, "isDeleted": True},
        ],
        "groups": [{"groupGuid": "4", "users": ["1", "2"]}, {"groupGuid": "5", "users": []}],
        "products": [{"productId": "6"}],
        "assignments": [],
        "digest": "sha256:5a",
    }
    same_as_golden("snapshot.txt", snapshot_text(document, width=80, colour=False))


def test_every_golden_file_is_asked_for():
    asked = {*GOLDEN, "apply-100", "apply-40", "plan-hostile", "snapshot", "problems"}
    asked |= {"diff-40", "diff-100"}
    folder = Path(__file__).parent / "golden"
    assert {file.stem for file in folder.glob("*.txt")} == asked
