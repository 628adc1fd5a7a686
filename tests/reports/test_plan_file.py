import copy
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, cast, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.errors import BadInput, PlanNotUsable
from reconciler.model.address import AccountName, PersonId
from reconciler.model.change import KIND_OF, CreateAccount, FieldChange, Subject
from reconciler.model.plan import Mode, Plan, Step, StepId
from reconciler.model.provenance import Cause, CauseKind
from reconciler.model.value import Generated
from reconciler.reports.document import plan_document, write_text
from reconciler.reports.reading import LARGEST, check_current, check_intact, read_plan
from reconciler.reports.shape import ActionKind
from tests.reports.sample import CREATED, EXPIRES, sample_plan
from tests.reports.strategies import plans

CONTRACT = [
    *("format_version", "created_at", "expires_at", "as_of", "mode", "target"),
    *("desired_digest", "summary", "actions", "adopts", "held", "errors", "issues", "checks"),
    *("warnings", "persons", "bookkeeping", "digest", "seal"),
]


def text_of(plan: Plan) -> str:
    return write_text(plan_document(plan, created_at=CREATED, expires_at=EXPIRES))


@settings(deadline=None)
@given(plans())
def test_a_plan_survives_being_written_and_read(plan: Plan):
    text = text_of(plan)
    read, header = read_plan(text.encode(), "plan.json")
    assert read == plan
    check_intact(header)
    again = plan_document(read, created_at=header.created_at, expires_at=header.expires_at)
    assert write_text(again) == text


@settings(deadline=None)
@given(plans())
def test_a_written_plan_hides_nothing_from_a_reviewer(plan: Plan):
    assert all(char.isprintable() or char == "\n" for char in text_of(plan))


def test_the_members_are_those_of_the_contract_in_its_order():
    document = json.loads(text_of(sample_plan()))
    assert list(document) == CONTRACT
    assert set(document["actions"][0]) >= {"id", "kind", "person", "account", "cause", "requires"}
    assert document["created_at"] == "2026-11-23T10:00:00Z"
    assert document["summary"]["grant_group"] == 2
    assert [len(adopted) for adopted in document["adopts"]] == [4]


def test_permission_and_changes_are_there_only_where_they_mean_something():
    actions = {action["kind"]: action for action in json.loads(text_of(sample_plan()))["actions"]}
    assert actions["create_group"]["account"] is None
    assert actions["create_group"]["permission"]["id"] is None
    assert "permission" not in actions["create_account"]
    assert "changes" not in actions["grant_group"]
    assert actions["create_account"]["account"]["user_guid"] is None


def test_a_generated_value_shows_as_words_and_can_be_drawn_again():
    password = FieldChange("password", None, Generated("password", 2))
    subject = Subject(PersonId("1"), AccountName(None, "a@example.org"))
    step = Step(
        StepId("s"), CreateAccount(subject, (password,)), Cause(CauseKind.DESIRED, "an entry")
    )
    plan = Plan(date(2026, 1, 1), Mode.SYNC, "u", "d", "e", steps=(step,))
    change = json.loads(text_of(plan))["actions"][0]["changes"][0]
    assert change == {
        "field": "password",
        "before": None,
        "after": "(generated when applied)",
        "generated": {"iteration": 2},
    }


def test_the_digest_and_seal_are_what_the_contract_says():
    document = json.loads(text_of(sample_plan()))
    left_out = {"digest", "seal", "created_at", "expires_at"}
    kept = {key: value for key, value in document.items() if key not in left_out}
    canonical = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert document["digest"] == "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
    sealed = "\n".join(document[name] for name in ("digest", "created_at", "expires_at"))
    assert document["seal"] == "sha256:" + hashlib.sha256(sealed.encode()).hexdigest()


def test_another_moment_or_zone_changes_only_the_moments_and_the_seal():
    elsewhere = timezone(timedelta(hours=5))
    one = plan_document(sample_plan(), created_at=CREATED, expires_at=EXPIRES)
    same = plan_document(
        sample_plan(), created_at=CREATED.astimezone(elsewhere), expires_at=EXPIRES
    )
    later = plan_document(
        sample_plan(), created_at=CREATED + timedelta(seconds=1), expires_at=EXPIRES
    )
    assert same == one
    assert {key for key in one if one[key] != later[key]} == {"created_at", "seal"}


