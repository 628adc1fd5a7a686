"""What a mapped value becomes, so that it can be compared with what the tenant holds."""

from collections.abc import Mapping

from reconciler.model.value import JSON, Plain

_TRUTH = {"true": True, "false": False}


class NoValue(Exception):
    """What was mapped is no value for the field; the text says why."""


def copied(value: JSON, *, many: bool) -> Plain:
    """Return a value of the person as text, boolean or (in an Array field) texts; raises NoValue."""
    if many:
        items = value if isinstance(value, list | tuple) else (value,)
        return tuple(str(one) for item in items if (one := _single(item)) is not None) or None
    return _single(value)


def _single(value: JSON) -> bool | str | None:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return _number(value)
    raise NoValue(f"The path leads to {'an object' if isinstance(value, Mapping) else 'a list'}.")


def _number(value: float) -> str:
    if isinstance(value, int) or not value.is_integer() or abs(value) >= 1e21:
        return repr(value)
    return str(int(value))


def truth(value: Plain) -> bool | None:
    """Return a value of a field that the API holds as a boolean; raises NoValue."""
    if value is None or isinstance(value, bool):
        return value
    folded = str(value).strip().casefold()
    if folded == "":
        return None
    if folded not in _TRUTH:
        raise NoValue(f"{value!r} is neither true nor false.")
    return _TRUTH[folded]
