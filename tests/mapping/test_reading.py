import json
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.mapping import FieldMapping, read_mapping
from reconciler.mapping.field_mapping import Copied, Fixed, Scripted, Unmapped
from reconciler.mapping.reading import ACTION_KEYS, FIELD_KEYS, TOP_KEYS
from reconciler.model.mapped import Stage
from reconciler.model.problem import Problem, Severity
from tests.mapping.given import action, document, field


def read(data: bytes) -> tuple[FieldMapping, tuple[Problem, ...]]:
    return read_mapping(data, "fieldMapping.json")


def only(data: bytes) -> Problem:
    _, problems = read(data)
    assert len(problems) == 1, problems
    return problems[0]


def test_the_four_modes_are_read() -> None:
    found, problems = read(
        document(
            field("userGUID", action("None")),
            field("source", action("Fixed", "Local")),
            field("firstName", action("Field", "Person.Name.NickName", ("Update", "Create"))),
            field(
                "lastName", action("Complex", "'x'\r\n", ("Create", "Enable", "Disable", "Delete"))
            ),
        )
    )
    assert problems == ()
    rules = {one.name: one.rules for one in found.fields}
    assert rules["userGUID"] == {Stage.CREATE: Unmapped()}
    assert rules["source"] == {Stage.CREATE: Fixed("Local")}
    assert rules["firstName"][Stage.UPDATE] == Copied("Person.Name.NickName")
    assert rules["lastName"][Stage.DELETE] == Scripted("'x'\r\n")
    assert len(rules["lastName"]) == 4


def test_flags_and_the_array_type_are_kept() -> None:
    one = action("Complex", "[]", ("Create", "Update")) | {"StoreInAccountData": True}
    found, _ = read(document(field("roles", one, kind="Array")))
    assert found.fields[0].many
    assert found.fields[0].stored == {Stage.CREATE, Stage.UPDATE}
    assert found.fields[0].notified == frozenset()


def test_names_of_the_api_get_its_spelling_and_others_keep_theirs() -> None:
    found, _ = read(
        document(
            field("UserName", action("Fixed", "x")),
            field("userattributes.JobCode", action("Fixed", "x")),
            field("badgeNo", action("Fixed", "x")),
        )
    )
    assert [one.name for one in found.fields] == ["userName", "userAttributes.JobCode", "badgeNo"]


@pytest.mark.parametrize("written", ["TRUE", "true", "True", " tRue"])
def test_fixed_text_becomes_a_boolean_where_the_api_has_one(written: str) -> None:
    found, problems = read(document(field("MustChangePassword", action("Fixed", written))))
    assert problems == ()
    assert found.fields[0].rules[Stage.CREATE] == Fixed(value=True)


def test_fixed_text_stays_text_elsewhere() -> None:
    found, _ = read(document(field("userAttributes.vip", action("Fixed", "TRUE"))))
    assert found.fields[0].rules[Stage.CREATE] == Fixed("TRUE")


def test_a_boolean_that_is_none_is_an_error_with_its_place() -> None:
    problem = only(document(field("isEnabled", action("Fixed", "yes"))))
    assert (problem.code, problem.severity) == ("not-boolean", Severity.ERROR)
    assert problem.at is not None
    assert (problem.at.line, problem.at.column) == (14, 20)


def test_an_empty_file_maps_nothing_and_is_warned_about() -> None:
    found, (problem,) = read(b"")
    assert found.fields == ()
    assert (problem.code, problem.severity) == ("empty-mapping", Severity.WARNING)


def test_a_byte_order_mark_is_read_over() -> None:
    found, problems = read(b"\xef\xbb\xbf" + document(field("source", action("Fixed", "Löcal"))))
    assert problems == ()
    assert found.fields[0].rules[Stage.CREATE] == Fixed("Löcal")


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b'{"Version": NaN}', 1, 13),
        (b'{"Version": "v1",\n "MappingFields": [}', 2, 20),
        (b'{"a" 1}', 1, 6),
        (b'{"a": "\\g"}', 1, 8),
        (b'{"a": 1} x', 1, 10),
        (b'{"a": 01}', 1, 7),
        (b'{"a": "x\n"}', 1, 7),
        (b"[" * 100_000, 1, 66),
        (b"{", 1, 2),
    ],
)
def test_what_is_not_json_is_named_with_its_place(data: bytes, line: int, column: int) -> None:
    problem = only(data)
    assert problem.code == "invalid-json"
    assert problem.at is not None
    assert (problem.at.line, problem.at.column) == (line, column)


