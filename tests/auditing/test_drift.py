"""Drift of every type, injected into a tenant: the report has exactly that, and after resolving it nothing."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.auditing.drifting import ACTS, MULTIPLE, Drifted, drifted, entry, exclusion, said
from tests.projects import Project

SHORT = 2
LONG = 400


def audit(project: Project, *options: str) -> dict[str, Any]:
    return project.good("audit", "--format", "json", *options).json


def check_found(drift: Drifted) -> list[dict[str, Any]]:
    document = audit(drift.project)
    issues = document["issues"]
    assert sorted(map(said, issues)) == sorted(drift.injected)
    assert {each["status"] for each in issues} <= {"open"}
    assert len({each["id"] for each in issues}) == len(issues)
    assert sum(document["summary"].values()) == len(issues)
    for each in issues:
        wanted = "files" if each["type"] == "account_multiple_persons" else "tenant"
        assert each["changed_in"] == wanted, each
    return issues


def check_settled(drift: Drifted) -> None:
    """Resolve every issue in the files, apply, and find nothing left but what was excluded."""
    issues = check_found(drift)
    drift.desired["resolutions"] = [
        exclusion(each) if each["type"] in MULTIPLE else entry(each, ACTS[each["type"]])
        for each in issues
    ]
    drift.project.want(drift.desired)
    before = audit(drift.project)
    assert {each["status"] for each in before["issues"]} <= {"resolved", "excluded"}
    drift.project.good("apply", "--auto-approve", "-q")
    after = audit(drift.project)
    left = [each for each in after["issues"] if each["type"] not in MULTIPLE]
    assert left == []
    assert after["trend"]["settled"] == len(issues) - len(after["issues"])
    assert {each["status"] for each in after["issues"]} <= {"excluded"}


def test_a_tenant_as_the_files_ask_has_no_issue(project: Project) -> None:
    document = audit(project, "--detailed-exitcode")
    assert document["issues"] == []
    assert document["totals"]["all"] == {"issues": 0, "by_type": {}, "by_status": {}}


def test_every_type_is_found_at_once(project: Project) -> None:
    drift = Drifted(project, random.Random(1))  # noqa: S311 - drift needs no secrecy
    drift.stranger(1)
    drift.vanish(1)
    drift.flip(2)
    drift.flip(11)
    drift.differ(3)
    drift.double(4)
    drift.claim(5)
    drift.give(6, "Others")
    drift.give(6, "Phone")
    drift.take(7, "Staff")
    drift.take(6, "CRM")
    drift.settle()
    assert {kind for kind, *_ in map(said, check_found(drift))} == {*ACTS, *MULTIPLE}


def test_drift_is_found_exactly_and_settled_by_resolutions(another: Callable[[], Project]) -> None:
    for seed in range(SHORT):
        check_settled(drifted(another(), seed))


@pytest.mark.long
@pytest.mark.parametrize("start", range(SHORT, LONG, 50))
def test_much_drift_is_found_exactly_and_settled(
    another: Callable[[], Project], start: int
) -> None:
    for seed in range(start, start + 50):
        check_settled(drifted(another(), seed))
