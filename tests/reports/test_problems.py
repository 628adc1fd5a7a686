import json
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.problem import Problem, Severity
from reconciler.model.provenance import Location
from reconciler.reports.inert import shows
from reconciler.reports.pipelines import (
    problems_github,
    problems_gitlab,
    problems_junit,
    problems_sarif,
)
from reconciler.reports.problems import problems_document, problems_text
from tests.reports.agreed import same_as_golden
from tests.reports.strategies import problems

GROUPS = "groups:\n  - name: Sales\n    membres: []\n\t- name: 日本 x: 1\n" + "y" * 300 + "!\n"
FOUND = (
    Problem(
        "unknown-key",
        "Unknown key",
        "A group has no key `membres`.",
        "Write `members`.",
        Location("desired/groups.yaml", 3, 5),
    ),
    Problem(
        "duplicate",
        "The same group twice",
        "Sales is declared in two places.",
        "Keep one of them.",
        Location("desired/groups.yaml", 4, 13),
        Location("desired/more.yaml", 9, 3),
    ),
    Problem(
        "too-long",
        "A value is too long",
        "It has 301 characters.",
        at=Location("desired/groups.yaml", 5, 301),
        severity=Severity.WARNING,
    ),
    Problem("no-source", "The file is gone", "", at=Location("desired/gone.yaml", 2, 1)),
    Problem("after-end", "The file ends too soon", "", at=Location("desired/groups.yaml", 99, 1)),
    Problem("no-place", "No settings", "There is no reconciler.yaml.", "Run: reconciler init"),
)


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - our own output


def sources(file: str) -> str | None:
    return GROUPS if file == "desired/groups.yaml" else None


def test_problems_look_as_agreed():
    same_as_golden("problems.txt", problems_text(FOUND, colour=False, sources=sources))


def test_the_caret_stands_below_the_column():
    lines = problems_text(FOUND[:1], colour=False, sources=sources).splitlines()
    source = next(line for line in lines if "| " in line and "membres" in line)
    assert lines[lines.index(source) + 1].index("^") == source.index("membres")


def test_the_caret_finds_its_column_in_a_long_line_too():
    lines = problems_text(FOUND[2:3], colour=False, sources=sources).splitlines()
    source = next(line for line in lines if line.endswith("!"))
    assert lines[lines.index(source) + 1].index("^") == source.index("!")


def test_no_problems_are_said_to_be_none():
    assert problems_text((), colour=True, sources=sources).count("No problems found.") == 1
    assert problems_github(()) == ""
    assert parsed(problems_junit(())).get("failures") == "0"
    assert json.loads(problems_sarif(()))["runs"][0]["results"] == []


def test_the_json_counts_errors_and_warnings_and_keeps_their_places():
    document = json.loads(json.dumps(problems_document(FOUND)))
    assert document["summary"] == {"errors": 5, "warnings": 1}
    assert document["problems"][1]["also"] == {"file": "desired/more.yaml", "line": 9, "column": 3}
    assert document["problems"][5]["file"] is None


def test_github_gets_a_command_a_problem_with_what_it_reserves_encoded():
    problem = Problem(
        "x", "Half, of: 50%", "100% sure\nnot", "Do it", Location("desired/a,b:c.yaml", 3, 5)
    )
    assert problems_github([problem]) == (
        "::error file=desired/a%2Cb%3Ac.yaml,line=3,col=5,title=Half%2C of%3A 50%25"
        "::100%25 sure\\nnot%0ADo it\n"
    )
    assert problems_github(FOUND[5:]).startswith("::error title=No settings::There is")


def test_gitlab_gets_a_report_whose_fingerprints_outlive_a_move_of_lines():
    report = json.loads(problems_gitlab(FOUND))
    assert [each["severity"] for each in report].count("minor") == 1
    assert report[5]["location"] == {"path": "reconciler.yaml", "lines": {"begin": 1}}
    assert len({each["fingerprint"] for each in report}) == len(FOUND)
    moved = [
        replace(each, at=each.at and replace(each.at, line=each.at.line + 7)) for each in FOUND
    ]
    again = json.loads(problems_gitlab(moved))
    assert [each["fingerprint"] for each in again] == [each["fingerprint"] for each in report]


def test_a_project_in_a_folder_of_its_repository_is_annotated_there():
    assert problems_github(FOUND[:1], "access/").startswith("::error file=access/desired/")
    (first, *_) = json.loads(problems_gitlab(FOUND[:1], "access/"))
    assert first["location"]["path"].startswith("access/desired/")
    result = json.loads(problems_sarif(FOUND[1:2], "access/"))["runs"][0]["results"][0]
    for key in ("locations", "relatedLocations"):
        uri = result[key][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.startswith("access/desired/")


def test_sarif_names_rule_place_and_the_other_place():
    run = json.loads(problems_sarif(FOUND))["runs"][0]
    result = run["results"][1]
    assert result["ruleId"] == "duplicate"
    place = result["relatedLocations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "desired/more.yaml"
    assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {
        problem.code for problem in FOUND
    }
    assert "locations" not in run["results"][5]
    assert run["results"][2]["level"] == "warning"


def test_junit_fails_for_errors_and_not_for_warnings():
    root = parsed(problems_junit(FOUND))
    suite = root[0]
    assert (suite.get("tests"), suite.get("failures")) == ("6", "5")
    assert len(suite.findall("testcase/failure")) == 5
    assert len(suite.findall("testcase/system-out")) == 1


@settings(deadline=None)
@given(st.lists(problems(), max_size=3), st.text(max_size=40))
def test_whatever_the_problems_say_every_format_is_inert_and_well_formed(
    found: list[Problem], source: str
):
    texts = [
        problems_text(found, colour=False, sources=lambda _: source),
        problems_github(found),
        problems_junit(found),
        problems_sarif(found),
        problems_gitlab(found),
    ]
    assert all(shows(char) or char == "\n" for text in texts for char in text)
    assert len(parsed(texts[2]).findall("testsuite/testcase/failure")) == sum(
        problem.severity is Severity.ERROR for problem in found
    )
    assert len(json.loads(texts[3])["runs"][0]["results"]) == len(found)
    commands = texts[1].splitlines()
    assert len(commands) == len(found)
    assert all(re.match(r"::(error|warning) (file=|title=)", command) for command in commands)
