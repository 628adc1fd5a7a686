from collections.abc import Generator
from pathlib import Path

import pytest

from reconciler.errors import AccessDenied
from reconciler.helloid import read_snapshot
from reconciler.helloid.wire import rows
from reconciler.model.address import PermissionRef, PersonId
from reconciler.model.change import (
    Change,
    CorrelateAccount,
    CreateAccount,
    CreateGroup,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    Fields,
    GrantGroup,
    GrantProduct,
    RestoreAccount,
    RevokeGroup,
    RevokeProduct,
    Subject,
    UpdateAccount,
)
from reconciler.model.run import Done, Moved, Refused, Unheard
from reconciler.model.settings import Patterns, Scope
from reconciler.model.value import AccountOf, Generated, Plain, Secret
from reconciler.reports.canonical import pretty
from reconciler.sandbox import TenantSettings
from tests.helloid.boxes import (
    ABOUT_ANNA,
    ABOUT_BOB,
    ABOUT_GONE,
    ABOUT_NOBODY,
    ADMINS,
    ANNA,
    BOB,
    CRM,
    GONE,
    ROBOT,
    SALES,
    SUITE,
    Box,
    about,
    change,
    group,
    guid,
    inside,
    kind,
    over_http,
    product,
)

NEW = (
    change("userName", None, "new@example.org"),
    change("userGUID", None, None),
    change("lastName", None, None),
    change("isEnabled", None, "False"),
    change("mustChangePassword", None, "TRUE"),
    change("password", None, Generated("password")),
    change("userAttributes.title", None, "Lead"),
    change("userAttributes.number", None, 7),
)
CREATE = CreateAccount(about(None, "new@example.org"), NEW)
DRAWN: dict[str, Secret | Plain] = {"password": Secret("Xy4#plantjes-Hunter2")}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Generator[Box]:
    with over_http(tmp_path_factory.mktemp("served")) as opened:
        yield opened


@pytest.fixture(params=["inside", "over http"])
def box(request: pytest.FixtureRequest, tmp_path: Path, served: Box) -> Generator[Box]:
    if request.param == "inside":
        with inside(tmp_path) as opened:
            yield opened
    else:
        served.refill()
        yield served


@pytest.fixture
def near(tmp_path: Path) -> Generator[Box]:
    with inside(tmp_path) as opened:
        yield opened


def do(box: Box, asked: Change) -> object:
    return box.run(lambda tenant: tenant.carry_out(asked, DRAWN))


def look(box: Box, asked: Change) -> object:
    return box.run(lambda tenant: tenant.look(asked))


# ---------------------------------------------------------------- reading


def test_a_tenant_is_read_as_it_is(box: Box) -> None:
    actual = box.read()
    assert actual.base_url == box.target.base_url
    assert {ref: found.user_name for ref, found in actual.accounts.items()} == {
        ANNA: "anna@example.org",
        BOB: "bob#EXT#/x? é@example.org",
        GONE: "gone@example.org",
    }
    assert actual.accounts[GONE].deleted
    assert not actual.accounts[BOB].enabled
    assert actual.accounts[ANNA].field("userattributes.Title") == "Clerk"
    assert actual.holders == {
        SALES: frozenset({ANNA}),
        ADMINS: frozenset(),
        CRM: frozenset({ANNA}),
        SUITE: frozenset(),
    }
    assert actual.reserved == {"svc-backup", ROBOT}
    assert actual.permissions[ADMINS].nested == ("Sales",)
    assert ROBOT not in str((actual.accounts, actual.permissions, actual.holders))


def test_a_tenant_read_through_a_file_is_the_same(box: Box) -> None:
    document = box.run(lambda tenant: tenant.snapshot())
    assert read_snapshot(pretty(document).encode(), "s.json", Scope()) == box.read()


def test_a_snapshot_fills_another_tenant_that_reads_the_same(near: Box) -> None:
    document = near.run(lambda tenant: tenant.snapshot())
    near.refill(document)
    again = near.run(lambda tenant: tenant.snapshot())
    assert again["groups"] == document["groups"]
    assert again["assignments"] == document["assignments"]
    assert [row["userGUID"] for row in rows(again["accounts"])] == [ANNA, BOB, GONE]


