"""The JSON Schema of `reconciler.yaml`, from the table that the reader of the settings takes."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final, cast

from reconciler.desired import safety, settings, values
from reconciler.desired.settings import CREDENTIALS, KEYS, Key
from reconciler.desired.shape_parts import DIALECT, Shape, or_nothing, said
from reconciler.model.issue import IssueType
from reconciler.model.settings import (
    DEFAULT_AUTOMATIC,
    DEFAULT_LIMITS,
    Limit,
    NotDesired,
    Safeguards,
)
from reconciler.model.value import JSON

_FILLED: Final = r"\$\{"
"""What `${NAME}` gives is known only when the settings are read."""
_TEXT: Final[Shape] = {"type": ["string", "number", "boolean"], "pattern": r"\S"}
_WHOLE: Final[Shape] = {"type": ["integer", "string"], "pattern": _FILLED}
_NUMBER: Final = r"^\s*(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?\s*%?$"
_MEANINGS: Final[Mapping[str, str]] = {
    "target": "The tenant, and how it is spoken to.",
    "target.base_url": "`https://TENANT.helloid.com/api/v1`, or `sandbox:PATH` for the embedded tenant.",
    "target.api_key": "HelloID's API key, as `${NAME}` or `${file:PATH}`; left out: HELLOID_API_KEY.",
    "target.api_secret": "HelloID's API secret, as `${NAME}` or `${file:PATH}`; left out: HELLOID_API_SECRET.",
    "target.set_manager": "Send the manager's account as `managedByUserGUID`.",
    "target.update_user_name": "Allow `userName` to change on update.",
    "target.restore_deleted": "Bring a soft-deleted account back instead of creating one.",
    "target.timeout_seconds": "Seconds for one request.",
    "target.concurrency": "Requests in flight, for reading and for applying.",
    "target.requests_per_second": "A ceiling, if the tenant needs one.",
    "correlation": "Finding the existing account of a person.",
    "correlation.enabled": "Off: accounts that exist are never taken over.",
    "correlation.person_field": "A path in the person.",
    "correlation.account_field": "A field of the account.",
    "field_mapping": "HelloID's field mapping.",
    "unique_fields": "Mapped fields that must be unique: their scripts run with Iteration 0, 1, … until they are.",
    "time_zone": "For dates in scripts and for today.",
    "desired": "The folder of the desired state.",
    "ledger": "Where the recorded state lives: `sqlite:///PATH`, `postgresql+psycopg://USER@HOST/DB`, or `none`.",
    "scope": "What is managed at all; the rest is never read, reported or touched.",
    "scope.accounts": "User names; `*` and `?` as in a shell.",
    "scope.groups": "Group names; `*` and `?` as in a shell.",
    "scope.products": "Product names; `*` and `?` as in a shell.",
    "account_not_desired": "What becomes of an account of ours that nothing asks for any more.",
    "delete_after_days": "With `disable`: deleted when that has lasted so many days.",
    "governance": "What is done about issues.",
    "governance.automatic": "What a plan does about each type of issue by itself.",
    "safeguards": "What refuses a plan.",
    "safeguards.limits": "At most so much; one more refuses the whole plan.",
    "safeguards.protected_accounts": "Names or patterns of accounts that are never touched.",
    "safeguards.allow_empty": "Whether `members: []` may revoke everybody.",
    "safeguards.plan_expires": "How long a saved plan may be applied, such as `24h`.",
    "products": "Product requests.",
    "products.comment": "The comment of a product request.",
    "products.pending_days": "A request that has waited so many days for approval is made again.",
    "notify": "Telling others.",
    "notify.command": "A command line, run after apply with one JSON event a line on standard input.",
}
_SIDES: Final[Mapping[str, str]] = {
    "include": "What is in scope.",
    "exclude": "What is not, though it is included.",
}


def settings_schema() -> Shape:
    """Return the JSON Schema (draft 7) of the settings."""
    whole = _part("")
    return {
        "$schema": DIALECT,
        "title": "reconciler settings",
        "description": "reconciler.yaml: the tenant, the scope, the safeguards.",
        **whole,
        "required": ["target"],
    }


def _part(prefix: str) -> Shape:
    """Return the shape of the mapping that holds the keys beginning with a prefix, such as `target.`."""
    leaves: dict[str, Shape] = {key.name: _leaf(key) for key in KEYS}
    leaves |= {name: {"type": ["string", "number", "boolean", "null"]} for name in CREDENTIALS}
    words = dict.fromkeys(
        name.removeprefix(prefix).partition(".")[0] for name in leaves if name.startswith(prefix)
    )
    properties: Shape = {}
    for word in words:
        name = prefix + word
        means = _MEANINGS.get(name) or _SIDES[word]
        if name in leaves:
            properties[word] = said(means, leaves[name])
        elif name == "target":
            properties[word] = said(means, {**_part("target."), "required": ["base_url"]})
        else:
            properties[word] = said(means, {**_part(f"{name}."), "type": ["object", "null"]})
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _leaf(key: Key[object]) -> Shape:
    if key.name == settings.NOT_DESIRED.name:
        shape = _words([word.value for word in NotDesired])
    else:
        shape = _OF_READER[key.read]
    if key.name in {settings.BASE_URL.name, settings.LEDGER.name}:
        return {**shape, **_default(key)}
    return {**or_nothing(shape), **_default(key)}


def _default(key: Key[object]) -> Shape:
    match key.default:
        case bool() | int() | float() | str() as plain if plain != "":
            return {"default": plain}
        case tuple():
            return {"default": [str(each) for each in cast("tuple[str, ...]", key.default)]}
        case timedelta() as long:
            return {"default": f"{long // timedelta(hours=1)}h"}
        case _:
            return {}


def _words(words: list[str]) -> Shape:
    choices: list[JSON] = [{"enum": list[JSON](words)}, {"type": "string", "pattern": _FILLED}]
    return {"anyOf": choices}


def _whole(least: int, most: int) -> Shape:
    return {**_WHOLE, "minimum": least, "maximum": most}


def _automatic() -> Shape:
    properties: Shape = {
        kind.value: {
            **or_nothing(_words(list(safety.AUTOMATIC[kind]))),
            "default": DEFAULT_AUTOMATIC[kind],
            "description": f"About {kind.value.replace('_', ' ')}.",
        }
        for kind in IssueType
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _limits() -> Shape:
    properties: Shape = {name: _limit(name, limit) for name, limit in DEFAULT_LIMITS.items()}
    properties[safety.PERCENT_FROM] = {
        **or_nothing(_whole(0, 1_000_000_000)),
        "description": "Up to so many, no percentage refuses.",
        "default": Safeguards().percent_from,
    }
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _limit(name: str, default: Limit) -> Shape:
    most: Shape = {
        **or_nothing(_whole(0, 1_000_000_000)),
        "description": "A number; empty: no limit.",
        "default": default.at_most,
    }
    share: Shape = {
        "type": ["number", "string", "null"],
        "minimum": 0,
        "maximum": 100,
        "pattern": f"{_FILLED}|{_NUMBER}",
        "description": "A percentage, `5` or `5%`; empty: no limit.",
        "default": default.at_most_percent,
    }
    return {
        "description": _LIMITS[name],
        "type": "object",
        "additionalProperties": False,
        "properties": {"at_most": most, "at_most_percent": share},
    }


_LIMITS: Final[Mapping[str, str]] = {
    "delete_account": "Deletions, in percent of the managed accounts.",
    "disable_account": "Disabled accounts, in percent of the managed accounts.",
    "revoke_group": "Revokes, in percent of the managed memberships.",
    "revoke_product": "Revokes, in percent of the managed product grants.",
    "members_lost": "What any one group or product loses, deletions counted.",
    "total": "Actions in all.",
}
_OF_READER: Final[Mapping[Callable[..., object], Shape]] = {
    values.text: _TEXT,
    values.texts: {"type": "array", "items": _TEXT},
    values.flag: {"type": ["boolean", "string"], "pattern": _FILLED},
    values.positive: {
        "type": ["number", "string"],
        "pattern": _FILLED,
        "exclusiveMinimum": 0,
        "maximum": 1_000_000,
    },
    values.at_least_one: _whole(1, 36_500),
    values.connections: _whole(1, 256),
    values.time_zone: {"type": "string", "minLength": 1},
    values.duration: {"type": "string", "pattern": rf"{_FILLED}|^([0-9]+[smhdw])+$"},
    values.base_url: {
        "type": "string",
        "pattern": rf"{_FILLED}|^sandbox:|[Hh][Tt][Tt][Pp][Ss]?://",
    },
    values.ledger: {"type": "string", "pattern": rf"{_FILLED}|^none$|^sqlite:///|://"},
    safety.automatic: _automatic(),
    safety.limits: _limits(),
}
"""The shape of what each reader of `KEYS` takes."""
