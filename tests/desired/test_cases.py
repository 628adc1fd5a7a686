from pathlib import Path
from typing import NotRequired, TypedDict, cast

import pytest
import yaml

from reconciler.model.problem import Severity
from tests.desired.project import holding, lines, read

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


class Case(TypedDict):
    files: dict[str, str]
    problems: list[str]
    tenant: NotRequired[dict[str, list[str]]]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path) -> None:
    case = cast("Case", yaml.safe_load(path.read_text(encoding="utf-8")))
    tenant = case.get("tenant")
    actual = (
        None if tenant is None else holding(tenant.get("groups", []), tenant.get("products", []))
    )
    _, problems = read(tmp_path, case["files"], actual)
    assert sorted(lines(problems)) == sorted(case["problems"])
    for problem in problems:
        assert problem.summary
        assert problem.detail.endswith(".")
        assert problem.fix or problem.severity is Severity.WARNING or problem.code in NO_FIX


NO_FIX = {"wrong-type", "bad-text", "unreadable-file", "too-deep", "missing-key", "duplicate-key"}
