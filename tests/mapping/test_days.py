"""A plan for another day maps as on that day, for what is to be written as well."""

import json
from pathlib import Path

from tests.projects import MAPPING, Project, account, person, tenant_of

SCRIPT = "new Date().toISOString().split('T')[0] + ' ' + Person.PrimaryContract.ExternalId"


def test_a_plan_as_of_a_day_writes_what_scripts_give_on_that_day(tmp_path: Path) -> None:
    project = Project.at(tmp_path)
    whole = json.loads(MAPPING.read_text(encoding="utf-8"))
    for field in whole["MappingFields"]:
        if field["Name"] == "userAttributes.title":
            for action in field["MappingActions"]:
                action.update(MappingMode="Complex", Value=json.dumps(SCRIPT))
    project.write("fieldMapping.json", whole)
    anna = person(1, "Anna", "Visser")
    first, second = dict(anna["Contracts"][0]), dict(anna["Contracts"][0])
    first.update(ExternalId="old", EndDate="2040-12-31")
    second.update(ExternalId="new", StartDate="2041-01-01")
    anna["Contracts"] = [first, second]
    project.want({"persons": [anna], "accounts": [account(1)]})
    project.seed(tenant_of([]))
    for day, contract in (("2040-06-01", "old"), ("2041-02-03", "new")):
        plan = project.good("plan", "--as-of", day, "--format", "json").json
        (created,) = [one for one in plan["actions"] if one["kind"] == "create_account"]
        titles = [
            one["after"] for one in created["changes"] if one["field"] == "userAttributes.title"
        ]
        assert titles == [f"{day} {contract}"]
