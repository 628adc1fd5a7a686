"""A tenant and a network that misbehave: the end is the same, and nothing is done twice."""

from pathlib import Path

import pytest

from reconciler.sandbox import Faults
from tests.killing.matrix import End, Office
from tests.killing.picture import differences

FAULTS = {
    "the connection breaks after every fourth write": ["drop_after:method=POST,every=4"],
    "the connection breaks before a few writes": ["drop_before:method=POST,path=/users*,at=2+5+9"],
    "an update breaks off, done and not done": [
        "drop_after:method=PUT,at=1+4",
        "drop_before:method=PUT,at=3",
    ],
    "the tenant asks to wait": ["status:every=7,status=429,retry_after=0"],
    "the tenant is overloaded": ["status:every=9,status=503,retry_after=0"],
    "creations end in an error and are done": [
        "late_status:method=POST,path=/users,every=2,status=502"
    ],
    "answers are slow": ["latency:chance=0.3,seconds=0.02"],
    "everything at once": [
        "drop_after:method=POST,path=/users*,chance=0.15",
        "status:chance=0.05,status=429,retry_after=0",
        "drop_before:method=GET,chance=0.03",
        "latency:chance=0.2,seconds=0.01",
    ],
}


@pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
def test_an_apply_through_faults_ends_like_one_without(
    faults: list[str], template: Office, whole: End, tmp_path: Path
) -> None:
    office = template.copy(tmp_path / "office", Faults.parse(faults))
    ran = office.apply()
    found = office.end()
    wrong = [
        *differences(found.tenant, whole.tenant, "tenant"),
        *differences(found.ledger, whole.ledger, "ledger"),
    ]
    assert wrong == [], "\n".join([*wrong, str(ran)])
    assert set(found.created.values()) == {1}
    assert set(found.asked.values()) == {1}
    assert ran.code == 0, ran
    office.box.load(office.state)
    assert office.project.run("plan", "--detailed-exitcode").code == 0
