"""What a diff leaves out because nothing touches it would not have been in it."""

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given
from hypothesis import settings as profile

from reconciler.cli.wiring import make_world
from reconciler.desired import Shelf
from reconciler.errors import BadInput
from reconciler.flows.differing import label_of
from reconciler.flows.project import read_project
from reconciler.flows.sides import Read, sides_of, whole_sides
from reconciler.model.difference import Revision
from reconciler.planner.comparing import compare
from tests.diff.edits import State, edited
from tests.entitlements.organisations import DAYS

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
SHORT = profile(max_examples=60, deadline=None, suppress_health_check=SLOW, derandomize=True)
LONG = profile(max_examples=5_000, deadline=None, suppress_health_check=SLOW)


def read(root: Path, state: State, shelf: Shelf, label: str) -> Read:
    state.write(root)
    world = make_world(root / "reconciler.yaml")
    project = read_project(world, need_credentials=False, shelf=shelf, need_variables=False)
    return Read(project, (root / "fieldMapping.json").read_bytes(), label)


def check_nothing_is_missed(before: State, after: State, day: date) -> None:
    label = label_of(Revision("main", "0" * 40))
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(only_compares=True)
        try:
            head = read(Path(folder, "head"), after, shelf, "")
            base = read(Path(folder, "base"), before, shelf, label)
        except BadInput:
            assume(False)
            return
        some, everybody = sides_of(base, head, day), whole_sides(base, head, day)

        assert compare(some) == compare(everybody)


@SHORT
@given(edited(), DAYS)
def test_evaluating_whom_something_touches_finds_what_evaluating_everybody_finds(
    edit: tuple[State, State], day: date
) -> None:
    check_nothing_is_missed(*edit, day)


@pytest.mark.long
@LONG
@given(edited(), DAYS)
def test_evaluating_whom_something_touches_finds_what_evaluating_everybody_finds_at_length(
    edit: tuple[State, State], day: date
) -> None:
    check_nothing_is_missed(*edit, day)
