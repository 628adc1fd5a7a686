"""A generated organisation: its files, its tenant and its ledger, which differ in known ways.

Every hundredth person differs in the same way, so what a plan has to find is known beforehand and a
benchmark that measures the wrong thing is noticed.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from reconciler.ledger.opening import open_ledger
from reconciler.model.address import AccountRef, PermissionKind, PermissionRef, PersonId
from reconciler.model.run import (
    Effect,
    RememberAccount,
    RememberGrant,
    RememberPermission,
    Run,
    RunId,
    RunStatus,
)
from reconciler.model.state import Owned, OwnedGrant
from tests.bench.size import GROUPS_EACH, PRODUCTS_EACH, Size
from tests.projects import EMBEDDED, Project, account, guid, person

PRODUCTS = 40
PERSONS_A_FILE = 1000
SINCE = date(2025, 1, 1)

JOINS, RETITLED, BLOCKED, LOST, FOUND, DROPPED, ASKED, UNKNOWN = range(8)
"""What is different about a person, by the number modulo 100; the others are as desired everywhere.

JOINS      in the files only
RETITLED   the tenant has another title
BLOCKED    the account is disabled in the tenant
LOST       a recorded membership is gone from the tenant
FOUND      a membership in the tenant that nobody asked for
DROPPED    a recorded membership that the files no longer ask for
ASKED      a membership that the files ask for since
UNKNOWN    account and grants are as desired, but not recorded
"""


def build(folder: Path, size: Size, base_url: str = EMBEDDED) -> Project:
    """Write the organisation as a project with its tenant seeded and its ledger filled."""
    project = Project.at(folder, {"scope": {"groups": {"exclude": ["Everyone"]}}}, base_url)
    (folder / "desired/nothing.yaml").unlink()
    for name, lines in _files(size):
        project.write(f"desired/{name}.yaml", "\n".join(lines) + "\n")
    project.seed(tenant(size))
    _fill(project, size, base_url)
    return project


def everybody(size: Size) -> Iterator[dict[str, Any]]:
    """Yield the persons of the files as HelloID's JSON has them."""
    for number in range(size.persons):
        yield _person(number)


def tenant(size: Size) -> dict[str, Any]:
    """Return what the tenant holds, as a snapshot."""
    members: list[list[str]] = [[] for _ in range(size.groups)]
    assignments: list[dict[str, Any]] = []
    accounts = [_account(number, size) for number in range(size.persons) if number % 100 != JOINS]
    accounts += [_account(number, size) for number in _leavers(size)]
    for number in (*range(size.persons), *_leavers(size)):
        if number % 100 == JOINS and number < size.persons:
            continue
        for group in _memberships(number, size, lacks=(LOST, ASKED), has=(FOUND, DROPPED)):
            members[group].append(_user(number))
        for product in _products(number):
            assignments.append(_assignment(number, product, len(assignments)))
    accounts += [_stray(number) for number in range(size.leavers)]
    return {
        "format_version": "1.0",
        "accounts": accounts,
        "groups": [
            {"groupGuid": _group(n), "name": f"Group {n:04}", "isEnabled": True, "users": users}
            for n, users in enumerate(members)
        ],
        "products": [
            {"productId": _product(n), "name": f"Product {n:02}", "visibility": "All"}
            for n in range(PRODUCTS)
        ],
        "assignments": assignments,
    }


# ---------------------------------------------------------------- the files


def _files(size: Size) -> Iterator[tuple[str, list[str]]]:
    for first in range(0, size.persons, PERSONS_A_FILE):
        numbers = range(first, min(first + PERSONS_A_FILE, size.persons))
        lines = ["persons:"]
        for number in numbers:
            lines += as_yaml(_person(number))
        lines.append("accounts:")
        lines += [f"  - {json.dumps(account(number))}" for number in numbers]
        yield f"persons-{first:06}", lines
    members: list[list[int]] = [[] for _ in range(size.groups)]
    holders: list[list[int]] = [[] for _ in range(PRODUCTS)]
    for number in range(size.persons):
        for group in _memberships(number, size, lacks=(), has=()):
            members[group].append(number)
        for product in _products(number):
            holders[product].append(number)
    for what, name, lists in (("groups", "Group", members), ("products", "Product", holders)):
        lines = [f"{what}:"]
        for index, persons in enumerate(lists):
            lines.append(f"  - name: {name} {index:0{4 if what == 'groups' else 2}}")
            lines.append("    members:")
            lines += [f'      - "{number}"' for number in persons]
        yield what, lines


def as_yaml(fields: Mapping[str, Any]) -> Iterator[str]:
    for index, (name, value) in enumerate(fields.items()):
        dash = "- " if index == 0 else "  "
        text = json.dumps(value, ensure_ascii=False)
        if name != "Contracts":
            yield f"  {dash}{name}: {text}"
            continue
        yield "    Contracts:"
        for contract in value:
            for at, (key, inner) in enumerate(contract.items()):
                yield f"      {'- ' if at == 0 else '  '}{key}: {json.dumps(inner)}"


