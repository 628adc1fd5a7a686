"""A double of GitHub's REST API: the endpoints of comments and labels, with its statuses, errors and headers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.forges.doubles import (
    ACTIONS,
    ME,
    OTHER,
    ROBOT_TOKEN,
    TOKEN,
    Forge,
    Note,
    User,
    page_of,
    said,
)

DOCS = "https://docs.github.com/rest"
REPO = "/repos/example/staff"


@dataclass
class GitHub(Forge):
    """example/staff with pull request 5 and issue 6."""

    def routes(self) -> Sequence[Route]:
        issue, comment = f"{REPO}/issues/{{n}}", f"{REPO}/issues/comments/{{id}}"
        return [
            self.route("/user", GET=self._user),
            self.route(f"{REPO}/pulls/{{n}}", GET=self._pull),
            self.route(f"{REPO}/labels", POST=self._make_label),
            self.route(f"{REPO}/labels/{{name:path}}", GET=self._get_label),
            self.route(comment, PATCH=self._edit, DELETE=self._delete),
            self.route(f"{issue}/comments", GET=self._list, POST=self._create),
            self.route(f"{issue}/labels", GET=self._labels, POST=self._add_labels),
            self.route(f"{issue}/labels/{{name:path}}", DELETE=self._remove_label),
            self.route(
                "/{rest:path}", GET=_nothing, POST=_nothing, PATCH=_nothing, DELETE=_nothing
            ),
        ]

    def user_of(self, request: Request) -> User | None:
        tokens = {f"Bearer {TOKEN}": ME, f"Bearer {ROBOT_TOKEN}": ACTIONS}
        return tokens.get(request.headers.get("authorization", ""))

    def unauthorized(self) -> Response:
        return _said(401, "Bad credentials")

    async def _user(self, _: Request, user: User) -> Response:
        if user.is_bot:
            return _said(403, "Resource not accessible by integration")
        return JSONResponse(_account(user))

    async def _pull(self, request: Request, _: User) -> Response:
        if request.path_params["n"] != str(self.number):
            return _said(404, "Not Found")
        return JSONResponse({"number": self.number, "state": "open"})

    async def _list(self, request: Request, _: User) -> Response:
        if request.path_params["n"] not in {str(self.number), "6"}:
            return _said(404, "Not Found")
        return _paged([self._row(note) for note in self.notes], request)

    async def _create(self, request: Request, user: User) -> Response:
        refused = self._refused(await request.json())
        if refused:
            return refused
        row = self._row(self.say(user, (await request.json())["body"]))
        return JSONResponse(row, 201, {"location": row["url"]})

    async def _edit(self, request: Request, _: User) -> Response:
        note = self._note(request)
        if note is None:
            return _said(404, "Not Found")
        refused = self._refused(await request.json())
        if refused:
            return refused
        note.body = (await request.json())["body"]
        return JSONResponse(self._row(note))

    async def _delete(self, request: Request, _: User) -> Response:
        note = self._note(request)
        if note is None:
            return _said(404, "Not Found")
        if not self.may_write:
            return _said(403, "Resource not accessible by integration")
        self.notes.remove(note)
        return Response(status_code=204)

    async def _labels(self, request: Request, _: User) -> Response:
        return _paged([_label(name) for name in self.labels], request)

    async def _add_labels(self, request: Request, _: User) -> Response:
        if not self.may_write:
            return _said(403, "Resource not accessible by integration")
        for name in (await request.json())["labels"]:
            if name.casefold() not in map(str.casefold, self.known_labels):
                self.known_labels[name] = {"color": "ededed"}
            if name.casefold() not in map(str.casefold, self.labels):
                self.labels.append(name)
        return JSONResponse([_label(name) for name in self.labels])

    async def _remove_label(self, request: Request, _: User) -> Response:
        name = request.path_params["name"].casefold()
        held = next((each for each in self.labels if each.casefold() == name), None)
        if held is None:
            return _said(404, "Label does not exist")
        self.labels.remove(held)
        return JSONResponse([_label(each) for each in self.labels])

    async def _get_label(self, request: Request, _: User) -> Response:
        name = request.path_params["name"].casefold()
        held = next((each for each in self.known_labels if each.casefold() == name), None)
        return JSONResponse(_label(held)) if held else _said(404, "Not Found")

    async def _make_label(self, request: Request, _: User) -> Response:
        if not self.may_write:
            return _said(403, "Resource not accessible by integration")
        row = await request.json()
        if row["name"].casefold() in map(str.casefold, self.known_labels):
            wrong = {"resource": "Label", "code": "already_exists", "field": "name"}
            return _said(422, "Validation Failed", errors=[wrong])
        if len(row["name"]) > 50 or len(row["color"]) != 6:
            wrong = {"resource": "Label", "code": "invalid", "field": "name"}
            return _said(422, "Validation Failed", errors=[wrong])
        self.known_labels[row["name"]] = {"color": row["color"]}
        return JSONResponse(_label(row["name"]), 201)

    def _refused(self, row: dict[str, Any]) -> Response | None:
        if not self.may_write:
            return _said(403, "Resource not accessible by integration")
        if not row.get("body", "").strip():
            wrong = {"resource": "IssueComment", "code": "missing_field", "field": "body"}
            return _said(422, "Validation Failed", errors=[wrong])
        if len(row["body"]) > self.most:
            wrong = {
                "resource": "IssueComment",
                "code": "unprocessable",
                "field": "data",
                "message": f"Body is too long (maximum is {self.most} characters)",
            }
            return _said(422, "Validation Failed", errors=[wrong])
        return None

    def _note(self, request: Request) -> Note | None:
        return next((n for n in self.notes if str(n.id) == request.path_params["id"]), None)

    def _row(self, note: Note) -> dict[str, Any]:
        page = f"https://github.example.org/example/staff/pull/{self.number}"
        return {
            "id": note.id,
            "url": f"https://api.github.example.org{REPO}/issues/comments/{note.id}",
            "html_url": f"{page}#issuecomment-{note.id}",
            "body": note.body,
            "user": note.user and _account(note.user),
            "author_association": "NONE" if note.user is OTHER else "CONTRIBUTOR",
        }


async def _nothing(_: Request, __: User) -> Response:
    return _said(404, "Not Found")


def _account(user: User) -> dict[str, Any]:
    return {"login": user.name, "id": user.id, "type": "Bot" if user.is_bot else "User"}


def _label(name: str) -> dict[str, Any]:
    return {"id": len(name), "name": name, "color": "ededed", "default": False}


def _paged(rows: list[Any], request: Request) -> Response:
    """Answer a page; the addresses of the others are those of another host, as behind a proxy."""
    found, number, size, last = page_of(rows, request)
    at = f"https://api.github.example.org{request.url.path}?per_page={size}&page="
    links = [f'<{at}{number - 1}>; rel="prev"', f'<{at}1>; rel="first"'] if number > 1 else []
    if number < last:
        links += [f'<{at}{number + 1}>; rel="next"', f'<{at}{last}>; rel="last"']
    return JSONResponse(found, headers={"link": ", ".join(links)} if links else None)


def _said(code: int, message: str, **more: Any) -> Response:
    return said(code, message, **more, documentation_url=DOCS, status=str(code))
