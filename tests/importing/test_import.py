import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.importing.tenants import ref
from tests.projects import Project


def account(number: int, **fields: Any) -> dict[str, Any]:
    name = fields.pop("userName", f"user{number}@example.org")
    return {
        "userGUID": ref(1, number),
        "userName": name,
        "firstName": f"First{number}",
        "lastName": f"Last{number}",
        "contactEmail": name,
        "isEnabled": True,
        "isDeleted": False,
        "userAttributes": {"department": "Sales", "title": "Clerk"},
        **fields,
    }


def group(number: int, name: str, users: list[int], **fields: Any) -> dict[str, Any]:
    refs = [ref(1, user) for user in users]
    return {"groupGuid": ref(2, number), "name": name, "users": refs, "groups": [], **fields}


def tenant(*groups: dict[str, Any], accounts: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "accounts": [account(n) for n in (1, 2, 3)] if accounts is None else accounts,
        "groups": list(groups) or [group(1, "Sales", [1, 2]), group(2, "VPN", [])],
        "products": [{"productId": ref(3, 1), "name": "CRM", "visibility": "All"}],
        "assignments": [
            {"assignmentGuid": ref(4, 1), "userGuid": ref(1, 1), "productGuid": ref(3, 1)}
        ],
    }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.at(tmp_path / "town")
    (project.folder / "desired/nothing.yaml").unlink()
    project.seed(tenant())
    return project


def text(project: Project, name: str = "tenant.yaml") -> str:
    return (project.folder / "desired" / name).read_text(encoding="utf-8")


def replace(project: Project, old: str, new: str, name: str = "tenant.yaml") -> None:
    before = text(project, name)
    assert old in before
    project.write(f"desired/{name}", before.replace(old, new))


def update(project: Project) -> dict[str, Any]:
    return project.good("import", "--update", "--format", "json").json


def reasons(document: dict[str, Any]) -> str:
    return " ".join(f"{each['name']}: {each['reason']}" for each in document["left"])


# ---------------------------------------------------------------- the first import


def test_the_first_import_writes_persons_accounts_groups_and_products(project: Project) -> None:
    ran = project.good("import")

    assert "The plan is empty" in ran.out
    assert text(project).startswith(
        "persons:\n"
        "  - ExternalId: user1@example.org\n"
        "    DisplayName: First1 Last1\n"
        "    Name: {GivenName: First1, FamilyName: Last1}\n"
    )
    assert "  - name: Sales\n    members:\n      - user1@example.org\n" in text(project)
    assert "  - name: VPN\n    members: []\n" in text(project)


def test_after_the_first_apply_there_is_nothing_left_to_do_and_nothing_was_changed(
    project: Project,
) -> None:
    before = project.held()
    project.good("import")
    project.good("apply", "--auto-approve")
    plan = project.good("plan", "--format", "json").json

    assert project.held() == before
    assert plan["actions"] == []
    assert plan["adopts"] == []
    assert plan["issues"] == []


def test_files_that_ask_for_something_are_not_imported_over(project: Project) -> None:
    project.good("import")
    before = text(project)
    ran = project.run("import")

    assert ran.code == 1
    assert "reconciler import --update" in ran.err
    assert text(project) == before


def test_a_file_that_holds_only_comments_keeps_them(project: Project) -> None:
    project.write("desired/tenant.yaml", "# Our town.\n\n# Nothing yet.\n")
    project.good("import")

    assert text(project).startswith("# Our town.\n\n# Nothing yet.\n\npersons:\n")


def test_a_dry_run_shows_the_change_and_writes_nothing(project: Project) -> None:
    ran = project.good("import", "--dry-run", "--split", "group")

    assert "+++ b/desired/groups/sales.yaml" in ran.out
    assert not list((project.folder / "desired").iterdir())


def test_a_folder_that_would_not_be_read_is_refused(project: Project) -> None:
    ran = project.run("import", "-o", "elsewhere")

    assert ran.code == 1
    assert "reconciler import -o desired/imported" in ran.err
    assert not (project.folder / "elsewhere").exists()