def test_bytes_that_are_no_utf8_are_named_with_their_place() -> None:
    problem = only(b'{\n "Version": "\xff"}')
    assert problem.code == "not-utf8"
    assert problem.at is not None
    assert (problem.at.line, problem.at.column) == (2, 14)


def test_an_empty_value_of_mode_fixed_is_an_empty_text() -> None:
    found, problems = read(document(field("source", action("Fixed") | {"Value": ""})))
    assert problems == ()
    assert found.fields[0].rules[Stage.CREATE] == Fixed("")


@pytest.mark.parametrize("inner", ['"a\\g"', "no json", "", "[" * 99_999])
def test_a_value_whose_inner_json_is_broken_is_an_error(inner: str) -> None:
    problem = only(document(field("firstName", action("Complex") | {"Value": inner})))
    assert (problem.code, problem.severity) == ("value-not-json", Severity.ERROR)


@pytest.mark.parametrize("value", [None, 5, ["x"]])
def test_a_value_that_is_no_text_is_an_error(value: object) -> None:
    assert only(document(field("source", action("Fixed") | {"Value": value}))).code == "wrong-type"


def test_line_ends_inside_the_inner_text_are_allowed() -> None:
    inner = json.dumps("let a = 1;\na").replace("\\n", "\n")
    found, problems = read(document(field("firstName", action("Complex") | {"Value": inner})))
    assert problems == ()
    assert found.fields[0].rules[Stage.CREATE] == Scripted("let a = 1;\na")


def test_a_script_in_mode_field_is_warned_about_and_leaves_the_field_alone() -> None:
    source = "function f() { return Person.Name.NickName; }\nf();"
    found, (problem,) = read(document(field("firstName", action("Field", source))))
    assert (problem.code, problem.severity) == ("no-person-path", Severity.WARNING)
    assert found.fields[0].rules[Stage.CREATE] == Unmapped()


def test_an_action_that_is_mapped_twice_is_an_error() -> None:
    data = document(
        field(
            "source", action("Fixed", "A", ("Create", "Update")), action("Fixed", "B", ("Create",))
        )
    )
    problem = only(data)
    assert problem.code == "action-twice"
    assert "source is mapped for Create" in problem.detail


def test_an_action_that_is_mapped_twice_is_seen_also_where_the_first_value_is_broken() -> None:
    broken = action("Complex") | {"Value": "no json"}
    _, problems = read(document(field("firstName", broken, action("Fixed", "B"))))
    assert {problem.code for problem in problems} == {"value-not-json", "action-twice"}


def test_fields_whose_names_differ_in_case_only_are_an_error_that_names_both_places() -> None:
    problem = only(
        document(field("badgeNo", action("Fixed", "A")), field("BADGENO", action("Fixed", "B")))
        .replace(b"badgeNo", b"contactEmail")
        .replace(b"BADGENO", b"CONTACTEMAIL")
    )
    assert problem.code == "field-twice"
    assert problem.at is not None
    assert problem.also is not None
    assert problem.also.line < problem.at.line


@pytest.mark.parametrize(
    ("change", "code", "fix"),
    [
        ({"MappingMode": "Complx"}, "bad-value", "'Complex'"),
        ({"MapForActions": ["Creat"]}, "bad-value", "'Create'"),
        ({"UsedInNotifications": "no"}, "wrong-type", ""),
        ({"MapForActions": "Create"}, "wrong-type", ""),
    ],
)
def test_unknown_words_are_errors_with_the_nearest_known(
    change: dict[str, object], code: str, fix: str
) -> None:
    problem = only(document(field("source", action("Fixed", "x") | change)))
    assert (problem.code, problem.severity) == (code, Severity.ERROR)
    assert fix in problem.fix


