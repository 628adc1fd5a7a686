"""HelloID's JSON as it arrives: many shapes in, one shape out. All tolerance lives here.

Evidence: lists are bare arrays, but clients meet `data`, `pageData` and an array in an array; the
same name differs in case between endpoints (userGUID, userGuid); booleans may be text; GUIDs may be
in upper case; empty attributes may be null or absent.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import quote

import msgspec

from reconciler.errors import TenantUnreadable
from reconciler.model.address import fold
from reconciler.model.person import member
from reconciler.model.value import JSON

Row: TypeAlias = Mapping[str, JSON]

_WRAPPERS = ("data", "pageData")
_SAID_AT_MOST = 300
_NOT_FOUND = frozenset({"user not found", "group not found", "product not found"})
_NOT_KEPT = frozenset({"links", "lastlogin", "password"})

_ACCOUNT_NAMES = (
    "id userGUID userName firstName lastName contactEmail isEnabled isDeleted isLocked"
    " mustChangePassword source lastLogin links userAttributes managedByUserGUID immutableId roles"
    " options password"
)
_GROUP_NAMES = (
    "groupGuid name isEnabled isDefault isQrEnabled isDeleted source managedByUserGuid users groups"
)
_PRODUCT_NAMES = (
    "productId name description code categories resourceOwnerGroup approvalWorkflow dynamicForm"
    " visibility isEnabled requestComment maxCount allowMultipleRequests returnOnUserDisable"
    " hasTimeLimit managerCanOverrideDuration limitType ownershipMaxDuration accessGroups"
)
_ASSIGNMENT_NAMES = (
    "assignmentGuid userGuid userName productGuid productName productSku requestedAt approvedAt"
    " returnDate source"
)


def _names(listed: str, **others: str) -> Mapping[str, str]:
    return {name.casefold(): name for name in listed.split()} | others


ACCOUNT = _names(_ACCOUNT_NAMES)
GROUP = _names(_GROUP_NAMES)
PRODUCT = _names(_PRODUCT_NAMES, productguid="productId", selfserviceproductguid="productId")
ASSIGNMENT = _names(_ASSIGNMENT_NAMES, productid="productGuid")
FLAGS = frozenset({"isenabled", "isdeleted", "islocked", "mustchangepassword", "resetmfa"})
"""Members of an account that are booleans, folded."""


class WrongShape(TenantUnreadable):
    """An answer that is JSON but not what HelloID is known to send."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "An answer has a shape that is not HelloID's",
            detail,
            "Check target.base_url: it ends in /api/v1.",
        )


def decode(content: bytes) -> JSON:
    """Return a JSON document; raises ValueError where it is none."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def rows(document: JSON) -> list[Row]:
    """Return the objects of a list reply: bare, below a wrapper, or an array in an array."""
    if isinstance(document, Mapping):
        wrapped = [name for name in document if fold(name) in map(fold, _WRAPPERS)]
        if len(wrapped) == 1:
            inner = document[wrapped[0]]
            return [] if inner is None else rows(inner)
        raise WrongShape("A list was expected, an object came.")
    found = _array(document, "A list")
    if len(found) == 1 and _is_array(found[0]):
        return rows(found[0])
    return [_object(item, "A list's item") for item in found]


def record(document: JSON) -> Row:
    """Return the object of a reply about one thing."""
    if _is_array(document):
        found = rows(document)
        if len(found) == 1:
            return found[0]
        raise WrongShape(f"One object was expected, {len(found)} came.")
    row = _object(document, "The reply")
    inner = member(row, "data")
    return inner if len(row) == 1 and isinstance(inner, Mapping) else row


def named(row: Row, names: Mapping[str, str]) -> dict[str, JSON]:
    """Return the row with the names that are known spelled as in `names`; others stay."""
    return {names.get(key.casefold(), key): value for key, value in row.items()}


def account(row: Row, *, deleted: bool = False) -> dict[str, JSON]:
    """Return an account as snapshots keep it; `deleted` counts where the row itself does not say.

    Without links, lastLogin and password; userGUID in lower case; booleans real; userAttributes an
    object; isEnabled false where nothing is said, as for a new account.
    """
    found = named(row, ACCOUNT)
    kept = {name: value for name, value in found.items() if name.casefold() not in _NOT_KEPT}
    for name in kept:
        if name.casefold() in FLAGS:
            kept[name] = flag(kept[name], name)
    kept["userGUID"] = guid(found, "userGUID")
    kept["userName"] = name_of(found, "userName")
    kept["isEnabled"] = flag(found.get("isEnabled"), "isEnabled")
    kept["isDeleted"] = flag(found.get("isDeleted"), "isDeleted", absent=deleted)
    manager = found.get("managedByUserGUID")
    kept["managedByUserGUID"] = (
        manager.strip().lower() if isinstance(manager, str) else ""
    ) or None
    kept["userAttributes"] = attributes(found.get("userAttributes"))
    return kept


def attributes(value: JSON) -> dict[str, JSON]:
    """Return an account's userAttributes; null and absent are no attributes."""
    return {} if value is None else dict(_object(value, "userAttributes"))


