"""A person in HelloID's JSON, from whatever source, to a Person; unknown fields are kept."""

from collections.abc import Callable, Mapping
from datetime import date

from reconciler.desired.draft import Draft
from reconciler.desired.findings import Findings, nearest, shown
from reconciler.desired.page import flaw_of
from reconciler.model.address import PersonId, fold
from reconciler.model.day import calendar_day_of
from reconciler.model.person import Contract, Person
from reconciler.model.provenance import Location
from reconciler.model.value import JSON

Path = tuple[str | int, ...]
Locate = Callable[[Path, bool], Location]
"""Gives the place of a value inside a person (or, where asked, of its key), or the nearest one known."""

OBJECTS = frozenset(
    [
        "Location",
        "Details",
        "Name",
        "Status",
        "Contact",
        "Source",
        "PrimaryManager",
        "PrimaryContract",
        "Accounts",
        "Custom",
        "ExclusionDetails",
    ]
)
TEXTS = frozenset(
    {
        "PersonId",
        "PersonVersion",
        "ExternalId",
        "DisplayName",
        "UserName",
        "Username",
        "Aggregation",
    }
)
_SHAPES: Mapping[str, type[object]] = {
    **dict.fromkeys(OBJECTS, dict),
    **dict.fromkeys(TEXTS, str),
    "Excluded": bool,
    "Contracts": list,
}
_WANTED: Mapping[type[object], str] = {dict: "a mapping", str: "a text", bool: "true or false"}
PERSON_KEYS = frozenset(_SHAPES)
CONTRACT_KEYS = frozenset(
    [
        "ExternalId",
        "StartDate",
        "EndDate",
        "Type",
        "Details",
        "Department",
        "Title",
        "CostCenter",
        "CostBearer",
        "Employer",
        "Team",
        "Division",
        "Organization",
        "Location",
        "Manager",
        "Context",
        "Custom",
    ]
)
_BY_FOLD = {fold(key): key for key in PERSON_KEYS}
_CONTRACT_BY_FOLD = {fold(key): key for key in CONTRACT_KEYS}
NOBODY = "00000000-0000-0000-0000-000000000000"


