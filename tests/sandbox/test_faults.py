from pathlib import Path
from typing import Any

import httpx
import pytest

from reconciler.sandbox import Fault, Faults, FaultSyntax, TenantSettings, seed
from tests.sandbox.tenants import Tenant, inside, outside

WAYS = pytest.mark.parametrize("way", [inside, outside])


def statuses(tenant: Tenant, count: int, path: str = "/users") -> list[int]:
    return [tenant.call("GET", path).status_code for _ in range(count)]


@WAYS
def test_every_nth_request_is_answered_by_an_error(way: Any, tmp_path: Path) -> None:
    faults = Faults((Fault("status", every=3, retry_after=2), Fault("status", at=(4,), status=503)))
    with way(tmp_path / "t.db", None, faults) as tenant:
        assert statuses(tenant, 5) == [200, 200, 429, 503, 200]
        assert tenant.call("GET", "/users").headers["Retry-After"] == "2"


def test_a_fault_hits_its_method_and_path_only_and_so_often(tmp_path: Path) -> None:
    fault = Fault("status", every=1, times=2, method="POST", path="/users*", status=503)
    with inside(tmp_path / "t.db", None, Faults((fault,))) as tenant:
        assert statuses(tenant, 3) == [200] * 3
        answers = [tenant.call("POST", "/users", {"userName": str(n)}) for n in range(3)]
        assert [answer.status_code for answer in answers] == [503, 503, 200]
        assert tenant.names() == ["2"]


def test_a_late_error_comes_after_the_work(tmp_path: Path) -> None:
    faults = Faults((Fault("late_status", at=(1,), method="POST", status=500),))
    with inside(tmp_path / "t.db", None, faults) as tenant:
        assert tenant.call("POST", "/users", {"userName": "a"}).status_code == 500
        assert tenant.names() == ["a"]


@WAYS
@pytest.mark.parametrize(("kind", "done"), [("drop_before", []), ("drop_after", ["a"])])
def test_a_broken_connection_tells_nothing(
    way: Any, kind: Any, done: list[str], tmp_path: Path
) -> None:
    faults = Faults((Fault(kind, at=(1,), method="POST"),), record=True)
    with way(tmp_path / "t.db", None, faults) as tenant:
        with pytest.raises((httpx.TransportError, ConnectionResetError)):
            tenant.call("POST", "/users", {"userName": "a"})
        assert tenant.names() == done
        assert [item.status for item in tenant.recorded] == [None, 200][: len(tenant.recorded)]


def test_chance_is_the_same_each_time(tmp_path: Path) -> None:
    seen: list[list[int]] = []
    for number, dice in enumerate((5, 5, 6)):
        faults = Faults((Fault("status", chance=0.5),), seed=dice)
        with inside(tmp_path / f"{number}.db", None, faults) as tenant:
            seen.append(statuses(tenant, 24))
    assert seen[0] == seen[1] != seen[2]
    assert set(seen[0]) == {200, 429}


def test_latency_changes_no_answer(tmp_path: Path) -> None:
    faults = Faults((Fault("latency", every=1, seconds=0.001), Fault("status", at=(2,))))
    with inside(tmp_path / "t.db", None, faults) as tenant:
        assert statuses(tenant, 3) == [200, 429, 200]


@pytest.mark.parametrize("wrapping", ["bare", "data", "nested"])
def test_pages_come_short_or_twice(tmp_path: Path, wrapping: str) -> None:
    settings = TenantSettings.read({"lists": wrapping})
    short = Fault("short_page", at=(1,), method="GET", path="/users")
    twice = Fault("repeat_page", at=(3,), method="GET", path="/users")
    faults = Faults((short, twice))
    with inside(tmp_path / "t.db", settings, faults) as tenant:
        for name in "abcdef":
            tenant.user(name)
        pages = [tenant.get("/users", take=2, skip=skip) for skip in (0, 0, 2, 2)]
        bare = [unwrapped(page) for page in pages]
        assert [[user["userName"] for user in page] for page in bare] == [
            ["a"],
            ["a", "b"],
            ["a", "b"],
            ["c", "d"],
        ]


def unwrapped(page: Any) -> list[Any]:
    if "data" in page:
        return page["data"]
    return page[0] if isinstance(page[0], list) else page


def test_a_group_may_lose_a_member_in_one_answer(tmp_path: Path) -> None:
    faults = Faults((Fault("short_page", at=(1,), path="/groups/*", method="GET"),))
    with inside(tmp_path / "t.db", None, faults) as tenant:
        group = tenant.group("G")
        for name in "ab":
            tenant.link(tenant.user(name), group)
        assert [len(tenant.get("/groups/G")["users"]) for _ in range(2)] == [1, 2]


def test_requests_are_recorded_as_they_came(tmp_path: Path) -> None:
    with inside(tmp_path / "t.db", None, Faults(record=True)) as tenant:
        tenant.user("a b")
        tenant.get("/users/a%20b")
        tenant.get("/users", take=5)
        seen = [(r.method, r.path, r.query, r.body, r.status) for r in tenant.recorded]
    assert seen == [
        ("POST", "/users", "", {"userName": "a b"}, 200),
        ("GET", "/users/a b", "", None, 200),
        ("GET", "/users", "take=5", None, 200),
    ]


def test_faults_are_written_as_text() -> None:
    texts = [
        "status:every=5,status=503,retry_after=1,path=/users/*,method=get",
        "drop_after:at=1+3",
    ]
    texts += ["latency:seconds=0.5,chance=0.25,times=2"]
    assert Faults.parse(texts, seed=9) == Faults(
        (
            Fault("status", every=5, status=503, retry_after=1, path="/users/*", method="GET"),
            Fault("drop_after", at=(1, 3)),
            Fault("latency", seconds=0.5, chance=0.25, times=2),
        ),
        seed=9,
    )
    for wrong in ("status:evry=5", "flood:every=1", "status:every=often", "status:at=1-3"):
        with pytest.raises(FaultSyntax, match=wrong.partition(":")[0]):
            Faults.parse([wrong])


def test_a_dropped_request_leaves_the_next_connection_alone(tmp_path: Path) -> None:
    faults = Faults((Fault("drop_after", every=2),))
    with outside(tmp_path / "t.db", None, faults) as tenant:
        seed(tenant.state, {"format_version": "1.0"})
        seen: list[int] = []
        for _ in range(6):
            try:
                seen.append(tenant.call("GET", "/users").status_code)
            except httpx.TransportError:
                seen.append(0)
        assert seen == [200, 0] * 3
