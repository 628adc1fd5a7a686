from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.planner.world import drawn_of, line, without_password

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_case(path: Path) -> None:
    world = load(path)
    drawn = drawn_of(world)
    plan = drawn.plan
    said: dict[str, Any] = {
        "plan": [without_password(line(step)) for step in plan.steps],
        "causes": [step.cause.kind.value for step in plan.steps],
        "held": [line(step) for step in plan.held],
        "errors": [f"{e.person}: {e.summary}" for e in plan.errors],
        "issues": [
            f"{i.type.value} {i.person or '-'} {i.account.user_name if i.account else '-'}"
            f" {i.permission.name if i.permission else '-'} {i.status.value}"
            for i in plan.issues
        ],
        "adopts": [f"{a.person} {a.permission.name}" for a in plan.bookkeeping.adopts],
        "forgets": [
            *plan.bookkeeping.forgets_accounts,
            *(f"{f.holder} {f.permission}" for f in plan.bookkeeping.forgets_grants),
        ],
        "remembers": [
            f"{r.person} {r.user_name} {'enabled' if r.enabled else 'disabled'}"
            + (f" since {r.disabled_since}" if r.disabled_since else "")
            for r in plan.bookkeeping.remembers
        ],
        "warnings": list(plan.warnings),
        "protections": [f"{p.kind} {p.name} {p.ref}" for p in plan.bookkeeping.protections],
        "touched": [
            f"{t.protection.kind} {t.protection.name}{' lifted' if t.lifted else ''}"
            for t in drawn.exposure.touched
        ],
        "losses": [
            f"{x.permission.name} {x.lost} of {x.held}{' emptied' if x.empties else ''}"
            for x in drawn.exposure.losses
        ],
    }
    asked = {"plan", "errors", "issues", "held"} | (world.keys() & said.keys())
    expected: dict[str, Any] = {key: world.get(key) or [] for key in asked}

    assert {key: said[key] for key in asked} == expected


def test_there_are_cases() -> None:
    assert len(CASES) >= 30
