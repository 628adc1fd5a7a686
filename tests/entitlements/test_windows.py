from datetime import date

import pytest

from reconciler.model.state import Wanted
from reconciler.model.value import JSON
from tests.entitlements.files import desired, held


def has_account(
    start: str | None, end: str | None, day: str, before: int = 0, after: int = 0
) -> bool:
    records: dict[str, JSON] = {
        "persons": [
            {
                "ExternalId": "p",
                "Contracts": [{"ExternalId": "c", "StartDate": start, "EndDate": end}],
            }
        ],
        "rules": [
            {
                "name": "r",
                "when": {"Contract.ExternalId": "c"},
                "window": {"days_before_start": before, "days_after_end": after},
                "grant": {"account": "enabled"},
            }
        ],
    }
    return "p" in desired(records, date.fromisoformat(day)).accounts


@pytest.mark.parametrize(
    ("start", "end", "before", "after", "first", "last"),
    [
        ("2026-03-01", "2026-03-31", 0, 0, "2026-03-01", "2026-03-31"),
        ("2026-03-01", "2026-03-31", 1, 1, "2026-02-28", "2026-04-01"),
        ("2024-03-01", "2024-03-31", 1, 1, "2024-02-29", "2024-04-01"),
        ("2024-03-01", "2024-03-31", 7, 30, "2024-02-23", "2024-04-30"),
        ("2024-02-29", "2024-02-29", 0, 0, "2024-02-29", "2024-02-29"),
        ("2023-03-01", "2024-02-28", 365, 2, "2022-03-01", "2024-03-01"),
        ("2025-12-31", "2026-01-01", 0, 90, "2025-12-31", "2026-04-01"),
        ("2023-12-31", "2024-01-01", 0, 90, "2023-12-31", "2024-03-31"),
        ("2026-03-01T00:00:00Z", "2026-03-31T00:00:00Z", 0, 0, "2026-03-01", "2026-03-31"),
        (
            "2026-03-29T00:00:00+01:00",
            "2026-10-25T00:00:00+02:00",
            0,
            0,
            "2026-03-29",
            "2026-10-25",
        ),
        (
            "2026-03-01T23:59:59-11:00",
            "2026-03-31T00:30:00+14:00",
            0,
            0,
            "2026-03-01",
            "2026-03-31",
        ),
    ],
)
def test_a_window_holds_its_first_and_last_day_and_none_beside_them(
    start: str, end: str, before: int, after: int, first: str, last: str
) -> None:
    def near(day: str, days: int) -> str:
        return str(date.fromordinal(date.fromisoformat(day).toordinal() + days))

    table = {near(first, -1): False, first: True, last: True, near(last, 1): False}
    assert {day: has_account(start, end, day, before, after) for day in table} == table


@pytest.mark.parametrize(
    ("start", "end", "day", "expected"),
    [
        (None, None, "0001-01-01", True),
        (None, None, "9999-12-31", True),
        (None, "2026-03-31", "0001-01-01", True),
        (None, "2026-03-31", "2026-04-01", False),
        ("2026-03-01", None, "2026-02-28", False),
        ("2026-03-01", None, "9999-12-31", True),
        ("", "", "2026-03-01", True),
        ("9999-12-31", None, "9999-12-30", False),
    ],
)
def test_open_ends_are_open(
    start: str | None, end: str | None, day: str, *, expected: bool
) -> None:
    assert has_account(start, end, day) is expected


def test_windows_wider_than_the_calendar_are_open() -> None:
    assert has_account("9999-12-31", None, "9950-01-01", before=36_500)
    assert has_account(None, "0001-01-01", "0090-01-01", after=36_500)
    assert has_account("0001-01-01", "9999-12-31", "2026-01-01", before=36_500, after=36_500)


LEAVING: dict[str, JSON] = {
    "persons": [
        {
            "ExternalId": "p",
            "Contracts": [{"ExternalId": "c", "StartDate": "2026-02-01", "EndDate": "2026-06-30"}],
        }
    ],
    "rules": [
        {
            "name": "preparation",
            "when": {"Contract.ExternalId": {"exists": True}},
            "window": {"days_before_start": 7, "days_after_end": 90},
            "grant": {"account": "disabled"},
        },
        {
            "name": "access",
            "when": {"Contract.ExternalId": {"exists": True}},
            "window": {"days_before_start": 1},
            "grant": {"account": "enabled", "groups": ["Staff"]},
        },
    ],
}


@pytest.mark.parametrize(
    ("day", "state", "members"),
    [
        ("2026-01-24", "none", []),
        ("2026-01-25", "disabled", []),
        ("2026-01-30", "disabled", []),
        ("2026-01-31", "enabled", ["p"]),
        ("2026-06-30", "enabled", ["p"]),
        ("2026-07-01", "disabled", []),
        ("2026-09-28", "disabled", []),
        ("2026-09-29", "ended", []),
    ],
)
def test_access_ends_at_once_and_the_account_ninety_days_later(
    day: str, state: str, members: list[str]
) -> None:
    found = desired(LEAVING, date.fromisoformat(day))
    account = found.accounts.get("p")  # pyright: ignore[reportArgumentType] - a plain text will do
    said = "ended" if "p" in found.ended else "none"
    if isinstance(account, Wanted):
        said = "enabled" if account.enabled else "disabled"
        assert account.origin.detail == ("rule access" if account.enabled else "rule preparation")
    assert said == state
    assert [origin.detail for origin in found.ended.values()] == ["rule preparation"] * (
        said == "ended"
    )
    assert held(found) == {"group Staff": members}


DATED = {
    "before": {"2026-03-09": True, "2026-03-10": False, "2026-03-11": False},
    "after": {"2026-03-09": False, "2026-03-10": False, "2026-03-11": True},
    "equals": {"2026-03-09": False, "2026-03-10": True, "2026-03-11": False},
    "not_equals": {"2026-03-09": True, "2026-03-10": False, "2026-03-11": True},
}


@pytest.mark.parametrize("suffix", ["", "T00:00:00Z", "T23:59:59+02:00", " 00:00"])
@pytest.mark.parametrize("operator", DATED)
def test_a_date_in_a_condition_is_a_day(operator: str, suffix: str) -> None:
    people: list[JSON] = [
        {"ExternalId": day, "Details": {"BirthDate": day + suffix}} for day in DATED[operator]
    ]
    records: dict[str, JSON] = {
        "persons": [*people, {"ExternalId": "none", "Details": {"BirthDate": None}}],
        "rules": [
            {
                "name": "r",
                "when": {"Person.Details.BirthDate": {operator: "2026-03-10"}},
                "grant": {"account": "enabled"},
            }
        ],
    }
    found = desired(records, date(2026, 1, 1)).accounts
    expected = {day for day, holds in DATED[operator].items() if holds}
    assert set(found) == expected | ({"none"} if operator == "not_equals" else set())