def test_new_files_go_below_the_folder_that_is_named(project: Project) -> None:
    project.good("import", "-o", "desired/imported", "--split", "group")

    found = {str(path.relative_to(project.folder)) for path in project.folder.rglob("*.yaml")}
    assert found == {
        "reconciler.yaml",
        "desired/imported/persons.yaml",
        "desired/imported/groups/sales.yaml",
        "desired/imported/groups/vpn.yaml",
        "desired/imported/products/crm.yaml",
    }


def test_groups_that_cannot_be_managed_stand_in_the_files_without_members(project: Project) -> None:
    project.seed(
        tenant(
            group(1, "Twin", [1]),
            group(2, "twin", [2]),
            group(3, "Directory", [1, 2], source="AD"),
            group(4, "Bad\x07name", [1]),
        )
    )
    document = project.good("import", "--format", "json").json

    assert "  - name: Directory\n  - name: Twin\n\nproducts:" in text(project)
    assert document["plan"]["actions"] == {}
    assert document["plan"]["issues"] == {"permission_unmanaged": 1}
    assert "2 of that name" in reasons(document)
    assert "control character U+0007" in reasons(document)


def test_accounts_that_fit_nobody_are_told_and_left_alone(project: Project) -> None:
    accounts = [account(1), account(2, userName="Anna"), account(3, userName="anna ")]
    project.seed(tenant(accounts=accounts))
    document = project.good("import", "--format", "json").json

    assert [each["name"] for each in document["left"]] == ["Anna", "anna "]
    assert "2 accounts have the userName anna" in reasons(document)
    assert document["plan"]["issues"] == {"account_unmanaged": 2}
    assert document["plan"]["actions"] == {}


def test_what_no_file_can_ask_for_leaves_its_account_alone(project: Project) -> None:
    project.set({"target": {"update_user_name": True}})
    accounts = [account(1, managedByUserGUID=ref(1, 2)), account(2, userName=" blank"), account(3)]
    project.seed(tenant(accounts=accounts))
    document = project.good("import", "--format", "json").json

    assert reasons(document) == " blank: What it holds as userName cannot be asked for."
    assert document["plan"]["actions"] == {}
    assert "PrimaryManager" not in text(project)
    assert "No problems found" in project.good("validate").out


def test_soft_deleted_accounts_and_those_out_of_scope_are_not_written(project: Project) -> None:
    accounts = [account(1), account(2, isDeleted=True), account(3, userName="svc-backup")]
    project.seed(tenant(accounts=accounts))
    project.good("import")

    assert "user2" not in text(project)
    assert "svc-backup" not in text(project)


def test_what_the_mapping_does_not_give_stands_below_fields(project: Project) -> None:
    project.seed(
        tenant(accounts=[account(1, firstName=None, isEnabled=False), account(2), account(3)])
    )
    mapping = project.read("fieldMapping.json")
    for field in mapping["MappingFields"]:
        if field["Name"] == "firstName":
            field["MappingActions"][0]["Value"] = json.dumps("'Same'")
    project.write("fieldMapping.json", mapping)
    document = project.good("import", "--format", "json").json

    assert document["plan"]["is_empty"]
    assert (
        "  - person: user1@example.org\n    state: disabled\n    fields: {firstName: null}\n"
        in text(project)
    )


def test_persons_of_a_vault_export_are_matched_by_the_correlation(project: Project) -> None:
    vault: dict[str, Any] = {
        "Persons": [
            {
                "ExternalId": "10001",
                "DisplayName": "Anna Visser (10001)",
                "Name": {"NickName": "First1", "FamilyName": "Last1", "Convention": "B"},
                "Contact": {"Business": {"Email": "other@example.org"}},
                "Accounts": {"EntraID": {"userPrincipalName": "USER1@example.org"}},
                "Contracts": [],
            },
            {"ExternalId": "10002", "DisplayName": "Nobody here", "Contracts": []},
        ]
    }
    project.write("people/vault.json", vault)
    document = project.good(
        "import", "--persons-from", "people/vault.json", "--format", "json", "--split", "group"
    ).json

    persons = text(project, "persons.yaml")
    assert document["plan"]["is_empty"]
    assert document["summary"]["persons_added"] == 2
    assert persons.startswith('persons_from: ["../people/vault.json"]\n\npersons:\n')
    assert "ExternalId: user1@example.org" not in persons
    assert '  - person: "10001"\n    state: enabled\n    fields:' in persons
    assert '- "10001"' in text(project, "groups/sales.yaml")
    again = project.good("import", "--update", "--persons-from", "people/vault.json")
    assert "none changes" in again.out


