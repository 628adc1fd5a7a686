"""A double of Azure DevOps' REST API 7.1: threads, their comments and labels, as its public reference has them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.forges.doubles import ME, TOKEN, Forge, Note, User

REPOSITORY = "3411ebc1-d5aa-464f-9615-0b527bc66719"
REPO = f"/org/_apis/git/repositories/{REPOSITORY}"
PAGE = "https://azure.example.org/org/Staff/_git/access"


@dataclass
class Azure(Forge):
    """A repository with pull request 5; every comment begins a thread, and threads are numbered."""

    most: int = 150_000
    statuses: dict[int, str] = field(default_factory=dict[int, str])
    """What each thread was begun as."""

    def routes(self) -> Sequence[Route]:
        request = f"{REPO}/pullRequests/{{n}}"
        thread = f"{request}/threads/{{thread}}/comments/{{id}}"
        return [
            self.route("/org/_apis/connectionData", GET=self._who),
            self.route(request, GET=self._pull),
            self.route(f"{request}/threads", GET=self._list, POST=self._create),
            self.route(thread, PATCH=self._edit, DELETE=self._delete),
            self.route(f"{request}/labels", GET=self._get_labels, POST=self._add_label),
            self.route(f"{request}/labels/{{ref}}", DELETE=self._remove_label),
            self.route(
                "/{rest:path}", GET=_nothing, POST=_nothing, PATCH=_nothing, DELETE=_nothing
            ),
        ]

    def user_of(self, request: Request) -> User | None:
        return ME if request.headers.get("authorization") == f"Bearer {TOKEN}" else None

    def unauthorized(self) -> Response:
        return _told(401, "TF400813: The user is not authorized to access this resource.")

    async def _who(self, request: Request, user: User) -> Response:
        if "preview" not in request.query_params.get("api-version", ""):
            return _told(400, "The requested version is under preview.")
        return JSONResponse({"authenticatedUser": _identity(user)})

    async def _pull(self, request: Request, _: User) -> Response:
        return self._flaw(request) or JSONResponse(
            {
                "pullRequestId": self.number,
                "status": "active",
                "repository": {"id": REPOSITORY, "name": "access", "webUrl": PAGE},
            }
        )

    async def _list(self, request: Request, _: User) -> Response:
        return self._flaw(request) or _values([self._thread(note) for note in self.notes])

    async def _create(self, request: Request, user: User) -> Response:
        row = await request.json()
        flaw = self._flaw(request, row["comments"][0]["content"])
        if flaw:
            return flaw
        note = self.say(user, row["comments"][0]["content"])
        self.statuses[note.id] = row["status"]
        return JSONResponse(self._thread(note))

    async def _edit(self, request: Request, _: User) -> Response:
        note = self._note(request)
        row = await request.json()
        flaw = self._flaw(request, row["content"]) or _absent(note)
        if flaw or note is None:
            return flaw or _nowhere()
        note.body = row["content"]
        return JSONResponse(_comment(note))

    async def _delete(self, request: Request, _: User) -> Response:
        note = self._note(request)
        flaw = self._flaw(request) or _absent(note)
        if flaw or note is None:
            return flaw or _nowhere()
        self.notes.remove(note)
        return Response(status_code=200)

    async def _get_labels(self, request: Request, _: User) -> Response:
        return self._flaw(request) or _values([_label(name) for name in self.labels])

    async def _add_label(self, request: Request, _: User) -> Response:
        name = (await request.json())["name"]
        flaw = self._flaw(request)
        if flaw:
            return flaw
        self.known_labels.setdefault(name, {})
        if name not in self.labels:
            self.labels.append(name)
        return JSONResponse(_label(name))

    async def _remove_label(self, request: Request, _: User) -> Response:
        flaw = self._flaw(request)
        if flaw:
            return flaw
        held = [name for name in self.labels if _label(name)["id"] == request.path_params["ref"]]
        if not held:
            return _told(404, "The tag does not exist.")
        self.labels.remove(held[0])
        return Response(status_code=200)

    def _flaw(self, request: Request, content: str | None = None) -> Response | None:
        if request.query_params.get("api-version") != "7.1":
            return _told(400, "No api-version was supplied for the request.")
        if request.path_params["n"] != str(self.number):
            return _told(404, "TF401180: The requested pull request was not found.")
        if request.method != "GET" and not self.may_write:
            return _told(403, "TF401027: You need the Git 'PullRequestContribute' permission.")
        if content is not None and not content.strip():
            return _told(400, "A comment cannot be empty.")
        if content is not None and len(content) > self.most:
            return _told(400, f"The comment is too long: it may have {self.most} characters.")
        return None

    def _note(self, request: Request) -> Note | None:
        thread, ref = request.path_params["thread"], request.path_params["id"]
        return next((n for n in self.notes if str(n.id) == thread and ref == _number(n)), None)

    def _thread(self, note: Note) -> dict[str, Any]:
        reply = {"id": 9, "parentCommentId": 1, "content": "A reply", "commentType": "text"}
        return {
            "id": note.id,
            "status": self.statuses.get(note.id, "active"),
            "isDeleted": False,
            "comments": [_comment(note), reply],
        }


def _number(note: Note) -> str:
    """Return a comment's number in its thread: 1, unless somebody took earlier ones away."""
    return str(1 + note.id % 2)


def _comment(note: Note) -> dict[str, Any]:
    return {
        "id": int(_number(note)),
        "parentCommentId": 0,
        "author": note.user and _identity(note.user),
        "content": note.body,
        "commentType": "system" if note.system else "text",
    }


def _identity(user: User) -> dict[str, str]:
    return {"id": str(uuid5(NAMESPACE_URL, user.name)), "displayName": user.name}


def _label(name: str) -> dict[str, Any]:
    return {"id": str(uuid5(NAMESPACE_URL, name)), "name": name, "active": True}


def _values(rows: list[dict[str, Any]]) -> Response:
    return JSONResponse({"value": rows, "count": len(rows)})


def _absent(note: Note | None) -> Response | None:
    return None if note else _nowhere()


def _nowhere() -> Response:
    return _told(404, "The comment does not exist.")


def _told(code: int, message: str) -> Response:
    return JSONResponse({"$id": "1", "message": message, "errorCode": 0, "eventId": 3000}, code)


async def _nothing(_: Request, __: User) -> Response:
    return _told(404, "The controller for this path was not found.")
