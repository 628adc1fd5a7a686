"""How the fields of an account come from a person, found by trying the field mapping on persons made up for it."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TypeAlias

from reconciler.desired.draft import Draft
from reconciler.desired.findings import Findings
from reconciler.desired.person import PersonReader
from reconciler.model.address import fold
from reconciler.model.mapped import Mapped, Stage
from reconciler.model.person import Person, member
from reconciler.model.provenance import Location
from reconciler.model.settings import Correlation
from reconciler.model.value import JSON
from reconciler.planner.ports import Mapper

Path: TypeAlias = tuple[str, ...]
"""The way to a value of a person; what begins with PrimaryContract stands in the first of `Contracts`."""

PRIMARY = "PrimaryContract"
EXTERNAL_ID: Path = ("ExternalId",)
_REFERENCES = (
    *("Title", "Department", "Location", "CostCenter", "CostBearer"),
    *("Employer", "Team", "Division", "Organization"),
)

PATHS: tuple[Path, ...] = (
    EXTERNAL_ID,
    ("Name", "GivenName"),
    ("Name", "NickName"),
    ("Name", "FamilyName"),
    ("Name", "FamilyNamePartner"),
    ("Name", "Initials"),
    ("Contact", "Business", "Email"),
    ("Contact", "Business", "Phone", "Mobile"),
    ("Contact", "Business", "Phone", "Fixed"),
    ("Contact", "Personal", "Email"),
    ("Contact", "Personal", "Phone", "Mobile"),
    ("Contact", "Personal", "Phone", "Fixed"),
    ("Contact", "Business", "Address", "Locality"),
    ("DisplayName",),
    ("UserName",),
    ("Aggregation",),
    ("Location", "Name"),
    ("Location", "Code"),
    ("Location", "ExternalId"),
    ("Details", "Gender"),
    ("Details", "HonorificPrefix"),
    *(
        (PRIMARY, part, key)
        for part in _REFERENCES
        for key in ("DisplayName" if part == "Department" else "Name", "ExternalId", "Code")
    ),
    (PRIMARY, "Type", "Description"),
    (PRIMARY, "Type", "Code"),
    (PRIMARY, "ExternalId"),
)
"""Where HelloID's person model keeps what accounts usually hold, likely places first."""

FRAME: tuple[Path, ...] = (
    ("Name",),
    ("Contact", "Business", "Phone"),
    ("Contact", "Business", "Address"),
    ("Contact", "Personal", "Phone"),
    ("Contact", "Personal", "Address"),
    ("Details",),
    ("Location",),
    ("Status",),
    ("Custom",),
    ("PrimaryManager",),
    *((PRIMARY, part) for part in (*_REFERENCES, "Type", "Details", "Manager", "Custom")),
)
"""The objects that every person of a vault has: scripts may fail where one is missing."""

_TRIALS = ("Probe", "probe@example.org")
_SPELLED = {fold(name): name for path in (*PATHS, *FRAME) for name in path}


@dataclass(frozen=True, slots=True)
class Ways:
    """By mapped field the places of a person whose value becomes the field's, unchanged, likely ones first.

    `frame` are the objects without which the mapping fails; `correlation` the way to the correlation value.
    """

    correlation: Path = ()
    by_field: Mapping[str, tuple[Path, ...]] = field(default_factory=dict[str, tuple[Path, ...]])
    frame: tuple[Path, ...] = ()


def find_ways(mapper: Mapper, correlation: Correlation) -> Ways:
    """Try the Update action on persons that have one value each; a script that fails shows no way."""
    key = _path(correlation.person_field)
    frame = _needed(mapper, key)
    found: dict[str, list[Path]] = {}
    for path in PATHS if key in PATHS else (key, *PATHS):
        for name in _fed(mapper, key, frame, path):
            found.setdefault(name, []).append(path)
    return Ways(key, {name: tuple(paths) for name, paths in found.items()}, frame)


def whole(fields: JSON) -> Person | None:
    """Return the person of HelloID's JSON, as the files would give it; None where they could not."""
    findings, draft = Findings(), Draft()
    if isinstance(fields, Mapping):
        reader = PersonReader(findings, draft)
        reader.take(fields, lambda _path, _key: Location("", 0, 0))
    return draft.persons[0] if draft.persons and not findings.failed else None


def put(fields: dict[str, JSON], path: Path, value: JSON) -> None:
    """Set a value of a person's JSON, with the objects on the way to it."""
    place = fields
    if path[0] == PRIMARY and PRIMARY not in fields:
        contracts = fields.setdefault("Contracts", [{}])
        assert isinstance(contracts, list)  # noqa: S101 - only this function makes it
        first = contracts[0]
        assert isinstance(first, dict)  # noqa: S101 - only this function makes it
        place, path = first, path[1:]
    for name in path[:-1]:
        inner = place.get(name)
        if not isinstance(inner, dict):
            inner = place[name] = {}
        place = inner
    place[path[-1]] = value


def changed(fields: Mapping[str, JSON], path: Path, value: JSON) -> dict[str, JSON]:
    """Return a person's JSON with another value at a place."""
    new = deepcopy(dict(fields))
    put(new, path, value)
    return new


def value_at(fields: Mapping[str, JSON], path: Path) -> JSON:
    """Return a value of a person's JSON, None where there is none."""
    found: JSON = fields
    if path[0] == PRIMARY and not member(found, PRIMARY):
        contracts = member(found, "Contracts")
        found = contracts[0] if isinstance(contracts, list) and contracts else None
        path = path[1:]
    for name in path:
        found = member(found, name)
    return found


def framed(frame: tuple[Path, ...]) -> dict[str, JSON]:
    """Return a person's JSON that has these objects and nothing in them."""
    fields: dict[str, JSON] = {}
    for path in frame:
        put(fields, path, {})
    return fields


def _path(written: str) -> Path:
    names = written.split(".")
    if len(names) > 1 and fold(names[0]) == "person":
        names = names[1:]
    return tuple(_SPELLED.get(fold(name), name) for name in names)


def _needed(mapper: Mapper, key: Path) -> tuple[Path, ...]:
    """Return the objects that the mapping cannot do without: all of them, less each that is not missed."""
    if _mapped(mapper, key, (), {}) is not None or _mapped(mapper, key, FRAME, {}) is None:
        return ()
    frame = FRAME
    for path in FRAME:
        fewer = tuple(each for each in frame if each != path)
        if _mapped(mapper, key, fewer, {}) is not None:
            frame = fewer
    return frame


def _fed(mapper: Mapper, key: Path, frame: tuple[Path, ...], path: Path) -> Iterator[str]:
    """Yield the fields that hold just what a person has at a place."""
    seen: set[str] = set()
    for trial in _TRIALS:
        mapped = _mapped(mapper, key, frame, {path: trial})
        if mapped is None:
            continue
        for name, value in mapped.values.items():
            if value == trial and name not in seen:
                seen.add(name)
                yield name


def _mapped(
    mapper: Mapper, key: Path, frame: tuple[Path, ...], values: Mapping[Path, str]
) -> Mapped | None:
    fields = framed(frame)
    for path, value in {EXTERNAL_ID: "made-up", key: "made.up@example.org", **values}.items():
        put(fields, path, value)
    person = whole(fields)
    found = None if person is None else mapper.map(person, Stage.UPDATE)
    return found if isinstance(found, Mapped) else None
