import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.helloid import wire
from reconciler.model.value import JSON

GUID = "0b0f3a52-7a3d-4d6e-9a53-1f2f7f4f0a11"
OTHER = "6a1c0c0e-2c55-4b8e-8a3e-0d4c9a1b7e21"


@pytest.mark.parametrize(
    "document",
    [
        [{"a": 1}],
        {"data": [{"a": 1}]},
        {"pageData": [{"a": 1}]},
        {"PageData": [{"a": 1}], "total": 1},
        [[{"a": 1}]],
        {"data": [[{"a": 1}]]},
    ],
)
def test_a_list_is_found_in_every_wrapper(document: JSON) -> None:
    assert wire.rows(document) == [{"a": 1}]


@pytest.mark.parametrize("document", [[], [[]], {"data": []}, {"data": None}])
def test_an_empty_list_is_empty_in_every_wrapper(document: JSON) -> None:
    assert wire.rows(document) == []


@pytest.mark.parametrize("document", [None, 3, "text", {"message": "x"}, [1], [None], {"data": 3}])
def test_what_is_no_list_of_objects_is_refused(document: JSON) -> None:
    with pytest.raises(wire.WrongShape):
        wire.rows(document)


def test_one_object_is_found_bare_wrapped_and_alone_in_a_list() -> None:
    for document in ({"a": 1}, {"data": {"a": 1}}, [{"a": 1}], [[{"a": 1}]]):
        assert wire.record(document) == {"a": 1}
    for document in ([], [{"a": 1}, {"a": 2}], None, "x"):
        with pytest.raises(wire.WrongShape):
            wire.record(document)


def test_names_of_any_case_and_guids_in_upper_case_come_out_as_one() -> None:
    spellings: list[dict[str, JSON]] = [
        {"userGUID": GUID, "userName": "Bo", "isEnabled": True, "isDeleted": False},
        {"userGuid": GUID.upper(), "username": "Bo", "IsEnabled": "True", "isDeleted": "false"},
        {"UserGUID": f" {GUID} ", "UserName": "Bo", "isenabled": 1, "isdeleted": None},
    ]
    read = [wire.account(row) for row in spellings]
    assert read[0] == read[1] == read[2]


@pytest.mark.parametrize("attributes", [{}, {"userAttributes": None}, {"userAttributes": {}}])
def test_no_attributes_null_attributes_and_empty_attributes_are_one(
    attributes: dict[str, JSON],
) -> None:
    row: dict[str, JSON] = {"userGUID": GUID, "userName": "Bo", **attributes}
    assert wire.account(row)["userAttributes"] == {}


def test_an_account_keeps_no_volatile_member_and_no_password() -> None:
    row: dict[str, JSON] = {"userGUID": GUID, "userName": "Bo", "id": 3, "options": 4}
    volatile: dict[str, JSON] = {"links": [], "LastLogin": "2026-01-01", "password": "secret"}
    kept = wire.account({**row, **volatile})
    assert kept["id"] == 3
    assert kept["options"] == 4
    assert not {name.casefold() for name in kept} & {"links", "lastlogin", "password"}


def test_the_row_itself_says_whether_it_is_deleted_and_the_list_only_where_it_does_not() -> None:
    row: dict[str, JSON] = {"userGUID": GUID, "userName": "Bo"}
    assert wire.account(row, deleted=True)["isDeleted"] is True
    assert wire.account({**row, "isDeleted": False}, deleted=True)["isDeleted"] is False
    assert wire.account({**row, "isDeleted": "TRUE"}, deleted=False)["isDeleted"] is True


@pytest.mark.parametrize("name", ["userGUID", "userName"])
@pytest.mark.parametrize("value", [None, "", "  ", 7])
def test_an_account_without_guid_or_name_is_refused(name: str, value: JSON) -> None:
    row: dict[str, JSON] = {"userGUID": GUID, "userName": "Bo", name: value}
    with pytest.raises(wire.WrongShape, match=name):
        wire.account(row)


def test_a_boolean_that_is_neither_is_refused() -> None:
    with pytest.raises(wire.WrongShape, match="isEnabled"):
        wire.account({"userGUID": GUID, "userName": "Bo", "isEnabled": "perhaps"})


def test_members_are_lower_case_sorted_and_each_once() -> None:
    group = wire.group(
        {"groupGUID": OTHER, "name": "Sales", "users": [OTHER.upper(), GUID, GUID.upper()]}
    )
    assert group["users"] == [GUID, OTHER]
    assert "groups" not in group


def test_products_have_one_name_for_their_guid_in_both_generations() -> None:
    for name in ("productId", "productGuid", "selfServiceProductGUID"):
        assert wire.product({name: GUID.upper(), "name": "CRM"})["productId"] == GUID


def test_products_keep_no_icons_and_no_actions() -> None:
    row: dict[str, JSON] = {"productId": GUID, "name": "CRM", "icon": "x" * 99, "onRequest": []}
    assert set(wire.product(row)) == {"productId", "name"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"message": "User not found"}', "User not found"),
        (b'{"resultMsg": "Not possible", "message": "other"}', "Not possible"),
        (b'{"resultMsg": null, "Message": "other"}', "other"),
        (b'{"errors": [1]}', '{"errors": [1]}'),
        (b"<html>\r\n<b>Bad\x1b[31m gateway</b>", "<html> <b>Bad [31m gateway</b>"),
        (b"", ""),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_the_words_of_an_error_are_found(content: bytes, said: str) -> None:
    assert wire.said(content) == said


def test_the_words_of_an_error_are_short_and_hold_no_secret() -> None:
    assert len(wire.said(b"x" * 10_000)) == 300
    content = json.dumps({"message": "Hunter2! is too short"}).encode()
    assert wire.said(content, ["Hunter2!", ""]) == "*** is too short"


@given(st.text())
def test_any_name_is_one_segment_of_a_path(name: str) -> None:
    encoded = wire.in_path(name.encode("utf-8", "replace").decode())
    assert not set(encoded) & set("/?# \\")
    assert encoded.isascii()
    assert encoded not in {".", ".."}


@given(st.binary(max_size=80))
def test_any_bytes_are_a_document_or_a_value_error(content: bytes) -> None:
    try:
        wire.decode(content)
    except ValueError:
        return
    assert json.loads(content) is not NotImplemented


def test_a_document_of_a_hundred_thousand_levels_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r".+"):
        wire.decode(b"[" * 100_000)
