import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, reject
from hypothesis import settings as profile
from hypothesis import strategies as st

from reconciler.helloid.document import (
    _reading,  # pyright: ignore[reportPrivateUsage] - rows of a tenant as a reading has them
    document_of,
)
from reconciler.model.settings import Scope
from reconciler.sandbox import SandboxError
from tests.importing.tenants import drifted, mappings, settings, shuffled, tenants, vaults
from tests.projects import EMBEDDED, Project

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
SHORT = profile(
    max_examples=6, deadline=None, suppress_health_check=SLOW, derandomize=True, phases=PHASES
)
LONG = profile(max_examples=150, deadline=None, suppress_health_check=SLOW, phases=PHASES)
SPLITS = ("none", "group", "department")


def project_at(
    folder: Path, given_settings: dict[str, Any], mapping: dict[str, Any] | None
) -> Project:
    project = Project.at(folder, given_settings)
    if mapping is not None:
        project.write("fieldMapping.json", mapping)
    return project


def imported(project: Project, snapshot: Path, *options: str) -> dict[str, Any]:
    """Import, and see that what is reported of the next plan is so, and that all that is left is told."""
    is_later = "--update" in options
    ran = project.good("import", "--snapshot", str(snapshot), "--format", "json", *options)
    document = ran.json
    plan = project.good("plan", "--snapshot", str(snapshot), "--format", "json").json
    actions = [action for action in plan["actions"] if action["kind"] != "correlate_account"]
    told = {each["name"] for each in document["left"]}
    errors = [error for error in plan["errors"] if not (is_later and _is_twin(error, told))]

    assert document["plan"]["is_empty"] == (
        not actions and not plan["errors"] and all(i["status"] != "open" for i in plan["issues"])
    )
    assert actions == [], (actions, document)
    assert errors == [], document
    for issue in plan["issues"]:
        about = [issue["account"]["user_name"] if issue["account"] else issue["person"]]
        if issue["permission"] is not None:
            about += [issue["permission"]["name"], issue["permission"]["id"]]
        assert told & set(about), (issue, document)
    return document


def _is_twin(error: dict[str, Any], told: set[str]) -> bool:
    """Tell whether somebody is left out, and told, for being in what has since become one of two by its name."""
    return error["person"] in told and error["summary"] in (
        "Group not usable",
        "Product not usable",
    )


def save(snapshot: Path, tenant: dict[str, Any], taken_at: str = "2026-11-23T10:00:00Z") -> None:
    """Save a tenant as `snapshot -o` would."""
    reading = _reading(tenant)
    document = document_of(reading, Scope(), EMBEDDED, taken_at)
    snapshot.write_text(json.dumps(document), encoding="utf-8")


def files(project: Project) -> dict[str, bytes]:
    below = project.folder / "desired"
    return {str(p.relative_to(below)): p.read_bytes() for p in below.rglob("*") if p.is_file()}


def digest(project: Project, snapshot: Path) -> str:
    return project.good("plan", "--snapshot", str(snapshot), "--format", "json").json[
        "desired_digest"
    ]


def check_first_import(
    given_settings: dict[str, Any],
    mapping: dict[str, Any] | None,
    tenant: dict[str, Any],
    whole: tuple[str, ...] = SPLITS,
    again: dict[str, Any] | None = None,
    vault: dict[str, Any] | None = None,
) -> None:
    """Import split in every way; for those in `whole` also twice, validated, and once more as an update.

    `again` is the same tenant in other pages, for the second time; `vault` is an export to take persons from.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        snapshot, other = folder / "snapshot.json", folder / "other.json"
        save(snapshot, tenant)
        save(other, again or tenant)
        digests: set[str] = set()
        for split in SPLITS:
            one = project_at(folder / f"{split}-1", given_settings, mapping)
            options = ("--split", split, *exported(one, vault))
            if split not in whole:
                one.good("import", "--snapshot", str(snapshot), *options)
                digests.add(digest(one, snapshot))
                continue
            imported(one, snapshot, *options)
            two = project_at(folder / f"{split}-2", given_settings, mapping)
            exported(two, vault)
            two.good("import", "--snapshot", str(other), *options)

            assert files(one) == files(two)
            digests.add(digest(one, snapshot))
            one.good("validate")
            once_more = imported(one, snapshot, "--update")
            assert once_more["files"] == []
        assert len(digests) == 1


def exported(project: Project, vault: dict[str, Any] | None) -> tuple[str, ...]:
    """Put a vault export into the project; return the option that names it."""
    if vault is None:
        return ()
    project.write("people/vault.json", vault)
    return ("--persons-from", "people/vault.json")


def check_update(
    given_settings: dict[str, Any],
    mapping: dict[str, Any] | None,
    tenant: dict[str, Any],
    later: dict[str, Any],
    split: str,
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        snapshot = folder / "snapshot.json"
        save(snapshot, tenant)
        project = project_at(folder / "project", given_settings, mapping)
        imported(project, snapshot, "--split", split)
        before = files(project)
        save(snapshot, later)
        dry = imported_dry(project, snapshot, split)
        assert files(project) == before
        done = imported(project, snapshot, "--update", "--split", split)
        assert [f["path"] for f in done["files"]] == [f["path"] for f in dry["files"]]
        assert imported(project, snapshot, "--update", "--split", split)["files"] == []


def check_update_of_what_is_ours(
    given_settings: dict[str, Any],
    mapping: dict[str, Any] | None,
    tenant: dict[str, Any],
    later: dict[str, Any],
    split: str,
) -> None:
    """The same where the first import was applied, so that the ledger tells which side moved."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        snapshot = folder / "snapshot.json"
        save(snapshot, tenant)
        project = project_at(folder / "project", given_settings, mapping)
        try:
            project.seed({key: rows for key, rows in tenant.items() if key != "format_version"})
        except SandboxError:
            reject()  # a tenant that HelloID would not have, such as two accounts of one name
        imported(project, snapshot, "--split", split)
        project.good("apply", "--auto-approve")
        save(snapshot, later, "2999-01-01T00:00:00Z")
        imported(project, snapshot, "--update")
        assert imported(project, snapshot, "--update")["files"] == []


