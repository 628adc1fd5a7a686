"""Declared state from records as a user would write them, read by the product's own reader."""

import json
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from reconciler.desired import read_desired
from reconciler.entitlements import entitle
from reconciler.model.declared import Declared
from reconciler.model.problem import Severity
from reconciler.model.settings import Settings, Target
from reconciler.model.state import Desired
from reconciler.model.value import JSON

SETTINGS = Settings(Target("sandbox:tenant.db"))


def declare(records: Mapping[str, JSON]) -> Declared:
    """Read records (JSON is YAML); an error among the problems fails."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "desired").mkdir()
        text = json.dumps(records, ensure_ascii=False)
        (Path(folder) / "desired" / "all.yaml").write_text(text, encoding="utf-8")
        declared, problems = read_desired(Path(folder), SETTINGS, b"{}")
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    assert errors == []
    return declared


def desired(records: Mapping[str, JSON], day: date) -> Desired:
    return entitle(declare(records), day)


def held(found: Desired) -> dict[str, list[str]]:
    """Return who holds what: persons by `group NAME` or `product NAME`, where membership is managed."""
    return {
        f"{key.kind} {wanted.name}": sorted(wanted.members)
        for key, wanted in found.permissions.items()
        if wanted.members is not None
    }
