from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.errors import TenantUnreadable
from reconciler.model.change import (
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    EnableAccount,
    GrantGroup,
    GrantProduct,
    RevokeGroup,
    RevokeProduct,
)
from reconciler.model.run import Done, Later, Unheard
from reconciler.sandbox import Fault, TenantSettings
from tests.helloid.boxes import (
    ABOUT_ANNA,
    ABOUT_BOB,
    CRM,
    SALES,
    SUITE,
    Box,
    about,
    change,
    group,
    inside,
    over_http,
    product,
)

NEW = CreateAccount(about(None, "new@example.org"), (change("userName", None, "new@example.org"),))
GRANT_SUITE = GrantProduct(ABOUT_BOB, product(SUITE, "Suite"))
WRITES = {
    "create": NEW,
    "enable": EnableAccount(ABOUT_BOB, (change("isEnabled", False, True),)),
    "delete": DeleteAccount(ABOUT_ANNA, ()),
    "create_group": CreateGroup(group(None, "New")),
    "grant_group": GrantGroup(ABOUT_BOB, group(SALES, "Sales")),
    "revoke_group": RevokeGroup(ABOUT_ANNA, group(SALES, "Sales")),
    "grant_product": GRANT_SUITE,
    "revoke_product": RevokeProduct(ABOUT_ANNA, product(CRM, "CRM")),
}
WRITING = ("POST", "PUT", "DELETE")


def on_writes(make: Callable[[str], Fault]) -> tuple[Fault, ...]:
    return tuple(make(method) for method in WRITING)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", chance=0.3, method="GET", status=429, retry_after=2),
        Fault("status", chance=0.3, method="GET", status=503),
        Fault("late_status", chance=0.3, method="GET", status=500),
        Fault("drop_before", chance=0.3, method="GET"),
        Fault("short_page", at=(1,), path="/users"),
        Fault("short_page", at=(1,), path="/groups"),
        Fault("short_page", at=(1,), path="/products"),
        Fault("repeat_page", at=(2,), path="/users"),
        Fault("repeat_page", at=(3,), path="/product-assignment"),
    ],
)
def test_a_tenant_that_stumbles_is_read_whole(fault: Fault, tmp_path: Path) -> None:
    still, shaky = tmp_path / "still", tmp_path / "shaky"
    still.mkdir()
    shaky.mkdir()
    with inside(still) as calm, inside(shaky, None, fault) as box:
        assert box.read().digest == calm.read().digest


@pytest.mark.parametrize(
    "fault",
    [
        Fault("short_page", every=1, path="/users"),
        Fault("short_page", every=1, path="/groups"),
        Fault("short_page", every=1, path="/products"),
        Fault("repeat_page", every=2, path="/users"),
        Fault("drop_before", every=1, path="/groups/*"),
        Fault("drop_after", every=1, path="/product-assignment"),
        Fault("status", every=1, path="/products", status=500),
        Fault("status", every=1, path="/groups/*", status=404),
    ],
)
def test_a_tenant_that_cannot_be_read_whole_is_not_read(fault: Fault, tmp_path: Path) -> None:
    settings = TenantSettings(max_take=2)
    with inside(tmp_path, settings, fault) as box, pytest.raises(TenantUnreadable):
        box.read()


def test_a_connection_that_breaks_now_and_then_is_read_through(tmp_path: Path) -> None:
    with over_http(
        tmp_path, None, Fault("drop_before", every=4), Fault("drop_after", every=7)
    ) as box:
        assert len(box.read().accounts) == 3


@pytest.mark.parametrize("name", sorted(WRITES))
def test_a_write_that_is_done_but_not_answered_is_unheard_and_then_seen(
    name: str, tmp_path: Path
) -> None:
    faults = on_writes(lambda method: Fault("drop_after", at=(1,), method=method))
    with inside(tmp_path, None, *faults) as box:
        assert isinstance(box.run(lambda tenant: tenant.carry_out(WRITES[name], {})), Unheard)
        assert len(box.writes()) == 1
        assert isinstance(box.run(lambda tenant: tenant.look(WRITES[name])), Done)


@pytest.mark.parametrize("name", sorted(WRITES))
def test_a_write_that_never_arrived_is_unheard_and_then_not_seen(name: str, tmp_path: Path) -> None:
    faults = on_writes(lambda method: Fault("drop_before", at=(1,), method=method))
    with inside(tmp_path, None, *faults) as box:
        assert isinstance(box.run(lambda tenant: tenant.carry_out(WRITES[name], {})), Unheard)
        assert box.run(lambda tenant: tenant.look(WRITES[name])) is None


def test_a_lost_request_for_a_product_that_must_be_approved_stays_unheard(tmp_path: Path) -> None:
    lost = Fault("drop_before", at=(1,), method="POST")
    with inside(tmp_path, TenantSettings(approval="pending"), lost) as box:
        assert isinstance(box.run(lambda tenant: tenant.carry_out(GRANT_SUITE, {})), Unheard)
        assert isinstance(box.run(lambda tenant: tenant.look(GRANT_SUITE)), Unheard)


@pytest.mark.parametrize("name", sorted(WRITES))
def test_a_write_that_is_put_off_is_done_once(name: str, tmp_path: Path) -> None:
    faults = on_writes(
        lambda method: Fault("status", at=(1, 2), method=method, status=429, retry_after=3)
    )
    with inside(tmp_path, None, *faults) as box:
        assert isinstance(box.run(lambda tenant: tenant.carry_out(WRITES[name], {})), Done)
        assert box.time.slept == [3, 3]
        assert [request.status for request in box.recorded if request.method != "GET"] == [
            429,
            429,
            200,
        ]


@pytest.mark.parametrize("name", sorted(WRITES))
def test_a_write_that_is_always_put_off_changes_nothing(name: str, tmp_path: Path) -> None:
    faults = on_writes(lambda method: Fault("status", every=1, method=method, retry_after=1))
    with inside(tmp_path, None, *faults) as box:
        before = box.read().digest
        assert isinstance(box.run(lambda tenant: tenant.carry_out(WRITES[name], {})), Later)
        assert box.read().digest == before


@pytest.mark.parametrize("name", sorted(WRITES))
def test_nothing_is_written_where_nothing_can_be_checked(name: str, tmp_path: Path) -> None:
    with inside(tmp_path, None, Fault("status", every=1, method="GET", status=500)) as box:
        assert isinstance(box.run(lambda tenant: tenant.carry_out(WRITES[name], {})), Later)
        assert isinstance(box.run(lambda tenant: tenant.look(WRITES[name])), Unheard)
        assert box.writes() == []


def test_a_request_that_was_taken_but_cannot_be_read_back_counts_as_pending(tmp_path: Path) -> None:
    lost = Fault("status", at=tuple(range(3, 11)), path="/product-assignment/*", status=500)
    with inside(tmp_path, None, lost) as box:
        answer = box.run(lambda tenant: tenant.carry_out(WRITES["grant_product"], {}))
        assert isinstance(answer, Done)
        assert answer.pending
        assert box.writes() == [("POST", "/selfservice/products/request")]


def slow_create(box: Box) -> object:
    return box.run(lambda tenant: tenant.carry_out(NEW, {}))


def test_an_answer_that_comes_too_late_over_http_is_unheard(tmp_path: Path) -> None:
    with over_http(tmp_path, None, Fault("latency", every=1, method="POST", seconds=0.6)) as box:
        box.target = type(box.target)(
            box.target.base_url, box.target.api_key, box.target.api_secret, timeout_seconds=0.3
        )
        assert isinstance(slow_create(box), Unheard)