def test_managers_become_primary_managers(project: Project) -> None:
    project.set({"target": {"set_manager": True}})
    project.seed(
        tenant(
            accounts=[
                account(1, managedByUserGUID=ref(1, 2)),
                account(2, managedByUserGUID=ref(1, 9)),
                account(3),
            ]
        )
    )
    document = project.good("import", "--format", "json").json

    assert document["plan"]["actions"] == {}
    assert "PrimaryManager: {ExternalId: user2@example.org}" in text(project)
    project.good("apply", "--auto-approve")
    held = {each["userGUID"]: each["managedByUserGUID"] for each in project.held()["accounts"]}
    assert held == {ref(1, 1): ref(1, 2), ref(1, 2): ref(1, 9), ref(1, 3): None}


# ---------------------------------------------------------------- drift as a change to review


@pytest.fixture
def applied(project: Project) -> Project:
    """The tenant imported and applied, with remarks in the file."""
    project.good("import")
    replace(project, "groups:\n", "# Who may what.\ngroups:  # by name\n")
    replace(project, "      - user2@example.org\n", "      - user2@example.org  # since May\n")
    project.good("apply", "--auto-approve")
    return project


def drift(project: Project, **changes: Any) -> None:
    held = {**project.held(), **changes}
    held.pop("digest", None)
    project.seed({key: value for key, value in held.items() if key != "format_version"})


def diff(before: str, after: str) -> list[str]:
    from difflib import unified_diff

    rows = unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [row for row in rows if row[:1] in "+-" and row[:3] not in ("+++", "---")]


def test_drift_of_every_kind_becomes_a_change_of_just_those_lines(applied: Project) -> None:
    before = text(applied)
    drift(
        applied,
        accounts=[
            account(1, firstName="Anna"),
            account(2, isEnabled=False),
            account(3, contactEmail="elsewhere@example.org"),
        ],
        groups=[group(1, "Sales and more", [1, 3]), group(2, "VPN", [2])],
        assignments=[],
    )
    document = update(applied)

    assert document["plan"]["is_empty"], document
    assert diff(before, text(applied)) == [
        "-    Name: {GivenName: First1, FamilyName: Last1}",
        "+    Name: {GivenName: Anna, FamilyName: Last1}",
        "+    Contact: {Business: {Email: elsewhere@example.org}}",
        "-    state: enabled",
        "+    state: disabled",
        "-  - name: Sales",
        "+  - name: Sales and more",
        "+    previously: [Sales]",
        "-      - user2@example.org  # since May",
        "+      - user3@example.org",
        "-    members: []",
        "+    members:",
        "+      - user2@example.org",
        "-    members:",
        "-      - user1@example.org",
        "+    members: []",
    ]
    assert update(applied)["files"] == []


def test_an_account_that_is_gone_leaves_the_files_and_its_person_stays(applied: Project) -> None:
    drift(applied, accounts=[account(1), account(2, isDeleted=True), account(3)])
    document = update(applied)

    assert document["plan"]["is_empty"]
    assert document["summary"] == {"accounts_removed": 1, "members_removed": 1}
    assert "ExternalId: user2@example.org" in text(applied)
    assert "person: user2@example.org" not in text(applied)


def test_what_is_new_joins_files_that_are_split_already(project: Project) -> None:
    project.good("import", "--split", "department")
    drift(
        project,
        accounts=[
            account(1),
            account(2),
            account(3),
            account(4, userAttributes={"department": "É / 1"}),
        ],
        groups=[group(1, "Sales", [1, 2]), group(2, "VPN", []), group(3, "New", [4])],
    )
    document = update(project)

    assert [file["path"] for file in document["files"]] == [
        "desired/departments/e-1.yaml",
        "desired/groups.yaml",
    ]
    assert text(project, "groups.yaml").endswith(
        "  - name: New\n    members:\n      - user4@example.org\n"
    )


