"""Stopped by the user, and two who apply at the same time."""

import signal

import pytest

from tests.killing.box import Moment
from tests.killing.matrix import ALREADY_APPLIED, End, Office
from tests.killing.picture import differences
from tests.projects import Ran, ended

INTERRUPTED = 130
HELD = 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=lambda how: how.name)
def test_an_interrupted_apply_ends_with_130_says_how_to_go_on_and_can(
    how: signal.Signals, office: Office, whole: End
) -> None:
    process = office.project.start("apply", "plan.json")
    office.box.arm(Moment(60, "answered"), lambda: process.send_signal(how))
    stopped = ended(process)
    assert stopped.code == INTERRUPTED, stopped
    assert "What was done is recorded" in stopped.err
    assert "Apply the same plan again" in stopped.err
    assert "Traceback" not in stopped.err
    ran = office.apply()
    found = office.end()
    assert differences(found.tenant, whole.tenant) == [], ran
    assert differences(found.ledger, whole.ledger) == [], ran
    assert set(found.created.values()) == {1}
    assert ran.code == 0, ran


def test_interrupted_before_the_first_write_nothing_is_changed(office: Office) -> None:
    before = office.end()
    process = office.project.start("apply", "plan.json")
    office.box.arm(Moment(1, "done"), lambda: process.send_signal(signal.SIGINT))
    stopped = ended(process)
    assert stopped.code == INTERRUPTED, stopped
    assert "Traceback" not in stopped.err
    assert office.end() == before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=lambda how: how.name)
def test_what_only_reads_says_that_it_was_interrupted(how: signal.Signals, office: Office) -> None:
    process = office.project.start("plan")
    office.box.arm(Moment(1, "done"), lambda: process.send_signal(how))
    stopped = ended(process)
    assert stopped == Ran(INTERRUPTED, "", "\nInterrupted.\n")


def test_of_two_applies_at_the_same_time_one_is_refused_and_told_who_holds_the_lock(
    office: Office, whole: End
) -> None:
    refused: list[Ran] = []

    def try_too() -> None:
        refused.append(office.project.spawn("apply", "plan.json"))
        refused.append(office.project.spawn("apply", "--auto-approve"))

    first = office.project.start("apply", "plan.json", env={"RECONCILER_BY": "the.first"})
    office.box.arm(Moment(60, "held"), try_too)
    ran = ended(first)
    assert ran.code == 0, ran
    assert [each.code for each in refused] == [HELD, HELD], refused
    for each in refused:
        assert "the.first@" in each.err, each
        assert "Traceback" not in each.err, each
    found = office.end()
    assert differences(found.tenant, whole.tenant) == []
    assert differences(found.ledger, whole.ledger) == []
    assert set(found.created.values()) == {1}
    assert set(found.asked.values()) == {1}


def test_a_plan_that_was_applied_is_not_applied_again(office: Office) -> None:
    assert office.apply().code == 0
    before = office.end()
    again = office.apply()
    assert again.code == ALREADY_APPLIED, again
    assert "applied already" in again.err
    assert office.end() == before