def imported_dry(project: Project, snapshot: Path, split: str) -> dict[str, Any]:
    return project.good(
        "import",
        "--update",
        "--dry-run",
        "--split",
        split,
        "--snapshot",
        str(snapshot),
        "--format",
        "json",
    ).json


some_mapping = st.none() | mappings()


@SHORT
@given(settings(), some_mapping, tenants(), st.data(), st.sampled_from(SPLITS))
def test_a_tenant_becomes_files_whose_plan_is_empty_the_same_each_time_and_however_split(
    given_settings: dict[str, Any],
    mapping: dict[str, Any] | None,
    tenant: dict[str, Any],
    data: st.DataObject,
    whole: str,
) -> None:
    again = data.draw(shuffled(tenant))
    vault = data.draw(st.none() | vaults(tenant))
    check_first_import(given_settings, mapping, tenant, (whole,), again, vault)


@SHORT
@given(settings(), some_mapping, tenants(), st.data(), st.sampled_from(SPLITS))
def test_what_changes_in_the_tenant_is_brought_into_the_files_until_the_plan_is_empty(
    given_settings: dict[str, Any],
    mapping: dict[str, Any] | None,
    tenant: dict[str, Any],
    data: st.DataObject,
    split: str,
) -> None:
    check_update(given_settings, mapping, tenant, data.draw(drifted(tenant)), split)


@pytest.mark.long
@LONG
@given(settings(), some_mapping, tenants(9), st.data(), st.sampled_from(SPLITS))
def test_many_tenants_become_files_whose_plan_is_empty(
    given_settings: dict[str, Any],
    mapping: dict[str, Any] | None,
    tenant: dict[str, Any],
    data: st.DataObject,
    whole: str,
) -> None:
    again = data.draw(shuffled(tenant))
    check_first_import(given_settings, mapping, tenant, (whole,), again)


@pytest.mark.long
@LONG
@given(settings(), some_mapping, tenants(9), st.data(), st.sampled_from(SPLITS))
def test_many_vaults_have_the_persons_of_many_tenants(
    given_settings: dict[str, Any],
    mapping: dict[str, Any] | None,
    tenant: dict[str, Any],
    data: st.DataObject,
    whole: str,
) -> None:
    vault = data.draw(vaults(tenant))
    check_first_import(given_settings, mapping, tenant, (whole,), None, vault)


@pytest.mark.long
@LONG
@given(settings(), some_mapping, tenants(9), st.data(), st.sampled_from(SPLITS))
def test_many_changes_in_many_tenants_are_brought_into_the_files(
    given_settings: dict[str, Any],
    mapping: dict[str, Any] | None,
    tenant: dict[str, Any],
    data: st.DataObject,
    split: str,
) -> None:
    check_update(given_settings, mapping, tenant, data.draw(drifted(tenant)), split)


@pytest.mark.long
@LONG
@given(settings(), some_mapping, tenants(9), st.data(), st.sampled_from(SPLITS))
def test_many_changes_behind_our_back_are_brought_into_the_files(
    given_settings: dict[str, Any],
    mapping: dict[str, Any] | None,
    tenant: dict[str, Any],
    data: st.DataObject,
    split: str,
) -> None:
    later = data.draw(drifted(tenant))
    check_update_of_what_is_ours(given_settings, mapping, tenant, later, split)