def test_what_the_files_changed_since_the_last_apply_stays(applied: Project) -> None:
    replace(applied, "      - user2@example.org  # since May\n", "")
    replace(applied, "    members: []\n", "    members: [user3@example.org]\n")
    replace(applied, "GivenName: First1", "GivenName: Renamed")
    replace(
        applied,
        "  - person: user3@example.org\n    state: enabled\n",
        "  - person: user3@example.org\n    state: disabled\n",
    )
    before = text(applied)
    drift(applied, accounts=[account(1), account(2, lastName="Drifted"), account(3)])
    document = update(applied)

    assert diff(before, text(applied)) == [
        "-    Name: {GivenName: First2, FamilyName: Last2}",
        "+    Name: {GivenName: First2, FamilyName: Drifted}",
    ]
    assert document["plan"]["actions"] == {
        "revoke_group": 1,
        "disable_account": 1,
        "update_account": 1,
        "grant_group": 1,
    }
    assert len(document["left"]) == 4
    assert "no apply has followed yet" in reasons(document)


def test_somebody_new_in_the_files_is_not_taken_out_because_the_tenant_has_them_not_yet(
    applied: Project,
) -> None:
    applied.write(
        "desired/new.yaml",
        {
            "persons": [
                {
                    "ExternalId": "new",
                    "Accounts": {"EntraID": {"userPrincipalName": "new@example.org"}},
                }
            ],
            "accounts": [{"person": "new", "state": "enabled"}],
        },
    )
    document = update(applied)

    assert document["files"] == []
    assert document["plan"]["actions"] == {"create_account": 1, "enable_account": 1}
    assert "no apply has made it yet" in reasons(document)


def test_what_rules_give_is_told_and_not_edited(applied: Project) -> None:
    replace(applied, "      - user2@example.org  # since May\n", "")
    applied.write(
        "desired/rules.yaml",
        "rules:\n  - name: everybody\n    when: {Person.Name.FamilyName: {starts_with: Last}}\n"
        "    grant: {account: enabled, groups: [Sales]}\n",
    )
    applied.good("apply", "--auto-approve")
    before = text(applied)
    drift(
        applied,
        accounts=[account(1), account(2, lastName="Last of all"), account(3)],
        groups=[group(1, "Sales", [1, 2]), group(2, "VPN", [])],
    )
    document = update(applied)

    assert "user3@example.org does not hold it, and a rule gives it." in reasons(document)
    assert document["plan"]["actions"] == {"grant_group": 1}
    assert diff(before, text(applied)) == ["+    fields: {lastName: Last of all}"]


def test_what_somebody_decided_is_left_to_them(applied: Project) -> None:
    applied.write(
        "desired/decisions.yaml",
        "resolutions:\n  - issue: permission_unmanaged\n    account: user3@example.org\n"
        "    permission: {group: VPN}\n    resolution: exclude\n    until: 2999-01-01\n"
        "    reason: Audit\n",
    )
    drift(applied, groups=[group(1, "Sales", [1, 2]), group(2, "VPN", [1, 3])])
    update(applied)

    assert "  - name: VPN\n    members:\n      - user1@example.org\n\n" in text(applied)


def test_where_one_file_leaves_no_place_for_a_change_none_is_written(applied: Project) -> None:
    applied.write("desired/products.yaml", "products:\n  - {name: ERP, members: &all []}\n")
    replace(
        applied,
        "    members:\n      - user1@example.org\n      - user2",
        "    members: &us\n      - user1@example.org\n      - user2",
    )
    replace(applied, "    members: []\n", "    members: *us\n")
    before = text(applied)
    drift(
        applied,
        accounts=[account(1, firstName="Anna"), account(2), account(3)],
        groups=[group(1, "Sales", [1]), group(2, "VPN", [1, 2])],
    )
    ran = applied.run("import", "--update")

    assert ran.code == 1
    assert "desired/tenant.yaml" in ran.err
    assert text(applied) == before