def test_the_kinds_of_the_shape_are_those_of_the_model():
    assert set(get_args(ActionKind)) == set(KIND_OF.values())


# ---------------------------------------------------------------- altered and expired


def altered(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = json.loads(text_of(sample_plan()))
    change(document)
    return json.dumps(document).encode()


ALTERATIONS: dict[str, Callable[[dict[str, Any]], object]] = {
    "an action taken out": lambda d: d["actions"].pop(),
    "another person": lambda d: d["actions"][-1].update(person="10009"),
    "a failed check passed": lambda d: d["checks"][0].update(status="pass"),
    "a later end": lambda d: d.update(expires_at="2036-11-24T10:00:00Z"),
    "an earlier beginning": lambda d: d.update(created_at="2016-11-24T10:00:00Z"),
    "another digest": lambda d: d.update(digest="sha256:0"),
    "another seal": lambda d: d.update(seal="sha256:0"),
    "a member name that is no text": lambda d: d.update({"\ud800": 1}),
    "a member more": lambda d: d.update(approved=True),
    "the ledger's part": lambda d: d["bookkeeping"]["remembers"].clear(),
    "a kind that is none": lambda d: d["actions"][0].update(kind="delete_everything"),
    "an action without id": lambda d: d["actions"][0].pop("id"),
    "a moment that is none": lambda d: d.update(expires_at="never"),
}


@pytest.mark.parametrize("alteration", ALTERATIONS.values(), ids=ALTERATIONS.keys())
def test_an_altered_plan_cannot_be_used(alteration: Callable[[dict[str, Any]], object]):
    data = altered(alteration)

    def use() -> None:
        check_intact(read_plan(data, "plan.json")[1])

    with pytest.raises(PlanNotUsable, match="altered"):
        use()


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=9)])
def test_an_expired_plan_cannot_be_used(later: timedelta):
    _, header = read_plan(text_of(sample_plan()).encode(), "plan.json")
    check_current(header, EXPIRES - timedelta(seconds=1))
    with pytest.raises(PlanNotUsable, match="2026-11-24 10:00:00 UTC"):
        check_current(header, EXPIRES + later)


def test_a_plan_written_with_other_blanks_is_the_same_plan():
    document = json.loads(text_of(sample_plan()))
    shuffled = dict(reversed(list(document.items())))
    plan, header = read_plan(json.dumps(shuffled, indent=7).encode("utf-8-sig"), "plan.json")
    check_intact(header)
    assert plan == sample_plan()


# ---------------------------------------------------------------- no plan at all


def resealed(change: Callable[[dict[str, Any]], object]) -> bytes:
    document = copy.deepcopy(json.loads(text_of(sample_plan())))
    change(document)
    left_out = {"digest", "seal", "created_at", "expires_at"}
    kept = {key: value for key, value in document.items() if key not in left_out}
    canonical = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    document["digest"] = "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()
    sealed = "\n".join(document[name] for name in ("digest", "created_at", "expires_at"))
    document["seal"] = "sha256:" + hashlib.sha256(sealed.encode()).hexdigest()
    return json.dumps(document).encode()


def action(which: str, **members: object) -> Callable[[dict[str, Any]], object]:
    def change(document: dict[str, Any]) -> None:
        found = next(action for action in document["actions"] if action["kind"] == which)
        found.update(members)

    return change


MISFITS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "kind": (action("grant_group", kind="promote"), r"\$\.actions\[\d+\]\.kind"),
    "group kind": (
        action("grant_group", permission={"type": "product", "name": "CRM", "id": "x"}),
        r"grant_group cannot",
    ),
    "no account": (action("grant_group", account=None), r"\.account"),
    "account on group": (
        action("create_group", account={"user_guid": None, "user_name": "a"}),
        r"\.account",
    ),
    "permission on account": (
        action("create_account", permission={"type": "group", "name": "S", "id": None}),
        r"\.permission",
    ),
    "product as group": (
        action("create_group", permission={"type": "product", "name": "S", "id": None}),
        r"permission\.type",
    ),
    "changes on grant": (action("grant_group", changes=[]), r"\.changes"),
    "same id": (lambda d: d["actions"].append(d["actions"][0]), r"\.id"),
    "adopters": (lambda d: d["bookkeeping"]["adopters"].clear(), r"adopters"),
    "remembered": (
        lambda d: d["bookkeeping"]["remembers"][0]["account"].update(user_guid=7),
        r"remembers\[0\]",
    ),
    "number": (lambda d: d["checks"][0].update(value="many"), r"\$\.checks\[0\]\.value"),
    "date": (lambda d: d.update(as_of="soon"), r"\$\.as_of"),
    "list": (lambda d: d.update(actions={}), r"\$\.actions"),
    "member": (lambda d: d.pop("target"), r"target"),
}


