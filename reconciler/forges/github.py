"""GitHub: a pull request's comments are those of an issue, and so are its labels."""

from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import quote

from reconciler.errors import BadInput
from reconciler.forges.exchange import ForgeLine, Heard, Unclear
from reconciler.model.comment import Comment, Label, PullRequest
from reconciler.model.value import JSON


class GitHub:
    """One pull request of GitHub."""

    headers: ClassVar[Mapping[str, str]] = {
        "accept": "application/vnd.github+json",
        "x-github-api-version": "2022-11-28",
    }

    def __init__(self, line: ForgeLine, at: PullRequest) -> None:
        self._line = line
        self._at = at
        self._repository = f"repos/{at.repository}"
        self._issue = f"{self._repository}/issues/{at.number}"

    async def check(self) -> None:
        """Raise BadInput where there is no such pull request."""
        path = f"{self._repository}/pulls/{self._at.number}"
        heard = await self._line.ask("GET", path)
        if heard.status == 404:
            raise BadInput(
                "There is no such pull request",
                f"{self._at}: GitHub answered 404 {heard.words}".rstrip() + ".",
                "Check the number, and that the token may see the repository.",
            )
        if not heard.is_good:
            raise self._line.refusal(f"GET {path}", heard)

    async def me(self) -> str | None:
        """Return the number of the token's user; None for a token of a workflow or an app.

        Such a token has no user that it may ask for; what it writes is a bot's.
        """
        heard = await self._line.ask("GET", "user", may_refuse=True)
        document = heard.document
        if heard.is_good and isinstance(document, Mapping) and isinstance(document.get("id"), int):
            return str(document["id"])
        if heard.status in {403, 404}:
            return None
        raise self._line.refusal("GET user", heard)

    async def comments(self) -> Sequence[Comment]:
        """Return every comment, the oldest first."""
        rows = await self._line.list(f"{self._issue}/comments")
        return sorted((_comment(row) for row in rows), key=lambda each: each.id)

    async def create(self, body: str) -> Comment | None:
        """Write a comment; None where nobody knows whether it was written. Raises BadInput."""
        path = f"{self._issue}/comments"
        heard = await self._line.tell(path, {"body": body})
        if isinstance(heard, Unclear):
            return None
        if not heard.is_good:
            raise self._line.refusal(f"POST {path}", heard)
        return _made(heard)

    async def edit(self, comment: Comment, body: str) -> Comment | None:
        """Replace a comment's text; None where the comment is no more. Raises BadInput."""
        path = f"{self._repository}/issues/comments/{comment.id}"
        heard = await self._line.ask("PATCH", path, {"body": body})
        if heard.status in {404, 410}:
            return None
        if not heard.is_good:
            raise self._line.refusal(f"PATCH {path}", heard)
        return _made(heard) or comment

    async def delete(self, comment: Comment) -> None:
        """Take a comment away; it may be gone already. Raises BadInput."""
        path = f"{self._repository}/issues/comments/{comment.id}"
        heard = await self._line.ask("DELETE", path)
        if not heard.is_good and heard.status not in {404, 410}:
            raise self._line.refusal(f"DELETE {path}", heard)

    async def labels(self) -> Sequence[str]:
        """Return the names of the labels that the pull request has."""
        rows = await self._line.list(f"{self._issue}/labels")
        return [name for row in rows if isinstance(name := row.get("name"), str)]

    async def add_labels(self, labels: Sequence[Label]) -> None:
        """Put labels on the pull request, made in the repository where missing. Raises BadInput."""
        for label in labels:
            await self._ensure(label)
        path = f"{self._issue}/labels"
        names: JSON = [label.name for label in labels]
        heard = await self._line.ask("POST", path, {"labels": names})
        if not heard.is_good:
            raise self._line.refusal(f"POST {path}", heard)

    async def remove_labels(self, names: Sequence[str]) -> None:
        """Take labels off the pull request; the repository keeps them. Raises BadInput."""
        for name in names:
            path = f"{self._issue}/labels/{quote(name, safe='')}"
            heard = await self._line.ask("DELETE", path)
            if not heard.is_good and heard.status != 404:
                raise self._line.refusal(f"DELETE {path}", heard)

    async def _ensure(self, label: Label) -> None:
        path = f"{self._repository}/labels"
        heard = await self._line.ask("GET", f"{path}/{quote(label.name, safe='')}")
        if heard.is_good:
            return
        if heard.status != 404:
            raise self._line.refusal(f"GET {path}/…", heard)
        made = await self._line.ask(
            "POST",
            path,
            {"name": label.name, "color": label.colour, "description": label.description},
        )
        # 422: somebody else made it meanwhile, or an earlier try of ours did.
        if not made.is_good and made.status != 422:
            raise self._line.refusal(f"POST {path}", made)


def _made(heard: Heard) -> Comment | None:
    return _comment(heard.document) if isinstance(heard.document, Mapping) else None


def _comment(row: Mapping[str, JSON]) -> Comment:
    ref, body, url = row.get("id"), row.get("body"), row.get("html_url")
    user = row.get("user")
    author = user.get("id") if isinstance(user, Mapping) else None
    return Comment(
        ref if isinstance(ref, int) else 0,
        str(author) if isinstance(author, int) else "",
        isinstance(user, Mapping) and user.get("type") == "Bot",
        body if isinstance(body, str) else "",
        url if isinstance(url, str) else None,
    )