def test_a_project_without_a_desired_folder_gets_one(project: Project) -> None:
    (project.folder / "desired").rmdir()
    project.good("import", "--dry-run")
    assert not (project.folder / "desired").exists()
    project.good("import")
    assert "user1@example.org" in text(project)
    project.good("plan", "--detailed-exitcode")


def test_the_bytes_do_not_hang_on_how_a_process_hashes(project: Project, tmp_path: Path) -> None:
    project.seed(
        tenant(
            group(1, "Sales", [3, 1, 2]),
            group(2, "Sales/Noord", [2]),
            group(3, "sales noord", [2, 1]),
            group(4, "CON", [3]),
            group(5, "日本", [1]),
            accounts=[account(n, userAttributes={"title": "Clerk", "x": "y"}) for n in (1, 2, 3)],
        )
    )
    other = project.copy(tmp_path / "other")
    for seed, each in (("1", project), ("2", other)):
        ran = each.spawn("import", "--split", "group", env={"PYTHONHASHSEED": seed})
        assert ran.code == 0, ran

    names = [path.name for path in desired(project)]
    assert [path.read_bytes() for path in desired(other)] == [
        path.read_bytes() for path in desired(project)
    ]
    assert names.count("sales-noord.yaml") == 1
    assert "con.yaml" not in names


# ---------------------------------------------------------------- killed while writing


def test_an_import_that_was_killed_while_writing_is_taken_back_by_the_next(
    project: Project, tmp_path: Path
) -> None:
    whole = project.copy(tmp_path / "whole")
    whole.good("import", "--split", "group")
    names = sorted(str(path.relative_to(whole.folder)) for path in desired(whole))
    files = [
        {
            "path": f"../{name}",
            "temporary": f"../{name}.x",
            "before": None,
            "after": sha256((whole.folder / name).read_bytes()).hexdigest(),
        }
        for name in names
    ]
    notes = project.write(".reconciler/writing.json", {"files": files, "folders": []})
    project.write(names[0], (whole.folder / names[0]).read_text())
    for command in ("plan", "validate", "apply"):
        refused = project.run(command)
        assert refused.code == 1
        assert "half written" in refused.err
        assert "reconciler import" in refused.err
    project.good("import", "--split", "group")

    assert not notes.exists()
    assert [path.read_bytes() for path in desired(project)] == [
        path.read_bytes() for path in desired(whole)
    ]


def test_an_import_leaves_nothing_but_its_files(project: Project) -> None:
    project.good("import", "--split", "group")
    local = {path.name for path in (project.folder / ".reconciler").iterdir()}

    assert {name for name in local if not name.startswith(("tenant.db", "ledger.db"))} == set()
    assert all(path.suffix == ".yaml" for path in desired(project))


def desired(project: Project) -> list[Path]:
    return sorted(path for path in (project.folder / "desired").rglob("*") if path.is_file())


# ---------------------------------------------------------------- what no file can tell apart


def test_a_group_that_has_become_one_of_two_by_its_name_is_told_and_its_lines_stay(
    applied: Project,
) -> None:
    before = text(applied)
    drift(
        applied,
        groups=[group(1, "Sales", [1, 2]), group(2, "VPN", []), group(3, "sales", [3])],
    )
    document = update(applied)

    assert text(applied) == before
    assert "Sales: The tenant has 2 of that name" in reasons(document)
    assert document["plan"]["actions"] == {}
    assert document["plan"]["errors"] == 2


def test_who_left_a_group_is_taken_out_also_where_its_new_name_cannot_be_written(
    applied: Project,
) -> None:
    before = text(applied)
    drift(applied, groups=[group(1, "Sal\x07es", [1]), group(2, "VPN", [])])
    document = update(applied)

    assert diff(before, text(applied)) == ["-      - user2@example.org  # since May"]
    assert "Sales: The tenant gave it a name that holds the control character" in reasons(document)
    assert "a rule gives it" not in reasons(document)
    assert document["plan"]["actions"] == {}