def _person(number: int) -> dict[str, Any]:
    manager = number // 10 if number >= 10 else None
    whole = person(
        number,
        f"Given{number % 997}",
        f"Family{number}",
        title=f"Title {number % 50}",
        department=f"Department {number % 120}",
        manager=manager,
    )
    whole["Contact"]["Business"]["Phone"] = {"Mobile": f"+31 6 {number:08}", "Fixed": None}
    return whole


def _memberships(
    number: int, size: Size, *, lacks: tuple[int, ...], has: tuple[int, ...]
) -> list[int]:
    stride = size.groups // GROUPS_EACH
    groups = [(number + stride * n) % size.groups for n in range(GROUPS_EACH)]
    kind = number % 100 if number < size.persons else None
    if kind in lacks:
        groups = groups[1:]
    if kind in has:
        groups.append((groups[0] + 1) % size.groups)
    return groups


def _products(number: int) -> list[int]:
    return [(number + PRODUCTS // PRODUCTS_EACH * n) % PRODUCTS for n in range(PRODUCTS_EACH)]


def _leavers(size: Size) -> range:
    return range(size.persons, size.persons + size.leavers)


# ---------------------------------------------------------------- the tenant


def _user(number: int) -> str:
    return guid(0x1_000_000 + number)


def _group(number: int) -> str:
    return guid(0x2_000_000 + number)


def _product(number: int) -> str:
    return guid(0x3_000_000 + number)


def _account(number: int, size: Size) -> dict[str, Any]:
    kind = number % 100 if number < size.persons else None
    fields = _mapped(number)
    title = "Another title" if kind == RETITLED else fields["userAttributes.title"]
    return {
        "userGUID": _user(number),
        "userName": fields["userName"],
        "firstName": fields["firstName"],
        "lastName": fields["lastName"],
        "contactEmail": fields["contactEmail"],
        "isEnabled": kind != BLOCKED,
        "isDeleted": False,
        "source": "Local",
        "userAttributes": {
            "department": fields["userAttributes.department"],
            "title": title,
            "phoneNumber": fields["userAttributes.phoneNumber"],
        },
    }


def _mapped(number: int) -> dict[str, str]:
    """Return what the field mapping of this checkout gives for a person."""
    whole = _person(number)
    contract = whole["Contracts"][0]
    address = whole["Contact"]["Business"]["Email"]
    return {
        "userName": address,
        "firstName": whole["Name"]["NickName"],
        "lastName": whole["Name"]["FamilyName"],
        "contactEmail": address,
        "userAttributes.phoneNumber": whole["Contact"]["Business"]["Phone"]["Mobile"],
        "userAttributes.department": contract["Department"]["DisplayName"],
        "userAttributes.title": contract["Title"]["Name"],
    }


def _stray(number: int) -> dict[str, Any]:
    return {
        "userGUID": guid(0x4_000_000 + number),
        "userName": f"stray{number}@example.org",
        "isEnabled": True,
        "isDeleted": False,
    }


def _assignment(number: int, product: int, serial: int) -> dict[str, Any]:
    return {
        "assignmentGuid": guid(0x5_000_000 + serial),
        "userGuid": _user(number),
        "productGuid": _product(product),
        "requestedAt": "2025-01-01T08:00:00",
    }


# ---------------------------------------------------------------- the ledger


def _fill(project: Project, size: Size, base_url: str) -> None:
    """Record what an earlier apply left behind."""
    ledger = open_ledger("sqlite:///.reconciler/ledger.db", base_url, project.folder)
    at = datetime(2025, 1, 1, tzinfo=UTC).isoformat()
    run = Run(RunId("first"), "sha256:0", at, None, RunStatus.RUNNING, "bench", None, "{}")
    with ledger.lock("bench"):
        ledger.begin(run)
        ledger.settle(run.id, [], list(_effects(size)))
        ledger.end(run.id, RunStatus.DONE, at, [])


def _effects(size: Size) -> Iterator[Effect]:
    groups, products = PermissionKind.GROUP, PermissionKind.PRODUCT
    for number in range(size.groups):
        yield RememberPermission(groups, f"Group {number:04}", PermissionRef(_group(number)))
    for number in range(PRODUCTS):
        yield RememberPermission(products, f"Product {number:02}", PermissionRef(_product(number)))
    known = [
        number
        for number in (*range(size.persons), *_leavers(size))
        if number >= size.persons or number % 100 not in (JOINS, UNKNOWN)
    ]
    for number in known:
        fields = _mapped(number)
        name = fields.pop("userName")
        ref = AccountRef(_user(number))
        yield RememberAccount(Owned(PersonId(str(number)), ref, name, fields, enabled=True))
    for number in known:
        for group in _memberships(number, size, lacks=(ASKED,), has=(DROPPED,)):
            yield _grant(number, groups, _group(group), f"Group {group:04}")
        for product in _products(number):
            yield _grant(number, products, _product(product), f"Product {product:02}")


def _grant(number: int, kind: PermissionKind, permission: str, name: str) -> RememberGrant:
    holder = AccountRef(_user(number))
    ref = PermissionRef(permission)
    return RememberGrant(OwnedGrant(PersonId(str(number)), holder, kind, ref, name, since=SINCE))
