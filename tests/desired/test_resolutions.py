from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.desired.resolutions import RESOLUTIONS, months_later, subjects_of
from reconciler.model.address import PermissionKind
from reconciler.model.issue import IssueType
from reconciler.model.resolution import OFFERED
from tests.desired.project import lines, read

PERSON = 'persons: [{ExternalId: "10001"}]\n'
SUBJECTS = {
    "account": "    account: a@example.org\n",
    "person": '    person: "10001"\n',
    "permission": "    permission: {group: Sales}\n",
}


def entry(issue: IssueType, resolution: str) -> str:
    about = "".join(SUBJECTS[key] for key in subjects_of(issue))
    more = "    until: 2030-01-01\n    reason: Known\n" if resolution == "exclude" else ""
    return f"{PERSON}resolutions:\n  - issue: {issue}\n{about}    resolution: {resolution}\n{more}"


@pytest.mark.parametrize(("issue", "resolution"), list(product(IssueType, RESOLUTIONS)))
def test_what_the_table_offers_is_read_and_nothing_else(
    issue: IssueType, resolution: str, tmp_path: Path
) -> None:
    declared, problems = read(tmp_path, {"desired/a.yaml": entry(issue, resolution)})
    if resolution in OFFERED[issue]:
        assert problems == ()
        (one,) = declared.resolutions
        assert (one.issue, one.resolution, str(one.at)) == (
            issue,
            resolution,
            "desired/a.yaml:3:5",
        )
        return
    line = 4 + len(subjects_of(issue))
    assert lines(problems) == [f"desired/a.yaml:{line}:17 not-offered"]
    assert all(f"`{offered}`" in problems[0].fix for offered in OFFERED[issue])
    assert declared.resolutions == ()


def test_an_exclusion_says_until_when_it_holds(tmp_path: Path) -> None:
    declared, problems = read(
        tmp_path,
        {
            "desired/a.yaml": """
resolutions:
  - issue: permission_unmanaged
    account: b.bakker@example.org
    permission: {product: CRM}
    resolution: exclude
    period: 6 months
    from: 2026-08-31
    reason: Audit until spring
"""
        },
    )
    assert problems == ()
    (one,) = declared.resolutions
    assert (one.start, one.until) == (date(2026, 8, 31), date(2027, 2, 28))
    assert one.permission is not None
    assert (one.permission.kind, one.permission.name) == (PermissionKind.PRODUCT, "CRM")
    assert (one.account, one.person, one.reason) == (
        "b.bakker@example.org",
        None,
        "Audit until spring",
    )


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 36, date(2027, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 31), 3, date(2027, 3, 31)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
        (date(9999, 1, 1), 12, None),
    ],
)
def test_a_period_ends_on_the_same_day_or_the_last(
    day: date, months: int, then: date | None
) -> None:
    assert months_later(day, months) == then


@given(st.dates(date(1900, 1, 1), date(2999, 1, 1)), st.sampled_from([3, 6, 12, 36]))
def test_a_period_never_ends_on_a_later_day_of_the_month_nor_a_day_too_soon(
    day: date, months: int
) -> None:
    then = months_later(day, months)
    assert then is not None
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    assert then.day == day.day or (
        then.day < day.day and (then + timedelta(days=1)).month != then.month
    )


def test_order_and_files_do_not_change_the_digest_but_a_decision_does(tmp_path: Path) -> None:
    first = "  - {issue: account_unmanaged, account: a, resolution: disable}\n"
    second = "  - {issue: account_unmanaged, account: b, resolution: delete}\n"
    together, _ = read(tmp_path, {"desired/a.yaml": f"resolutions:\n{first}{second}"})
    apart, _ = read(
        tmp_path,
        {"desired/a.yaml": f"resolutions:\n{second}", "desired/b.yaml": f"resolutions:\n{first}"},
    )
    (tmp_path / "desired/b.yaml").unlink()
    one, _ = read(tmp_path, {"desired/a.yaml": f"resolutions:\n{second}"})
    assert together.digest == apart.digest
    assert one.digest != together.digest
    assert [each.account for each in together.resolutions] == ["a", "b"]
    assert [each.mark for each in together.resolutions] == [each.mark for each in apart.resolutions]


def test_exclusions_of_one_issue_come_by_their_days_and_persons_apart(tmp_path: Path) -> None:
    known = "issue: account_missing, resolution: exclude, reason: R"
    late = f'  - {{{known}, person: "1", from: 2027-01-01, until: 2028-01-01}}\n'
    early = f'  - {{{known}, person: "1", until: 2027-01-01}}\n'
    other = f'  - {{{known}, person: "2", until: 2027-06-01}}\n'
    persons = 'persons: [{ExternalId: "1"}, {ExternalId: "2"}]\nresolutions:\n'
    digests = set[str]()
    for order in ((late, early, other), (other, early, late), (early, other, late)):
        declared, problems = read(tmp_path, {"desired/a.yaml": persons + "".join(order)})
        assert problems == ()
        told = [(each.person, each.until) for each in declared.resolutions]
        assert told == [
            ("1", date(2027, 1, 1)),
            ("1", date(2028, 1, 1)),
            ("2", date(2027, 6, 1)),
        ]
        digests.add(declared.digest)
    assert len(digests) == 1
