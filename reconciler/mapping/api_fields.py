"""The account fields of HelloID's API, as it spells them."""

from difflib import get_close_matches

KNOWN = (
    "contactEmail",
    "firstName",
    "id",
    "immutableId",
    "isDeleted",
    "isEnabled",
    "isLocked",
    "lastLogin",
    "lastName",
    "managedByUserGUID",
    "mustChangePassword",
    "options",
    "password",
    "resetMFA",
    "roles",
    "source",
    "userAttributes",
    "userGUID",
    "userName",
)
BOOLEANS = frozenset({"isEnabled", "isLocked", "mustChangePassword", "resetMFA"})
GIVEN = frozenset({"id", "isDeleted", "lastLogin", "userGUID"})
"""What the tenant gives an account; nobody can set it."""

FREE = "userAttributes"
"""The object below which any name is allowed."""

_BY_FOLDED = {name.casefold(): name for name in KNOWN}


def canonical(name: str) -> str:
    """Return a field's name with the API's spelling of what the API knows, the rest as written."""
    top, dot, rest = name.partition(".")
    known = _BY_FOLDED.get(top.casefold(), top)
    return f"{known}{dot}{rest}" if not dot or known == FREE else name


def is_known(name: str) -> bool:
    """Tell whether the API has a field of that (canonical) name."""
    top, dot, rest = name.partition(".")
    return (top == FREE and bool(rest)) if dot else (name in KNOWN and name != FREE)


def nearest(name: str) -> str | None:
    """Return the known field that a name probably means."""
    found = get_close_matches(name.casefold(), _BY_FOLDED, n=1, cutoff=0.6)
    return _BY_FOLDED[found[0]] if found else None
