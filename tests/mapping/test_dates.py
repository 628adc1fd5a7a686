import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors import BadInput
from reconciler.mapping import open_mapper
from reconciler.mapping.zone import milliseconds, zone_table
from reconciler.model.mapped import Stage
from tests.mapping.given import (
    NOW,
    ZONE,
    action,
    contract,
    field,
    mapped,
    mapper,
    mapping,
    person,
    value_of,
)

SHOWN = """
[new Date(Number(Person.Custom.Utc)), new Date(...JSON.parse(Person.Custom.Local))].map(d => [
    d.getTime(), d.getFullYear(), d.getMonth() + 1, d.getDate(), d.getHours(), d.getMinutes(),
    d.getSeconds(), d.getDay(), -d.getTimezoneOffset() * 60].join(' ')).join('|');
"""
ZONES = ["Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
MAPPERS = {zone: mapper(field("f0", action("Complex", SHOWN)), zone=zone) for zone in ZONES}


def shown(moment: datetime) -> str:
    offset = moment.utcoffset() or timedelta()
    parts = [
        milliseconds(moment),
        *(moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second),
        moment.isoweekday() % 7,
        round(offset.total_seconds()),
    ]
    return " ".join(str(part) for part in parts)


def compare(zone: str, naive: datetime) -> None:
    utc = naive.replace(tzinfo=UTC)
    local = naive.replace(tzinfo=ZoneInfo(zone))
    settled = local.astimezone(UTC).astimezone(ZoneInfo(zone))
    components = [naive.year, naive.month - 1, naive.day, naive.hour, naive.minute, naive.second]
    who = person({"Custom": {"Utc": milliseconds(utc), "Local": str(components)}})
    expected = [shown(utc.astimezone(ZoneInfo(zone))), shown(settled)]
    assert str(mapped(MAPPERS[zone], who)["f0"]).split("|") == expected


@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime.fromisoformat("1946-01-01"), datetime.fromisoformat("2100-12-30")).map(
        lambda one: one.replace(microsecond=0)
    ),
)
def test_dates_agree_with_the_zone_database(zone: str, naive: datetime) -> None:
    compare(zone, naive)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("minutes", [-61, -60, -31, -30, -1, 0, 1, 29, 30, 59, 60, 61])
@pytest.mark.parametrize(
    "turn",
    [
        "2026-03-29T02:00",
        "2026-10-25T03:00",
        "2026-03-08T02:00",
        "2026-11-01T02:00",
        "2026-04-05T02:00",
        "2026-10-04T02:00",
    ],
)
def test_dates_agree_around_every_change_of_the_clock(zone: str, minutes: int, turn: str) -> None:
    compare(zone, datetime.fromisoformat(turn) + timedelta(minutes=minutes))


def test_setters_keep_local_time() -> None:
    assert (
        value_of("let d = new Date(2026, 2, 28, 12); d.setDate(29); d")
        == "2026-03-29T10:00:00.000Z"
    )
    assert value_of("let d = new Date(2026, 0, 1); d.setMonth(6); d") == "2026-06-30T22:00:00.000Z"
    assert value_of("let d = new Date(2026, 0, 1); d.setHours(1, 2, 3, 4)") == str(
        milliseconds(datetime(2026, 1, 1, 0, 2, 3, 4000, tzinfo=UTC))
    )
    assert (
        value_of("let d = new Date(NaN); d.setFullYear(2026, 6, 1); d")
        == "2026-06-30T22:00:00.000Z"
    )
    assert (
        value_of("let d = new Date(2026, 6, 1); d.setUTCHours(0); d") == "2026-06-30T00:00:00.000Z"
    )


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("new Date(2020, 6, 1).toString()", "Wed Jul 01 2020 00:00:00 GMT+0200"),
        ("`${new Date(2020, 0, 1)}`", "Wed Jan 01 2020 00:00:00 GMT+0100"),
        ("new Date(2020, 6, 1).toDateString()", "Wed Jul 01 2020"),
        ("new Date(2020, 6, 1, 13, 5).toTimeString()", "13:05:00 GMT+0200"),
        ("new Date(2020, 6, 1, 13, 5).toLocaleString()", "07/01/2020, 01:05:00 PM"),
        ("new Date(2020, 6, 1).toLocaleDateString('en-US')", "07/01/2020"),
        ("new Date(2020, 6, 1).toLocaleTimeString()", "12:00:00 AM"),
        ("new Date(2020, 6, 1).toUTCString()", "Tue, 30 Jun 2020 22:00:00 GMT"),
        ("JSON.stringify(new Date(2020, 6, 1))", '"2020-06-30T22:00:00.000Z"'),
        ("String(new Date('nonsense'))", "Invalid Date"),
        ("new Date(99, 0, 1).getFullYear()", "1999"),
        ("new Date(2020, 6, 1).getYear()", "120"),
        ("let d = new Date(2020, 6, 1); d.setYear(99); d.getFullYear()", "1999"),
        ("Date.length + Date.name", "7Date"),
        ("new Date() instanceof Date && new Date().constructor === Date", True),
        ("class D extends Date { } new D(2020, 6, 1).toISOString()", "2020-06-30T22:00:00.000Z"),
        ("new Date(new Date(5)).getTime()", "5"),
        ("new Date(undefined).getTime() === new Date(undefined).getTime()", False),
        ("new Date(null).getTime()", "0"),
        ("Date.UTC(2020, 6, 1)", "1593561600000"),
    ],
)
def test_dates_are_written_in_the_zone(source: str, value: object) -> None:
    assert value_of(source) == value


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2020-07-01", "2020-07-01T00:00:00.000Z"),
        ("2020-07", "2020-07-01T00:00:00.000Z"),
        ("2020-07-01T00:00", "2020-06-30T22:00:00.000Z"),
        ("2020-07-01T00:00:00.123", "2020-06-30T22:00:00.123Z"),
        ("2020-07-01 00:00:00", "2020-06-30T22:00:00.000Z"),
        ("2020-07-01T00:00:00Z", "2020-07-01T00:00:00.000Z"),
        ("2020-07-01T00:00:00+05:00", "2020-06-30T19:00:00.000Z"),
        ("2020-07-01T00:00:00.1234567Z", "2020-07-01T00:00:00.123Z"),
        ("2020/07/01", "2020-06-30T22:00:00.000Z"),
        ("07/01/2020", "2020-06-30T22:00:00.000Z"),
        ("Jul 1 2020", "2020-06-30T22:00:00.000Z"),
        ("1 July 2020 10:00", "2020-07-01T08:00:00.000Z"),
        ("Wed Jul 01 2020 00:00:00 GMT+0200", "2020-06-30T22:00:00.000Z"),
        ("Wed, 01 Jul 2020 00:00:00 GMT", "2020-07-01T00:00:00.000Z"),
        ("01 Jan 2020 00:00:00 +0100", "2019-12-31T23:00:00.000Z"),
    ],
)
def test_texts_without_a_zone_are_local(text: str, utc: str) -> None:
    assert value_of(f"new Date({text!r})") == utc
    assert value_of(f"new Date(Date.parse({text!r}))") == utc