def group(row: Row) -> dict[str, JSON]:
    """Return a group as snapshots keep it, with `users` and `groups` only where the row has them."""
    found = _only(named(row, GROUP), GROUP)
    found["groupGuid"] = guid(found, "groupGuid")
    found["name"] = name_of(found, "name")
    for name in ("isEnabled", "isDefault", "isQrEnabled", "isDeleted"):
        found[name] = flag(found.get(name), name)
    for name, key in (("users", "userGUID"), ("groups", "groupGuid")):
        if name in found:
            found[name] = guids(found[name], key)
    return found


def product(row: Row) -> dict[str, JSON]:
    """Return the members of a product that matter to who may have it."""
    found = _only(named(row, PRODUCT), PRODUCT)
    found["productId"] = guid(found, "productId")
    found["name"] = name_of(found, "name")
    return found


def assignment(row: Row) -> dict[str, JSON]:
    """Return a product assignment as snapshots keep it."""
    found = _only(named(row, ASSIGNMENT), ASSIGNMENT)
    found["userGuid"] = guid(found, "userGuid")
    found["productGuid"] = guid(found, "productGuid")
    own = found.get("assignmentGuid")
    found["assignmentGuid"] = (own.strip().lower() if isinstance(own, str) else "") or None
    return found


def guid(row: Row, name: str) -> str:
    """Return a GUID in lower case."""
    value = member(row, name)
    if isinstance(value, str) and value.strip():
        return value.strip().lower()
    raise WrongShape(f"An object has no {name}.")


def guids(value: JSON, name: str) -> list[str]:
    """Return a list of GUIDs in lower case, each once, sorted; null is nobody."""
    if value is None:
        return []
    refs = {_guid_of(item, name) for item in _array(value, name)}
    return sorted(refs)


def texts(value: JSON) -> list[str]:
    """Return the texts of a list of texts that was read before; anything else is empty."""
    if isinstance(value, str) or not isinstance(value, Sequence):
        return []
    return [item for item in value if isinstance(item, str)]


def name_of(row: Row, name: str) -> str:
    """Return a name, as it is spelled."""
    value = member(row, name)
    if isinstance(value, str) and value.strip():
        return value
    raise WrongShape(f"An object has no {name}.")


def flag(value: JSON, name: str, *, absent: bool = False) -> bool:
    """Return a boolean, also one that came as text or as 0 and 1."""
    if value is None or value == "":
        return absent
    if isinstance(value, bool):
        return value
    known = {"true": True, "1": True, "false": False, "0": False}
    found = known.get(str(value).strip().casefold())
    if found is None:
        raise WrongShape(f"{name} is neither true nor false.")
    return found


def said(content: bytes, secrets: Iterable[str] = ()) -> str:
    """Return HelloID's own words in an error reply, in one short line, without any secret."""
    try:
        document = decode(content)
    except ValueError:
        document = None
    words: JSON = None
    if isinstance(document, Mapping):
        words = member(document, "resultMsg") or member(document, "message")
    text = words if isinstance(words, str) else content.decode("utf-8", "replace")
    for secret in filter(None, secrets):
        text = text.replace(secret, "***")
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _SAID_AT_MOST else line[: _SAID_AT_MOST - 1] + "…"


def says_not_found(content: bytes) -> bool:
    """Tell whether a reply that is no JSON is HelloID's plain "User not found", and no gateway's page."""
    text = content.decode("utf-8", "replace").strip().rstrip(".")
    return fold(text) in _NOT_FOUND


def in_path(key: str) -> str:
    """Return a key as one segment of a path: `#`, `/`, `?`, blanks and accents encoded."""
    encoded = quote(key, safe="")
    return encoded.replace(".", "%2E") if encoded in {".", ".."} else encoded


def _guid_of(item: JSON, name: str) -> str:
    if isinstance(item, str) and (ref := item.strip().lower()):
        return ref
    return guid(item if isinstance(item, Mapping) else {}, name)


def _only(row: Row, names: Mapping[str, str]) -> dict[str, JSON]:
    wanted = set(names.values())
    return {name: value for name, value in row.items() if name in wanted}


def _is_array(value: JSON) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _array(value: JSON, what: str) -> Sequence[JSON]:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    raise WrongShape(f"{what} is no array.")


def _object(value: JSON, what: str) -> Row:
    if isinstance(value, Mapping):
        return value
    raise WrongShape(f"{what} is no object.")
