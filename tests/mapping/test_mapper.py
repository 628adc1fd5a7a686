from datetime import date

import pytest

from reconciler.entitlements.contracts import primary_contract
from reconciler.errors import BadInput
from reconciler.model.address import PersonId
from reconciler.model.mapped import MappingFailed, Stage
from reconciler.model.person import Contract, Person
from reconciler.model.value import Generated, Secret
from tests.mapping.given import (
    NOW,
    action,
    contract,
    field,
    mapped,
    mapper,
    person,
    scripts,
    value_of,
)

ALL = ("Create", "Update", "Enable", "Disable", "Delete")


def test_each_action_has_its_own_values_and_none_leaves_a_field_out() -> None:
    found = mapper(
        field(
            "isEnabled",
            action("Fixed", "TRUE", ("Enable",)),
            action("Fixed", "false", ("Create", "Disable")),
            action("None", None, ("Delete",)),
        ),
        field("firstName", action("Field", "Person.Name.NickName", ("Create", "Update"))),
        field("source", action("Fixed", "", ("Create",))),
    )
    assert mapped(found, person()) == {"isEnabled": False, "firstName": "Anna", "source": ""}
    assert mapped(found, person(), Stage.UPDATE) == {"firstName": "Anna"}
    assert mapped(found, person(), Stage.ENABLE) == {"isEnabled": True}
    assert mapped(found, person(), Stage.DELETE) == {}
    assert found.names(Stage.CREATE) == ("firstName", "isEnabled", "source")
    assert found.names(Stage.DELETE) == ()


def test_access_is_never_mapped_for_update_nor_an_account_reference_at_all() -> None:
    found = mapper(
        field("isEnabled", action("Fixed", "TRUE", ALL)),
        field("userGUID", action("Fixed", "x", ALL)),
    )
    assert mapped(found, person(), Stage.UPDATE) == {}
    assert found.names(Stage.UPDATE) == ()
    assert found.names(Stage.CREATE) == ("isEnabled",)


def test_a_path_is_copied_as_it_is() -> None:
    paths = {
        "Person.Details.BirthDate": "1990-03-31T00:00:00Z",
        "Person.Custom.Level": "3",
        "Person.Custom.Ratio": "0.5",
        "Person.Custom.Remote": True,
        "Person.custom.BADGE": "B7",
        "Person.Custom.Missing": None,
        "Person.Accounts.EntraID.mail": None,
        "Person.PrimaryContract.Department.DisplayName": "Department of c",
    }
    fields = [field(f"f{i}", action("Field", path)) for i, path in enumerate(paths)]
    found = mapped(mapper(*fields), person(None, contract("c", "2020-01-01")))
    assert list(found.values()) == list(paths.values())


def test_a_path_to_an_object_or_a_list_fails_in_a_text_field() -> None:
    for path in ("Person.Name", "Person.Custom.List"):
        answer = mapper(field("f0", action("Field", path))).map(
            person({"Name": {}, "Custom": {"List": ["a", 1]}}), Stage.CREATE
        )
        assert isinstance(answer, MappingFailed)
        assert "leads to" in answer.detail


def test_an_array_field_takes_lists_and_single_values() -> None:
    found = mapper(
        field("f0", action("Field", "Person.Custom.List"), kind="Array"),
        field("f1", action("Field", "Person.Custom.One"), kind="Array"),
        field("f2", action("Fixed", "x"), kind="Array"),
        field("f3", action("Field", "Person.Custom.None"), kind="Array"),
    )
    who = person({"Custom": {"List": ["a", 1, None], "One": "b"}})
    assert mapped(found, who) == {"f0": ("a", "1"), "f1": ("b",), "f2": ("x",), "f3": None}


