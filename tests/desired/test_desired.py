import os
from datetime import date
from pathlib import Path

import pytest

from reconciler.desired import read_desired
from reconciler.model.address import PermissionKind, PersonId
from reconciler.model.settings import Settings, Target
from tests.desired.project import SETTINGS, holding, lines, read, write

ANN = PersonId("10001")


def test_a_person_keeps_helloids_fields_and_its_place(tmp_path: Path) -> None:
    declared, problems = read(
        tmp_path,
        {
            "desired/hr/a.yaml": """
persons:
  - ExternalId: "10001"
    DisplayName: Ann
    Contact: {Business: {Phone: {Fixed: 0201234567, Mobile: +31612345678}}}
    Details: {BirthDate: 1990-01-02}
    Custom: {Code: 007, Level: 7, Rate: 1.5, Big: 12345678901234567890, On: yes, Car: true, No: ~}
    PrimaryManager: {ExternalId: "10002"}
    PrimaryContract: {ExternalId: c2, StartDate: "2025-01-01T23:00:00+02:00"}
    Contracts:
      - {ExternalId: 1, StartDate: 2024-01-01, EndDate: 2020-09-14T00:00:00Z, Details: {Fte: 1.0}}
      - {ExternalId: c2, StartDate: "2025-01-01T23:00:00+02:00", EndDate: ""}
  - ExternalId: "10002"
"""
        },
    )
    assert lines(problems) == ["desired/hr/a.yaml:11:9 contract-dates warning"]
    ann = declared.persons[ANN]
    assert str(ann.at) == "desired/hr/a.yaml:3:5"
    assert (ann.display_name, ann.manager) == ("Ann", "10002")
    assert ann.value("Contact.Business.Phone.Fixed") == "0201234567"
    assert ann.value("Contact.Business.Phone.Mobile") == "+31612345678"
    assert ann.value("Details.BirthDate") == "1990-01-02"
    assert ann.fields["Custom"] == {
        "Code": "007",
        "Level": 7,
        "Rate": 1.5,
        "Big": "12345678901234567890",
        "On": "yes",
        "Car": True,
        "No": None,
    }
    first, second = ann.contracts
    assert (first.external_id, first.start, first.end) == ("1", date(2024, 1, 1), date(2020, 9, 14))
    assert (second.start, second.end) == (date(2025, 1, 1), None)
    assert str(second.at) == "desired/hr/a.yaml:12:9"
    assert ann.primary_contract is not None
    assert ann.primary_contract.external_id == "c2"


def test_an_export_is_read_verbatim_with_the_line_of_each_person(tmp_path: Path) -> None:
    declared, problems = read(
        tmp_path,
        {
            "desired/hr/a.yaml": "persons_from: [../../hr/vault.json]",
            "hr/vault.json": b'\xef\xbb\xbf{"Departments": [{"Persons": []}],\n "Persons": [\n'
            b'  {"ExternalId": "10001", "Name": {"NickName": "\\u00e9"}},\n\n'
            b'  {"ExternalId": "10002", "PrimaryManager": {"PersonId": '
            b'"00000000-0000-0000-0000-000000000000", "ExternalId": "10001"}}]}\n',
        },
    )
    assert problems == ()
    assert [str(person.at) for person in declared.persons.values()] == [
        "hr/vault.json:3:3",
        "hr/vault.json:5:3",
    ]
    assert declared.persons[ANN].value("name.nickName") == "é"
    assert declared.persons[PersonId("10002")].manager is None
    assert declared.files == ("desired/hr/a.yaml", "hr/vault.json")


def test_groups_and_accounts_come_sorted_with_all_they_say(tmp_path: Path) -> None:
    declared, problems = read(
        tmp_path,
        {
            "desired/b.yaml": """
products: [{name: CRM}]
groups:
  - {name: support, members: []}
  - {name: Sales, create: true, protected: true, previously: [Old], description: 42,
     members: ["10002", {person: "10001", from: 2026-01-01, until: 2026-02-01, reason: Cover, ticket: 7}]}
accounts:
  - {person: "10002", state: disabled}
  - {person: "10001", state: enabled, fields: {title: Lead, n: 7, on: true, gone: null, l: [a, b]}}
""",
            "desired/a.yaml": 'persons: [{ExternalId: "10002"}, {ExternalId: "10001"}]',
        },
    )
    assert problems == ()
    assert [account.person for account in declared.accounts] == ["10001", "10002"]
    assert declared.accounts[0].fields == {
        "title": "Lead",
        "n": "7",
        "on": True,
        "gone": None,
        "l": ("a", "b"),
    }
    sales, support, crm = declared.permissions
    assert (sales.name, sales.create, sales.protected, sales.authoritative) == (
        "Sales",
        True,
        True,
        False,
    )
    assert (sales.previously, sales.description) == (("Old",), "42")
    assert sales.members is not None
    cover = sales.members[0]
    assert (cover.person, cover.reason, cover.ticket) == ("10001", "Cover", "7")
    assert (cover.period.start, cover.period.until) == (date(2026, 1, 1), date(2026, 2, 1))
    assert str(cover.at) == "desired/b.yaml:6:25"
    assert support.members == ()
    assert crm.kind is PermissionKind.PRODUCT
    assert crm.members is None


