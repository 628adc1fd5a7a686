from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from reconciler.desired import read_settings
from reconciler.model.issue import IssueType
from reconciler.model.settings import (
    DEFAULT_LIMITS,
    Limit,
    NotDesired,
    Patterns,
    Settings,
    Target,
)
from reconciler.model.value import Secret
from tests.desired.project import lines

SANDBOX = "target: {base_url: sandbox:tenant.db}\n"
TENANT = "target:\n  base_url: https://tenant.example.org/api/v1\n"
CREDENTIALS = {"HELLOID_API_KEY": "key", "HELLOID_API_SECRET": "secret"}


def settings(
    root: Path, text: str, environ: Mapping[str, str] | None = None, *, need: bool = False
) -> tuple[Settings, list[str]]:
    path = root / "reconciler.yaml"
    path.write_text(text, encoding="utf-8")
    found, problems = read_settings(path, environ or {}, need_credentials=need)
    return found, lines(problems)


def revealed(secret: Secret | None) -> str | None:
    return None if secret is None else secret.reveal()


def test_every_key_but_the_address_has_a_default(tmp_path: Path) -> None:
    found, problems = settings(tmp_path, SANDBOX)
    assert problems == []
    plain = Settings(Target("sandbox:tenant.db"))
    assert found.target == plain.target
    assert (found.scope, found.safeguards, found.automatic) == (
        plain.scope,
        plain.safeguards,
        plain.automatic,
    )
    assert str(found.at["target.base_url"]) == "reconciler.yaml:1:10"


