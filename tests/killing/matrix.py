"""One row of the kill matrix: an apply killed at a moment, run again, and held against one that was not."""

import json
import random
import shutil
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from reconciler.applier.ports import Ledger
from reconciler.ledger import open_ledger
from reconciler.model.run import StepStatus
from reconciler.sandbox import Faults
from tests.killing.box import Box, Moment
from tests.killing.office import WAITS, prepare
from tests.killing.picture import differences, ledger_picture, tenant_picture
from tests.projects import Project, Ran, ended

SQLITE = "sqlite:///.reconciler/ledger.db"
KILLED = -9
ALREADY_APPLIED = 4
UNCONFIRMED = 5

Again: TypeAlias = Literal["same plan", "new plan"]


@dataclass(frozen=True)
class Row:
    """When an apply is killed, how it is run again, and when that is killed too."""

    moment: Moment
    again: Again
    second: Moment | None = None

    def __str__(self) -> str:
        def text(moment: Moment) -> str:
            return f"{moment.request}-{moment.stage}-{moment.seconds * 1000:.0f}ms"

        twice = f", {text(self.second)}" if self.second else ""
        return f"{text(self.moment)}{twice}, {self.again}"


@dataclass(frozen=True)
class End:
    """What is left when all is done."""

    tenant: dict[str, Any]
    ledger: dict[str, Any]
    created: Counter[str]
    asked: Counter[tuple[str, str]]


@dataclass(frozen=True)
class Office:
    """The office before its apply; `state` is its tenant, which `box` serves."""

    project: Project
    state: Path
    box: Box
    ledger: str = SQLITE

    @classmethod
    def ready(cls, folder: Path, box: Box, ledger: str = SQLITE) -> "Office":
        project, state = prepare(folder, box, ledger)
        box.calls.clear()
        return cls(project, state, box, ledger)

    def copy(self, folder: Path, faults: Faults | None = None) -> "Office":
        """Return a copy with a tenant of its own, which the box serves from now on."""
        folder.mkdir(parents=True, exist_ok=True)
        state = folder / "tenant.db"
        self.box.unload()
        shutil.copy(self.state, state)
        project = self.project.copy(folder / "project")
        self.box.load(state, faults)
        return Office(project, state, self.box, self.ledger)

    def apply(self, again: Again = "same plan") -> Ran:
        """Apply to the end, inside this process."""
        self.box.disarm()
        return self.project.run("apply", *_WORDS[again])

    def apply_killed(self, moment: Moment, again: Again = "same plan") -> int:
        """Apply in a process of its own, killed at a moment; return its exit code."""
        victim = self.project.start("apply", *_WORDS[again])
        self.box.arm(moment, victim.kill)
        code = ended(victim).code
        self.box.disarm()
        return code

    def end(self) -> End:
        return End(
            tenant_picture(self.state),
            ledger_picture(self._ledger()),
            self.box.created,
            self.box.asked,
        )

    def untold(self) -> set[tuple[str, str]]:
        """Return the requests (user name, product) of which nobody can tell whether they were sent.

        They wait for approval, which the API does not show; and the apply stopped with them on its lips.
        """
        run = self._ledger().unfinished()
        if run is None:
            return set()
        last = {entry.step: entry.status for entry in run.entries}
        return {
            (action["account"]["user_name"], action["permission"]["name"])
            for action in json.loads(run.plan)["actions"]
            if action["kind"] == "grant_product"
            and action["permission"]["name"] == WAITS
            and last.get(action["id"]) is StepStatus.INTENDED
        }

    def _ledger(self) -> Ledger:
        return open_ledger(self.ledger, self.box.base_url, self.project.folder)


_WORDS: dict[Again, tuple[str, ...]] = {
    "same plan": ("plan.json", "-q"),
    "new plan": ("--auto-approve", "-q"),
}


def rows(seed: int, count: int, requests: int, *, twice: bool = False) -> list[Row]:
    """Draw rows whose moments are spread over an apply of so many requests."""
    dice = random.Random(seed)  # noqa: S311 - the same moments each time, no secret
    width = requests / count
    drawn: list[Row] = []
    for number in range(count):
        request = 1 + int(number * width + dice.random() * width)
        moment = _moment(dice, request)
        again: Again = "same plan" if number % 2 == 0 else "new plan"
        second = _moment(dice, dice.randint(1, 40)) if twice and number % 3 == 0 else None
        drawn.append(Row(moment, again, second))
    return drawn


def _moment(dice: random.Random, request: int) -> Moment:
    match dice.randrange(4):
        case 0:
            return Moment(request, "undone")
        case 1:
            return Moment(request, "done")
        case _:
            return Moment(request, "answered", dice.random() * 0.03)


def check_row(office: Office, row: Row, whole: End) -> None:
    """Kill the apply as the row says, run it again, and find the end of an apply nobody killed."""
    codes = [office.apply_killed(row.moment)]
    untold = office.untold()
    if row.second is not None:
        codes.append(office.apply_killed(row.second, row.again))
        untold |= office.untold()
    assert set(codes) <= {KILLED, 0, ALREADY_APPLIED, *([UNCONFIRMED] if untold else [])}, codes
    ran = office.apply(row.again)
    found = office.end()
    assert set(found.created.values()) <= {1}, found.created
    assert set(found.asked.values()) <= {1}, found.asked
    wrong = [
        *differences(_told(found.tenant, untold), _told(whole.tenant, untold), "tenant"),
        *differences(_told(found.ledger, untold), _told(whole.ledger, untold), "ledger"),
    ]
    assert wrong == [], "\n".join([*wrong, str(ran)])
    assert sorted(found.created) == sorted(whole.created)
    assert ran.code in _expected(row, codes, untold), ran
    left = office.project.run("plan", "--detailed-exitcode")
    assert left.code == 0, left


def _expected(row: Row, codes: list[int], untold: AbstractSet[tuple[str, str]]) -> set[int]:
    """Return how the last apply may end; a kill may come after the end was written down."""
    if row.again == "same plan" and codes[-1] != KILLED:
        return {ALREADY_APPLIED}
    ends = {0, UNCONFIRMED} if untold else {0}
    return ends | {ALREADY_APPLIED} if row.again == "same plan" else ends


def _told(picture: Mapping[str, Any], untold: AbstractSet[tuple[str, str]]) -> dict[str, Any]:
    """Leave out the requests that nobody can tell of."""
    kept = dict(picture)
    for name in ("assignments", "requests"):
        if name in kept:
            kept[name] = {it: n for it, n in kept[name].items() if it[:2] not in untold}
    if "grants" in kept:
        kept["grants"] = [it for it in kept["grants"] if (it[1], it[3]) not in untold]
    return kept
