"""The same inputs give the same plan, byte for byte, whatever their order and the process's hashes."""

import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from reconciler.sandbox import TenantSettings, create_app
from tests.cli.offices import Office
from tests.projects import Project

_NOT_THE_PLAN = ('"created_at"', '"expires_at"', '"seal"')


def plan_of(text: str) -> str:
    """Return a plan's text without the lines that tell when it was made."""
    lines = text.splitlines()
    kept = [line for line in lines if not line.strip().startswith(_NOT_THE_PLAN)]
    assert len(lines) - len(kept) == len(_NOT_THE_PLAN)
    return "\n".join(kept)


def changed(office: Office) -> dict[str, Any]:
    """Give the office's plan something of everything, and return what its files ask for."""
    office.accounts("disabled", 20, 21)
    office.accounts("absent", 22, 23)
    office.members("Sales", *range(4, 15), 16, 17)
    office.members("CRM", *range(3, 15), 18)
    for each in office.desired["persons"][5:9]:
        each["Contracts"][0]["Title"]["Name"] = "Lead"
    office.want()
    return office.desired


def scatter(project: Project, desired: dict[str, Any], seed: int) -> None:
    """Write desired state in another order, in other files, each record in a file of its own."""
    dice = random.Random(seed)  # noqa: S311 - the same order each time, no secret
    records = [(part, each) for part, several in desired.items() for each in several]
    dice.shuffle(records)
    project.want({})
    numbers = itertools.count()
    for part, record in records:
        items = list(record.items())
        dice.shuffle(items)
        folder = dice.choice(["a", "b", "c/d"])
        project.write(f"desired/{folder}/{next(numbers)}.yaml", {part: [dict(items)]})


def without_sources(text: str) -> str:
    """Return a plan's text without the places of the lines that caused it."""
    return "\n".join(
        line for line in text.splitlines() if not line.strip().startswith(('"source"', '"digest"'))
    )


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_order_of_pages_and_hashes_does_not_matter(seed: int, office: Office) -> None:
    changed(office)
    office.project.good("plan", "-o", "plain.json", "--ack", "members_lost/Sales=3")
    settings = TenantSettings(page_order="shuffled", page_seed=seed, max_take=7)
    create_app(office.project.tenant, settings).state.close()
    ran = office.project.spawn(
        "plan", "-q", "-o", "other.json", env={"PYTHONHASHSEED": str(1000 + seed)}
    )
    assert ran.code == 0, ran
    plain, other = (
        (office.project.folder / name).read_text() for name in ("plain.json", "other.json")
    )
    assert plan_of(plain) == plan_of(other)


def test_order_of_files_and_records_does_not_matter(office: Office, tmp_path: Path) -> None:
    desired = changed(office)
    office.project.good("plan", "-o", "plain.json")
    plain = (office.project.folder / "plain.json").read_text()
    for seed in (1, 2):
        scattered = office.project.copy(tmp_path / f"scattered-{seed}")
        scatter(scattered, desired, seed)
        ran = scattered.spawn("plan", "-q", "-o", "s.json", env={"PYTHONHASHSEED": str(seed)})
        assert ran.code == 0, ran
        text = (scattered.folder / "s.json").read_text()
        assert without_sources(plan_of(text)) == without_sources(plan_of(plain))
        assert (
            scattered.read("s.json")["desired_digest"]
            == office.project.read("plain.json")["desired_digest"]
        )
