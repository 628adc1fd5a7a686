"""GitLab: a merge request's comments are its notes; labels are a part of it."""

from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import quote

from reconciler.errors import BadInput
from reconciler.forges.exchange import ForgeLine, Heard, Unclear
from reconciler.model.comment import Comment, Label, PullRequest
from reconciler.model.value import JSON


class GitLab:
    """One merge request of GitLab."""

    headers: ClassVar[Mapping[str, str]] = {"accept": "application/json"}

    def __init__(self, line: ForgeLine, at: PullRequest) -> None:
        self._line = line
        self._at = at
        self._project = f"projects/{quote(at.repository, safe='')}"
        self._request = f"{self._project}/merge_requests/{at.number}"
        self._page = ""

    async def check(self) -> None:
        """Raise BadInput where there is no such merge request."""
        heard = await self._line.ask("GET", self._request)
        if heard.status == 404:
            raise BadInput(
                "There is no such merge request",
                f"{self._at}: GitLab answered 404 {heard.words}".rstrip() + ".",
                "Check the number, and that the token may see the project.",
            )
        document = heard.document
        if not heard.is_good or not isinstance(document, Mapping):
            raise self._line.refusal(f"GET {self._request}", heard)
        page = document.get("web_url")
        self._page = page if isinstance(page, str) else ""

    async def me(self) -> str | None:
        """Return the number of the token's user. Raises BadInput."""
        heard = await self._line.ask("GET", "user")
        document = heard.document
        if heard.is_good and isinstance(document, Mapping) and isinstance(document.get("id"), int):
            return str(document["id"])
        raise self._line.refusal("GET user", heard)

    async def comments(self) -> Sequence[Comment]:
        """Return every note that somebody wrote, the oldest first."""
        rows = await self._line.list(
            f"{self._request}/notes", {"sort": "asc", "order_by": "created_at"}
        )
        written = (self._comment(row) for row in rows if row.get("system") is not True)
        return sorted(written, key=lambda each: each.id)

    async def create(self, body: str) -> Comment | None:
        """Write a note; None where nobody knows whether it was written. Raises BadInput."""
        path = f"{self._request}/notes"
        heard = await self._line.tell(path, {"body": body})
        if isinstance(heard, Unclear):
            return None
        if not heard.is_good:
            raise self._line.refusal(f"POST {path}", heard)
        return self._made(heard)

    async def edit(self, comment: Comment, body: str) -> Comment | None:
        """Replace a note's text; None where the note is no more. Raises BadInput."""
        path = f"{self._request}/notes/{comment.id}"
        heard = await self._line.ask("PUT", path, {"body": body})
        if heard.status == 404:
            return None
        if not heard.is_good:
            raise self._line.refusal(f"PUT {path}", heard)
        return self._made(heard) or comment

    async def delete(self, comment: Comment) -> None:
        """Take a note away; it may be gone already. Raises BadInput."""
        path = f"{self._request}/notes/{comment.id}"
        heard = await self._line.ask("DELETE", path)
        if not heard.is_good and heard.status != 404:
            raise self._line.refusal(f"DELETE {path}", heard)

    async def labels(self) -> Sequence[str]:
        """Return the names of the labels that the merge request has."""
        heard = await self._line.ask("GET", self._request)
        document = heard.document
        rows = document.get("labels") if isinstance(document, Mapping) else None
        if not heard.is_good or not isinstance(rows, Sequence) or isinstance(rows, str):
            raise self._line.refusal(f"GET {self._request}", heard)
        return [name for name in rows if isinstance(name, str)]

    async def add_labels(self, labels: Sequence[Label]) -> None:
        """Put labels on the merge request, made in the project where missing. Raises BadInput."""
        for label in labels:
            await self._ensure(label)
        await self._change("add_labels", [label.name for label in labels])

    async def remove_labels(self, names: Sequence[str]) -> None:
        """Take labels off the merge request; the project keeps them. Raises BadInput."""
        await self._change("remove_labels", names)

    async def _change(self, how: str, names: Sequence[str]) -> None:
        heard = await self._line.ask("PUT", self._request, {how: ",".join(names)})
        if not heard.is_good:
            raise self._line.refusal(f"PUT {self._request}", heard)

    async def _ensure(self, label: Label) -> None:
        path = f"{self._project}/labels"
        heard = await self._line.ask("GET", f"{path}/{quote(label.name, safe='')}")
        if heard.is_good:
            return
        if heard.status != 404:
            raise self._line.refusal(f"GET {path}/…", heard)
        made = await self._line.ask(
            "POST",
            path,
            {"name": label.name, "color": f"#{label.colour}", "description": label.description},
        )
        # 409: somebody else made it meanwhile, or an earlier try of ours did.
        if not made.is_good and made.status != 409:
            raise self._line.refusal(f"POST {path}", made)

    def _made(self, heard: Heard) -> Comment | None:
        return self._comment(heard.document) if isinstance(heard.document, Mapping) else None

    def _comment(self, row: Mapping[str, JSON]) -> Comment:
        ref, body, author = row.get("id"), row.get("body"), row.get("author")
        by = author.get("id") if isinstance(author, Mapping) else None
        number = ref if isinstance(ref, int) else 0
        return Comment(
            number,
            str(by) if isinstance(by, int) else "",
            is_bot=False,
            body=body if isinstance(body, str) else "",
            url=f"{self._page}#note_{number}" if self._page else None,
        )
