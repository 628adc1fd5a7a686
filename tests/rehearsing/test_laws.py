"""Over generated organisations and tenants: a rehearsal ends as the apply that follows."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as profile

from reconciler.sandbox import export
from tests.laws.organisations import Organisation, organisations, settings, tenants
from tests.projects import EMBEDDED, Project, Ran

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
"""No shrinking: an example costs a second, and the first failure says enough."""
EVERY = ("--format", "json", "-q")
REFUSED = (1, 3)


def outcome(ran: Ran) -> Any:
    document = ran.json
    ends = [(it["id"], it["status"], it["error"]) for it in document["actions"]]
    return ran.code, document["status"], ends, document["errors"]


def check(
    given_settings: dict[str, Any], tenant: dict[str, Any], parts: list[Organisation]
) -> None:
    """Apply one organisation after the other, each after a rehearsal."""
    with tempfile.TemporaryDirectory() as folder:
        project = Project.at(Path(folder) / "project", given_settings, EMBEDDED)
        project.seed(tenant, deleted_user_name="free")
        for organisation in parts:
            project.want(organisation.document())
            if project.run("plan", "-o", "plan.json", "-q").code in REFUSED:
                continue
            before = export(project.tenant)
            rehearsed = project.run("rehearse", "plan.json", *EVERY)
            assert export(project.tenant) == before
            applied = project.run("apply", "plan.json", *EVERY)
            assert outcome(rehearsed) == outcome(applied), (rehearsed, applied)
            again = project.run("plan", "--format", "json", "-q").json
            assert rehearsed.json["again"]["summary"] == {
                kind: number
                for kind, number in again["summary"].items()
                if kind != "correlate_account"
            }


@pytest.mark.long
@profile(max_examples=60, deadline=None, suppress_health_check=SLOW, phases=PHASES)
@given(settings(), tenants(), organisations(), organisations())
def test_a_rehearsal_ends_as_the_apply(
    given_settings: dict[str, Any],
    tenant: dict[str, Any],
    first: Organisation,
    second: Organisation,
) -> None:
    check(given_settings, tenant, [first, second])