def test_booleans_of_the_api_are_booleans_in_every_mode() -> None:
    found = mapper(
        field("isLocked", action("Complex", "'TRUE'")),
        field("resetMFA", action("Complex", "true")),
        field("mustChangePassword", action("Field", "Person.Custom.Word")),
    )
    assert mapped(found, person({"Custom": {"Word": "False"}})) == {
        "isLocked": True,
        "resetMFA": True,
        "mustChangePassword": False,
    }
    answer = found.map(person({"Custom": {"Word": "perhaps"}}), Stage.CREATE)
    assert isinstance(answer, MappingFailed)
    assert (answer.field, "neither true nor false" in answer.detail) == ("mustChangePassword", True)


def test_stored_account_data_is_seen_by_scripts_and_paths() -> None:
    stored = {PersonId("10001"): {"userName": "anna", "extra": "x"}}
    found = mapper(
        field("f0", action("Complex", "Person.Accounts.HelloID.userName")),
        field("f1", action("Field", "Person.Accounts.HelloID.extra")),
        field("f2", action("Complex", "Person.Accounts.EntraID.mail")),
        accounts=stored,
    )
    who = person({"Accounts": {"HelloID": {"userName": "old"}, "EntraID": {"mail": "m"}}})
    assert mapped(found, who) == {"f0": "anna", "f1": "x", "f2": "m"}
    assert who.fields["Accounts"] == {"HelloID": {"userName": "old"}, "EntraID": {"mail": "m"}}


def test_account_data_with_dotted_names_is_nested_as_in_the_account() -> None:
    found = mapper(
        field("f0", action("Complex", "Person.Accounts.HelloID.userAttributes?.title")),
        field("f1", action("Field", "Person.Accounts.HelloID.userAttributes.title")),
        field("f2", action("Complex", "String(Person.Accounts.HelloID.isEnabled === true)")),
    )
    assert mapped(found, person()) == {"f0": None, "f1": None, "f2": "false"}
    seeing = found.seeing({PersonId("10001"): {"userAttributes.title": "Lead", "isEnabled": True}})
    assert mapped(seeing, person()) == {"f0": "Lead", "f1": "Lead", "f2": "true"}
    assert mapped(found, person()) == {"f0": None, "f1": None, "f2": "false"}


def test_marked_fields_are_named_and_no_password_is_ever_stored() -> None:
    kept: dict[str, object] = {"StoreInAccountData": True, "UsedInNotifications": True}
    found = mapper(
        field("userName", action("Fixed", "x", ("Create",)) | kept),
        field("userGUID", action("None", None, ("Update",)) | kept),
        field("password", action("Complex", "'x'", ("Create",)) | kept),
        field("firstName", action("Fixed", "x", ("Create",))),
    )
    assert found.stored() == ("userGUID", "userName")
    assert found.notified(Stage.CREATE) == ("password", "userName")
    assert found.notified(Stage.UPDATE) == ("userGUID",)


RANDOM = [
    "Math.random()",
    "let s = ''; while (s.length < 30) s += Math.floor(Math.random() * 10); s",
    "const r = Math.random; r()",
    "try { Math.random(); null.x } catch (e) { 'caught' }",
    "Math['ran' + 'dom'](); 'constant'",
]


@pytest.mark.parametrize("source", RANDOM)
def test_planning_never_sees_a_drawn_value(source: str) -> None:
    found = scripts(source, "'plain'")
    assert mapped(found, person(), iteration=2) == {"f0": Generated("f0", 2), "f1": "plain"}


def test_a_script_that_fails_after_drawing_fails_when_planning() -> None:
    answer = scripts("Math.random(); Person.Custom.a.b.c").map(person(), Stage.CREATE)
    assert isinstance(answer, MappingFailed)


def test_drawing_gives_fresh_values_and_plain_ones_where_it_is_no_password() -> None:
    found = scripts("'n' + Math.random()", "Iteration + '-' + Math.random()")
    drawn = {found.draw(person(), Stage.CREATE, Generated("f0")) for _ in range(50)}
    assert len(drawn) == 50
    assert all(isinstance(one, str) and one.startswith("n0.") for one in drawn)
    assert str(found.draw(person(), Stage.CREATE, Generated("f1", 3))).startswith("3-")


