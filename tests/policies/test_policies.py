"""What each policy finds, from files to check."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from reconciler.entitlements import entitle
from reconciler.entitlements.meeting import meeting
from reconciler.governance.policies import PolicyMeasure, Result, measure_policies
from reconciler.model.plan import Mode, Plan
from tests.desired.project import lines, read

DAY = date(2026, 11, 23)

FILES = """
persons:
  - {ExternalId: "1", DisplayName: Anna Visser, Contracts: [{ExternalId: c1, StartDate: 2026-01-01, EndDate: 2026-12-31, Department: {ExternalId: FIN}}]}
  - {ExternalId: "2", DisplayName: Bram Kok, Contracts: [{ExternalId: c2, StartDate: 2026-01-01, Department: {ExternalId: IT}}]}
  - {ExternalId: "3", DisplayName: Chris Smit, Contracts: [{ExternalId: c3, StartDate: 2020-01-01, EndDate: 2026-11-22, Department: {ExternalId: FIN}}]}
accounts:
  - {person: "1", state: enabled}
  - {person: "2", state: enabled}
  - {person: "3", state: enabled}
rules:
  - name: finance-pays
    when: {Contract.Department.ExternalId: FIN}
    grant: {groups: [Payments]}
groups:
  - name: Approvers
    members:
      - {person: "1", from: 2026-11-01, until: 2027-01-30, reason: Cover for leave}
      - "2"
  - {name: Quiet, members: []}
"""


def measured(root: Path, policy: str, more: str = "") -> dict[str, PolicyMeasure]:
    declared, problems = read(root, {"desired/a.yaml": f"{FILES}{more}\npolicies:\n  - {policy}\n"})
    assert lines(problems) == []
    plan = Plan(DAY, Mode.SYNC, "", "", "")
    result = Result(entitle(declared, DAY), plan)
    return {each.rule: each for each in measure_policies(declared.policies, result, meeting)}


FORBID = "{name: p, forbid_together: [{group: Approvers}, {group: Payments}]}"


def test_what_is_forbidden_together_is_found_with_both_paths(tmp_path: Path) -> None:
    found = measured(tmp_path, FORBID)["policy.p"]
    assert (found.value, found.of, found.passes) == (1, 2, False)
    assert "1 Anna Visser" in found.detail
    assert "group Approvers by member line (desired/a.yaml:17)" in found.detail
    assert "group Payments by rule finance-pays on contract c1 (desired/a.yaml:11)" in found.detail


def test_two_of_three_are_too_many(tmp_path: Path) -> None:
    three = "{name: p, forbid_together: [{group: Approvers}, {group: Payments}, {group: Quiet}]}"
    assert measured(tmp_path, three)["policy.p"].value == 1


def test_nobody_with_both_passes(tmp_path: Path) -> None:
    found = measured(tmp_path, "{name: p, forbid_together: [{group: Quiet}, {group: Payments}]}")
    assert found["policy.p"].passes
    assert found["policy.p"].detail == ""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("{name: p, require_until: [{group: Approvers}]}", ["2 Bram Kok"]),
        ("{name: p, require_until: [{group: Approvers}], at_most: 90d}", ["2 Bram Kok"]),
        (
            "{name: p, require_until: [{group: Approvers}], at_most: 89d}",
            ["for 90 days", "2 Bram Kok"],
        ),
        ("{name: p, require_until: [{group: Payments}]}", []),
        ("{name: p, require_until: [{group: Payments}], at_most: 90d}", ["for 365 days"]),
        ("{name: p, require_reason: [{group: Approvers}]}", ["2 Bram Kok"]),
        ("{name: p, require_reason: [{group: Payments}]}", []),
        (
            "{name: p, allowed_only: [{group: Approvers}], when: {Contract.Department.ExternalId: FIN}}",
            ["2 Bram Kok"],
        ),
        (
            "{name: p, allowed_only: [{group: Approvers}], when: {Person.DisplayName: {contains: a}}}",
            [],
        ),
    ],
)
def test_each_membership_is_judged(tmp_path: Path, asked: str, expected: list[str]) -> None:
    found = measured(tmp_path, asked)["policy.p"]
    assert found.value == len(expected)
    assert all(part in found.detail for part in expected)


def test_a_contract_that_has_ended_allows_nothing(tmp_path: Path) -> None:
    more = 'products:\n  - {name: CRM, members: ["1", "3"]}\n'
    asked = "{name: p, allowed_only: [{product: CRM}], when: {Contract.Department.ExternalId: FIN}}"
    found = measured(tmp_path, asked, more)["policy.p"]
    assert (found.value, found.of) == (1, 2)
    assert "3 Chris Smit gets product CRM" in found.detail


def test_a_second_path_without_an_end_is_no_end(tmp_path: Path) -> None:
    more = 'products:\n  - {name: CRM, members: [{person: "1", until: 2026-12-01}]}\n'
    rule = "{name: all, when: {Person.ExternalId: '1'}, grant: {products: [CRM]}}"
    twice = FILES.replace("rules:\n", f"rules:\n  - {rule}\n")
    asked = "{name: p, require_until: [{product: CRM}]}"
    assert measured(tmp_path, asked, more)["policy.p"].passes
    declared, _ = read(tmp_path, {"desired/a.yaml": f"{twice}{more}policies:\n  - {asked}\n"})
    result = Result(entitle(declared, DAY), Plan(DAY, Mode.SYNC, "", "", ""))
    (found,) = measure_policies(declared.policies, result, meeting)
    assert found.value == 1
    assert "rule all" in found.detail


@pytest.mark.parametrize(
    ("asked", "passes"),
    [
        ("{name: p, max_members: [{group: Approvers}], at_most: 2}", True),
        ("{name: p, max_members: [{group: Approvers}], at_most: 1}", False),
        ("{name: p, min_members: [{group: Approvers}], at_least: 2}", True),
        ("{name: p, min_members: [{group: Approvers}], at_least: 3}", False),
    ],
)
def test_members_are_counted_group_by_group(tmp_path: Path, asked: str, *, passes: bool) -> None:
    found = measured(tmp_path, asked)["policy.p/Approvers"]
    assert (found.value, found.passes) == (2, passes)


def test_the_digest_knows_policies(tmp_path: Path) -> None:
    def digest(policies: Mapping[str, str] | str) -> str:
        declared, _ = read(tmp_path, {"desired/a.yaml": f"{FILES}\npolicies: [{policies}]\n"})
        return declared.digest

    longest = "{name: p, require_until: [{group: Payments}], at_most: 90d}"
    digests = [digest(""), digest(FORBID), digest(longest), digest(longest.replace("90", "91"))]
    digests.append(digest(FORBID.replace("together:", "together:  ")))
    assert len(set(digests)) == 4
    assert digests[1] == digests[-1]