def test_the_digest_covers_the_state_and_the_mapping_but_no_place(tmp_path: Path) -> None:
    base = 'persons: [{ExternalId: "10001"}]\ngroups: [{name: Sales, members: []}]\n'
    write(tmp_path, {"desired/a.yaml": base})
    first = read_desired(tmp_path, SETTINGS, b"1")[0].digest
    assert first.startswith("sha256:")
    assert read_desired(tmp_path, SETTINGS, b"2")[0].digest != first
    write(tmp_path, {"desired/a.yaml": "# moved\n\n" + base})
    assert read_desired(tmp_path, SETTINGS, b"1")[0].digest == first
    for change in (base.replace("10001", "10002"), base.replace(", members: []", "")):
        write(tmp_path, {"desired/a.yaml": change})
        assert read_desired(tmp_path, SETTINGS, b"1")[0].digest != first


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"persons: \xff", "desired/a.yaml:1:10 not-utf8"),
        (b"\xff\xfep\0e\0", "desired/a.yaml:1:1 not-utf8"),
        ("persons: []\n# é".encode() + b"\x00", "desired/a.yaml:2:4 invalid-yaml"),
        (b"a: " + b"[" * 200, "desired/a.yaml:1:103 too-deep"),
        (b"groups: [" + b"{a: " * 200, None),
        (b"a: &a [" + b"x, " * 1000 + b"]\nb: &b [" + b"*a, " * 1000 + b"]\n", None),
    ],
)
def test_bytes_that_cannot_be_read_are_a_problem(
    tmp_path: Path, content: bytes, expected: str | None
) -> None:
    _, problems = read(tmp_path, {"desired/a.yaml": content})
    found = [line for line in lines(problems) if "unknown-key" not in line]
    assert len(found) == 1
    assert expected in (None, found[0])


def test_aliases_cannot_blow_up_nor_nest_without_end(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
    )
    chain = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 300))
    codes = {
        problem.code
        for problem in read(tmp_path, {"desired/a.yaml": bomb, "desired/b.yaml": chain})[1]
    }
    assert codes == {"unknown-key", "alias-limit", "too-deep"}


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "desired").mkdir()
    with (tmp_path / "desired" / "a.yaml").open("wb") as file:
        file.truncate(64 * 1024 * 1024 + 1)
    assert lines(read_desired(tmp_path, SETTINGS, b"")[1]) == ["desired/a.yaml:1:1 too-large"]


def test_what_is_no_readable_file_is_a_problem(tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("groups: []")
    root = tmp_path / "project"
    folder = root / "desired"
    (folder / "real").mkdir(parents=True)
    (folder / "dangling.yaml").symlink_to(folder / "nowhere.yaml")
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    (folder / "outside.yaml").symlink_to(outside)
    (folder / "linked").symlink_to(folder / "real")
    os.mkfifo(folder / "pipe.yaml")
    found = lines(read_desired(root, SETTINGS, b"")[1])
    assert "desired/dangling.yaml:1:1 unreadable-file" in found
    assert "desired/outside.yaml:1:1 bad-path" in found
    assert "desired/linked:1:1 bad-path" in found
    assert "desired/pipe.yaml:1:1 unreadable-file" in found
    assert any(line.startswith("desired/loop.yaml:1:1") for line in found)
    assert len(found) == 5


def test_a_folder_that_is_missing_or_empty_is_told(tmp_path: Path) -> None:
    assert [p.code for p in read_desired(tmp_path, SETTINGS, b"")[1]] == ["unreadable-file"]
    write(tmp_path, {})
    assert [p.code for p in read_desired(tmp_path, SETTINGS, b"")[1]] == ["no-desired-state"]


def test_a_suffix_in_capitals_is_read_too(tmp_path: Path) -> None:
    declared, _ = read(tmp_path, {"desired/A.YML": 'persons: [{ExternalId: "10001"}]'})
    assert list(declared.persons) == ["10001"]


def test_another_folder_can_be_set(tmp_path: Path) -> None:
    write(tmp_path, {"state/a.yaml": 'persons: [{ExternalId: "10001"}]'})
    found, problems = read_desired(tmp_path, Settings(Target("x"), desired="state"), b"")
    assert problems == ()
    assert str(found.persons[ANN].at) == "state/a.yaml:1:11"


def test_names_are_searched_only_in_files_read_to_the_end(tmp_path: Path) -> None:
    _, problems = read(
        tmp_path,
        {
            "desired/a.yaml": 'groups: [{name: Sales, members: ["10001"]}]',
            "desired/b.yaml": 'persons: [{ExternalId: "10001"}\n',
        },
    )
    assert [problem.code for problem in problems] == ["invalid-yaml"]


def test_a_name_that_the_tenant_has_not_comes_with_the_nearest_of_its_kind(tmp_path: Path) -> None:
    files = {"desired/a.yaml": "groups: [{name: Finanse, members: []}]"}
    _, problems = read(tmp_path, files, holding(["Sales", "Finance"], ["Finanse"]))
    assert [problem.fix for problem in problems] == ["Did you mean `Finance`?"]


def test_a_name_out_of_scope_is_told_as_such(tmp_path: Path) -> None:
    files = {"desired/a.yaml": "groups: [{name: Everyone, create: true}]"}
    _, problems = read(tmp_path, files, holding(["Sales"], []))
    assert "`scope.groups` leaves out" in problems[0].detail
