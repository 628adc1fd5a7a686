import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from reconciler.model.plan import Plan
from reconciler.reports.document import plan_document
from reconciler.reports.meanings import MEANINGS
from reconciler.reports.schema import SHAPES, schema_document
from tests.projects import Project, account, group, person, tenant_of
from tests.reports import sample
from tests.reports.strategies import plans
from tests.reports.validator import misfits

PLAN: Any = schema_document("plan")
SNAPSHOT: Any = schema_document("snapshot")


def sample_document() -> Any:
    return plan_document(sample.sample_plan(), created_at=sample.CREATED, expires_at=sample.EXPIRES)


@pytest.mark.parametrize("document", SHAPES)
def test_a_schema_names_its_dialect_and_describes_every_member(document: str):
    schema: Any = schema_document(document)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for definition in (schema, *schema["$defs"].values()):
        assert definition["description"]
        assert all(member["description"] for member in definition.get("properties", {}).values())
    assert "Shape" not in json.dumps(schema)


def test_every_meaning_is_of_a_member_that_exists():
    named = set[str]()
    for document in SHAPES:
        schema: Any = schema_document(document)
        things = {**schema["$defs"], SHAPES[document].__name__.removesuffix("Shape"): schema}
        named |= {
            f"{key}.{member}" for key in things for member in things[key].get("properties", ())
        }
    assert named == set(MEANINGS)


@settings(max_examples=40, deadline=None)
@given(plans())
def test_every_plan_fits_the_schema(plan: Plan):
    document = plan_document(plan, created_at=sample.CREATED, expires_at=sample.EXPIRES)
    assert list(misfits(document, PLAN, PLAN)) == []


BROKEN: list[dict[str, Any]] = [
    {"actions": [{}]},
    {"mode": "other"},
    {"as_of": "tomorrow"},
    {"summary": {"create_account": -1}},
    {"adopts": [["10002", "group", "Sales"]]},
    {"adopts": [["10002", "team", "Sales", None]]},
    {"digest": None},
    {"created_at": "2026-11-23"},
]


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_no_plan_does_not_fit(broken: dict[str, Any]):
    assert list(misfits({**sample_document(), **broken}, PLAN, PLAN))
    assert not list(misfits(sample_document(), PLAN, PLAN))


def test_a_plan_and_a_snapshot_of_the_command_line_fit_the_schemas_it_shows(tmp_path: Path):
    project = Project.at(tmp_path)
    project.seed(tenant_of(["Sales"], ["CRM"]))
    project.want(
        {
            "persons": [person(10001, "Anna", "Visser")],
            "accounts": [account(10001)],
            "groups": [group("Sales", 10001)],
            "products": [group("CRM", 10001)],
        }
    )
    project.good("plan", "-o", "plan.json")
    project.good("apply", "plan.json")
    project.good("snapshot", "-o", "snapshot.json")
    for document in ("plan", "snapshot"):
        schema = project.good("schema", document).json
        written = project.read(f"{document}.json")
        assert list(misfits(written, schema, schema)) == []
    assert project.read("snapshot.json")["assignments"]


def test_a_schema_can_be_saved_and_an_unknown_one_is_a_wrong_command_line(tmp_path: Path):
    project = Project.at(tmp_path)
    project.good("schema", "plan", "-o", "plan.schema.json")
    assert project.read("plan.schema.json") == PLAN
    assert project.run("schema", "nothing").code == 64


def test_a_snapshot_without_its_lists_does_not_fit():
    assert list(misfits({"format_version": "1.0"}, SNAPSHOT, SNAPSHOT))