def test_every_key_is_read(tmp_path: Path) -> None:
    found, problems = settings(
        tmp_path,
        """
target:
  base_url: https://tenant.example.org/api/v1/
  api_key: ${KEY}
  api_secret: ${file:secret.txt}
  set_manager: true
  update_user_name: true
  restore_deleted: true
  timeout_seconds: 2.5
  concurrency: ${N}
  requests_per_second: 10
correlation: {enabled: false, person_field: ExternalId, account_field: userAttributes.id}
field_mapping: maps/fieldMapping.json
unique_fields: [userName]
time_zone: America/New_York
desired: state
ledger: postgresql+psycopg://me@db.example.org/ledger
scope:
  accounts: {include: ["a*"], exclude: []}
  groups: {exclude: [Domain*]}
  products: {include: [CRM]}
account_not_desired: disable
delete_after_days: 30
governance: {automatic: {account_unmanaged: disable, account_missing: report}}
safeguards:
  limits:
    delete_account: {at_most: 3}
    disable_account: {at_most_percent: null}
    total: {at_most: 100, at_most_percent: 12.5%}
    percent_from: 0
  protected_accounts: [admin, "svc-*"]
  allow_empty: true
  plan_expires: 1d12h
products: {comment: "Asked for by $${US}", pending_days: 14}
notify: {command: "send --to ${WHO}"}
""",
        {"KEY": "k", "N": "4", "WHO": "ops"}
        if (tmp_path / "secret.txt").write_text("s e\r\n", encoding="utf-8")
        else {},
        need=True,
    )
    assert problems == []
    target = found.target
    assert target.base_url == "https://tenant.example.org/api/v1"
    assert (revealed(target.api_key), revealed(target.api_secret)) == ("k", "s e")
    assert target.set_manager
    assert target.update_user_name
    assert target.restore_deleted
    assert (target.timeout_seconds, target.concurrency, target.requests_per_second) == (2.5, 4, 10)
    assert found.correlation.person_field == "ExternalId"
    assert not found.correlation.enabled
    assert found.scope.accounts == Patterns(("a*",), ())
    assert found.scope.groups == Patterns(("*",), ("Domain*",))
    assert found.scope.products == Patterns(("CRM",), ())
    assert (found.field_mapping, found.desired) == ("maps/fieldMapping.json", "state")
    assert (found.time_zone, found.unique_fields) == ("America/New_York", ("userName",))
    assert found.ledger == "postgresql+psycopg://me@db.example.org/ledger"
    assert (found.account_not_desired, found.delete_after_days) == (NotDesired.DISABLE, 30)
    assert found.automatic[IssueType.ACCOUNT_UNMANAGED] == "disable"
    assert found.automatic[IssueType.ACCOUNT_MISSING] == "report"
    assert found.automatic[IssueType.PERMISSION_MISSING] == "grant"
    limits = found.safeguards.limits
    assert limits["delete_account"] == Limit(3, 5)
    assert limits["disable_account"] == Limit()
    assert limits["total"] == Limit(100, 12.5)
    assert limits["revoke_group"] == DEFAULT_LIMITS["revoke_group"]
    assert found.safeguards.percent_from == 0
    assert found.safeguards.protected_accounts == ("admin", "svc-*")
    assert found.safeguards.allow_empty
    assert found.safeguards.plan_expires == timedelta(hours=36)
    assert (found.product_comment, found.notify_command) == ("Asked for by ${US}", "send --to ops")
    assert found.product_pending_days == 14


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["reconciler.yaml:1:1 missing-key"]),
        ("target: {}", ["reconciler.yaml:1:1 missing-key"]),
        ("target: {base_url: }", ["reconciler.yaml:1:1 missing-key"]),
        ("[1]", ["reconciler.yaml:1:1 missing-key", "reconciler.yaml:1:1 wrong-type"]),
        (
            "target: {base_url: http://tenant.example.org/api/v1}",
            ["reconciler.yaml:1:20 bad-value"],
        ),
        ("target: {base_url: https://a:b@example.org}", ["reconciler.yaml:1:20 bad-value"]),
        ("target: {base_url: 'https://[::1'}", ["reconciler.yaml:1:20 bad-value"]),
        ("target: {base_url: 'sandbox:'}", ["reconciler.yaml:1:20 bad-value"]),
        ("target: {base_url: '${NOPE}'}", ["reconciler.yaml:1:20 unset-variable"]),
        ("target: {base_url: '${file:nope}'}", ["reconciler.yaml:1:20 unreadable-file"]),
        (SANDBOX + "targets: {}", ["reconciler.yaml:2:1 unknown-key"]),
        (SANDBOX + "scope: {users: {}}", ["reconciler.yaml:2:9 unknown-key"]),
        (SANDBOX + "scope: {groups: Sales}", ["reconciler.yaml:2:17 wrong-type"]),
        (SANDBOX + "scope: {groups: {include: Sales}}", ["reconciler.yaml:2:27 wrong-type"]),
        (SANDBOX + "time_zone: Europe/Amsterdm", ["reconciler.yaml:2:12 bad-value"]),
        (SANDBOX + "time_zone: Europe", ["reconciler.yaml:2:12 bad-value"]),
        (SANDBOX + "time_zone: /etc/localtime", ["reconciler.yaml:2:12 bad-value"]),
        (SANDBOX + "ledger: mysql://db/x", ["reconciler.yaml:2:9 bad-value"]),
        (SANDBOX + "ledger: 'sqlite://'", ["reconciler.yaml:2:9 bad-value"]),
        (SANDBOX + "ledger: 'sqlite:///:memory:'", ["reconciler.yaml:2:9 bad-value"]),
        (SANDBOX + "ledger:", ["reconciler.yaml:2:8 bad-value"]),
        (SANDBOX + "account_not_desired: remove", ["reconciler.yaml:2:22 bad-value"]),
        (SANDBOX + "delete_after_days: 0", ["reconciler.yaml:2:20 wrong-type"]),
        (SANDBOX + "delete_after_days: true", ["reconciler.yaml:2:20 wrong-type"]),
        (
            SANDBOX + "delete_after_days: 3\naccount_not_desired: keep",
            ["reconciler.yaml:2:1 useless-setting warning"],
        ),
        (SANDBOX + "safeguards: {plan_expires: 24}", ["reconciler.yaml:2:28 bad-value"]),
        (SANDBOX + "safeguards: {plan_expires: 0h}", ["reconciler.yaml:2:28 bad-value"]),
        (
            SANDBOX + "safeguards: {plan_expires: 99999999999999999w}",
            ["reconciler.yaml:2:28 bad-value"],
        ),
        (SANDBOX + "safeguards: {allow_empty: 'true'}", ["reconciler.yaml:2:27 wrong-type"]),
        (
            SANDBOX + "safeguards: {limits: {delete_accounts: {at_most: 1}}}",
            ["reconciler.yaml:2:23 unknown-key"],
        ),
        (
            SANDBOX + "safeguards: {limits: {delete_account: 5}}",
            ["reconciler.yaml:2:39 wrong-type"],
        ),
        (
            SANDBOX + "safeguards: {limits: {delete_account: null}}",
            ["reconciler.yaml:2:39 wrong-type"],
        ),
        (
            SANDBOX + "safeguards: {limits: {delete_account: {at_most_percent: 101}}}",
            ["reconciler.yaml:2:57 wrong-type"],
        ),
        (
            SANDBOX + "governance: {automatic: {account_unmanaged: revoke, account_gone: report}}",
            ["reconciler.yaml:2:45 bad-value", "reconciler.yaml:2:53 unknown-key"],
        ),
        (
            SANDBOX + "desired: a\ndesired: b",
            ["reconciler.yaml:3:1 duplicate-key also reconciler.yaml:2:1"],
        ),
        ("target: {base_url: [", ["reconciler.yaml:2:1 invalid-yaml"]),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_with_its_place(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    _, problems = settings(tmp_path, text)
    assert sorted(problems) == sorted(expected)


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.2", "[::1]:1"])
def test_plain_http_is_for_loopback(tmp_path: Path, host: str) -> None:
    found, problems = settings(tmp_path, f"target: {{base_url: 'http://{host}/api/v1'}}")
    assert problems == []
    assert found.target.base_url == f"http://{host}/api/v1"


def test_credentials_come_from_the_environment_unless_the_file_says_otherwise(
    tmp_path: Path,
) -> None:
    found, problems = settings(tmp_path, TENANT, CREDENTIALS, need=True)
    assert problems == []
    assert revealed(found.target.api_key) == "key"
    assert revealed(found.target.api_secret) == "secret"


def test_missing_credentials_matter_only_when_they_are_needed(tmp_path: Path) -> None:
    text = TENANT + "  api_key: ${NOPE}\n"
    assert settings(tmp_path, text)[1] == []
    assert settings(tmp_path, text, need=True)[1] == [
        "reconciler.yaml:1:1 missing-credential",
        "reconciler.yaml:3:12 unset-variable",
    ]
    assert settings(tmp_path, SANDBOX, need=True)[1] == []


def test_what_the_environment_holds_is_never_shown(tmp_path: Path) -> None:
    path = tmp_path / "reconciler.yaml"
    path.write_text(
        "target: {base_url: '${URL}', concurrency: '${URL}'}\n"
        "ledger: ${URL}\naccount_not_desired: ${URL}\ntime_zone: ${URL}\n"
        "safeguards: {plan_expires: '${URL}', limits: {total: {at_most: '${URL}'}}}\n",
        encoding="utf-8",
    )
    found, problems = read_settings(path, {"URL": "hunter2"}, need_credentials=False)
    assert len(problems) == 7
    assert "hunter2" not in str(problems)
    assert "hunter2" not in str(found)


def test_settings_that_cannot_be_read_are_a_problem(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nope.yaml", tmp_path / "a\0b"):
        _, problems = read_settings(path, {}, need_credentials=False)
        assert [problem.code for problem in problems] == ["unreadable-file"]


def test_an_unknown_key_comes_with_the_nearest_known(tmp_path: Path) -> None:
    path = tmp_path / "reconciler.yaml"
    path.write_text(SANDBOX + "field_maping: x", encoding="utf-8")
    _, problems = read_settings(path, {}, need_credentials=False)
    assert problems[0].fix == "Did you mean `field_mapping`?"