def test_unknown_keys_are_warned_about_and_missing_ones_are_errors() -> None:
    one = action("Fixed", "x")
    one["MappingModes"] = one.pop("MappingMode")
    _, problems = read(document(field("source", one)))
    assert [(problem.code, problem.severity) for problem in problems] == [
        ("missing-key", Severity.ERROR),
        ("unknown-key", Severity.WARNING),
    ]
    assert "'MappingMode'" in problems[1].fix


def test_a_key_that_is_given_twice_is_an_error() -> None:
    data = document(field("source", action("Fixed", "x"))).replace(
        b'"Version": "v1"', b'"Version": "v1", "Version": "v1"'
    )
    assert only(data).code == "duplicate-key"


def test_another_version_is_an_error() -> None:
    assert only(document(Version="v2")).code == "mapping-version"


def test_unique_names_have_to_be_mapped() -> None:
    one = field("userName", action("Fixed", "x"))
    found, problems = read(document(one, UniqueFieldNames=["username"]))
    assert problems == ()
    assert found.unique == ("userName",)
    problem = only(document(one, UniqueFieldNames=["userNam"]))
    assert problem.code == "unique-unmapped"
    assert "'userName'" in problem.fix


def test_a_script_with_a_syntax_error_is_an_error_with_its_line() -> None:
    problem = only(document(field("firstName", action("Complex", "let a = 1;\nlet b = ;\na"))))
    assert (problem.code, problem.severity) == ("script-syntax", Severity.ERROR)
    assert "line 2 of the script" in problem.detail


def test_a_return_outside_a_function_is_a_syntax_error() -> None:
    assert (
        only(document(field("firstName", action("Complex", "return 5;")))).code == "script-syntax"
    )


@pytest.mark.parametrize(
    ("given_field", "code"),
    [
        (field("firstName", action("Field", "Person.Nmae.NickName")), "empty-path"),
        (field("firstName", action("Field", "Person.Name")), "empty-path"),
        (field("badgeNo", action("Fixed", "x")), "unknown-field"),
        (field("userAttributes", action("Fixed", "x")), "unknown-field"),
        (field("isEnabled", action("Fixed", "true", ("Update",))), "access-on-update"),
        (field("userGUID", action("Fixed", "x")), "given-field"),
        (
            field("password", action("Complex", "'x'") | {"StoreInAccountData": True}),
            "secret-not-stored",
        ),
    ],
)
def test_what_is_doubtful_is_a_warning(given_field: dict[str, object], code: str) -> None:
    problem = only(document(given_field))
    assert (problem.code, problem.severity) == (code, Severity.WARNING)


@pytest.mark.parametrize(
    "path",
    [
        "Person.Custom.anything",
        "Person.Accounts.EntraID.mail",
        "person.name.nickName",
        "Person.PrimaryContract.StartDate",
        "Person.PrimaryContract.Custom.Laptop",
    ],
)
def test_paths_of_the_person_model_are_not_warned_about(path: str) -> None:
    assert read(document(field("firstName", action("Field", path))))[1] == ()


def test_the_digest_changes_with_the_meaning_and_not_with_the_order() -> None:
    one, two = field("source", action("Fixed", "x")), field("firstName", action("Fixed", "y"))
    digests = [
        read(data)[0].digest for data in (document(one, two), document(two, one), document(one))
    ]
    assert digests[0] == digests[1] != digests[2]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from((*TOP_KEYS, *FIELD_KEYS, *ACTION_KEYS)),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_JSON)
def test_any_json_is_answered_with_problems_that_have_a_place(value: object) -> None:
    _, problems = read(json.dumps(value).encode())
    assert problems
    assert all(problem.at is not None and problem.fix for problem in problems)


@given(st.binary(max_size=40))
def test_any_bytes_are_answered(data: bytes) -> None:
    assert read(data)[1]


def test_a_mapping_of_another_shape_gives_all_its_problems_at_once() -> None:
    data = document(cast("dict[str, object]", 5), field("", action("Fixed", "x")), Version=None)
    assert {problem.code for problem in read(data)[1]} == {
        "wrong-type",
        "field-name",
        "mapping-version",
    }


def test_a_script_too_deep_for_the_engine_is_an_error() -> None:
    assert (
        only(document(field("firstName", action("Complex", "[" * 200_000)))).code == "script-syntax"
    )
