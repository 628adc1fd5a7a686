"""What is about to end, from files to the command line."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.entitlements import entitle
from reconciler.entitlements.calendar import turnings
from reconciler.entitlements.endings import endings
from reconciler.model.address import PermissionKind, PersonId
from reconciler.model.declared import (
    AccountEntry,
    AccountState,
    Declared,
    MemberEntry,
    Period,
    PermissionEntry,
)
from reconciler.model.person import Contract, Person
from reconciler.model.provenance import Location
from reconciler.model.rules import (
    About,
    FieldPath,
    FieldTest,
    Given,
    Operator,
    PermissionName,
    Rule,
    RuleGrants,
    Window,
)
from tests.projects import Project, account, person

DAY = date(2026, 11, 23)
AT = Location("desired/a.yaml", 1, 1)


def contract(number: int, start: str, end: str | None) -> dict[str, Any]:
    return {
        "ExternalId": f"{number}-1",
        "StartDate": start,
        "EndDate": end,
        "Department": {"ExternalId": "SALES"},
    }


def project_of(tmp_path: Path) -> Project:
    made = Project.at(tmp_path / "project")
    made.want(
        {
            "persons": [
                {**person(1, "Anna", "Visser"), "Contracts": [contract(1, "2024-01-01", None)]},
                {
                    **person(2, "Bram", "Kok"),
                    "Contracts": [contract(2, "2024-01-01", "2026-11-30")],
                },
            ],
            "accounts": [account(1, until="2026-12-20")],
            "groups": [
                {
                    "name": "Staff",
                    "members": [
                        {
                            "person": "1",
                            "until": "2026-12-01",
                            "reason": "Cover",
                            "ticket": "CHG-7",
                        }
                    ],
                },
                {
                    "name": "Sales",
                    "members": [
                        {"person": "1", "until": "2026-12-05"},
                        {"person": "1", "from": "2026-12-05"},
                    ],
                },
            ],
            "rules": [
                {
                    "name": "sales",
                    "when": {"Contract.EndDate": {"before": "2030-01-01"}},
                    "window": {"days_after_end": 2},
                    "grant": {"account": "enabled", "groups": ["Customers"]},
                },
                {
                    "name": "after",
                    "when": {"Contract.EndDate": {"before": "2030-01-01"}},
                    "window": {"days_after_end": 90},
                    "grant": {"account": "disabled"},
                },
            ],
        }
    )
    return made


def test_lines_windows_and_accounts_that_end_are_listed_by_date(tmp_path: Path) -> None:
    made = project_of(tmp_path)
    found = made.good("expiring", "--as-of", "2026-11-23", "--format", "json").json
    told = [
        (
            each["date"],
            each["person"],
            each["permission"] and each["permission"]["name"],
            each["becomes"],
        )
        for each in found["expiring"]
    ]
    assert told == [
        ("2026-12-01", "1", "Staff", None),
        ("2026-12-03", "2", None, "disabled"),
        ("2026-12-03", "2", "Customers", None),
        ("2026-12-20", "1", None, "unasked"),
        ("2026-12-20", "1", "Sales", None),
    ]
    first = found["expiring"][0]
    assert (first["reason"], first["ticket"]) == ("Cover", "CHG-7")
    assert first["cause"]["source"].startswith("desired/groups.yaml:")
    assert found["expiring"][2]["cause"]["detail"] == "rule sales on contract 2-1"
    assert found["expiring"][-1]["with_account"]
    assert found["summary"] == {"account": 2, "membership": 3}


def test_the_last_day_of_the_period_counts(tmp_path: Path) -> None:
    made = project_of(tmp_path)

    def names(within: str) -> int:
        ran = made.good("expiring", "--as-of", "2026-11-23", "--within", within, "--format", "json")
        return len(ran.json["expiring"])

    assert [names("7d"), names("8d"), names("1w"), names("0d")] == [0, 1, 0, 0]


def test_the_text_names_day_person_and_line(tmp_path: Path) -> None:
    made = project_of(tmp_path)
    text = made.good("expiring", "--as-of", "2026-11-23").out
    assert "2026-12-01  in 8 days" in text
    assert "1 Anna Visser: group Staff  member line (desired/groups.yaml:1)" in text
    assert "Cover, CHG-7" in text
    assert "Up to 2026-12-23: 2 accounts and 3 memberships." in text
    assert "Nothing ends" in made.good("expiring", "--as-of", "2040-01-01").out


def test_exclusions_that_end_are_listed_with_their_reason(tmp_path: Path) -> None:
    made = project_of(tmp_path)
    entry = {"resolution": "exclude", "reason": "Audit until spring"}
    stranger = {**entry, "issue": "account_unmanaged", "account": "old@example.org"}
    entries = [
        {**stranger, "until": "2026-12-01"},
        {**stranger, "from": "2026-12-01", "until": "2026-12-10"},
        {
            **entry,
            "issue": "account_missing",
            "person": "1",
            "from": "2026-09-03",
            "period": "3 months",
        },
        {
            **entry,
            "issue": "permission_unmanaged",
            "account": "anna@example.org",
            "permission": {"group": "Staff"},
            "until": "2027-12-01",
        },
    ]
    made.write("desired/resolutions.yaml", {"resolutions": entries})
    ran = made.good("expiring", "--as-of", "2026-11-23", "--format", "json").json
    told = [
        (each["date"], each["issue"], each["account"] or each["person"])
        for each in ran["exclusions"]
    ]
    assert told == [
        ("2026-12-03", "account_missing", "1"),
        ("2026-12-10", "account_unmanaged", "old@example.org"),
    ]
    assert ran["exclusions"][1]["source"].startswith("desired/resolutions.yaml:")
    assert ran["summary"]["exclusion"] == 2
    text = made.good("expiring", "--as-of", "2026-11-23", "--within", "54w").out
    assert "anna@example.org, group Staff: permission_unmanaged is no longer excluded" in text
    assert "Audit until spring" in text
    assert "3 memberships and 3 exclusions." in " ".join(text.split())


def test_a_wrong_period_is_a_wrong_command_line(tmp_path: Path) -> None:
    made = project_of(tmp_path)
    for wrong in ("30", "x", "-1d", "2y"):
        assert made.run("expiring", "--within", wrong).code == 64
    assert made.run("expiring", "--within", "999999d", "--as-of", "9999-01-01").code == 1


# ---------------------------------------------------------------- whatever the dates are

days = st.integers(-5, 40).map(lambda n: DAY + timedelta(days=n))
optional_days = st.none() | days


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start, length = draw(optional_days), draw(st.none() | st.integers(1, 20))
    until = None if length is None else (start or DAY) + timedelta(days=length)
    return Period(start, until)


@st.composite
def organisations(draw: st.DrawFn) -> Declared:
    people: dict[PersonId, Person] = {}
    for number in range(3):
        who = PersonId(str(number))
        contracts = tuple(
            Contract(f"{number}-{n}", draw(optional_days), draw(optional_days), {"ExternalId": "x"})
            for n in range(draw(st.integers(0, 2)))
        )
        people[who] = Person(who, "", {}, contracts)
    state = st.sampled_from(AccountState)
    accounts = tuple(
        AccountEntry(who, draw(state), draw(periods()), {}, AT)
        for who in people
        if draw(st.booleans())
    )
    lines = tuple(MemberEntry(who, draw(periods()), None, None, AT) for who in people)
    groups = (PermissionEntry(PermissionKind.GROUP, "G", (), False, False, False, None, lines, AT),)
    exists = FieldTest(
        FieldPath(About.CONTRACT, ("ExternalId",)), Operator.EXISTS, (Given(True, "true"),), AT
    )
    window = st.builds(Window, st.integers(0, 5), st.integers(0, 5))
    grants = RuleGrants(True, (PermissionName(PermissionKind.GROUP, "H"),))
    rules = (
        Rule("a", exists, draw(window), grants, AT),
        Rule("b", exists, draw(window), RuleGrants(False), AT),
    )
    return Declared(people, accounts, groups, rules=rules)


@given(organisations())
@settings(max_examples=60, deadline=None)
def test_between_two_turnings_nothing_changes(declared: Declared) -> None:
    turning = turnings(declared, DAY, DAY + timedelta(days=30))
    before = entitle(declared, DAY)
    for n in range(1, 31):
        now = entitle(declared, DAY + timedelta(days=n))
        changed = {
            who
            for who in declared.persons
            if before.accounts.get(who) != now.accounts.get(who)
            or any(
                (who in (permission.members or {})) != (who in (now.permissions[key].members or {}))
                for key, permission in before.permissions.items()
            )
        }
        assert changed <= turning.get(now.as_of, frozenset())
        before = now


@given(organisations())
@settings(max_examples=60, deadline=None)
def test_what_ends_is_what_one_day_has_and_the_next_has_not(declared: Declared) -> None:
    expected = set[tuple[date, str, str]]()
    for n in range(1, 31):
        day = DAY + timedelta(days=n)
        before, now = entitle(declared, day - timedelta(days=1)), entitle(declared, day)
        for key, permission in before.permissions.items():
            gone = set(permission.members or {}) - set(now.permissions[key].members or {})
            expected |= {(day, who, key.name) for who in gone}
    found = endings(declared, DAY, DAY + timedelta(days=30))
    assert {
        (each.day, each.person, each.permission.key.name) for each in found if each.permission
    } == expected
