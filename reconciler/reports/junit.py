"""A plan as a JUnit report, so that a pipeline's test tab shows what refuses it."""

from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree as ET

from reconciler.model.plan import CheckStatus
from reconciler.model.value import JSON
from reconciler.reports.inert import visible
from reconciler.reports.reading import shown
from reconciler.reports.shape import CheckShape, ErrorShape, PlanShape
from reconciler.reports.summary import left_over, opening
from reconciler.reports.text import admitted_by

_NAME: Final = "reconciler plan"
_SAID = {CheckStatus.ACKNOWLEDGED: "Acknowledged", CheckStatus.WARNING: "Not kept"}
"""What a check that neither passes nor refuses says."""


def plan_junit(document: Mapping[str, JSON]) -> str:
    """Return a case for the plan, one for every safeguard, and one for every person left out.

    A safeguard that refuses fails its case, and so does a person left out; a breach that was
    acknowledged, or of a policy that only warns, only speaks. Raises BadInput where the document is no plan.
    """
    plan = shown(document, PlanShape)
    failures = sum(check.status is CheckStatus.FAILED for check in plan.checks) + len(plan.errors)
    tests = 1 + len(plan.checks) + len(plan.errors)
    totals = {"tests": str(tests), "failures": str(failures), "errors": "0"}
    root = ET.Element("testsuites", {"name": _NAME, **totals})
    suite = ET.SubElement(root, "testsuite", {"name": _NAME, **totals})
    made = _case(suite, "plan", f"as of {plan.as_of}")
    ET.SubElement(made, "system-out").text = f"{opening(plan)} {left_over(plan)}".strip()
    for check in plan.checks:
        _add_check(suite, check)
    for error in plan.errors:
        _add_error(suite, error)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(suite: ET.Element, kind: str, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", {"classname": kind, "name": visible(name)})


def _add_check(suite: ET.Element, check: CheckShape) -> None:
    case = _case(suite, "safeguard", check.rule)
    of = f" of {check.of:,}" if check.of is not None else ""
    judged = visible(f"{check.value:,}{of}, limit {check.limit}")
    detail = visible(check.detail)
    if check.status in _SAID:
        said = "\n".join(filter(None, [f"{_SAID[check.status]}: {judged}", detail]))
        ET.SubElement(case, "system-out").text = said
    if check.status is CheckStatus.FAILED:
        option = admitted_by(check)
        admit = f"To admit exactly this, give plan or apply: {visible(option)}" if option else ""
        failure = ET.SubElement(case, "failure", {"message": judged, "type": "refused"})
        failure.text = "\n".join(filter(None, [judged, detail, admit]))


def _add_error(suite: ET.Element, error: ErrorShape) -> None:
    case = _case(suite, "person", error.person)
    failure = ET.SubElement(
        case, "failure", {"message": visible(error.summary), "type": "left out"}
    )
    parts = [error.summary, error.detail, error.source or ""]
    failure.text = "\n".join(visible(part) for part in parts if part)
