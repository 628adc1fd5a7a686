"""Account data is kept and seen by the mapping; notifications get what they may use, and a password once."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from reconciler.applier.run import StepResult
from reconciler.errors import Interrupted
from reconciler.flows.notifying import command_words, notify
from tests.connector.stand import Nobody, Stand
from tests.projects import account, group, guid, person

ANNA = person(10001, "Anna", "Visser")
WRITE = "import pathlib, sys; pathlib.Path('told.jsonl').open('ab').write(sys.stdin.buffer.read())"


def mapping_action(mode: str, value: object, *stages: str, **flags: bool) -> dict[str, Any]:
    return {
        "MapForActions": list(stages),
        "MappingMode": mode,
        "Value": json.dumps(value),
        "UsedInNotifications": False,
        "StoreInAccountData": False,
        **flags,
    }


def remap(stand: Stand, name: str, *actions: dict[str, Any]) -> None:
    whole = stand.mapping()
    fields = [one for one in whole["MappingFields"] if one["Name"] != name]
    fields.append({"Name": name, "Description": "", "Type": "Text", "MappingActions": [*actions]})
    stand.map({**whole, "MappingFields": fields})


def wish(stand: Stand, state: str = "enabled", **more: Any) -> None:
    stand.want(persons=[ANNA], accounts=[account(10001, state)], **more)


def telling(stand: Stand, script: str = WRITE) -> None:
    stand.set(notify={"command": f'"{sys.executable}" -c "{script}"'})


def told(stand: Stand) -> list[dict[str, Any]]:
    file = stand.root / "told.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    file.unlink(missing_ok=True)
    return [json.loads(line) for line in lines]


# ---------------------------------------------------------------- account data


def test_marked_fields_are_kept_and_the_next_run_s_mapping_sees_them(stand: Stand) -> None:
    wish(stand)
    assert stand.applied() == {}
    ref = stand.account("anna.visser@example.org")["userGUID"]
    owned = stand.ledger().accounts[next(iter(stand.ledger().accounts))]
    assert owned.stored == {
        "contactEmail": "anna.visser@example.org",
        "userGUID": ref,
        "userName": "anna.visser@example.org",
    }
    planned = stand.plan().plan
    assert (planned.steps, planned.bookkeeping.remembers) == ((), ())

    see = "(Person.Accounts.HelloID.userGUID || 'none') + Person.Accounts.HelloID.contactEmail"
    remap(stand, "userAttributes.badge", mapping_action("Complex", see, "Create", "Update"))
    assert stand.applied() == {}
    badge = stand.account("anna.visser@example.org")["userAttributes"]["badge"]
    assert badge == f"{ref}anna.visser@example.org"
    assert stand.kinds() == []


def test_a_correlated_account_s_data_is_kept_as_the_tenant_has_it(stand: Stand) -> None:
    held = {"userGUID": guid(1), "userName": "ANNA.visser@example.org", "isEnabled": True}
    stand.seed({"accounts": [{**held, "userAttributes": {"floor": "3"}}]})
    remap(
        stand,
        "userAttributes.floor",
        mapping_action("None", None, "Create", StoreInAccountData=True),
    )
    wish(stand)
    assert stand.applied() == {}
    (owned,) = stand.ledger().accounts.values()
    assert owned.stored == {
        "contactEmail": "anna.visser@example.org",
        "userAttributes.floor": "3",
        "userGUID": guid(1),
        "userName": "ANNA.visser@example.org",
    }


def test_a_leaver_keeps_the_account_data_and_a_deleted_account_none(stand: Stand) -> None:
    wish(stand)
    assert stand.applied() == {}
    stand.want(persons=[ANNA])
    assert stand.applied() == {}
    (owned,) = stand.ledger().accounts.values()
    assert (owned.enabled, sorted(owned.stored)) == (
        False,
        ["contactEmail", "userGUID", "userName"],
    )
    wish(stand, "absent")
    assert stand.applied() == {}
    assert stand.ledger().accounts == {}


# ---------------------------------------------------------------- notifications


def test_each_event_is_told_once_with_the_fields_it_may_use(stand: Stand) -> None:
    telling(stand)
    stand.set(target={"restore_deleted": True, "update_user_name": True})
    stand.seed({"products": [{"productId": guid(7), "name": "CRM", "visibility": "All"}]})
    wish(stand, groups=[group("Sales", 10001, create=True)], products=[group("CRM", 10001)])
    assert stand.applied() == {}
    create, enable, *grants = told(stand)
    ref = stand.account("anna.visser@example.org")["userGUID"]
    assert (create["event"], enable["event"]) == ("create", "enable")
    assert create["person"] == {"ExternalId": "10001", "DisplayName": "Anna Visser"}
    assert create["account"] == {"user_guid": ref, "user_name": "anna.visser@example.org"}
    assert (create["changes"], create["permission"]) == ([], None)
    password = create["fields"].pop("password")
    assert len(password) == 20
    assert create["fields"] == {
        "firstName": "Anna",
        "lastName": "Visser",
        "userName": "anna.visser@example.org",
    }
    assert enable["changes"] == [{"field": "isEnabled", "before": False, "after": True}]
    assert [(one["event"], one["permission"]["name"], one["status"]) for one in grants] == [
        ("grant", "Sales", "done"),
        ("grant", "CRM", "done"),
    ]
    assert all(one["permission"]["id"] for one in grants)
    assert {one["account"]["user_guid"] for one in (enable, *grants)} == {ref}
    assert len({one["id"] for one in (create, enable, *grants)}) == 4
    assert stand.applied() == {}
    assert told(stand) == []

    bos = {**ANNA, "Name": {**ANNA["Name"], "FamilyName": "Bos"}}
    stand.want(persons=[bos], accounts=[account(10001)], groups=[group("Sales")])
    assert stand.applied() == {}
    events = {one["event"]: one for one in told(stand)}
    assert sorted(events) == ["revoke", "update"]
    assert events["update"]["changes"] == [
        {"field": "lastName", "before": "Visser", "after": "Bos"}
    ]
    assert events["update"]["fields"] == {
        "firstName": "Anna",
        "lastName": "Bos",
        "userName": "anna.visser@example.org",
    }
    for state, event in (("disabled", "disable"), ("absent", "delete")):
        wish(stand, state)
        assert stand.applied() == {}
        assert event in [one["event"] for one in told(stand)]
    wish(stand)
    assert stand.applied() == {}
    assert [one["event"] for one in told(stand)][:1] == ["restore"]


def test_a_password_is_nowhere_but_on_the_command_s_standard_input(near: Stand) -> None:
    telling(near)
    wish(near)
    applied = near.apply()
    (sent,) = [one.body for one in near.writes() if one.method == "POST"]
    assert isinstance(sent, dict)
    password = str(sent["password"])
    assert told(near)[0]["fields"]["password"] == password
    assert password not in json.dumps(applied.document)
    assert applied.outcome is not None
    assert password not in repr(applied.outcome)
    ledger = b"".join(file.read_bytes() for file in near.root.glob("ledger.db*"))
    assert b"anna.visser@example.org" in ledger
    assert password.encode() not in ledger


class Stopping(Nobody):
    """Stops the apply as soon as the first account is made."""

    def __init__(self) -> None:
        self.stopped = False

    def ended(self, result: StepResult) -> None:
        task = asyncio.current_task()
        if not self.stopped and result.step.kind == "create_account" and task is not None:
            self.stopped = task.cancel()


def test_an_interrupted_apply_tells_what_it_did_and_the_next_one_the_rest(stand: Stand) -> None:
    telling(stand)
    stand.set(target={"concurrency": 1})
    numbers = range(10001, 10006)
    stand.want(
        persons=[person(number, "Anna", f"V{number}") for number in numbers],
        accounts=[account(number) for number in numbers],
    )
    with pytest.raises(Interrupted):
        stand.apply(Stopping())
    first = told(stand)
    assert 0 < len(first) < 10
    assert stand.applied() == {}
    second = told(stand)
    events = sorted((one["event"], one["person"]["ExternalId"]) for one in (*first, *second))
    assert events == [(kind, str(n)) for kind in ("create", "enable") for n in numbers]
    created = [one for one in (*first, *second) if one["event"] == "create"]
    assert {len(one["fields"]["password"]) for one in created} == {20}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (f'"{sys.executable}" -c "import sys; sys.exit(3)"', "ended with 3"),
        ("./no-such-program --now", "could not be started"),
    ],
)
def test_a_command_that_fails_is_a_warning_and_changes_nothing_else(
    stand: Stand, command: str, words: str
) -> None:
    stand.set(notify={"command": command})
    wish(stand)
    outcome = stand.apply().outcome
    assert outcome is not None
    assert outcome.exit_code == 0
    assert [words in warning for warning in outcome.warnings] == [True]
    assert stand.kinds() == []


def test_a_command_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    forever = [sys.executable, "-c", "while True: pass"]
    assert "stopped after" in notify(forever, [{"event": "x" * 10**6}], tmp_path, seconds=0.3)


def test_no_shell_ever_sees_the_command(tmp_path: Path) -> None:
    words = command_words(f'"{sys.executable}" -c "{WRITE}" "; touch harm" $HOME')
    assert words[3:] == ("; touch harm", "$HOME")
    assert notify(words, [{"event": "é"}], tmp_path) == ""
    assert [file.name for file in tmp_path.iterdir()] == ["told.jsonl"]
    assert json.loads((tmp_path / "told.jsonl").read_text(encoding="utf-8")) == {"event": "é"}