@pytest.mark.parametrize(
    "settings",
    [
        TenantSettings(lists="data", members_in_list="full", group_guid="groupGUID"),
        TenantSettings(lists="pageData", members_in_list="empty", no_attributes="absent"),
        TenantSettings(lists="nested", page_order="shuffled", max_take=2),
        TenantSettings(deletion_drops_memberships=False, deleted_users="listed"),
    ],
    ids=["data", "pageData", "nested, shuffled, two a page", "deleted users listed"],
)
def test_a_tenant_of_any_manners_is_read_the_same(
    settings: TenantSettings, near: Box, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with inside(other, settings) as box:
        assert box.read().digest == near.read().digest


def test_no_group_out_of_scope_is_asked_for(near: Box) -> None:
    near.scope = Scope(groups=Patterns(exclude=("sales",)), products=Patterns(include=("crm",)))
    actual = near.read()
    assert sorted(actual.permissions) == [ADMINS, CRM]
    assert f"/groups/{SALES}" not in {request.path for request in near.recorded}


def test_the_members_of_other_groups_are_neither_read_nor_claimed(near: Box) -> None:
    actual = near.run(lambda tenant: tenant.read({ADMINS}))
    assert actual.holders.keys() == {ADMINS, CRM, SUITE}
    assert f"/groups/{SALES}" not in {request.path for request in near.recorded}


def test_wrong_credentials_are_said_to_be_wrong_and_not_shown(near: Box) -> None:
    near.credentials = ("key", "wrong-secret")
    with pytest.raises(AccessDenied) as denied:
        near.read()
    assert "wrong-secret" not in str(denied.value)
    answer = do(near, CorrelateAccount(ABOUT_ANNA))
    assert isinstance(answer, Refused)
    assert answer.status == 401
    assert isinstance(look(near, CorrelateAccount(ABOUT_ANNA)), Unheard)


# ---------------------------------------------------------------- creating


def test_a_created_account_is_found_and_has_what_was_sent(box: Box) -> None:
    answer = do(box, CREATE)
    assert isinstance(answer, Done)
    assert answer.account is not None
    found = box.account(answer.account)
    assert found.user_name == "new@example.org"
    assert not found.enabled
    assert found.field("mustChangePassword") is True
    assert found.field("userAttributes.number") == "7"
    assert look(box, CREATE) == Done(account=answer.account)


def test_a_new_account_is_sent_as_the_api_has_it(near: Box) -> None:
    do(near, CREATE)
    assert near.writes() == [("POST", "/users")]
    assert near.bodies() == [
        {
            "userName": "new@example.org",
            "isEnabled": False,
            "mustChangePassword": True,
            "password": "Xy4#plantjes-Hunter2",
            "userAttributes": {"title": "Lead", "number": "7"},
        }
    ]


def test_an_account_is_not_created_where_a_live_one_has_the_name(near: Box) -> None:
    taken = CreateAccount(ABOUT_ANNA, (change("userName", None, "ANNA@example.org"),))
    assert isinstance(do(near, taken), Moved)
    assert near.writes() == []


def test_whether_the_name_of_a_deleted_account_is_free_is_for_helloid_to_say(
    near: Box, tmp_path: Path
) -> None:
    again = CreateAccount(ABOUT_GONE, (change("userName", None, "gone@example.org"),))
    assert isinstance(do(near, again), Refused)
    other = tmp_path / "other"
    other.mkdir()
    settings = TenantSettings(deleted_user_name="free", same_name_gives="deleted")
    with inside(other, settings) as box:
        answer = do(box, again)
        assert isinstance(answer, Done)
        assert look(box, again) == answer


def test_a_refusal_says_why_without_the_password(tmp_path: Path) -> None:
    with inside(tmp_path, TenantSettings(password_min_length=40)) as box:
        answer = do(box, CREATE)
    assert isinstance(answer, Refused)
    assert answer.status == 400
    assert "Hunter2" not in repr(answer)


@pytest.mark.parametrize("fields", [(), (change("userName", None, " "),)])
def test_an_account_without_a_name_is_not_asked_for(fields: Fields, near: Box) -> None:
    assert isinstance(do(near, CreateAccount(about(None, ""), fields)), Refused)
    assert near.recorded == []


def test_nothing_is_sent_while_a_value_is_unknown(near: Box) -> None:
    manager = (change("managedByUserGUID", None, AccountOf(PersonId("10000"))),)
    drawn = (change("userAttributes.pin", None, Generated("pin")),)
    for fields in (manager, drawn):
        assert isinstance(do(near, UpdateAccount(ABOUT_ANNA, fields)), Refused)
    assert isinstance(do(near, GrantGroup(ABOUT_ANNA, group(None, "New"))), Refused)
    assert look(near, GrantGroup(about(None, "x"), group(SALES, "Sales"))) is None
    assert near.recorded == []


def test_a_lost_create_is_looked_for_by_name_and_content(near: Box) -> None:
    assert look(near, CREATE) is None
    ours = CreateAccount(ABOUT_ANNA, (change("userName", None, "Anna@example.org"),))
    assert kind_of_look(near, ours) == "Refused"
    same = (change("userName", None, "anna@example.org"), change("firstName", None, "Jo"))
    assert look(near, CreateAccount(ABOUT_ANNA, same)) == Done(account=ANNA)
    other = (*same, change("lastName", None, "Visser"))
    assert kind_of_look(near, CreateAccount(ABOUT_ANNA, other)) == "Refused"


def kind_of_look(box: Box, asked: Change) -> str:
    return kind(box.run(lambda tenant: tenant.look(asked)))


# ---------------------------------------------------------------- updating


RETITLE = (change("userAttributes.Title", "Clerk", "Lead"), change("firstName", "Jo", None))


def test_an_update_changes_what_it_names_and_nothing_else(box: Box) -> None:
    before = box.account(ANNA).body
    assert do(box, UpdateAccount(ABOUT_ANNA, RETITLE)) == Done(account=ANNA)
    after = box.account(ANNA).body
    assert after == {
        **before,
        "firstName": None,
        "userAttributes": {"title": "Lead", "floor": "3"},
    }
    assert look(box, UpdateAccount(ABOUT_ANNA, RETITLE)) == Done(account=ANNA)


def test_an_update_sends_the_whole_account_without_what_is_volatile(near: Box) -> None:
    do(near, UpdateAccount(ABOUT_ANNA, RETITLE))
    (body,) = near.bodies()
    assert isinstance(body, dict)
    assert body["immutableId"] == "S-1-5"
    assert body["userAttributes"] == {"title": "Lead", "floor": "3"}
    assert not {"links", "lastLogin", "password", "isLocked", "IdentifierObject"} & body.keys()


@pytest.mark.parametrize(
    "settings",
    [
        TenantSettings(user_attributes_in_put="replace", null_attribute="kept"),
        TenantSettings(null_in_put="ignore"),
        TenantSettings(attribute_names="any_case"),
    ],
)
def test_an_update_succeeds_whatever_a_put_means(settings: TenantSettings, tmp_path: Path) -> None:
    fields = (
        change("firstName", "Jo", None),
        change("userAttributes.title", "Clerk", None),
        change("userAttributes.room", None, "12"),
    )
    with inside(tmp_path, settings) as box:
        assert do(box, UpdateAccount(ABOUT_ANNA, fields)) == Done(account=ANNA)
        found = box.account(ANNA)
    assert found.field("firstName") in {None, ""}
    assert found.field("userAttributes.title") in {None, ""}
    assert found.field("userAttributes.floor") == "3"
    assert found.field("userAttributes.room") == "12"


def test_an_account_that_changed_since_the_plan_is_left_alone(near: Box) -> None:
    fields = (change("userAttributes.title", "Chief", "Lead"), change("firstName", "Jo", "Joan"))
    answer = do(near, UpdateAccount(ABOUT_ANNA, fields))
    assert isinstance(answer, Moved)
    assert "userAttributes.title" in answer.reason
    assert "firstName" not in answer.reason
    assert near.writes() == []
    assert look(near, UpdateAccount(ABOUT_ANNA, fields)) is None


def test_what_is_so_already_is_not_sent(near: Box) -> None:
    fields = (change("userAttributes.title", "Chief", "Clerk"),)
    assert kind_of_do(near, UpdateAccount(ABOUT_ANNA, fields)) == "Done"
    assert near.writes() == []


def kind_of_do(box: Box, asked: Change) -> str:
    return kind(box.run(lambda tenant: tenant.carry_out(asked, DRAWN)))


def test_a_rename_goes_beside_the_old_name(box: Box) -> None:
    rename = UpdateAccount(
        ABOUT_BOB, (change("userName", "bob#EXT#/x? é@example.org", "bob@example.org"),)
    )
    assert do(box, rename) == Done(account=BOB)
    assert box.account(BOB).user_name == "bob@example.org"
    assert look(box, rename) == Done(account=BOB)
    for body in box.bodies():
        assert isinstance(body, dict)
        assert body["userName"] == "bob#EXT#/x? é@example.org"
        assert body["IdentifierObject"] == {"userName": "bob@example.org"}


def test_a_new_password_is_written_again_when_its_request_was_lost(near: Box) -> None:
    reset = UpdateAccount(ABOUT_ANNA, (change("password", None, Generated("password")),))
    assert look(near, reset) is None
    assert do(near, reset) == Done(account=ANNA)
    (body,) = near.bodies()
    assert isinstance(body, dict)
    assert body["password"] == "Xy4#plantjes-Hunter2"  # noqa: S105 - invented above


def test_a_field_that_helloid_may_not_show_is_no_proof_of_a_lost_request(near: Box) -> None:
    unseen = UpdateAccount(ABOUT_ANNA, (change("mustChangePassword", None, False),))
    assert look(near, unseen) is None


def test_access_is_given_and_taken(box: Box) -> None:
    enable = EnableAccount(ABOUT_BOB, (change("isEnabled", False, "True"),))
    disable = DisableAccount(ABOUT_BOB, (change("isEnabled", True, False),))
    assert do(box, enable) == Done(account=BOB)
    assert box.account(BOB).enabled
    assert look(box, enable) == Done(account=BOB)
    assert look(box, disable) is None
    assert do(box, disable) == Done(account=BOB)
    assert not box.account(BOB).enabled
    assert look(box, disable) == Done(account=BOB)


@pytest.mark.parametrize("gone", [ABOUT_GONE, ABOUT_NOBODY], ids=["deleted", "never there"])
def test_an_account_that_is_gone_can_only_be_disabled_and_deleted(near: Box, gone: Subject) -> None:
    sales, crm = group(SALES, "Sales"), product(CRM, "CRM")
    disable = DisableAccount(gone, (change("isEnabled", True, False),))
    for asked in (disable, DeleteAccount(gone, ())):
        assert do(near, asked) == Done(account=gone.account.ref, note="already gone")
        assert kind_of_look(near, asked) == "Done"
    for refused in (
        UpdateAccount(gone, RETITLE),
        EnableAccount(gone, (change("isEnabled", False, True),)),
        CorrelateAccount(gone),
        GrantGroup(gone, sales),
        RevokeGroup(gone, sales),
        GrantProduct(gone, crm),
        RevokeProduct(gone, crm),
    ):
        assert kind_of_do(near, refused) == "Refused"
    assert near.writes() == []


# ---------------------------------------------------------------- deleting, restoring, correlating


def test_a_deleted_account_is_soft_deleted_after_its_fields_are_written(box: Box) -> None:
    delete = DeleteAccount(ABOUT_ANNA, (change("userAttributes.title", "Clerk", "Left"),))
    assert look(box, delete) is None
    assert do(box, delete) == Done(account=ANNA)
    found = box.account(ANNA)
    assert found.deleted
    assert found.field("userAttributes.title") == "Left"
    assert look(box, delete) == Done(account=ANNA)
    assert box.writes() in ([], [("PUT", f"/users/{ANNA}"), ("DELETE", f"/users/{ANNA}")])


def test_an_account_that_has_another_name_by_now_is_not_deleted(near: Box) -> None:
    assert kind_of_do(near, DeleteAccount(about(ANNA, "a.visser@example.org"), ())) == "Moved"
    assert not near.account(ANNA).deleted


def test_a_deleted_account_comes_back_with_its_fields(box: Box) -> None:
    fields = (change("userAttributes.title", "Clerk", "Back"), change("isEnabled", True, False))
    restore = RestoreAccount(ABOUT_GONE, fields)
    assert look(box, restore) is None
    assert do(box, restore) == Done(account=GONE)
    found = box.account(GONE)
    assert not found.deleted
    assert not found.enabled
    assert found.field("userAttributes.title") == "Back"
    assert look(box, restore) == Done(account=GONE)
    assert do(box, restore) == Done(account=GONE, note="already so")


@pytest.mark.parametrize("restore", ["ignored", "refused"])
def test_a_restore_that_does_not_happen_is_not_called_done(restore: str, tmp_path: Path) -> None:
    settings = TenantSettings.read({"restore": restore})
    with inside(tmp_path, settings) as box:
        assert kind_of_do(box, RestoreAccount(ABOUT_GONE, ())) == "Refused"
        assert box.account(GONE).deleted


def test_correlating_only_looks(box: Box) -> None:
    assert do(box, CorrelateAccount(ABOUT_ANNA)) == Done(account=ANNA)
    assert look(box, CorrelateAccount(ABOUT_ANNA)) == Done(account=ANNA)
    assert box.writes() == []


# ---------------------------------------------------------------- groups


def test_a_group_is_created_once(box: Box) -> None:
    create = CreateGroup(group(None, "Department É"))
    assert look(box, create) is None
    answer = do(box, create)
    assert isinstance(answer, Done)
    assert answer.permission is not None
    assert box.read().permissions[answer.permission].name == "Department É"
    assert look(box, create) == Done(permission=answer.permission)
    assert kind_of_do(box, CreateGroup(group(None, "department é"))) == "Moved"


def test_a_member_joins_and_leaves(box: Box) -> None:
    sales = group(SALES, "Sales")
    join, leave = GrantGroup(ABOUT_BOB, sales), RevokeGroup(ABOUT_BOB, sales)
    assert look(box, join) is None
    assert look(box, leave) == Done()
    assert do(box, join) == Done()
    assert box.read().holders[SALES] == {ANNA, BOB}
    assert look(box, join) == Done()
    assert look(box, leave) is None
    assert do(box, leave) == Done()
    assert box.read().holders[SALES] == {ANNA}


def test_joining_twice_and_leaving_twice_is_done_also_where_helloid_refuses(tmp_path: Path) -> None:
    settings = TenantSettings(already_member="refuse", not_member="missing")
    with inside(tmp_path, settings) as box:
        sales = group(SALES, "Sales")
        assert kind_of_do(box, GrantGroup(ABOUT_ANNA, sales)) == "Done"
        assert kind_of_do(box, RevokeGroup(ABOUT_BOB, sales)) == "Done"


def test_a_group_that_is_gone_takes_nobody_and_nobody_is_left_in_it(near: Box) -> None:
    gone = group(PermissionRef(guid(98)), "Old")
    assert kind_of_do(near, GrantGroup(ABOUT_ANNA, gone)) == "Refused"
    assert look(near, GrantGroup(ABOUT_ANNA, gone)) is None
    assert look(near, RevokeGroup(ABOUT_ANNA, gone)) == Done()


# ---------------------------------------------------------------- products


def test_a_product_is_requested_and_returned(box: Box) -> None:
    suite = product(SUITE, "Suite")
    assert look(box, GrantProduct(ABOUT_ANNA, suite)) is None
    assert do(box, GrantProduct(ABOUT_ANNA, suite)) == Done()
    assert box.read().holders[SUITE] == {ANNA}
    assert look(box, GrantProduct(ABOUT_ANNA, suite)) == Done()
    assert look(box, RevokeProduct(ABOUT_ANNA, suite)) is None
    assert do(box, RevokeProduct(ABOUT_ANNA, suite)) == Done()
    assert look(box, RevokeProduct(ABOUT_ANNA, suite)) == Done()
    assert box.read().holders[SUITE] == frozenset()


def test_a_product_is_requested_by_and_for_the_account_with_a_comment(near: Box) -> None:
    do(near, GrantProduct(ABOUT_BOB, product(CRM, "CRM")))
    assert near.bodies() == [
        {
            "requestedProductGUID": CRM,
            "requestedByUserGUID": BOB,
            "requestedForUserGUID": BOB,
            "comment": "Please",
        }
    ]


def test_nothing_is_requested_twice_and_nothing_returned_that_is_not_there(near: Box) -> None:
    assert kind_of_do(near, GrantProduct(ABOUT_ANNA, product(CRM, "CRM"))) == "Done"
    assert kind_of_do(near, RevokeProduct(ABOUT_ANNA, product(SUITE, "Suite"))) == "Done"
    assert near.writes() == []


def test_a_request_that_waits_for_approval_is_pending(tmp_path: Path) -> None:
    settings = TenantSettings(approval="pending", assignments_of_unknown="missing")
    with inside(tmp_path, settings) as box:
        suite = product(SUITE, "Suite")
        assert do(box, GrantProduct(ABOUT_BOB, suite)) == Done(pending=True)
        assert kind_of_look(box, GrantProduct(ABOUT_BOB, suite)) == "Unheard"
        assert kind_of_do(box, GrantProduct(ABOUT_BOB, suite)) == "Refused"
