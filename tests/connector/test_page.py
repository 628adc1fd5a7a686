"""docs/connector.md says which endpoints are called: the calls themselves say whether that is so."""

import re
from pathlib import Path

from reconciler.sandbox import Fault, Faults
from tests.connector.stand import inside
from tests.connector.test_every_setting import live

PAGE = Path(__file__).parents[2] / "docs/connector.md"
README = {
    *(f"{method} /users" for method in ("GET", "POST")),
    *(f"{method} /users/{{id}}" for method in ("GET", "PUT", "DELETE")),
    *(f"{method} /groups" for method in ("GET", "POST")),
    "GET /groups/{id}",
    "POST /users/{id}/groups",
    "DELETE /users/{id}/groups/{id}",
    "GET /products",
    "POST /selfservice/products/request",
    "GET /product-assignment",
    "GET /product-assignment/by-user/{id}",
    "POST /product-assignment/unassign/by-product",
}
"""The endpoints that the connector's own readme lists (the revoke's path as its source has it)."""
FIXED = re.compile(
    r"/(?:users|groups|products|selfservice|request|product-assignment|by-.*|unassign)"
)


def rows() -> dict[str, tuple[str, str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {
        row[0].strip("`"): (row[1], row[2])
        for row in cells
        if len(row) == 3 and re.match(r"`(GET|POST|PUT|DELETE) /", row[0])
    }


def template(path: str) -> str:
    parts = [f"/{part}" for part in path.strip("/").split("/")]
    return "".join(part if FIXED.fullmatch(part) else "/{id}" for part in parts)


def test_the_endpoint_table_is_what_is_called(tmp_path: Path) -> None:
    lost = Fault("drop_before", at=(1,), path="/selfservice/products/request")
    with inside(tmp_path / "project", faults=Faults((lost,), record=True)) as stand:
        live(stand)
        called = {f"{each.method} {template(each.path)}" for each in stand.recorded}
    table = rows()
    assert {name for name, (_, here) in table.items() if here != "not used"} == called
    assert {name for name, (theirs, _) in table.items() if theirs != "not used"} == README
