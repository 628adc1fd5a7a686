import json
from pathlib import Path

import pytest

from tests.bench.figures import Figure, table
from tests.bench.organisation import build
from tests.bench.reviewing import EDITS, committed, restored
from tests.bench.rules import RULES, build_ruled, rules
from tests.bench.size import Size


def test_the_plan_of_a_generated_organisation_finds_exactly_what_was_built_in(
    tmp_path: Path,
) -> None:
    size = Size(400)
    project = build(tmp_path / "organisation", size)
    plan = project.good("plan", "--format", "json").json
    assert plan["summary"] == size.summary
    assert plan["errors"] == []
    assert len(plan["adopts"]) == size.persons // 100 * 10
    kinds = [issue["type"] for issue in plan["issues"]]
    assert kinds.count("account_unmanaged") == size.leavers
    assert kinds.count("permission_unmanaged") == size.persons // 100


def test_a_generated_organisation_has_a_hundred_thousand_grants_at_ten_thousand_persons() -> None:
    assert Size(10_000).grants == 100_000


@pytest.mark.parametrize(
    ("value", "limit", "verdict"), [(2.0, 2.0, "pass"), (2.1, 2.0, "FAIL"), (9.0, None, "shown")]
)
def test_a_figure_fails_only_above_its_limit(
    value: float, limit: float | None, verdict: str
) -> None:
    figure = Figure("plan", value, 1.0, "a peer", limit=limit)
    assert figure.verdict == verdict
    assert json.loads(json.dumps(figure.as_json()))["verdict"] == verdict
    assert table([figure]).splitlines()[1].endswith(verdict)


def test_a_peer_that_took_nothing_admits_nothing() -> None:
    assert Figure("plan", 1.0, 0.0, "a peer", limit=100).verdict == "FAIL"


def test_the_organisation_under_rules_has_a_hundred_rules_and_half_as_many_second_contracts(
    tmp_path: Path,
) -> None:
    assert len(list(rules())) == RULES
    project = build_ruled(tmp_path / "ruled", 40)
    project.good("validate")
    text = (project.folder / "desired/persons/000000.yaml").read_text(encoding="utf-8")
    assert text.count("- ExternalId:") == 40 + 60


@pytest.mark.parametrize("name", EDITS)
def test_a_diff_of_an_edited_organisation_finds_exactly_the_edit(name: str, tmp_path: Path) -> None:
    size = Size(200)
    project = committed(build(tmp_path / "made", size), tmp_path / "reviewed")
    edit, _ = EDITS[name]
    expected = edit(project, size)
    assert project.good("diff", "main", "--format", "json").json["summary"] == expected
    restored(project)
    assert project.good("diff", "main", "--format", "json").json["summary"] == {}
