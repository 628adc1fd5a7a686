"""Azure Repos: a comment is the first of a thread of its own, and labels are tags of the pull request.

Paths and shapes are those of the public REST reference, version 7.1: pull requests, pull request threads,
pull request thread comments and pull request labels. A thread is closed from the start, because a policy
may keep a pull request open until every thread is settled.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final
from urllib.parse import quote

from reconciler.errors import BadInput
from reconciler.forges.exchange import ForgeLine, Heard, Unclear
from reconciler.model.comment import Comment, Label, PullRequest
from reconciler.model.value import JSON

VERSION: Final = {"api-version": "7.1"}
WHO: Final = {"api-version": "7.1-preview"}
"""What a token's user is asked with; that request never left its preview."""


@dataclass(frozen=True, slots=True)
class _Root:
    """The first comment of a thread: its number within the thread, and what it says."""

    number: int
    author: str
    body: str


class AzureRepos:
    """One pull request of Azure Repos; a comment's number is that of its thread."""

    headers: ClassVar[Mapping[str, str]] = {
        "accept": "application/json",
        "x-tfs-fedauthredirect": "Suppress",  # a refused token is answered 401, not a page to sign in
    }

    def __init__(self, line: ForgeLine, at: PullRequest) -> None:
        self._line = line
        self._at = at
        repository = f"_apis/git/repositories/{quote(at.repository, safe='')}"
        self._request = f"{repository}/pullRequests/{at.number}"
        self._threads = f"{self._request}/threads"
        self._labels = f"{self._request}/labels"
        self._page = ""
        self._roots: dict[int, int] = {}

    async def check(self) -> None:
        """Raise BadInput where there is no such pull request."""
        heard = await self._line.ask("GET", self._request, None, VERSION)
        if heard.status == 404:
            raise BadInput(
                "There is no such pull request",
                f"{self._at}: Azure DevOps answered 404 {heard.words}".rstrip() + ".",
                "Check the number, and that the token may see the repository.",
            )
        document = self._good(f"GET {self._request}", heard)
        repository = document.get("repository")
        page = repository.get("webUrl") if isinstance(repository, Mapping) else None
        self._page = f"{page}/pullrequest/{self._at.number}" if isinstance(page, str) else ""

    async def me(self) -> str | None:
        """Return the identifier of the token's user. Raises BadInput."""
        heard = await self._line.ask("GET", "_apis/connectionData", None, WHO)
        user = self._good("GET _apis/connectionData", heard).get("authenticatedUser")
        ref = user.get("id") if isinstance(user, Mapping) else None
        if not isinstance(ref, str) or not ref:
            raise self._line.refusal("GET _apis/connectionData", heard)
        return ref.casefold()

    async def comments(self) -> Sequence[Comment]:
        """Return the first comment of every thread that somebody wrote, the oldest first."""
        found: list[Comment] = []
        for row in await self._values(self._threads):
            ref, root = row.get("id"), _root_of(row)
            if isinstance(ref, int) and root is not None:
                self._roots[ref] = root.number
                found.append(self._comment(ref, root))
        return sorted(found, key=lambda each: each.id)

    async def create(self, body: str) -> Comment | None:
        """Begin a thread; None where nobody knows whether it was begun. Raises BadInput."""
        comment: JSON = {"parentCommentId": 0, "content": body, "commentType": "text"}
        heard = await self._line.tell(
            f"{self._threads}?api-version=7.1", {"comments": [comment], "status": "closed"}
        )
        if isinstance(heard, Unclear):
            return None
        row = self._good(f"POST {self._threads}", heard)
        ref, root = row.get("id"), _root_of(row)
        if not isinstance(ref, int) or root is None:
            return None
        self._roots[ref] = root.number
        return self._comment(ref, root)

    async def edit(self, comment: Comment, body: str) -> Comment | None:
        """Replace a comment's text; None where the comment is no more. Raises BadInput."""
        path = self._path(comment)
        heard = await self._line.ask("PATCH", path, {"content": body}, VERSION)
        if heard.status == 404:
            return None
        self._good(f"PATCH {path}", heard)
        return comment

    async def delete(self, comment: Comment) -> None:
        """Take a comment away; it may be gone already. Raises BadInput."""
        path = self._path(comment)
        heard = await self._line.ask("DELETE", path, None, VERSION)
        if not heard.is_good and heard.status != 404:
            raise self._line.refusal(f"DELETE {path}", heard)

    async def labels(self) -> Sequence[str]:
        """Return the names of the labels that the pull request has."""
        return list(await self._tags())

    async def add_labels(self, labels: Sequence[Label]) -> None:
        """Put labels on the pull request, made in the project where missing. Raises BadInput."""
        for label in labels:
            heard = await self._line.ask("POST", self._labels, {"name": label.name}, VERSION)
            self._good(f"POST {self._labels}", heard)

    async def remove_labels(self, names: Sequence[str]) -> None:
        """Take labels off the pull request; the project keeps them. Raises BadInput.

        They are named by identifier: a colon or a slash in a path is refused.
        """
        tags = await self._tags()
        for ref in (tags[name] for name in names if name in tags):
            path = f"{self._labels}/{quote(ref, safe='')}"
            heard = await self._line.ask("DELETE", path, None, VERSION)
            if not heard.is_good and heard.status != 404:
                raise self._line.refusal(f"DELETE {path}", heard)

    async def _tags(self) -> dict[str, str]:
        rows = await self._values(self._labels)
        return {
            name: ref
            for row in rows
            if isinstance(name := row.get("name"), str)
            and isinstance(ref := row.get("id"), str)
            and row.get("active") is not False
        }

    async def _values(self, path: str) -> Sequence[Mapping[str, JSON]]:
        """Return every object of a list; these lists come whole."""
        heard = await self._line.ask("GET", path, None, VERSION)
        rows = self._good(f"GET {path}", heard).get("value")
        if not isinstance(rows, Sequence) or isinstance(rows, str):
            raise self._line.refusal(f"GET {path}", heard)
        return [row for row in rows if isinstance(row, Mapping)]

    def _good(self, what: str, heard: Heard) -> Mapping[str, JSON]:
        if not heard.is_good or not isinstance(heard.document, Mapping):
            raise self._line.refusal(what, heard)
        return heard.document

    def _path(self, comment: Comment) -> str:
        return f"{self._threads}/{comment.id}/comments/{self._roots.get(comment.id, 1)}"

    def _comment(self, thread: int, root: _Root) -> Comment:
        url = f"{self._page}?discussionId={thread}" if self._page else None
        return Comment(thread, root.author, is_bot=False, body=root.body, url=url)


def _root_of(thread: Mapping[str, JSON]) -> _Root | None:
    """Return the comment that began a thread; None where it is gone, or the system wrote it."""
    rows = thread.get("comments")
    if thread.get("isDeleted") is True or not isinstance(rows, Sequence) or isinstance(rows, str):
        return None
    first = next((row for row in rows if isinstance(row, Mapping)), None)
    if first is None or first.get("isDeleted") is True or first.get("commentType") == "system":
        return None
    author, body, number = first.get("author"), first.get("content"), first.get("id")
    by = author.get("id") if isinstance(author, Mapping) else None
    return _Root(
        number if isinstance(number, int) else 1,
        by.casefold() if isinstance(by, str) else "",
        body if isinstance(body, str) else "",
    )
