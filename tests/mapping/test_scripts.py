import pytest

from reconciler.model.value import JSON
from tests.mapping.given import contract, failure_of, mapped, person, scripts, value_of

COMPLETIONS = [
    ("function f() { return 'a'; }\nf();", "a"),
    ("function f() { return 'a'; }\nf()", "a"),
    ("function f() { return 'a'; } // why\n// and how\nf();\n\n", "a"),
    ("function f() { return 'a'; }\nf(); // done", "a"),
    ("if (Person.ExternalId) { 'yes'; }", "yes"),
    ("if (Person.Nothing) { 'yes'; }", None),
    ("let x; if (Person.ExternalId) { x = 'A'; } else { x = 'B'; }", "A"),
    ("'S' + Person.ExternalId", "S10001"),
    ("const a = 1, b = 2;\na\n+ b", "3"),
    ("let s = 'x;y}'; // ;f()\ns", "x;y}"),
    ("let a = `x;\n${1};` ; a", "x;\n1;"),
    ("switch (1) { case 1: 'one'; }", "one"),
    ("let r = ''; for (const c of 'abc') { r += c; }", "abc"),
    ("var n = 1; n + 1;", "2"),
    ("{ 'block' }", "block"),
    ("'a'; 'b'; ;", "b"),
    ("'a'; function g() {}", "a"),
    ("'a'; let z = 1;", "a"),
    ("'use strict';\nlet t = 'x';\nt", "x"),
    ("a = 'x'; a", "x"),
    ("// only\n'x' // comment", "x"),
    ("(() => 'arrow')()", "arrow"),
    ("let v = { k: 'x' };\nv.k", "x"),
    ("class A { m() { return 'x'; } }\nnew A().m()", "x"),
    ("try { null.x } catch (e) { 'caught' }", "caught"),
    ("", None),
    ("// nothing", None),
]


@pytest.mark.parametrize(("source", "value"), COMPLETIONS)
def test_the_value_of_a_script_is_its_completion_value(source: str, value: str | None) -> None:
    assert value_of(source) == value


def test_a_statement_is_never_cut_where_the_next_line_continues_it() -> None:
    assert value_of("let f = function (n) { return 'got ' + n }\n(2)\nf") == "got 2"


def test_values_become_what_the_tenant_holds() -> None:
    cases: list[tuple[str, object]] = [
        ("null", None),
        ("undefined", None),
        ("''", ""),
        ("true", True),
        ("false", False),
        ("7", "7"),
        ("0.5", "0.5"),
        ("1e21", "1e+21"),
        ("2 ** 53", "9007199254740992"),
        ("-0", "0"),
        ("12n", "12"),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("new String('x')", "x"),
        ("'😀' + '\\ud83d'", "😀\ufffd"),
    ]
    found = mapped(scripts(*[source for source, _ in cases]), person())
    assert [found[f"f{i}"] for i in range(len(cases))] == [value for _, value in cases]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("({})", "an object"),
        ("['a']", "an array"),
        ("(() => 1)", "a function"),
        ("Symbol('x')", "a symbol"),
        ("0 / 0", "NaN"),
        ("1 / 0", "Infinity"),
        ("new Date(NaN)", "an invalid date"),
        ("Person.Name", "an object"),
        ("'a\\0b'", "NUL"),
        ("throw new Error('no\\nway')", "Error: no way"),
        ("throw 'text'", "text"),
        ("throw null", "threw null"),
        ("throw { toString() { throw 1; } }", "cannot be shown"),
        ("\n\nPerson.Name.Missing.length", "line 3 of the script"),
        ("\nfunction f() {\n  throw new Error(1);\n}\nf();", "line 3 of the script"),
    ],
)
def test_what_is_no_value_fails_with_the_reason(source: str, words: str) -> None:
    assert words in failure_of(source)


