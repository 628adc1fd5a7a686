from pathlib import Path

import pytest

from tests.killing.box import Box, Moment
from tests.killing.matrix import KILLED, Again, End, Office, Row, check_row, rows
from tests.ledger.postgres import Server

REQUESTS = 137
"""So many requests has the apply of the office, give or take a few: what runs at the same time varies."""


@pytest.mark.parametrize("row", rows(seed=1, count=8, requests=REQUESTS), ids=str)
def test_an_apply_killed_and_run_again_ends_like_one_that_was_not(
    row: Row, office: Office, whole: End
) -> None:
    check_row(office, row, whole)


BEFORE_THE_FIRST_REQUEST = Moment(5, "done", path="/product-assignment/by-user/*")
"""The first two looks at assignments, of two requests each, are those of revokes."""


@pytest.mark.parametrize("again", ["same plan", "new plan"])
def test_of_requests_never_sent_none_is_in_doubt(again: Again, office: Office, whole: End) -> None:
    assert office.apply_killed(BEFORE_THE_FIRST_REQUEST) == KILLED
    assert not office.box.asked
    assert not office.untold()
    ran = office.apply(again)
    assert ran.code == 0, ran
    assert office.end().tenant == whole.tenant
    assert office.project.run("plan", "--detailed-exitcode").code == 0


@pytest.mark.long
@pytest.mark.parametrize("row", rows(seed=2, count=150, requests=REQUESTS, twice=True), ids=str)
def test_every_moment_of_an_apply_may_be_its_last(row: Row, office: Office, whole: End) -> None:
    check_row(office, row, whole)


@pytest.mark.long
@pytest.mark.parametrize("row", rows(seed=3, count=60, requests=REQUESTS, twice=True), ids=str)
def test_with_a_ledger_on_a_server_too(
    row: Row, box: Box, postgres: Server, whole: End, tmp_path: Path
) -> None:
    check_row(Office.ready(tmp_path / "office", box, postgres.fresh()), row, whole)
