import json
import tempfile
from pathlib import Path

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.desired import read_desired, read_settings
from reconciler.model.declared import Declared
from reconciler.model.problem import Problem
from reconciler.model.value import JSON
from tests.desired.project import SETTINGS, write

IDS = st.text("abcxyz0123456789", min_size=1, max_size=6)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)
)
RECORDS = st.dictionaries(
    st.sampled_from(
        [
            "persons",
            "persons_from",
            "accounts",
            "groups",
            "products",
            "rules",
            "ExternalId",
            "person",
            "name",
            "members",
            "from",
            "until",
            "state",
            "fields",
            "previously",
            "Contracts",
            "StartDate",
            "Name",
            "Custom",
        ]
    ),
    st.recursive(
        VALUES,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["person", "name", "members", "ExternalId", "Contracts", "from", "x"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ),
    max_size=6,
)
GOOD = b"""persons:
  - ExternalId: "10001"
    Contracts: [{ExternalId: c, StartDate: 2024-01-01}]
persons_from: [vault.json]
accounts: &a [{person: "10001", state: enabled, from: 2024-01-01, fields: {a.b: [x]}}]
groups:
  - {name: Sales, members: ["10001", {person: "10002", until: 2026-01-01}]}
"""


def declare(files: dict[str, str | bytes]) -> tuple[Declared, tuple[Problem, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), files)
        return read_desired(Path(folder), SETTINGS, b"")


def dumped(sections: dict[str, list[JSON]]) -> str:
    return yaml.safe_dump(sections, allow_unicode=True, default_style='"')


@settings(max_examples=60, deadline=None)
@given(data=st.data(), ids=st.lists(IDS, min_size=1, max_size=8, unique_by=str.casefold))
def test_the_order_of_files_and_records_does_not_matter(
    data: st.DataObject, ids: list[str]
) -> None:
    records: list[tuple[str, JSON]] = [("persons", {"ExternalId": one, "N": one}) for one in ids]
    records += [("accounts", {"person": one, "state": "enabled"}) for one in ids]
    records += [("groups", {"name": f"g{one}", "members": ids}) for one in ids]

    def split(order: list[tuple[str, JSON]], files: list[int]) -> dict[str, str | bytes]:
        found: dict[str, dict[str, list[JSON]]] = {}
        for (section, record), file in zip(order, files, strict=True):
            found.setdefault(f"desired/{file}.yaml", {}).setdefault(section, []).append(record)
        return {name: dumped(sections) for name, sections in found.items()}

    places = st.lists(st.integers(0, 3), min_size=len(records), max_size=len(records))
    first, problems = declare(split(records, data.draw(places)))
    shuffled = data.draw(st.permutations(records))
    second, _ = declare(split(shuffled, data.draw(places)))
    assert {problem.code for problem in problems} <= {"unknown-person-key"}
    assert first.digest == second.digest
    assert list(first.persons) == list(second.persons) == sorted(ids)
    assert [entry.name for entry in first.permissions] == [
        entry.name for entry in second.permissions
    ]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(GOOD)), st.integers(0, 20))
def test_no_bytes_are_too_strange(noise: bytes, at: int, gone: int) -> None:
    mutated = GOOD[:at] + noise + GOOD[at + gone :]
    vault = b'{"Persons": [{"ExternalId": "10002"}]}'
    files: dict[str, str | bytes] = {
        "desired/a.yaml": mutated,
        "desired/b.yaml": noise,
        "desired/vault.json": vault[:at] + noise + vault[at + gone :],
    }
    for problem in declare(files)[1]:
        assert problem.at is not None
        assert problem.at.line > 0
        assert problem.at.column > 0


@settings(max_examples=150, deadline=None)
@given(RECORDS, RECORDS)
def test_no_shape_is_too_strange(record: dict[str, JSON], person: dict[str, JSON]) -> None:
    files: dict[str, str | bytes] = {
        "desired/a.yaml": yaml.safe_dump(record),
        "desired/b.yaml": yaml.safe_dump(
            {key: [record] for key in ("persons", "accounts", "groups")}
        ),
        "desired/c.yaml": "persons_from: [v.json]",
        "desired/v.json": json.dumps({"Persons": [person, record]}),
    }
    declared, problems = declare(files)
    assert declared.digest
    assert list(problems) == sorted(
        problems, key=lambda problem: str(problem.at and problem.at.file)
    )


@settings(max_examples=100, deadline=None)
@given(RECORDS, st.binary(max_size=100))
def test_no_settings_are_too_strange(record: dict[str, JSON], noise: bytes) -> None:
    names = ("target", "scope", "safeguards", "governance", "correlation", "ledger", "time_zone")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "reconciler.yaml")
        path.write_text(yaml.safe_dump(dict.fromkeys(names, record)))
        assert read_settings(path, {}, need_credentials=True)[1]
        path.write_bytes(noise)
        assert read_settings(path, {}, need_credentials=True)[1]