@pytest.mark.parametrize(("change", "place"), MISFITS.values(), ids=MISFITS.keys())
def test_a_wrong_shape_is_named_with_its_place(
    change: Callable[[dict[str, Any]], object], place: str
):
    with pytest.raises(BadInput, match=place) as caught:
        read_plan(resealed(change), "plan.json")
    assert caught.value.exit_code == 1


NO_PLANS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no JSON"),
    "blank": (b" \n", "no JSON"),
    "yaml": (b"groups:\n  - name: Sales\n", "line 1, column 1"),
    "binary": (bytes(range(256)), "no UTF-8"),
    "utf-16": ("{}".encode("utf-16"), "no UTF-8"),
    "cut off": (text_of(sample_plan()).encode()[:-200], "no JSON"),
    "a list": (b"[]", "no JSON object"),
    "a number": (b"1", "no JSON object"),
    "other JSON": (b'{"name": "x"}', "format_version"),
    "a snapshot": (b'{"format_version": "1.0", "accounts": []}', "actions"),
    "nothing is a number": (b'{"a": NaN}', "NaN"),
    "too large a number": (b'{"a": 1e999}', "too large"),
    "too long a number": (b'{"a": ' + b"9" * 5000 + b"}", "digit"),
    "nested": (b'{"a":' * 100_000, "too deep"),
    "a member twice": (b'{"format_version": "1.0", "format_version": "2.0"}', "twice"),
    "a version that is none": (b'{"format_version": "one"}', "format_version"),
    "a version of the future": (b'{"format_version": "2.0"}', "1.x"),
    "half a character": (b'{"\\ud800": 1}', "format_version"),
}


@pytest.mark.parametrize(("data", "says"), NO_PLANS.values(), ids=NO_PLANS.keys())
def test_a_file_that_is_no_plan_is_bad_input(data: bytes, says: str):
    with pytest.raises(BadInput, match=says) as caught:
        read_plan(data, "some\x1bfile")
    assert "\x1b" not in str(caught.value)


def test_a_huge_file_is_refused_before_it_is_read():
    with pytest.raises(BadInput, match="at most"):
        read_plan(bytes(LARGEST + 1), "plan.json")


def test_a_newer_minor_version_is_read_and_what_it_adds_let_through():
    data = resealed(lambda document: document.update(format_version="1.7", novelty=[1.5]))
    plan, header = read_plan(data, "plan.json")
    check_intact(header)
    assert plan == sample_plan()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def keys_of(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(cast("dict[str, Any]", value))
    return list(range(len(cast("list[Any]", value)))) if isinstance(value, list) else []


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document: what holds it, and its key there."""
    keys = keys_of(value)
    inner = [place for key in keys for place in places(value[key])]
    return [(value, key) for key in keys] + inner


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_stands_in_a_plan_reading_it_stops_with_a_reason(data: st.DataObject):
    document: Any = json.loads(text_of(sample_plan()))
    holder, key = data.draw(st.sampled_from(places(document)))
    holder[key] = data.draw(JSON_VALUES)
    stopped: int | None = None
    read: Plan | None = None
    try:
        read, header = read_plan(json.dumps(document).encode(), "plan.json")
        check_intact(header)
    except (BadInput, PlanNotUsable) as error:
        stopped = error.exit_code
    assert stopped in {1, 4} or (stopped is None and read == sample_plan())


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_bad_input(data: bytes):
    with pytest.raises(BadInput):
        read_plan(data, "plan.json")


def test_moments_are_in_utc():
    _, header = read_plan(text_of(sample_plan()).encode(), "plan.json")
    assert header.created_at == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert header.expires_at == EXPIRES
