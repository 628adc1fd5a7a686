"""A request as a handler sees it: keys, query and body, read as HelloID's binding reads them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"

_GUID = re.compile(
    r"\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?", re.IGNORECASE
)


class Refused(Exception):
    """The API says no: a status and the text of the error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def guid_in(text: str) -> str | None:
    """Return a GUID in lower case without braces, or None where the text is none."""
    match = _GUID.fullmatch(text.strip())
    return match[1].lower() if match else None


def fold(text: str) -> str:
    """Return the form in which names are compared."""
    return text.casefold()


class Fields:
    """The members of a JSON object, by name without regard to case; unknown ones do not matter."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, JSON]) -> None:
        self._values = {name.casefold(): value for name, value in values.items()}

    def first(self, *names: str) -> str:
        """Return the first of several spellings that was sent, or the first of all."""
        return next((name for name in names if self.sent(name)), names[0])

    def sent(self, name: str) -> bool:
        """Tell whether the member is there, also as null."""
        return name.casefold() in self._values

    def raw(self, name: str) -> JSON:
        """Return the member as it was sent; absent gives None."""
        return self._values.get(name.casefold())

    def text(self, name: str) -> str | None:
        """Return a text; numbers and booleans become one, as Json.NET reads them."""
        value = self.raw(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, bool | int | float):
            return json.dumps(value)
        raise _wrong(name, "a text")

    def flag(self, name: str) -> bool | None:
        """Return a boolean; the texts true and false in any case and numbers count as one."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int):
            return value != 0
        if isinstance(value, str) and value.strip().casefold() in ("true", "false"):
            return value.strip().casefold() == "true"
        raise _wrong(name, "true or false")

    def whole(self, name: str) -> int | None:
        """Return a whole number; a text of digits counts as one."""
        value = self.raw(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value.strip()):
            return int(value)
        raise _wrong(name, "a whole number")

    def guid(self, name: str) -> str | None:
        """Return a GUID in lower case; null and empty text are none."""
        value = self.raw(name)
        if value is None or value == "":
            return None
        found = guid_in(value) if isinstance(value, str) else None
        if found is None:
            raise _wrong(name, "a GUID")
        return found

    def needed_guid(self, name: str) -> str:
        """Return a GUID that has to be there."""
        found = self.guid(name)
        if found is None:
            raise Refused(400, f"The {name} field is required.")
        return found

    def object(self, name: str) -> Mapping[str, JSON] | None:
        """Return an object, or None for null."""
        value = self.raw(name)
        if value is None or isinstance(value, Mapping):
            return value
        raise _wrong(name, "an object")

    def texts(self, name: str) -> list[str]:
        """Return a list of texts; a single text is a list of one, an empty one of none."""
        value = self.raw(name)
        if value is None or value == "":
            return []
        if isinstance(value, str):
            return [value]
        if isinstance(value, Sequence) and all(isinstance(item, str) for item in value):
            return [str(item) for item in value]
        raise _wrong(name, "a list of texts")


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the keys of its path in order, decoded; its query and its body."""

    keys: Sequence[str]
    query: Fields
    body: JSON

    @property
    def fields(self) -> Fields:
        """The body's members; raises Refused where the body is no object."""
        return fields_of(self.body)


def fields_of(body: JSON) -> Fields:
    """Return an object's members; raises Refused where it is no object."""
    if not isinstance(body, Mapping):
        raise Refused(400, "The request body must be a JSON object.")
    return Fields(body)


def parse_body(raw: bytes, content_type: str | None) -> JSON:
    """Return what a body holds; raises Refused(400) for other types of content and broken JSON."""
    if not raw:
        return None
    if content_type is None or content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refused(400, "The Content-Type of the request must be application/json.")
    try:
        body = cast("JSON", json.loads(raw.decode("utf-8-sig"), parse_constant=_no_number))
        if b"\\ud" in raw.lower():
            json.dumps(body, ensure_ascii=False).encode()  # half a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise Refused(400, "The request body is not valid JSON.") from error
    return body


def _no_number(name: str) -> JSON:
    raise ValueError(f"{name} is no JSON")


def _wrong(name: str, wanted: str) -> Refused:
    return Refused(400, f"The value of {name} is not valid: it must be {wanted}.")