def test_an_array_field_gives_texts() -> None:
    found = mapped(
        scripts("['a', 1, true, null]", "'one'", "[]", "null", "[Person.ExternalId]", kind="Array"),
        person(),
    )
    assert list(found.values()) == [("a", "1", "true"), ("one",), (), None, ("10001",)]


def test_names_match_with_either_case_of_their_first_letter_only() -> None:
    assert value_of("Person.name.nickName") == "Anna"
    assert value_of("Person.custom.badge") == "B7"
    assert value_of("Person.Name.NICKNAME") is None
    assert value_of("Person.Name.nickname") is None


def test_the_parts_of_the_person_model_are_always_there() -> None:
    bare = person({"ExternalId": "1"})
    assert value_of("Person.Contact.Business.Phone.Mobile", bare) is None
    assert value_of("Person.PrimaryContract.Department.DisplayName", bare) is None
    assert value_of("Person.Contracts.length", bare) == "0"
    assert value_of("typeof Person.Custom.Whatever", bare) == "undefined"
    assert value_of("Person.Name.NickName === null", bare) is True


def test_a_system_without_an_account_is_an_empty_object() -> None:
    source = "typeof Person.Accounts.MicrosoftActiveDirectory.mail"
    assert value_of(source) == "undefined"
    assert value_of(source, person({"Accounts": None})) == "undefined"
    known = person({"Accounts": {"MicrosoftActiveDirectory": {"mail": "a@example.org"}}})
    assert value_of("Person.Accounts.MicrosoftActiveDirectory.mail", known) == "a@example.org"
    assert value_of("Person.Accounts.EntraID.mail", known) is None


def test_lists_and_loops_work_over_a_person() -> None:
    who = person(
        {"Contracts": [{"ExternalId": "b", "Title": {"Name": "Clerk"}}, {"ExternalId": "a"}]}
    )
    assert value_of("Person.Contracts.map(c => c.externalId).sort().join('')", who) == "ab"
    assert value_of("Person.Contracts.filter(c => c.Title.Name).length", who) == "1"
    assert value_of("Object.keys(Person.Contracts[0].Title).includes('Name')", who) is True
    assert value_of("JSON.stringify(Person.Accounts)", person({"Accounts": {"A": {"b": "c"}}})) == (
        '{"A":{"b":"c"}}'
    )


def test_exactly_the_listed_marks_are_deleted() -> None:
    listed = "ÀÁÂÃÄÅàáâãäåÒÓÔÕÕÖØòóôõöøÈÉÊËèéêëðÇĆçćÐÌÍÎÏìíîïÙÚÛÜùúûüÑñŠṠṢṤṦṨŞšṡṣṥṧṩşŸÿýŽž"
    plain = "AAAAAAaaaaaaOOOOOOOooooooEEEEeeeeeCCccDIIIIiiiiUUUUuuuuNnSSSSSSSsssssssYyyZz"
    who = person({"Custom": {"Text": listed}})
    assert value_of("deleteDiacriticalMarks(Person.Custom.Text)", who) == plain
    other = "ÝłđßæğčęőūABC-1"
    assert value_of(f"deleteDiacriticalMarks('{other}')") == other
    assert value_of("deleteDiacriticalMarks(null)") is None


def test_iteration_is_a_number_that_scripts_may_count_up() -> None:
    found = scripts("Iteration = Iteration + 1; Iteration", "Iteration")
    for iteration in (0, 3):
        assert list(mapped(found, person(), iteration=iteration).values()) == [
            str(iteration + 1),
            str(iteration),
        ]