def test_a_written_date_reads_back() -> None:
    assert value_of("const d = new Date(2026, 9, 25, 2, 30); new Date(String(d)) - d") == "0"
    assert value_of("const d = new Date(2026, 6, 25); new Date(d.toLocaleString()) - d") == "0"


def test_there_is_no_clock_but_the_given_one() -> None:
    assert value_of("new Date()") == "2026-11-23T10:00:00.000Z"
    assert value_of("Date.now()") == str(milliseconds(NOW))
    assert value_of("Date()") == "Mon Nov 23 2026 11:00:00 GMT+0100"


def test_a_locale_is_refused_rather_than_written_wrong() -> None:
    answer = mapper(field("f0", action("Complex", "new Date().toLocaleDateString('nl-NL')"))).map(
        person(), Stage.CREATE
    )
    assert "no locale" in getattr(answer, "detail", "")


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        ("2020-09-14T00:00:00Z", "2020-09-14T00:00:00.000Z"),
        ("2020-09-14T00:00:00+00:00", "2020-09-14T00:00:00.000Z"),
        ("2020-09-14T00:00:00.0000000Z", "2020-09-14T00:00:00.000Z"),
        ("2020-09-14T00:00:00", "2020-09-14T00:00:00.000Z"),
        ("2020-09-14", "2020-09-14T00:00:00.000Z"),
        ("9999-12-31T00:00:00Z", "9999-12-31T00:00:00.000Z"),
    ],
)
def test_dates_of_the_person_model_are_dates(written: str, utc: str) -> None:
    who = person({"Details": {"BirthDate": written}}, contract("c", written, written))
    for path in (
        "Details.BirthDate",
        "PrimaryContract.StartDate",
        "PrimaryContract.endDate",
    ):
        assert value_of(f"Person.{path}.toISOString()", who) == utc
        assert value_of(f"new Date(Person.{path})", who) == utc


def test_other_texts_that_look_like_dates_stay_texts() -> None:
    who = person({"Custom": {"StartDate": "2020-09-14"}, "Details": {"BirthDate": "unknown"}})
    assert value_of("Person.Custom.StartDate", who) == "2020-09-14"
    assert value_of("Person.Details.BirthDate", who) == "unknown"


def test_a_date_changed_by_one_script_is_whole_for_the_next() -> None:
    source = "Person.Details.BirthDate.setFullYear(1900); Person.Details.BirthDate.getFullYear()"
    found = mapper(
        field("f0", action("Complex", source)),
        field("f1", action("Complex", "Person.Details.BirthDate.getFullYear()")),
    )
    assert mapped(found, person()) == {"f0": "1900", "f1": "1990"}


PROGRAM = f"""
from tests.mapping.given import *
print(value_of({SHOWN!r}, person({{"Custom": {{"Utc": 1593561600000, "Local": "[2026,2,29,2,30]"}}}})))
print(value_of("[new Date('2026-03-08 02:30'), new Date('Jul 1 2020'), String(new Date(0))].join()"))
"""


def test_the_zone_of_the_process_does_not_matter() -> None:
    answers = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "TZ": zone},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for zone in ("America/New_York", "Asia/Kathmandu")
    }
    assert len(answers) == 1
    assert "Thu Jan 01 1970 01:00:00 GMT+0100" in answers.pop()


def test_the_zone_table_holds_every_change() -> None:
    found = zone_table(ZONE)
    turn = milliseconds(datetime(2026, 3, 29, 1, tzinfo=UTC))
    assert found.offsets[found.moments.index(turn)] == 3_600_000
    assert found.offsets[found.moments.index(turn) + 1] == 7_200_000
    assert zone_table("UTC").moments == ()


@pytest.mark.parametrize("name", ["Europe/Amsterdm", "../etc/passwd", "Europe", ""])
def test_a_zone_that_does_not_exist_is_bad_input(name: str) -> None:
    with pytest.raises(BadInput, match="Unknown time zone"):
        open_mapper(mapping(), name, NOW)


def test_now_may_be_given_in_any_zone() -> None:
    now = NOW.astimezone(timezone(timedelta(hours=9)))
    found = open_mapper(mapping(field("f0", action("Complex", "new Date()"))), ZONE, now)
    assert mapped(found, person())["f0"] == "2026-11-23T10:00:00.000Z"
