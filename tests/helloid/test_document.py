from collections.abc import Mapping

import pytest

from reconciler.errors import BadInput
from reconciler.helloid import read_snapshot, wire
from reconciler.helloid.document import (
    Document,
    Reading,
    actual_of,
    digest_of,
    document_of,
    is_held,
)
from reconciler.model.address import AccountRef, PermissionRef
from reconciler.model.settings import Patterns, Scope
from reconciler.model.value import JSON
from reconciler.reports.canonical import pretty

AT = "2026-11-23T10:00:00Z"
ANNA, BOB, GONE, ROBOT = (AccountRef(f"{n}") for n in ("a1", "b2", "d4", "c3"))
SALES, ADMINS, SECRET, CRM, HIDDEN = (PermissionRef(n) for n in ("g1", "g2", "g3", "p1", "p2"))
SCOPE = Scope(groups=Patterns(exclude=("hidden*",)), products=Patterns(exclude=("hidden*",)))


def account(guid: str, name: str, **more: JSON) -> dict[str, JSON]:
    row: dict[str, JSON] = {"userGUID": guid, "userName": name, "isEnabled": True}
    return wire.account({**row, "userAttributes": {"title": "Zoë"}, **more})


def group(guid: str, name: str, users: list[JSON], groups: list[JSON]) -> dict[str, JSON]:
    row: dict[str, JSON] = {"groupGuid": guid, "name": name, "source": ""}
    return wire.group({**row, "users": users, "groups": groups})


def assignment(user: str, product: str, **more: JSON) -> dict[str, JSON]:
    guid = f"{user}/{product}/{len(more)}"
    row: dict[str, JSON] = {"assignmentGuid": guid, "userGuid": user, "productGuid": product}
    return wire.assignment({**row, **more})


READING = Reading(
    accounts=[
        account(BOB, "bob@example.org", isEnabled=False),
        account(ROBOT, "SVC-Backup"),
        account(ANNA, "anna@example.org"),
        account(GONE, "gone@example.org", isDeleted=True),
    ],
    groups=[
        group(ADMINS, "Admins", [], [SALES, SECRET]),
        group(SALES, "Sales", [ROBOT, GONE, ANNA], []),
        group(SECRET, "Hidden things", [ANNA], []),
    ],
    products=[{"productId": CRM, "name": "CRM"}, {"productId": HIDDEN, "name": "Hidden app"}],
    assignments=[
        assignment(ANNA, CRM),
        assignment(ANNA, CRM, returnDate=None),
        assignment(GONE, CRM),
        assignment(ROBOT, CRM),
        assignment(ANNA, HIDDEN),
        assignment(BOB, CRM, returnDate="2026-11-01T00:00:00"),
    ],
)


def document(scope: Scope = SCOPE) -> Document:
    return document_of(READING, scope, "https://tenant.example.org/api/v1", AT)


def test_accounts_in_scope_are_there_live_and_deleted_and_others_only_reserved() -> None:
    actual = actual_of(document())
    assert list(actual.accounts) == [ANNA, BOB, GONE]
    assert [found.deleted for found in actual.accounts.values()] == [False, False, True]
    assert [found.enabled for found in actual.accounts.values()] == [True, False, True]
    assert actual.reserved == {"svc-backup", ROBOT, SECRET, HIDDEN}


def test_a_deleted_account_out_of_scope_reserves_its_name_only() -> None:
    reading = Reading([account(ROBOT, "SVC-Backup", isDeleted=True)], [], [], [])
    assert actual_of(document_of(reading, SCOPE, "", AT)).reserved == {"svc-backup"}


def test_of_permissions_out_of_scope_only_the_references_are_kept() -> None:
    actual = actual_of(document())
    assert sorted(actual.permissions) == [SALES, ADMINS, CRM]
    assert "idden" not in pretty(document())


def test_every_permission_has_its_live_holders_in_scope_also_where_there_are_none() -> None:
    assert actual_of(document()).holders == {
        SALES: frozenset({ANNA}),
        ADMINS: frozenset(),
        CRM: frozenset({ANNA}),
    }


def test_a_group_inside_a_group_is_known_by_name_and_left_to_the_plan_to_tell() -> None:
    actual = actual_of(document())
    assert actual.permissions[ADMINS].nested == ("Sales",)
    assert actual.warnings == ()


