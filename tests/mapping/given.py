"""Mappings and persons to test with."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime

from reconciler.mapping import FieldMapper, FieldMapping, Limits, open_mapper, read_mapping
from reconciler.model.address import PersonId
from reconciler.model.mapped import Mapped, MappingFailed, Stage
from reconciler.model.person import Contract, Person
from reconciler.model.value import JSON, FieldValue

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
ZONE = "Europe/Amsterdam"


def action(
    mode: str, value: object = None, stages: tuple[str, ...] = ("Create",)
) -> dict[str, object]:
    return {
        "MapForActions": list(stages),
        "MappingMode": mode,
        "Value": json.dumps(value),
        "UsedInNotifications": False,
        "StoreInAccountData": False,
    }


def field(name: str, *actions: dict[str, object], kind: str = "Text") -> dict[str, object]:
    return {"Name": name, "Description": "", "Type": kind, "MappingActions": list(actions)}


def document(*fields: dict[str, object], **others: object) -> bytes:
    whole = {"Version": "v1", "MappingFields": list(fields), "UniqueFieldNames": [], **others}
    return json.dumps(whole, indent=2).encode()


def mapping(*fields: dict[str, object]) -> FieldMapping:
    found, problems = read_mapping(document(*fields), "fieldMapping.json")
    assert not [problem for problem in problems if problem.severity == "error"]
    return found


def mapper(
    *fields: dict[str, object],
    zone: str = ZONE,
    limits: Limits | None = None,
    accounts: Mapping[PersonId, Mapping[str, str]] | None = None,
) -> FieldMapper:
    return open_mapper(mapping(*fields), zone, NOW, accounts, limits)


def scripts(*sources: str, kind: str = "Text", limits: Limits | None = None) -> FieldMapper:
    """Return a mapper with the scripts as fields f0, f1, …, mapped for Create."""
    fields = [field(f"f{i}", action("Complex", one), kind=kind) for i, one in enumerate(sources)]
    return mapper(*fields, limits=limits)


def mapped(
    found: FieldMapper, who: Person, stage: Stage = Stage.CREATE, iteration: int = 0
) -> Mapping[str, FieldValue]:
    answer = found.map(who, stage, iteration)
    assert isinstance(answer, Mapped), answer
    return answer.values


def value_of(source: str, who: Person | None = None, iteration: int = 0) -> FieldValue:
    return mapped(scripts(source), who or person(), iteration=iteration)["f0"]


def failure_of(source: str, limits: Limits | None = None) -> str:
    answer = scripts(source, limits=limits).map(person(), Stage.CREATE)
    assert isinstance(answer, MappingFailed), answer
    assert answer.field == "f0"
    return answer.detail


def person(fields: Mapping[str, JSON] | None = None, *contracts: Contract) -> Person:
    given: Mapping[str, JSON] = ANNA if fields is None else fields
    return Person(PersonId("10001"), "Anna Visser", given, contracts)


def contract(
    name: str, start: str | None, end: str | None = None, details: Mapping[str, JSON] | None = None
) -> Contract:
    fields: dict[str, JSON] = {
        "ExternalId": name,
        "StartDate": start,
        "EndDate": end,
        "Details": details or {},
        "Department": {"DisplayName": f"Department of {name}"},
    }
    days = [None if day is None else date.fromisoformat(day[:10]) for day in (start, end)]
    return Contract(name, days[0], days[1], fields)


ANNA: Mapping[str, JSON] = {
    "ExternalId": "10001",
    "Name": {
        "GivenName": "Anna Maria",
        "NickName": "Anna",
        "FamilyName": "Bömer",
        "FamilyNamePrefix": "van den",
        "FamilyNamePartner": "Vries",
        "FamilyNamePartnerPrefix": "de",
        "Convention": "BP",
    },
    "Contact": {
        "Business": {"Email": "anna@example.org", "Phone": {"Mobile": None, "Fixed": "010 123"}}
    },
    "Details": {"BirthDate": "1990-03-31T00:00:00Z"},
    "Custom": {"Badge": "B7", "Level": 3, "Ratio": 0.5, "Remote": True},
}
