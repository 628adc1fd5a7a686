"""A double of GitLab's REST API: the endpoints of notes and labels, with its statuses, errors and headers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.forges.doubles import ME, TOKEN, Forge, Note, User, page_of, said


@dataclass
class GitLab(Forge):
    """Project 77, which is also example/staff, with merge request 5."""

    most: int = 1_000_000

    def routes(self) -> Sequence[Route]:
        project = "/api/v4/projects/{project}"
        request = f"{project}/merge_requests/{{iid}}"
        note = f"{request}/notes/{{id}}"
        return [
            self.route("/api/v4/user", GET=self._user),
            self.route(f"{request}/notes", GET=self._list, POST=self._create),
            self.route(note, PUT=self._edit, DELETE=self._delete),
            self.route(request, GET=self._get, PUT=self._change),
            self.route("/api/v4/projects/example/staff/merge_requests/{iid}", GET=self._get),
            self.route(f"{project}/labels", POST=self._make_label),
            self.route(f"{project}/labels/{{name:path}}", GET=self._get_label),
            self.route("/{rest:path}", GET=_nothing, POST=_nothing, PUT=_nothing, DELETE=_nothing),
        ]

    def user_of(self, request: Request) -> User | None:
        return ME if request.headers.get("authorization") == f"Bearer {TOKEN}" else None

    def unauthorized(self) -> Response:
        return said(401, "401 Unauthorized")

    async def _user(self, _: Request, user: User) -> Response:
        return JSONResponse({"id": user.id, "username": user.name, "state": "active"})

    async def _get(self, request: Request, _: User) -> Response:
        return self._missing(request) or JSONResponse(self._request())

    async def _change(self, request: Request, _: User) -> Response:
        missing = self._missing(request) or self._forbidden()
        if missing:
            return missing
        row = await request.json()
        for name in _names(row.get("add_labels")):
            self.known_labels.setdefault(name, {"color": "#428BCA"})
            if name not in self.labels:
                self.labels.append(name)
        for name in _names(row.get("remove_labels")):
            if name in self.labels:
                self.labels.remove(name)
        return JSONResponse(self._request())

    async def _list(self, request: Request, _: User) -> Response:
        missing = self._missing(request)
        if missing:
            return missing
        rows = [self._row(note) for note in self.notes]
        if request.query_params.get("sort", "desc") == "desc":
            rows.reverse()
        found, number, size, last = page_of(rows, request)
        headers = {
            "x-page": str(number),
            "x-per-page": str(size),
            "x-next-page": str(number + 1) if number < last else "",
            "x-prev-page": str(number - 1) if number > 1 else "",
            "x-total": str(len(rows)),
            "x-total-pages": str(last),
        }
        return JSONResponse(found, headers=headers)

    async def _create(self, request: Request, user: User) -> Response:
        row = await request.json()
        refused = self._missing(request) or self._forbidden() or self._too_long(row)
        return refused or JSONResponse(self._row(self.say(user, row["body"])), 201)

    async def _edit(self, request: Request, _: User) -> Response:
        row = await request.json()
        note = self._note(request)
        if note is None:
            return said(404, "404 Not found")
        refused = self._forbidden() or self._too_long(row)
        if refused:
            return refused
        note.body = row["body"]
        return JSONResponse(self._row(note))

    async def _delete(self, request: Request, _: User) -> Response:
        note = self._note(request)
        if note is None:
            return said(404, "404 Not found")
        self.notes.remove(note)
        return Response(status_code=204)

    async def _get_label(self, request: Request, _: User) -> Response:
        name = request.path_params["name"]
        if name not in self.known_labels:
            return said(404, "404 Label Not Found")
        return JSONResponse({"id": len(name), "name": name})

    async def _make_label(self, request: Request, _: User) -> Response:
        forbidden = self._forbidden()
        if forbidden:
            return forbidden
        row = await request.json()
        if row["name"] in self.known_labels:
            return said(409, "Label already exists")
        if not row["color"].startswith("#"):
            return said(400, "400 Bad request - Color must be a valid color code")
        self.known_labels[row["name"]] = {"color": row["color"]}
        return JSONResponse({"id": 1, "name": row["name"]}, 201)

    def _missing(self, request: Request) -> Response | None:
        if request.path_params.get("project", "77") != "77":
            return said(404, "404 Project Not Found")
        return (
            None if request.path_params["iid"] == str(self.number) else said(404, "404 Not found")
        )

    def _forbidden(self) -> Response | None:
        if self.may_write:
            return None
        return JSONResponse(
            {
                "error": "insufficient_scope",
                "error_description": "The request requires higher privileges than provided by the"
                " access token.",
                "scope": "api",
            },
            403,
        )

    def _too_long(self, row: dict[str, Any]) -> Response | None:
        if len(row["body"]) <= self.most:
            return None
        limit = f'Note {{:note=>["is too long (maximum is {self.most} characters)"]}}'
        return said(400, f"400 Bad request - {limit}")

    def _note(self, request: Request) -> Note | None:
        return next((n for n in self.notes if str(n.id) == request.path_params["id"]), None)

    def _request(self) -> dict[str, Any]:
        page = f"https://gitlab.example.org/example/staff/-/merge_requests/{self.number}"
        return {"iid": self.number, "labels": list(self.labels), "web_url": page}

    def _row(self, note: Note) -> dict[str, Any]:
        user = note.user
        author = user and {"id": user.id, "username": user.name}
        return {"id": note.id, "body": note.body, "author": author, "system": note.system}


async def _nothing(_: Request, __: User) -> Response:
    return said(404, "404 Not Found")


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]
