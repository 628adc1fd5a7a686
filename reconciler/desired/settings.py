"""`reconciler.yaml` to Settings: every key, its default and its reader in one table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Generic, TypeVar, cast

from reconciler.desired import safety, values
from reconciler.desired.files import MAX_YAML, read_bytes
from reconciler.desired.findings import Findings, Unreadable
from reconciler.desired.interpolation import Interpolation
from reconciler.desired.node import Node, Pairs, Scalar, is_null
from reconciler.desired.page import Page
from reconciler.desired.stream import Document
from reconciler.model.problem import Problem
from reconciler.model.provenance import Location
from reconciler.model.settings import (
    Correlation,
    NotDesired,
    Patterns,
    Safeguards,
    Scope,
    Settings,
    Target,
)
from reconciler.model.value import Secret

T = TypeVar("T", covariant=True)


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """A key of the settings by its dotted name; left out or empty it has its default."""

    name: str
    read: Callable[[Page, Node, str], T | None]
    default: T


_TARGET = Target("")
_CORRELATION = Correlation()
_SCOPE = Scope()
_GUARDS = Safeguards()
_PLAIN = Settings(_TARGET)

BASE_URL = Key("target.base_url", values.base_url, "")
SET_MANAGER = Key("target.set_manager", values.flag, _TARGET.set_manager)
UPDATE_USER_NAME = Key("target.update_user_name", values.flag, _TARGET.update_user_name)
RESTORE_DELETED = Key("target.restore_deleted", values.flag, _TARGET.restore_deleted)
TIMEOUT = Key("target.timeout_seconds", values.positive, _TARGET.timeout_seconds)
CONCURRENCY = Key("target.concurrency", values.connections, _TARGET.concurrency)
RATE: Key[float | None] = Key("target.requests_per_second", values.positive, None)
CORRELATE = Key("correlation.enabled", values.flag, _CORRELATION.enabled)
PERSON_FIELD = Key("correlation.person_field", values.text, _CORRELATION.person_field)
ACCOUNT_FIELD = Key("correlation.account_field", values.text, _CORRELATION.account_field)
FIELD_MAPPING = Key("field_mapping", values.text, _PLAIN.field_mapping)
UNIQUE_FIELDS = Key("unique_fields", values.texts, _PLAIN.unique_fields)
TIME_ZONE = Key("time_zone", values.time_zone, _PLAIN.time_zone)
DESIRED = Key("desired", values.text, _PLAIN.desired)
LEDGER = Key("ledger", values.ledger, _PLAIN.ledger)
ACCOUNTS_IN = Key("scope.accounts.include", values.texts, _SCOPE.accounts.include)
ACCOUNTS_OUT = Key("scope.accounts.exclude", values.texts, _SCOPE.accounts.exclude)
GROUPS_IN = Key("scope.groups.include", values.texts, _SCOPE.groups.include)
GROUPS_OUT = Key("scope.groups.exclude", values.texts, _SCOPE.groups.exclude)
PRODUCTS_IN = Key("scope.products.include", values.texts, _SCOPE.products.include)
PRODUCTS_OUT = Key("scope.products.exclude", values.texts, _SCOPE.products.exclude)
NOT_DESIRED = Key(
    "account_not_desired",
    values.one_of([word.value for word in NotDesired]),
    _PLAIN.account_not_desired.value,
)
DELETE_AFTER: Key[int | None] = Key("delete_after_days", values.at_least_one, None)
AUTOMATIC = Key("governance.automatic", safety.automatic, _PLAIN.automatic)
LIMITS = Key("safeguards.limits", safety.limits, _GUARDS.limits)
PROTECTED = Key("safeguards.protected_accounts", values.texts, _GUARDS.protected_accounts)
ALLOW_EMPTY = Key("safeguards.allow_empty", values.flag, _GUARDS.allow_empty)
PLAN_EXPIRES: Key[timedelta] = Key("safeguards.plan_expires", values.duration, _GUARDS.plan_expires)
COMMENT = Key("products.comment", values.text, _PLAIN.product_comment)
PENDING: Key[int | None] = Key("products.pending_days", values.at_least_one, None)
COMMAND: Key[str | None] = Key("notify.command", values.text, None)

CREDENTIALS = {
    "target.api_key": "HELLOID_API_KEY",
    "target.api_secret": "HELLOID_API_SECRET",
}
"""Each with the environment variable that it reads unless it says otherwise."""

KEYS: tuple[Key[object], ...] = (
    BASE_URL,
    SET_MANAGER,
    UPDATE_USER_NAME,
    RESTORE_DELETED,
    TIMEOUT,
    CONCURRENCY,
    RATE,
    CORRELATE,
    PERSON_FIELD,
    ACCOUNT_FIELD,
    FIELD_MAPPING,
    UNIQUE_FIELDS,
    TIME_ZONE,
    DESIRED,
    LEDGER,
    ACCOUNTS_IN,
    ACCOUNTS_OUT,
    GROUPS_IN,
    GROUPS_OUT,
    PRODUCTS_IN,
    PRODUCTS_OUT,
    NOT_DESIRED,
    DELETE_AFTER,
    AUTOMATIC,
    LIMITS,
    PROTECTED,
    ALLOW_EMPTY,
    PLAN_EXPIRES,
    COMMENT,
    PENDING,
    COMMAND,
)
_NAMES = (*(key.name for key in KEYS), *CREDENTIALS)
_EMPTY_MEANS_SOMETHING = frozenset({LEDGER.name})


def read_settings(
    path: Path, environ: Mapping[str, str], *, need_credentials: bool = True
) -> tuple[Settings, tuple[Problem, ...]]:
    """Return the settings of the project that `path` (its `reconciler.yaml`) is in, and every problem.

    `${NAME}` reads `environ`, `${file:PATH}` a file relative to the project. Without
    `need_credentials`, and for an embedded tenant, nothing is said of credentials that are missing.
    With an error among the problems the settings are not to be acted on.
    """
    findings = Findings()
    file = path.name or "reconciler.yaml"
    page = Page(file, findings)
    if not path.exists():
        _missing(path, findings)
        return Settings(_TARGET), findings.in_order()
    try:
        root = Document(read_bytes(path, file, MAX_YAML), file, findings).whole()
    except Unreadable as error:
        findings.add(error.problem)
        return Settings(_TARGET), findings.in_order()
    reading = _Reading(page, Interpolation(page, path.parent, environ))
    if root is not None and not is_null(root):
        reading.walk(root, "")
    return _settings(reading, root, need_credentials=need_credentials), findings.in_order()


def _missing(path: Path, findings: Findings) -> None:
    findings.error(
        "unreadable-file",
        f"There are no settings at `{path.as_posix()}`, and they are what makes a folder a project.",
        None,
        "Go to the project's folder, name its settings with `--config FILE` before the command,"
        " or write a project to start from: reconciler init",
    )


class _Reading:
    """The nodes and values found so far, by dotted name."""

    def __init__(self, page: Page, interpolation: Interpolation) -> None:
        self.page = page
        self.interpolation = interpolation
        self.nodes: dict[str, Node] = {}
        self.at: dict[str, Location] = {}
        self._values: dict[str, object] = {}
        self._readers = {key.name: key.read for key in KEYS}

    def get(self, key: Key[T]) -> T:
        return cast("T", self._values.get(key.name, key.default))

    def walk(self, node: Node, prefix: str) -> None:
        known = dict.fromkeys(
            name.removeprefix(prefix).partition(".")[0]
            for name in _NAMES
            if name.startswith(prefix)
        )
        pairs = self.page.pairs(node, prefix.rstrip(".") or self.page.file, known)
        for word, (key, value) in (pairs.pairs if pairs else {}).items():
            name = prefix + word
            self.at[name] = self.page.at(key)
            if name in CREDENTIALS:
                self.nodes[name] = value
            elif name in self._readers:
                self._leaf(name, value)
            elif word in known and not is_null(value):
                self.walk(value, f"{name}.")

    def _leaf(self, name: str, value: Node) -> None:
        self.nodes[name] = value
        if is_null(value) and name not in _EMPTY_MEANS_SOMETHING:
            return
        before = len(self.page.findings)
        filled = self.interpolation.fill(value)
        if len(self.page.findings) > before:
            return
        found = self._readers[name](self.page, filled, name)
        if found is not None:
            self._values[name] = found


def _settings(reading: _Reading, root: Node | None, *, need_credentials: bool) -> Settings:
    get = reading.get
    return Settings(
        target=_target(reading, root, need_credentials=need_credentials),
        correlation=Correlation(get(CORRELATE), get(PERSON_FIELD), get(ACCOUNT_FIELD)),
        field_mapping=get(FIELD_MAPPING),
        unique_fields=get(UNIQUE_FIELDS),
        time_zone=get(TIME_ZONE),
        desired=get(DESIRED),
        ledger=get(LEDGER),
        scope=Scope(
            Patterns(get(ACCOUNTS_IN), get(ACCOUNTS_OUT)),
            Patterns(get(GROUPS_IN), get(GROUPS_OUT)),
            Patterns(get(PRODUCTS_IN), get(PRODUCTS_OUT)),
        ),
        account_not_desired=NotDesired(get(NOT_DESIRED)),
        delete_after_days=_delete_after(reading),
        automatic=get(AUTOMATIC),
        safeguards=Safeguards(
            limits=get(LIMITS),
            percent_from=_percent_from(reading),
            protected_accounts=get(PROTECTED),
            allow_empty=get(ALLOW_EMPTY),
            plan_expires=get(PLAN_EXPIRES),
        ),
        product_comment=get(COMMENT),
        product_pending_days=get(PENDING),
        notify_command=get(COMMAND),
        at=reading.at,
    )


def _target(reading: _Reading, root: Node | None, *, need_credentials: bool) -> Target:
    get = reading.get
    url = get(BASE_URL)
    given = reading.nodes.get(BASE_URL.name)
    if given is None or is_null(given):
        reading.page.findings.error(
            "missing-key",
            "`target.base_url` says which tenant is meant; it has no default.",
            reading.at.get("target") or (reading.page.at(root) if root else _first(reading.page)),
            "Write `https://TENANT.helloid.com/api/v1`, or `sandbox:PATH` for the embedded tenant.",
        )
    keys: dict[str, Secret | None] = dict.fromkeys(CREDENTIALS)
    if not url.startswith(values.SANDBOX):
        keys = {
            name: _credential(reading, name, needed=need_credentials and bool(url))
            for name in CREDENTIALS
        }
    if url.startswith("https:"):
        _warn_of_credentials(reading)
    return Target(
        base_url=url,
        api_key=keys["target.api_key"],
        api_secret=keys["target.api_secret"],
        set_manager=get(SET_MANAGER),
        update_user_name=get(UPDATE_USER_NAME),
        restore_deleted=get(RESTORE_DELETED),
        timeout_seconds=get(TIMEOUT),
        concurrency=get(CONCURRENCY),
        requests_per_second=get(RATE),
    )


def _credential(reading: _Reading, name: str, *, needed: bool) -> Secret | None:
    node = reading.nodes.get(name)
    page = reading.page
    if node is None or is_null(node):
        variable = CREDENTIALS[name]
        found = reading.interpolation.variable(variable)
        if found is None and needed:
            page.findings.error(
                "missing-credential",
                f"`{name}` is not in the settings, and the environment has no {variable}.",
                reading.at.get(name) or reading.at.get("target"),
                f"Set {variable}, or write `{name}` as `${{NAME}}` or `${{file:PATH}}`.",
            )
        return None if found is None else Secret(found)
    if not isinstance(node, Scalar):
        page.wrong(node, name, "a text")
        return None
    text = reading.interpolation.text(node, tolerant=not needed)
    if text is not None and not text.strip():
        if needed:
            fix = f"Write `{name}` as `${{NAME}}` or `${{file:PATH}}`, and set that."
            page.error("missing-credential", node, f"`{name}` is empty.", fix)
        return None
    return None if text is None else Secret(text)


def _warn_of_credentials(reading: _Reading) -> None:
    """Warn of what stands in the file as it is; the line itself is not shown, for it would be in every log."""
    for name in CREDENTIALS:
        node = reading.nodes.get(name)
        if not isinstance(node, Scalar) or is_null(node):
            continue
        if node.text.strip() and "${" not in node.text:
            at = reading.page.at(node)
            reading.page.findings.warn(
                "credential-in-file",
                f"`{name}` stands at {at.file}:{at.line} as it is, for everybody who reads the file or its history.",
                None,
                f"Write `${{{CREDENTIALS[name]}}}` or `${{file:PATH}}` there, and change it in HelloID.",
            )


def _delete_after(reading: _Reading) -> int | None:
    days = reading.get(DELETE_AFTER)
    if days is not None and reading.get(NOT_DESIRED) != NotDesired.DISABLE.value:
        reading.page.findings.warn(
            "useless-setting",
            "`delete_after_days` counts the days an account has been disabled; it does nothing unless"
            " `account_not_desired` is `disable`.",
            reading.at.get(DELETE_AFTER.name),
            "Take it out, or write `account_not_desired: disable`.",
        )
    return days


def _percent_from(reading: _Reading) -> int:
    node = reading.nodes.get(LIMITS.name)
    found = None
    if isinstance(node, Pairs):
        found = safety.percent_from(reading.page, reading.interpolation.fill(node), LIMITS.name)
    return _GUARDS.percent_from if found is None else found


def _first(page: Page) -> Location:
    return Location(page.file, 1, 1)
