"""Changes to groups, memberships and product assignments, call by call as the connector does."""

from collections.abc import Callable

from reconciler.errors import ReconcilerError
from reconciler.helloid import wire
from reconciler.helloid.accounts import live_account
from reconciler.helloid.body import NotKnown
from reconciler.helloid.document import is_held
from reconciler.helloid.line import Line, NotThere, Reply
from reconciler.helloid.lists import read_list
from reconciler.helloid.reading import GROUPS, assignments_of
from reconciler.model.address import Permission, PermissionRef, fold
from reconciler.model.change import (
    CreateGroup,
    GrantGroup,
    GrantProduct,
    RevokeGroup,
    RevokeProduct,
    Subject,
)
from reconciler.model.person import member
from reconciler.model.run import Answer, Done, Moved, Refused, Unheard
from reconciler.model.value import JSON


async def create_group(line: Line, change: CreateGroup) -> Answer:
    """Create an enabled, empty group, unless one of that name exists."""
    name = change.permission.name
    if await _groups_named(line, name):
        return Moved(f"A group named {name} exists by now")
    answer = await line.send("POST", "/groups", {"name": name, "isEnabled": True})
    if not isinstance(answer, Reply):
        return answer
    made = _made(answer.document)
    return Done(permission=made) if made else Unheard("The reply names no groupGuid")


async def look_for_group(line: Line, change: CreateGroup) -> Answer | None:
    """Tell whether the group was created: the one group of its name."""
    found = await _groups_named(line, change.permission.name)
    if len(found) > 1:
        return Unheard(f"{len(found)} groups are named {change.permission.name}")
    return Done(permission=found[0]) if found else None


async def grant_group(line: Line, change: GrantGroup) -> Answer:
    """Make a live account a member; one already is done."""
    user, group = _refs(change.subject, change.permission)
    row = await live_account(line, change.subject)
    if isinstance(row, Refused):
        return row
    answer = await line.send("POST", f"/users/{user}/groups", {"groupGuid": group})
    if isinstance(answer, Refused) and await _is_member(line, user, group):
        return Done(note="was a member already")
    return Done() if isinstance(answer, Reply) else answer


async def look_for_membership(line: Line, change: GrantGroup) -> Answer | None:
    """Tell whether the account is a member."""
    return Done() if await _is_member(line, *_refs(change.subject, change.permission)) else None


async def revoke_group(line: Line, change: RevokeGroup) -> Answer:
    """Take an account out of a group; one that is no member is done."""
    user, group = _refs(change.subject, change.permission)
    row = await live_account(line, change.subject)
    if isinstance(row, Refused):
        return row
    path = f"/users/{user}/groups/{group}"
    answer = await line.send("DELETE", path)
    if isinstance(answer, Refused) and not await _is_member(line, user, group):
        return Done(note="was no member")
    return Done() if isinstance(answer, Reply) else answer


async def look_for_departure(line: Line, change: RevokeGroup) -> Answer | None:
    """Tell whether the account is no member."""
    return None if await _is_member(line, *_refs(change.subject, change.permission)) else Done()


async def grant_product(
    line: Line,
    change: GrantProduct,
    comment: str,
    now: str,
    about_to_write: Callable[[], None],
) -> Answer:
    """Request a product for an account, unless it has it; pending where it must be approved first.

    The vendor's connector looks for any assignment and so skips requests; this looks for the product.
    """
    user, product = _refs(change.subject, change.permission)
    row = await live_account(line, change.subject)
    if isinstance(row, Refused):
        return row
    if await _is_assigned(line, user, product, now):
        return Done(note="was assigned already")
    request: dict[str, JSON] = {
        "requestedProductGUID": product,
        "requestedByUserGUID": user,
        "requestedForUserGUID": user,
        "comment": comment,
    }
    about_to_write()
    answer = await line.send("POST", "/selfservice/products/request", request)
    if not isinstance(answer, Reply):
        return answer
    try:
        return Done(pending=not await _is_assigned(line, user, product, now))
    except ReconcilerError:
        return Done(pending=True, note="requested, but whether it is approved could not be read")


async def look_for_assignment(line: Line, change: GrantProduct, now: str) -> Answer | None:
    """Tell whether the product is assigned; a request that waits for approval cannot be seen.

    A product that approves at once and cannot be requested twice was surely not requested where it is
    not assigned, and asking again does no harm.
    """
    user, product = _refs(change.subject, change.permission)
    if await _is_assigned(line, user, product, now):
        return Done()
    if await _approves_at_once(line, product):
        return None
    return Unheard("The product is not assigned; a request for it may be waiting for approval")


async def _approves_at_once(line: Line, product: str) -> bool:
    """Tell whether the product has HelloID's Auto-Approve workflow and allows one request only."""
    document = await line.get(f"/products/{product}")
    if isinstance(document, NotThere):
        return False
    row = wire.record(document)
    workflow = member(row, "approvalWorkflow")
    name = str(member(workflow, "name") or "")
    is_single = member(row, "allowMultipleRequests") in (False, "false", "False")
    return is_single and "".join(filter(str.isalpha, fold(name))) == "autoapprove"


async def revoke_product(line: Line, change: RevokeProduct, now: str) -> Answer:
    """Return every assignment of a product, with its return actions; nothing assigned is done."""
    user, product = _refs(change.subject, change.permission)
    row = await live_account(line, change.subject)
    if isinstance(row, Refused):
        return row
    if not await _is_assigned(line, user, product, now):
        return Done(note="was not assigned")
    content: dict[str, JSON] = {"productGUID": product, "userGUID": user, "executeActions": True}
    answer = await line.send("POST", "/product-assignment/unassign/by-product", content)
    return Done() if isinstance(answer, Reply) else answer


async def look_for_return(line: Line, change: RevokeProduct, now: str) -> Answer | None:
    """Tell whether no assignment of the product is left."""
    refs = _refs(change.subject, change.permission)
    return None if await _is_assigned(line, *refs, now) else Done()


def _refs(subject: Subject, permission: Permission) -> tuple[str, str]:
    if subject.account.ref is None or permission.ref is None:
        missing = subject.account.user_name if subject.account.ref is None else permission.name
        raise NotKnown(f"{missing} does not exist yet")
    return wire.in_path(subject.account.ref), wire.in_path(permission.ref)


async def _groups_named(line: Line, name: str) -> list[PermissionRef]:
    listed = await read_list(line, GROUPS)
    return [
        PermissionRef(ref)
        for ref, row in sorted(listed.rows.items())
        if fold(str(row["name"])) == fold(name) and row["isDeleted"] is False
    ]


async def _is_member(line: Line, user: str, group: str) -> bool:
    document = await line.get(f"/groups/{group}")
    if isinstance(document, NotThere):
        return False
    found = wire.group(wire.record(document))
    if "users" not in found:
        raise wire.WrongShape(f"Group {found['name']} came without its users.")
    return user in wire.texts(found["users"])


async def _is_assigned(line: Line, user: str, product: str, now: str) -> bool:
    listed = await read_list(line, assignments_of(user))
    return any(row["productGuid"] == product and is_held(row, now) for row in listed.rows.values())


def _made(document: JSON) -> PermissionRef | None:
    try:
        return PermissionRef(wire.guid(wire.record(document), "groupGuid"))
    except wire.WrongShape:
        return None