def test_drawing_leaves_no_chance_behind_for_planning() -> None:
    found = scripts("Math.random()", "'x' + Iteration")
    found.draw(person(), Stage.CREATE, Generated("f0"))
    assert mapped(found, person()) == {"f0": Generated("f0"), "f1": "x0"}


def test_a_script_may_draw_as_many_numbers_as_it_needs() -> None:
    found = scripts("let n = 0; for (let i = 0; i < 5000; i++) n += Math.random(); n > 2000")
    assert found.draw(person(), Stage.CREATE, Generated("f0")) is True


def test_drawn_numbers_are_spread_evenly() -> None:
    source = "const n = [0, 0, 0, 0]; for (let i = 0; i < 8000; i++) n[Math.floor(Math.random() * 4)]++; n.join()"
    drawn = scripts(source).draw(person(), Stage.CREATE, Generated("f0"))
    assert all(1700 < int(one) < 2300 for one in str(drawn).split(","))


@pytest.mark.parametrize(
    "name", ["password", "Password", "userAttributes.password", "profile.Password"]
)
@pytest.mark.parametrize(
    ("mode", "value", "text"),
    [
        ("Fixed", "Welcome", "Welcome"),
        ("Complex", "'abc'", "abc"),
        ("Complex", "123", "123"),
        ("Field", "Person.Custom.Badge", "B7"),
    ],
)
def test_a_password_is_always_generated_and_secret(
    name: str, mode: str, value: str, text: str
) -> None:
    found = mapper(field(name, action(mode, value)))
    ((spelled, planned),) = mapped(found, person()).items()
    assert isinstance(planned, Generated)
    assert planned.field == spelled
    drawn = found.draw(person(), Stage.CREATE, planned)
    assert isinstance(drawn, Secret)
    assert drawn.reveal() == text
    assert text not in f"{planned} {planned!r} {drawn} {drawn!r}"


def test_a_password_script_that_fails_now_does_not_tell_what_it_had() -> None:
    source = "const p = 'hush'; if (Math.random() !== 0.26642920868471265) throw new Error(p); p"
    found = mapper(field("password", action("Complex", source)))
    with pytest.raises(BadInput) as caught:
        found.draw(person(), Stage.CREATE, Generated("password"))
    assert "hush" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_field_that_is_no_longer_mapped_cannot_be_drawn() -> None:
    with pytest.raises(BadInput, match="Field not mapped"):
        scripts("1").draw(person(), Stage.CREATE, Generated("f9"))


def test_a_failure_names_the_field_and_the_message() -> None:
    answer = scripts("'ok'", "Person.Custom.a.b").map(person(), Stage.CREATE)
    assert answer == MappingFailed(
        "f1", "TypeError: cannot read property 'b' of undefined (line 1 of the script)"
    )


def test_the_given_primary_contract_wins() -> None:
    first, second = contract("a", "2020-01-01"), contract("b", "2021-01-01")
    who = Person(PersonId("1"), "A", {}, (first, second), second)
    assert value_of("Person.PrimaryContract.ExternalId", who) == "b"
    stated = Person(PersonId("1"), "A", {"PrimaryContract": {"ExternalId": "c"}}, (first, second))
    assert value_of("Person.PrimaryContract.ExternalId", stated) == "c"


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (
            contract("z", "2020-01-01", None, {"Fte": 0.9}),
            contract("a", "2020-01-01", None, {"Fte": 0.8}),
        ),
        (
            contract("z", "2020-01-01", None, {"HoursPerWeek": "36"}),
            contract("a", "2020-01-01", None, {"HoursPerWeek": 8}),
        ),
        (
            contract("z", "2020-01-01", None, {"Percentage": 50}),
            contract("a", "2020-01-01", None, {"Sequence": 9}),
        ),
        (
            contract("z", "2020-01-01", None, {"Sequence": 2}),
            contract("a", "2020-01-01", None, {"Sequence": 1}),
        ),
        (contract("z", "2020-01-01"), contract("a", "2020-01-01", "2030-01-01")),
        (contract("z", "2019-01-01"), contract("a", "2020-01-01")),
        (contract("z", "2020-01-01"), contract("a", "2030-01-01", None, {"Fte": 1})),
        (contract("z", "2030-01-01"), contract("a", "2020-01-01", "2021-01-01", {"Fte": 1})),
        (contract("z", None), contract("a", "2020-01-01", "2026-11-22", {"Fte": 1})),
        (contract("z", "2020-01-01", "2026-11-23"), contract("a", "2026-11-24", None, {"Fte": 1})),
        (contract("a", "2020-01-01"), contract("z", "2020-01-01")),
    ],
)
def test_the_primary_contract_follows_the_order_of_helloid(
    better: Contract, worse: Contract
) -> None:
    for contracts in ((better, worse), (worse, better)):
        assert primary_contract(person({}, *contracts), NOW.date()) is better