def test_a_group_without_a_source_is_local_and_its_body_lists_no_members() -> None:
    sales = actual_of(document()).permissions[SALES]
    assert sales.source is None
    assert "users" not in sales.body


def test_a_group_whose_members_were_not_read_has_no_holders_rather_than_none() -> None:
    unread = {name: value for name, value in READING.groups[1].items() if name != "users"}
    reading = Reading(READING.accounts, [unread], READING.products, [])
    actual = actual_of(document_of(reading, SCOPE, "", AT))
    assert SALES in actual.permissions
    assert SALES not in actual.holders


def test_the_state_is_the_same_live_and_through_a_file() -> None:
    live = document()
    assert read_snapshot(pretty(live).encode(), "s.json", SCOPE) == actual_of(live)


def test_the_order_of_rows_does_not_matter_and_the_moment_does_not_enter_the_digest() -> None:
    turned = Reading(
        READING.accounts[::-1],
        READING.groups[::-1],
        READING.products[::-1],
        READING.assignments[::-1],
    )
    later = document_of(turned, SCOPE, "https://tenant.example.org/api/v1", "2026-11-24T00:00:00Z")
    assert later["digest"] == document()["digest"]
    assert {**later, "taken_at": AT} == document()


def test_a_narrower_scope_narrows_a_snapshot_too() -> None:
    narrow = Scope(
        accounts=Patterns(exclude=("svc-*", "bob*")), groups=Patterns(include=("sales",))
    )
    actual = read_snapshot(pretty(document()).encode(), "s.json", narrow)
    assert list(actual.accounts) == [ANNA, GONE]
    assert list(actual.permissions) == [SALES, CRM]
    kept_out = {SECRET, ADMINS, HIDDEN}
    assert actual.reserved == {"svc-backup", ROBOT, "bob@example.org", BOB, *kept_out}


def sealed(document: Mapping[str, JSON]) -> bytes:
    return pretty({**document, "digest": digest_of(document)}).encode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "not an object"),
        (b'{"actions": []}', "not an object"),
        (pretty({**document(), "format_version": "2.0"}).encode(), '"2.0"'),
        (pretty({**document(), "format_version": 1}).encode(), "format_version 1"),
        (pretty({**document(), "digest": None}).encode(), "no digest"),
        (pretty({**document(), "base_url": "https://other.example.org"}).encode(), "altered"),
        (pretty({**document(), "accounts": []}).encode(), "altered"),
        (sealed({**document(), "accounts": [{"userName": "x"}]}), "userGUID"),
        (sealed({**document(), "accounts": 3}), "no array"),
        (sealed({**document(), "groups": [3]}), "no object"),
        (sealed({**document(), "groups": [{"groupGuid": "g", "name": "n", "users": 3}]}), "array"),
        (sealed({**document(), "assignments": [{"userGuid": "a1"}]}), "productGuid"),
    ],
)
def test_a_file_that_is_no_unaltered_snapshot_is_refused_by_name(data: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=r"(?s)bad\.json") as refused:
        read_snapshot(data, "bad.json", SCOPE)
    assert words in str(refused.value)
    assert "snapshot -o" in refused.value.fix


def test_optional_members_may_be_left_out() -> None:
    small: Document = {
        "format_version": "1.0",
        "accounts": [{"userGUID": ANNA, "userName": "anna"}],
        "groups": [{"groupGuid": SALES, "name": "Sales"}],
        "products": [{"productId": CRM, "name": "CRM"}],
        "assignments": [{"userGuid": ANNA, "productGuid": CRM}],
    }
    actual = read_snapshot(sealed(small), "s.json", SCOPE)
    assert actual.holders == {SALES: frozenset(), CRM: frozenset({ANNA})}
    assert not actual.accounts[ANNA].deleted


@pytest.mark.parametrize(
    ("returned", "held"),
    [
        (None, True),
        ("", True),
        ("2026-11-22T23:59:59", False),
        ("2026-11-23T10:00:00", False),
        ("2026-11-23T10:00:00.12", True),
        ("2026-11-23T11:30:00+02:00", False),
        ("2027-01-01", True),
        ("whenever", True),
    ],
)
def test_an_assignment_is_held_until_it_is_surely_returned(returned: JSON, *, held: bool) -> None:
    assert is_held({"returnDate": returned}, AT) is held