USER_NAME = """
function userName() {
    let prefix = Person.Name.FamilyNamePrefix;
    let name = Person.Name.NickName + '.';
    if (typeof prefix !== 'undefined' && prefix) {
        name = name + prefix.replace(/ /g, '.') + '.';
    }
    name = deleteDiacriticalMarks((name + Person.Name.FamilyName).toLowerCase());
    const suffix = Iteration === 0 ? '' : Iteration.toString();
    return name.replace(/[^0-9a-z.]/g, '').substring(0, 20 - suffix.length) + suffix;
}

userName();
"""
SURNAME = """
let result = '';
const own = (Person.Name.FamilyNamePrefix + ' ' + Person.Name.FamilyName).trim();
const partner = (Person.Name.FamilyNamePartnerPrefix + ' ' + Person.Name.FamilyNamePartner).trim();
switch (Person.Name.Convention) {
    case 'B': result = own; break;
    case 'P': result = partner; break;
    case 'BP': result = `${own} - ${partner}`; break;
    case 'PB': result = `${partner} - ${own}`; break;
}
"""
EMAILS = """
function addresses() {
    const nick = Person.Name.NickName.toLowerCase();
    const first = Iteration < nick.length ? nick.substring(0, Iteration + 1) : nick + Iteration;
    return ['SMTP:' + first + '@example.org'];
}
addresses();
"""
START = """
function start() {
    const date = Person.PrimaryContract.StartDate;
    if (!date) { return null; }
    const day = new Date(date);
    return String(day.getDate()).padStart(2, '0') + '-' + String(day.getMonth() + 1).padStart(2, '0')
        + '-' + day.getFullYear();
}
start();
"""
YESTERDAY = """
function yesterday() {
    let day = new Date();
    day.setDate(day.getDate() - 1);
    return `${day.getMonth() + 1}/${day.getDate()}/${day.getFullYear()} 00:00:00`;
}
yesterday();
"""
MAIL = """
function mail() {
    let found = '';
    if (typeof Person.Accounts.MicrosoftActiveDirectory.mail !== 'undefined'
        && Person.Accounts.MicrosoftActiveDirectory.mail) {
        found = Person.Accounts.MicrosoftActiveDirectory.mail;
    }
    return found;
}
if (Person.ExternalId) { mail(); }
"""


@pytest.mark.parametrize(
    ("source", "iteration", "value"),
    [
        (USER_NAME, 0, "anna.van.den.bomer"),
        (USER_NAME, 12, "anna.van.den.bomer12"),
        (SURNAME, 0, "van den Bömer - de Vries"),
        (START, 0, "14-09-2020"),
        (YESTERDAY, 0, "11/22/2026 00:00:00"),
        (MAIL, 0, ""),
        (
            "const iso = d => d.toISOString().split('T')[0];\niso(Person.Details.BirthDate);",
            0,
            "1990-03-31",
        ),
    ],
)
def test_the_idioms_of_connectors_work(source: str, iteration: int, value: str) -> None:
    who = person(None, contract("c", "2020-09-14T00:00:00Z"))
    assert value_of(source, who, iteration) == value


def test_addresses_grow_with_the_iteration() -> None:
    found = scripts(EMAILS, kind="Array")
    grown = [mapped(found, person(), iteration=i)["f0"] for i in (0, 1, 4)]
    assert grown == [("SMTP:a@example.org",), ("SMTP:an@example.org",), ("SMTP:anna4@example.org",)]


def test_stored_numbers_and_strange_texts_reach_scripts_unharmed() -> None:
    custom: dict[str, JSON] = {"A": 1.5, "B": float("nan"), "C": 'q"\n\u2028\\', "D": [1, "x"]}
    who = person({"Custom": custom, "__proto__": {"ExternalId": "no"}})
    assert value_of("Person.Custom.A + 1", who) == "2.5"
    assert value_of("Person.Custom.B", who) is None
    assert value_of("Person.Custom.C", who) == 'q"\n\u2028\\'
    assert value_of("Person.Custom.D[1]", who) == "x"
    assert value_of("Person.ExternalId", who) is None


def test_long_texts_come_whole_and_long_messages_are_cut() -> None:
    assert (
        value_of("let all = ''; for (let i = 0; i < 20000; i++) all += 'é'; all + all")
        == "é" * 40000
    )
    assert len(failure_of("throw new Error('x'.repeat(20000) + Iteration)")) < 400
