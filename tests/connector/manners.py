"""A tenant that answers the same in another dress: other case, text for booleans, wrapped, in upper case."""

import json
import re
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def dressed_up(app: ASGIApp) -> ASGIApp:
    """Return the app with every JSON answer changed as clients of the real one had to expect."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        held: list[Message] = []

        async def keep(message: Message) -> None:
            held.append(message)

        await app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in held[1:])
        start, status = held[0], held[0]["status"]
        if body and status < 300:
            document = _odd(json.loads(body))
            body = json.dumps({"data": document}).encode()
        headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return answer


def _odd(value: Any) -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {
            _name(name): member if name == "userAttributes" else _odd(member)
            for name, member in members.items()
            if member is not None
        }
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return [_odd(item) for item in items]
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and GUID.fullmatch(value):
        return value.upper()
    return value


def _name(name: str) -> str:
    """Swap the case of what the API itself spells in several ways."""
    return name.replace("GUID", "Guid") if "GUID" in name else name[0].upper() + name[1:]
