"""The line to a tenant: what is asked over it, and what can come back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from reconciler.model.run import Later, Refused, Unheard
from reconciler.model.value import JSON

ASGIApp: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
"""An application that serves the API below /api/v1 inside the process."""

Query: TypeAlias = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class NotThere:
    """The tenant answered 404: it has no such thing."""

    said: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The tenant did what was asked; `document` is None where the reply is empty or no JSON."""

    document: JSON = None


Got: TypeAlias = "JSON | NotThere"
Sent: TypeAlias = Reply | Refused | Later | Unheard


class Line(Protocol):
    """Requests to one tenant, bounded in number, speed and time."""

    async def get(self, path: str, query: Query | None = None) -> Got:
        """Return a document. Tried again where that may help.

        Raises AccessDenied on 401 and 403, TenantUnreadable on anything else that is no document.
        """
        ...

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, JSON] | None = None,
        hide: Sequence[str] = (),
    ) -> Sent:
        """Ask for a change, and again only where the tenant surely did not do it.

        `hide` are texts in the body that no answer may repeat. Never raises for what a tenant does.
        """
        ...
