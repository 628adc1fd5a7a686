from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

from reconciler.model.plan import CheckStatus, Plan
from reconciler.model.value import JSON
from reconciler.reports.document import plan_document
from reconciler.reports.inert import shows, visible
from reconciler.reports.junit import plan_junit
from tests.reports import sample
from tests.reports.hostile import TRICKS, hostile_document
from tests.reports.strategies import plans


def suite_of(document: dict[str, JSON]) -> ET.Element:
    text = plan_junit(document)
    assert all(shows(char) or char == "\n" for char in text)
    return ET.fromstring(text)[0]  # noqa: S314 - our own output


def document_of(plan: Plan) -> dict[str, JSON]:
    return plan_document(plan, created_at=sample.CREATED, expires_at=sample.EXPIRES)


def test_what_refuses_fails_with_the_option_that_admits_it():
    suite = suite_of(document_of(sample.sample_plan()))
    failed = {
        case.get("name"): case[0].text or "" for case in suite if case.find("failure") is not None
    }
    assert set(failed) == {
        "limit.delete_account",
        "limit.members_lost/Sales team",
        "protected/group/Tenant admins",
        "10007",
    }
    assert "--ack delete_account=1" in failed["limit.delete_account"]
    assert "desired/rules.yaml:12" in failed["10007"]
    assert suite.get("failures") == "4"


def test_a_breach_that_was_acknowledged_does_not_fail():
    suite = suite_of(document_of(sample.sample_plan()))
    case = next(case for case in suite if case.get("name") == "limit.disable_account")
    assert case.find("failure") is None
    assert (case.findtext("system-out") or "").startswith("Acknowledged: 2 of 8")


def test_a_plan_that_nothing_refuses_passes_and_says_what_it_does():
    suite = suite_of(document_of(sample.settled_plan()))
    assert suite.get("failures") == "0"
    assert (suite[0].findtext("system-out") or "").startswith("No differences.")


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_gets_out_of_the_xml(trick: str):
    suite = suite_of(hostile_document(trick))
    assert [child.tag for child in suite.iter()] == [
        child.tag for child in suite_of(hostile_document("harmless")).iter()
    ]
    assert any(case.get("name") == visible(trick) for case in suite)


@settings(max_examples=60, deadline=None)
@given(plans())
def test_there_are_as_many_failures_as_refusals_and_errors(plan: Plan):
    suite = suite_of(document_of(plan))
    failed = sum(check.status is CheckStatus.FAILED for check in plan.checks) + len(plan.errors)
    assert len(suite.findall("testcase/failure")) == failed == int(suite.get("failures") or -1)
    assert len(suite) == int(suite.get("tests") or -1)
