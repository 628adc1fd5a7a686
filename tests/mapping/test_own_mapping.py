from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.mapping import open_mapper, read_mapping
from reconciler.model.address import PersonId
from reconciler.model.mapped import Mapped, Stage
from reconciler.model.person import Person
from reconciler.model.value import JSON, FieldValue, Generated, Secret
from tests.mapping.given import ANNA, NOW, ZONE, contract, mapped, person

FILE = Path(__file__).parents[2] / "fieldMapping.json"
MAPPING, PROBLEMS = read_mapping(FILE.read_bytes(), "fieldMapping.json")
MAPPER = open_mapper(MAPPING, ZONE, NOW)
KINDS = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz", "0123456789", "!#%+-=?@_")


def create(fields: dict[str, JSON], iteration: int = 0) -> dict[str, FieldValue]:
    return dict(mapped(MAPPER, person(fields), Stage.CREATE, iteration))


def test_our_own_mapping_has_no_problem() -> None:
    assert PROBLEMS == ()


def test_it_covers_the_fields_of_the_connector() -> None:
    names = {
        "contactEmail", "firstName", "isEnabled", "lastName", "managedByUserGUID",
        "mustChangePassword", "password", "source", "userAttributes.department",
        "userAttributes.description", "userAttributes.phoneNumber", "userAttributes.title",
        "userGUID", "userName",
    }  # fmt: skip
    assert {one.name for one in MAPPING.fields} == names
    assert set(MAPPER.names(Stage.CREATE)) == names - {"userGUID", "managedByUserGUID"}
    assert MAPPER.names(Stage.ENABLE) == MAPPER.names(Stage.DISABLE) == ("isEnabled",)
    assert MAPPER.names(Stage.DELETE) == ()
    assert not {"password", "source", "isEnabled", "mustChangePassword"} & set(
        MAPPER.names(Stage.UPDATE)
    )


def test_a_whole_person_is_mapped() -> None:
    who = person(dict(ANNA), contract("c", "2020-01-01"))
    assert mapped(MAPPER, who) == {
        "userName": "anna.vandenbomer@example.org",
        "firstName": "Anna",
        "lastName": "van den Bömer - de Vries",
        "contactEmail": "anna@example.org",
        "isEnabled": False,
        "password": Generated("password"),
        "mustChangePassword": True,
        "source": "Local",
        "userAttributes.department": "Department of c",
        "userAttributes.description": "Managed by HelloID provisioning",
        "userAttributes.phoneNumber": "010 123",
        "userAttributes.title": None,
    }
    assert mapped(MAPPER, who, Stage.ENABLE) == {"isEnabled": True}
    assert mapped(MAPPER, who, Stage.DISABLE) == {"isEnabled": False}


def test_a_person_with_a_nick_name_and_an_account_elsewhere_is_mapped() -> None:
    found = create(
        {
            "Name": {"NickName": "octo"},
            "Accounts": {"EntraID": {"userPrincipalName": "Octo@example.org"}},
        }
    )
    assert (found["userName"], found["contactEmail"]) == ("Octo@example.org", "Octo@example.org")
    assert (found["firstName"], found["lastName"]) == ("octo", None)
    assert found["userAttributes.department"] is None


@pytest.mark.parametrize(
    ("convention", "last_name", "user_name"),
    [
        ("B", "van den Bömer", "anna.vandenbomer@example.org"),
        ("P", "de Vries", "anna.devries@example.org"),
        ("BP", "van den Bömer - de Vries", "anna.vandenbomer@example.org"),
        ("PB", "de Vries - van den Bömer", "anna.devries@example.org"),
        (None, "van den Bömer", "anna.vandenbomer@example.org"),
    ],
)
def test_names_follow_the_convention(
    convention: str | None, last_name: str, user_name: str
) -> None:
    name = dict(ANNA["Name"]) if isinstance(ANNA["Name"], dict) else {}
    found = create({**ANNA, "Name": {**name, "Convention": convention}})
    assert (found["lastName"], found["userName"]) == (last_name, user_name)


@pytest.mark.parametrize("convention", ["B", "P", "BP", "PB"])
def test_a_missing_partner_leaves_no_trace(convention: str) -> None:
    found = create({"Name": {"GivenName": "Bo", "FamilyName": "Kok", "Convention": convention}})
    assert (found["firstName"], found["lastName"]) == ("Bo", "Kok")
    assert found["userName"] == "bo.kok@example.org"


def test_the_user_name_counts_with_the_iteration() -> None:
    name: dict[str, JSON] = {"Name": {"NickName": "Bo", "FamilyName": "Kok"}}
    names = [create(name, iteration)["userName"] for iteration in range(3)]
    assert names == ["bo.kok@example.org", "bo.kok2@example.org", "bo.kok3@example.org"]
    elsewhere: dict[str, JSON] = {"Accounts": {"EntraID": {"userPrincipalName": "b@example.org"}}}
    assert create(elsewhere, 1)["userName"] == "b2@example.org"


def test_a_person_without_any_name_still_has_a_user_name() -> None:
    found = create({"ExternalId": "10-07"})
    assert found["userName"] == "person1007@example.org"
    assert (found["firstName"], found["lastName"], found["contactEmail"]) == (None, None, None)


def test_a_name_elsewhere_that_is_no_address_is_no_contact_email() -> None:
    found = create({"Accounts": {"EntraID": {"userPrincipalName": "bo"}}})
    assert (found["userName"], found["contactEmail"]) == ("bo", None)


_TEXT = st.none() | st.text(max_size=8) | st.sampled_from(["B", "P", "BP", "PB", "x@example.org"])
_NAMES = (
    "GivenName",
    "NickName",
    "FamilyName",
    "FamilyNamePrefix",
    "FamilyNamePartner",
    "Convention",
)


@given(
    st.dictionaries(st.sampled_from(_NAMES), _TEXT),
    st.none()
    | st.fixed_dictionaries({"Business": st.none() | st.fixed_dictionaries({"Email": _TEXT})}),
    st.none()
    | st.fixed_dictionaries({"EntraID": st.fixed_dictionaries({"userPrincipalName": _TEXT})}),
    st.sampled_from(list(Stage)),
)
def test_no_person_fails_and_no_text_says_undefined_or_null(
    name: dict[str, JSON], contact: JSON, accounts: JSON, stage: Stage
) -> None:
    who = Person(
        PersonId("7"),
        "",
        {"ExternalId": "7", "Name": name, "Contact": contact, "Accounts": accounts},
    )
    given_texts = repr(who.fields)
    answer = MAPPER.map(who, stage)
    if "\\x00" in given_texts:
        return
    assert isinstance(answer, Mapped), answer
    if stage in (Stage.CREATE, Stage.UPDATE):
        assert answer.values["userName"]
    for value in answer.values.values():
        assert not any(
            word in str(value) and word not in given_texts for word in ("undefined", "null")
        )


def test_every_password_has_every_kind_and_no_lookalike() -> None:
    seen: set[str] = set()
    places = Counter[int]()
    for _ in range(400):
        drawn = MAPPER.draw(person(), Stage.CREATE, Generated("password"))
        assert isinstance(drawn, Secret)
        text = drawn.reveal()
        seen.add(text)
        assert len(text) >= 16
        assert all(any(letter in kind for letter in text) for kind in KINDS)
        assert not set(text) & set("Il1O0")
        assert all(any(letter in kind for kind in KINDS) for letter in text)
        places.update(place for place, letter in enumerate(text) if letter in KINDS[2])
    assert len(seen) == 400
    assert all(20 < places[place] < 130 for place in range(20))
