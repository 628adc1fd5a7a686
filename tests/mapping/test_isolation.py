import threading

import pytest

from reconciler.mapping import Limits
from reconciler.model.mapped import Stage
from reconciler.model.value import FieldValue
from tests.mapping.given import failure_of, mapped, person, scripts, value_of

QUICK = Limits(seconds=0.05, memory=16 << 20)

ENDLESS = [
    ("while (true);", "too long"),
    ("for (;;) { try { for (;;); } catch (e) { } }", "too long"),
    ("/^(a+)+$/.test('a'.repeat(40) + 'b')", "too long"),
    ("const all = []; for (;;) all.push(new Array(1000).fill(1));", "too much memory"),
    ("'x'.repeat(1 << 28)", "too much memory"),
    ("function f() { return f() + 1; } f();", "call stack"),
    ("const a = []; a[0] = a; JSON.stringify(a)", "circular"),
]


@pytest.mark.parametrize(("source", "words"), ENDLESS)
def test_a_script_without_end_is_stopped_and_the_next_person_is_mapped(
    source: str, words: str
) -> None:
    found = scripts(f"if (Person.ExternalId === '10001') {{ {source} }}; 'fine'", limits=QUICK)
    failed = found.map(person(), Stage.CREATE)
    assert words in getattr(failed, "detail", "")
    assert mapped(found, person({"ExternalId": "2"})) == {"f0": "fine"}


def test_many_failures_do_not_wear_the_host_out() -> None:
    found = scripts("Person.Custom.a.b.c", "const big = 'x'.repeat(1 << 28)", limits=QUICK)
    assert {found.map(person(), Stage.CREATE) for _ in range(300)} == {
        found.map(person(), Stage.CREATE)
    }


def test_memory_does_not_grow_from_person_to_person() -> None:
    found = scripts("Person.Contracts.length + Person.Name.NickName", limits=Limits(memory=4 << 20))
    for number in range(3000):
        who = person({"Name": {"NickName": "x" * 2000}, "Contracts": [{"ExternalId": str(number)}]})
        assert str(mapped(found, who)["f0"]).startswith("1x")


LEAVINGS = [
    "leak = 1; 'done'",
    "var leak = 1; 'done'",
    "function leak() { } 'done'",
    "globalThis.leak = 1; 'done'",
    "this.leak = 1; 'done'",
    "for (leak = 0; leak < 2; leak++) ; 'done'",
    "(0, eval)('var leak = 1'); 'done'",
    "new Function('leak = 1')(); 'done'",
    "Object.defineProperty(globalThis, 'leak', { value: 1 }); 'done'",
    "Object['define' + 'Property'](this, 'leak', { value: 1 }); 'done'",
]


@pytest.mark.parametrize("source", LEAVINGS)
def test_what_a_script_leaves_behind_is_gone_for_the_next(source: str) -> None:
    found = scripts(f"try {{ {source} }} catch (e) {{ 'done' }}", "typeof leak")
    for _ in range(2):
        assert mapped(found, person()) == {"f0": "done", "f1": "undefined"}


TAMPERING = [
    "String.prototype.trim = function () { return 'bad'; }",
    "String['proto' + 'type'].trim = function () { return 'bad'; }",
    "''['__pro' + 'to__'].trim = () => 'bad'",
    "Array = null",
    "String = null",
    "Math.max = () => 'bad'",
    "Math = null",
    "JSON.parse = null; Object.keys = null; Reflect.ownKeys = null",
    "deleteDiacriticalMarks = () => 'bad'",
    "var deleteDiacriticalMarks = () => 'bad'",
    "function deleteDiacriticalMarks() { return 'bad'; }",
    "Object.prototype.NickName = 'bad'",
    "Object.freeze(globalThis)",
    "Object['freeze'](this)",
    "delete globalThis.Math",
    "delete this.Math",
    "Date = null",
    "Date.now = () => 0",
    "[].constructor.prototype.join = () => 'bad'",
    "Person.Name.NickName = 'bad'; delete Person.Name; Person = null",
    "Person.Contracts.push(1); Person.Accounts.A.x = 'bad'",
    "Iteration = 99",
    "Math.random = () => 0.5",
    "(function () { }).constructor('Math = null')()",
    "(async function () { Math = null; })()",
    "undefined = 1; NaN = 2",
]
PROBE = """
[' x '.trim(), [1, 2].join('-'), Math.max(1, 2), deleteDiacriticalMarks('é'), Person.Name.NickName,
    Person.Name.GivenName, Iteration, Person.Contracts.length, typeof Person.Accounts.A.x, Date.now(),
    JSON.stringify(Object.keys({ a: 1 })), new Array(2).length, String(1), typeof Reflect.ownKeys].join('|');
"""


@pytest.mark.parametrize("source", TAMPERING)
def test_no_script_changes_the_world_of_the_next(source: str) -> None:
    source = f"try {{ {source} }} catch (e) {{ }}; 'done'"
    probe = PROBE.replace(", typeof Reflect.ownKeys", "")
    found = scripts(source, probe, PROBE)
    expected = 'x|1-2|2|e|Anna|Anna Maria|0|0|undefined|1795428000000|["a"]|2|1'
    for _ in range(2):
        assert mapped(found, person()) == {
            "f0": "done",
            "f1": expected,
            "f2": f"{expected}|function",
        }


def test_a_script_may_extend_a_prototype_for_itself() -> None:
    source = "String.prototype.twice = function () { return this + this; }; 'ab'.twice()"
    assert value_of(source) == "abab"
    assert value_of("function A() { } A.prototype.m = () => 'x'; new A().m()") == "x"


def test_objects_of_scripts_may_have_members_that_prototypes_also_have() -> None:
    assert (
        value_of("const o = {}; o.toString = () => 'mine'; o.valueOf = () => 'v'; `${o}`") == "mine"
    )
    assert (
        value_of("const count = {}; count['hasOwn' + 'Property'] = 3; count.hasOwnProperty") == "3"
    )
    assert value_of("const e = new Error('a'); e.message = 'b'; e.name = 'N'; `${e}`") == "N: b"


def test_top_level_names_do_not_clash_from_run_to_run() -> None:
    found = scripts("let a = 1; const b = 2; a + b", "const a = 5; let b = 6; class C { } a + b")
    for _ in range(3):
        assert mapped(found, person()) == {"f0": "3", "f1": "11"}


@pytest.mark.parametrize(
    "name",
    [
        "performance",
        "Atomics",
        "queueMicrotask",
        "console",
        "require",
        "fetch",
        "process",
        "std",
        "os",
        "setTimeout",
        "WeakRef",
        "FinalizationRegistry",
        "SharedArrayBuffer",
        "Intl",
        "print",
    ],
)
def test_there_is_no_way_out(name: str) -> None:
    assert value_of(f"typeof {name}") == "undefined"


def test_modules_cannot_be_loaded() -> None:
    assert "object" in failure_of("import('os')")


def test_each_thread_has_an_engine_of_its_own() -> None:
    found = scripts("Person.ExternalId + Math.sqrt(16)")
    seen: list[FieldValue] = []

    def work(number: int) -> None:
        who = person({"ExternalId": f"{number}-"})
        seen.extend({mapped(found, who)["f0"] for _ in range(200)})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(one) for one in seen) == ["0-4", "1-4", "2-4", "3-4"]
