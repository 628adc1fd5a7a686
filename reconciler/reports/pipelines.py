"""Problems in the formats that pipelines read: GitHub annotations, GitLab code quality, SARIF and JUnit."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Final
from urllib.parse import quote
from xml.etree import ElementTree as ET

from reconciler import __version__
from reconciler.model.problem import Problem
from reconciler.model.provenance import Location
from reconciler.model.value import JSON
from reconciler.reports.inert import visible
from reconciler.reports.problems import problems_document
from reconciler.reports.reading import shown
from reconciler.reports.shape import ProblemShape, ProblemsShape

SETTINGS_FILE: Final = "reconciler.yaml"
"""Where a problem is shown that is at no place: GitLab leaves out what has none."""
SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_IN_MESSAGES: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_IN_PROPERTIES: Final = {**_IN_MESSAGES, ":": "%3A", ",": "%2C"}


def problems_github(problems: Sequence[Problem], place: str = "") -> str:
    """Return a workflow command a line, so that GitHub shows each problem at its place.

    `place` is the project's folder in its repository, with a slash at its end.
    """
    return "".join(f"{_annotation(problem)}\n" for problem in _shaped(problems, place))


def problems_gitlab(problems: Sequence[Problem], place: str = "") -> str:
    """Return the problems as a code quality report, which GitLab shows in a merge request.

    `place` is the project's folder in its repository, with a slash at its end. A fingerprint says which
    problems two reports share: it does not depend on the line.
    """
    seen = Counter[str]()
    report: list[JSON] = []
    for problem in _shaped(problems, place):
        said = "\n".join((problem.code, problem.file or "", problem.detail))
        seen[said] += 1
        report.append(
            {
                "description": f"{visible(problem.summary)}: {_message(problem)}",
                "check_name": problem.code,
                "fingerprint": sha256(
                    f"{said}\n{seen[said]}".encode("utf-8", "surrogatepass")
                ).hexdigest(),
                "severity": "major" if problem.severity == "error" else "minor",
                "location": {
                    "path": visible(problem.file or f"{place}{SETTINGS_FILE}"),
                    "lines": {"begin": problem.line or 1},
                },
            }
        )
    return json.dumps(report, indent=2) + "\n"


def problems_sarif(problems: Sequence[Problem], place: str = "") -> str:
    """Return the problems as SARIF 2.1.0, for code scanning.

    `place` is the project's folder in its repository, with a slash at its end.
    """
    found = _shaped(problems, place)
    summaries = {problem.code: problem.summary for problem in found}
    rules: list[JSON] = [
        {"id": code, "shortDescription": {"text": visible(summaries[code])}}
        for code in sorted(summaries)
    ]
    driver: dict[str, JSON] = {"name": "reconciler", "version": __version__, "rules": rules}
    document: dict[str, JSON] = {
        "$schema": SARIF_SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(problem) for problem in found],
            }
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def problems_junit(problems: Sequence[Problem]) -> str:
    """Return the problems as a JUnit report: an error fails its case, a warning only speaks."""
    found = _shaped(problems)
    errors = sum(problem.severity == "error" for problem in found)
    totals = {"tests": str(max(1, len(found))), "failures": str(errors), "errors": "0"}
    root = ET.Element("testsuites", {"name": "reconciler validate", **totals})
    suite = ET.SubElement(root, "testsuite", {"name": "reconciler validate", **totals})
    for problem in found:
        _add_case(suite, problem)
    if not found:
        ET.SubElement(suite, "testcase", {"classname": "validate", "name": "No problems"})
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _shaped(problems: Sequence[Problem], place: str = "") -> list[ProblemShape]:
    placed = [
        replace(each, at=_moved(each.at, place), also=_moved(each.also, place)) for each in problems
    ]
    return shown(problems_document(placed), ProblemsShape).problems


def _moved(at: Location | None, place: str) -> Location | None:
    return None if at is None else replace(at, file=f"{place}{at.file}")


def _annotation(problem: ProblemShape) -> str:
    properties = dict[str, str]()
    if problem.file:
        properties["file"] = problem.file
        properties["line"] = str(problem.line)
        properties["col"] = str(problem.column)
    properties["title"] = problem.summary
    said = ",".join(f"{key}={_encoded(properties[key], _IN_PROPERTIES)}" for key in properties)
    return f"::{problem.severity} {said}::{_encoded(_message(problem), _IN_MESSAGES)}"


def _message(problem: ProblemShape) -> str:
    """Return detail, the other place and the fix, a line each, each inert."""
    also = problem.also
    elsewhere = f"See also {also.file}:{also.line}:{also.column}" if also else ""
    parts = (problem.detail, elsewhere, problem.fix)
    return "\n".join(visible(part) for part in parts if part) or visible(problem.summary)


def _encoded(text: str, table: dict[str, str]) -> str:
    lines = (visible(line) for line in text.split("\n"))
    return "".join(table.get(char, char) for char in "\n".join(lines))


def _result(problem: ProblemShape) -> JSON:
    result: dict[str, JSON] = {
        "ruleId": problem.code,
        "level": problem.severity,
        "message": {"text": f"{visible(problem.summary)}\n{_message(problem)}"},
    }
    if problem.file and problem.line and problem.column:
        result["locations"] = [_location(problem.file, problem.line, problem.column)]
    if problem.also:
        also = problem.also
        result["relatedLocations"] = [_location(also.file, also.line, also.column)]
    return result


def _location(file: str, line: int, column: int) -> JSON:
    uri = quote(visible(file).replace("\\", "/"))
    region: JSON = {"startLine": line, "startColumn": column}
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}


def _add_case(suite: ET.Element, problem: ProblemShape) -> None:
    where = f"{problem.file}:{problem.line}:{problem.column}" if problem.file else "project"
    case = ET.SubElement(
        suite, "testcase", {"classname": visible(where), "name": visible(problem.summary)}
    )
    if problem.severity == "error":
        said = {"message": visible(problem.summary), "type": visible(problem.code)}
        ET.SubElement(case, "failure", said).text = f"{visible(where)}\n{_message(problem)}"
    else:
        ET.SubElement(case, "system-out").text = f"warning: {_message(problem)}"