class PersonReader:
    """Reads the persons of one file; fields that HelloID does not have are warned about once a file."""

    def __init__(self, findings: Findings, draft: Draft) -> None:
        self._findings = findings
        self._draft = draft
        self._strange: dict[tuple[str, str], list[Location]] = {}

    def take(self, fields: Mapping[str, JSON], locate: Locate) -> None:
        """Add a person to the draft, or problems to the findings."""
        identity = self._identity(fields, locate)
        self._check_shape(fields, locate)
        contracts = self._contracts(fields, locate)
        primary = fields.get("PrimaryContract")
        if identity is None:
            return
        name = fields.get("DisplayName")
        person = Person(
            id=PersonId(identity),
            display_name=name if isinstance(name, str) and name else identity,
            fields=fields,
            contracts=contracts,
            primary_contract=self._contract(primary, ("PrimaryContract",), locate)
            if isinstance(primary, dict)
            else None,
            manager=_manager(fields),
            at=locate((), False),
        )
        self._draft.persons.append(person)
        if _is_excluded(fields):
            self._draft.excluded.append(person)

    def finish(self) -> None:
        """Add the warnings about fields that HelloID's model does not have."""
        for (part, key), places in self._strange.items():
            close = nearest(key, PERSON_KEYS if part == "person" else CONTRACT_KEYS)
            more = f" ({len(places) - 1:,} more in this file)" if len(places) > 1 else ""
            self._findings.warn(
                "unknown-person-key",
                f"HelloID's {part} has no field {shown(key)}; it is kept as it is{more}.",
                places[0],
                f"Did you mean `{close}`?"
                if close
                else f"Fields of your own go below `Custom:` of the {part}.",
            )

    # ------------------------------------------------------------ the parts

    def _identity(self, fields: Mapping[str, JSON], locate: Locate) -> str | None:
        found = fields.get("ExternalId")
        if isinstance(found, str):
            flaw = flaw_of(found)
            if flaw is None:
                return found
            self._error("bad-text", f"The `ExternalId` {flaw}.", locate(("ExternalId",), False))
        elif found is None:
            self._error(
                "missing-key",
                "A person needs an `ExternalId`; everything else refers to it.",
                locate((), False),
                'Write one in quotes: `ExternalId: "10001"`.',
            )
        else:
            self._error(
                "wrong-type",
                f"The `ExternalId` is {shown(str(found))}; it must be a text.",
                locate(("ExternalId",), False),
                f'Put it in quotes: "{str(found)[:60]}".',
            )
        return None

    def _check_shape(self, fields: Mapping[str, JSON], locate: Locate) -> None:
        for key, value in fields.items():
            if type(value) is _SHAPES.get(key):
                continue
            if key not in PERSON_KEYS:
                self._unknown("person", key, _BY_FOLD, locate((key,), True))
            elif value is not None and key not in {"ExternalId", "Contracts"}:
                self._wrong(key, value, _WANTED[_SHAPES[key]], locate((key,), False))
        name = fields.get("DisplayName")
        flaw = flaw_of(name) if isinstance(name, str) and name else None
        if flaw:
            self._error("bad-text", f"The `DisplayName` {flaw}.", locate(("DisplayName",), False))

    def _contracts(self, fields: Mapping[str, JSON], locate: Locate) -> tuple[Contract, ...]:
        given = fields.get("Contracts")
        if given is None:
            return ()
        if not isinstance(given, list):
            self._wrong("Contracts", given, "a list", locate(("Contracts",), False))
            return ()
        contracts: list[Contract] = []
        for number, item in enumerate(given):
            if isinstance(item, dict):
                contracts.append(self._contract(item, ("Contracts", number), locate))
            else:
                self._wrong(
                    "Contracts", item, "a list of mappings", locate(("Contracts", number), False)
                )
        return tuple(contracts)

    def _contract(self, fields: Mapping[str, JSON], path: Path, locate: Locate) -> Contract:
        at = locate(path, False)
        if not fields.keys() <= CONTRACT_KEYS:
            for key in fields.keys() - CONTRACT_KEYS:
                self._unknown("contract", key, _CONTRACT_BY_FOLD, locate((*path, key), True))
        start = self._day(fields, "StartDate", path, locate)
        end = self._day(fields, "EndDate", path, locate)
        if start and end and end < start:
            self._findings.warn(
                "contract-dates",
                f"The contract ends on {end} and starts on {start}, so it is never active.",
                at,
                "Correct the dates at the source.",
            )
        identity = fields.get("ExternalId")
        return Contract("" if identity is None else str(identity), start, end, fields, at)

    def _day(self, fields: Mapping[str, JSON], key: str, path: Path, locate: Locate) -> date | None:
        found = fields.get(key)
        if found is None or found == "":
            return None
        day = calendar_day_of(found) if isinstance(found, str) else None
        if day is None:
            self._error(
                "bad-date",
                f"The contract's `{key}` is {shown(str(found))}, which is no date.",
                locate((*path, key), False),
                "Write year, month and day: `2024-01-31`.",
            )
        return day

    # ------------------------------------------------------------ complaints

    def _unknown(self, part: str, key: str, known: Mapping[str, str], at: Location) -> None:
        meant = known.get(fold(key))
        if meant is None:
            self._strange.setdefault((part, key), []).append(at)
            return
        self._error(
            "unknown-key",
            f"HelloID's {part} has no field {shown(key)}: case matters.",
            at,
            f"Write `{meant}`.",
        )

    def _wrong(self, key: str, value: JSON, wanted: str, at: Location) -> None:
        what = "a mapping" if isinstance(value, Mapping) else "a list"
        if isinstance(value, str | bool | int | float):
            what = shown(str(value))
        fix = "Put it in quotes." if wanted == "a text" else ""
        self._error("wrong-type", f"`{key}` is {what}; it must be {wanted}.", at, fix)

    def _error(self, code: str, detail: str, at: Location, fix: str = "") -> None:
        self._findings.error(code, detail, at, fix)


def _manager(fields: Mapping[str, JSON]) -> PersonId | None:
    given = fields.get("PrimaryManager")
    if not isinstance(given, dict) or given.get("PersonId") == NOBODY:
        return None
    found = given.get("ExternalId")
    return PersonId(found) if isinstance(found, str) and found.strip() else None


def _is_excluded(fields: Mapping[str, JSON]) -> bool:
    details = fields.get("ExclusionDetails")
    marks = details.values() if isinstance(details, dict) else ()
    return fields.get("Excluded") is True or any(mark is True for mark in marks)