def test_a_person_without_contracts_has_no_primary_contract() -> None:
    assert primary_contract(person({}), NOW.date()) is None


def test_on_another_day_scripts_see_that_day_and_today_they_see_the_moment() -> None:
    source = (
        "new Date().getDate() + '-' + (new Date().getMonth() + 1) + ' ' + new Date().getHours()"
    )
    found = mapper(field("f0", action("Complex", source)))
    assert mapped(found, person())["f0"] == "23-11 11"
    summer = found.on(date(2027, 7, 1))
    assert mapped(summer, person())["f0"] == "1-7 12"
    assert mapped(found, person())["f0"] == "23-11 11"
    assert mapped(summer.on(NOW.date()), person())["f0"] == "23-11 11"


@pytest.mark.parametrize("day", [date.min, date.max, date(1900, 1, 1), date(2200, 2, 28)])
def test_no_day_is_too_far(day: date) -> None:
    found = mapper(field("f0", action("Complex", "new Date().getFullYear() + ''")))
    assert mapped(found.on(day), person())["f0"] == str(day.year)


def test_the_primary_contract_and_its_manager_are_those_of_the_day() -> None:
    early = contract("early", "2020-01-01", "2026-12-31")
    late = contract("late", "2027-01-01")
    contracts = [
        Contract(
            one.external_id, one.start, one.end, {**one.fields, "Manager": {"ExternalId": who}}
        )
        for one, who in ((early, "boss"), (late, "chief"))
    ]
    who = Person(PersonId("10001"), "Anna", {"ExternalId": "10001"}, tuple(contracts))
    found = mapper(
        field("f0", action("Complex", "Person.PrimaryContract.ExternalId")),
        field("f1", action("Complex", "Person.PrimaryManager.ExternalId")),
        field("f2", action("Field", "Person.PrimaryManager.ExternalId")),
    )
    assert mapped(found, who) == {"f0": "early", "f1": "boss", "f2": "boss"}
    later = found.on(date(2027, 1, 1))
    assert mapped(later, who) == {"f0": "late", "f1": "chief", "f2": "chief"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"ExternalId": "own"}, "own"),
        ({"PersonId": "00000000-0000-0000-0000-000000000000", "ExternalId": None}, "boss"),
        ({"ExternalId": None}, "boss"),
        (None, "boss"),
    ],
)
def test_a_manager_of_ones_own_comes_before_that_of_the_contract(
    given: dict[str, str | None] | None, expected: str
) -> None:
    one = contract("c", "2020-01-01")
    held = Contract("c", one.start, None, {**one.fields, "Manager": {"ExternalId": "boss"}})
    fields = {"ExternalId": "10001", "primaryManager": given}
    who = Person(PersonId("10001"), "Anna", fields, (held,))
    found = mapper(field("f0", action("Complex", "Person.PrimaryManager.ExternalId")))
    assert mapped(found, who)["f0"] == expected
