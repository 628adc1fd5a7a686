"""Changes to accounts: what is checked, sent and looked at, call by call as the connector does."""

from collections.abc import Mapping

from reconciler.helloid import body as bodies
from reconciler.helloid import wire
from reconciler.helloid.body import Sending
from reconciler.helloid.line import Line, NotThere, Reply
from reconciler.helloid.lists import Listing, read_list
from reconciler.model.address import AccountRef, fold
from reconciler.model.change import (
    CorrelateAccount,
    CreateAccount,
    DeleteAccount,
    DisableAccount,
    EnableAccount,
    Fields,
    RestoreAccount,
    Subject,
    UpdateAccount,
)
from reconciler.model.run import Answer, Done, Moved, Refused, Unheard
from reconciler.model.state import Found
from reconciler.model.value import JSON, Plain, Secret

Drawn = Mapping[str, Secret | Plain]

ALREADY_GONE = "already gone"


async def account_at(line: Line, key: str) -> wire.Row | None:
    """Return the account with that userGUID or userName as it is sent, deleted or not, or None."""
    document = await line.get(f"/users/{wire.in_path(key)}")
    return None if isinstance(document, NotThere) else wire.record(document)


async def live_account(line: Line, subject: Subject) -> wire.Row | Refused:
    """Return the account of a subject as it is sent, or why nothing can be done with it."""
    name, ref = subject.account.user_name, subject.account.ref
    row = None if ref is None else await account_at(line, ref)
    if row is None:
        return Refused(f"Account {name} does not exist any more")
    if bodies.as_found(row).deleted:
        return Refused(f"Account {name} is deleted")
    return row


async def create(line: Line, change: CreateAccount, drawn: Drawn) -> Answer:
    """Create an account, unless a live one has its name; the name of a deleted one is HelloID's to judge."""
    name = bodies.user_name_of(change.fields)
    if name is None or not name.strip():
        return Refused("The new account has no userName")
    sent = bodies.sending(change.fields, drawn)
    there = await _named(line, name)
    if there is not None and not there.deleted:
        return Moved(f"An account named {name} exists by now")
    answer = await line.send("POST", "/users", bodies.new_body(sent), sent.secrets)
    if not isinstance(answer, Reply):
        return answer
    made = _made(answer.document)
    return Done(account=made) if made else Unheard("The reply names no userGUID")


async def look_for_created(line: Line, change: CreateAccount) -> Answer | None:
    """Tell whether the account was created: a live one of that name that holds what was sent."""
    name = bodies.user_name_of(change.fields)
    there = None if name is None or not name.strip() else await _named(line, name)
    if there is not None and there.deleted:
        there = await _live_named(line, there.user_name)
    if there is None:
        return None
    if others := bodies.other_fields(there, change.fields):
        return Refused(f"Another account has the name {name}: it differs in {', '.join(others)}")
    return Done(account=there.ref)


async def update(
    line: Line, change: UpdateAccount | EnableAccount | DisableAccount, drawn: Drawn
) -> Answer:
    """Write fields of a live account whose fields are as the plan saw them."""
    sent = bodies.sending(change.fields, drawn)
    row = await live_account(line, change.subject)
    if isinstance(row, Refused):
        gone = isinstance(change, DisableAccount)
        return Done(account=change.subject.account.ref, note=ALREADY_GONE) if gone else row
    return await _write(line, row, change.fields, sent)


async def look_for_update(
    line: Line, change: UpdateAccount | EnableAccount | DisableAccount | RestoreAccount
) -> Answer | None:
    """Tell whether fields were written; what cannot be seen is written again if alone."""
    row = await live_account(line, change.subject)
    if isinstance(row, Refused):
        if isinstance(change, DisableAccount):
            return Done(account=change.subject.account.ref, note=ALREADY_GONE)
        return None if isinstance(change, RestoreAccount) else row
    found = bodies.as_found(row)
    if bodies.only_unseen(change.fields) or bodies.other_fields(found, change.fields):
        return None
    return Done(account=found.ref)


async def restore(line: Line, change: RestoreAccount, drawn: Drawn) -> Answer:
    """Bring a soft-deleted account back with its fields, and see that it is back."""
    sent = bodies.sending(change.fields, drawn)
    ref, name = change.subject.account.ref, change.subject.account.user_name
    row = None if ref is None else await account_at(line, ref)
    if ref is None or row is None:
        return Refused(f"Account {name} does not exist any more")
    found = bodies.as_found(row)
    if not found.deleted:
        return await _write(line, row, change.fields, sent)
    if moved := bodies.moved_fields(found, change.fields):
        return _moved(name, moved)
    content = bodies.full_body(row, sent)
    content.pop("isDeleted", None)
    content["isSoftDeleted"] = False
    answer = await line.send("PUT", f"/users/{wire.in_path(ref)}", content, sent.secrets)
    if not isinstance(answer, Reply):
        return answer
    again = await live_account(line, change.subject)
    if isinstance(again, Refused):
        return Refused(f"HelloID took the request, but account {name} is still deleted")
    left = bodies.other_fields(bodies.as_found(again), change.fields)
    return await _write(line, again, change.fields, sent) if left else Done(account=ref)


async def delete(line: Line, change: DeleteAccount, drawn: Drawn) -> Answer:
    """Write the fields of the mapping's Delete, if any, then delete; gone already is done."""
    ref, name = change.subject.account.ref, change.subject.account.user_name
    sent = bodies.sending(change.fields, drawn)
    row = await live_account(line, change.subject)
    if ref is None or isinstance(row, Refused):
        return Done(account=ref, note=ALREADY_GONE)
    found = bodies.as_found(row)
    renamed = bodies.user_name_of(change.fields) or name
    if fold(found.user_name) not in {fold(name), fold(renamed)}:
        return Moved(f"The account of {name} is named {found.user_name} by now")
    written = await _write(line, row, change.fields, sent)
    if not isinstance(written, Done):
        return written
    answer = await line.send("DELETE", f"/users/{wire.in_path(ref)}")
    if isinstance(answer, Refused) and answer.status == 404:
        return Done(account=ref, note=ALREADY_GONE)
    return Done(account=ref) if isinstance(answer, Reply) else answer


async def look_for_deleted(line: Line, change: DeleteAccount) -> Answer | None:
    """Tell whether the account is gone."""
    row = await live_account(line, change.subject)
    return Done(account=change.subject.account.ref) if isinstance(row, Refused) else None


async def correlate(line: Line, change: CorrelateAccount) -> Answer:
    """See that the account is there and live; nothing is written."""
    row = await live_account(line, change.subject)
    return row if isinstance(row, Refused) else Done(account=bodies.as_found(row).ref)


async def _write(line: Line, row: wire.Row, fields: Fields, sent: Sending) -> Answer:
    found = bodies.as_found(row)
    if moved := bodies.moved_fields(found, fields):
        return _moved(found.user_name, moved)
    if not bodies.has_drawn(fields) and not bodies.left_to_write(found, fields):
        return Done(account=found.ref, note="already so")
    content = bodies.full_body(row, sent)
    answer = await line.send("PUT", f"/users/{wire.in_path(found.ref)}", content, sent.secrets)
    if not isinstance(answer, Reply):
        return answer
    left = _not_taken_over(answer, found.ref, fields)
    if left and bodies.cleared(sent).issuperset(left):
        content = bodies.full_body(row, bodies.emptied(sent, left))
        answer = await line.send("PUT", f"/users/{wire.in_path(found.ref)}", content, sent.secrets)
        if not isinstance(answer, Reply):
            return answer
        left = _not_taken_over(answer, found.ref, fields)
    if left:
        return Refused(f"HelloID took the request, but not these fields: {', '.join(left)}")
    return Done(account=found.ref)


def _not_taken_over(answer: Reply, ref: AccountRef, fields: Fields) -> list[str]:
    """Return what the updated account in the reply lacks; a reply without one proves nothing."""
    try:
        shown = bodies.as_found(wire.record(answer.document))
    except wire.WrongShape:
        return []
    return bodies.other_fields(shown, fields) if shown.ref == ref else []


def _moved(name: str, fields: list[str]) -> Moved:
    return Moved(f"Account {name} was changed since the plan: {', '.join(fields)}")


async def _named(line: Line, name: str) -> Found | None:
    """Return the account of that name; HelloID may know keys of other kinds, so the name must agree."""
    row = await account_at(line, name)
    found = None if row is None else bodies.as_found(row)
    return found if found is not None and fold(found.user_name) == fold(name) else None


async def _live_named(line: Line, name: str) -> Found | None:
    """Return the live account of that name where a deleted one stands before it."""
    listing = Listing("/users", _account, lambda row: str(row["userGUID"]), (("search", name),))
    listed = await read_list(line, listing)
    same_name = (bodies.as_found(row) for row in listed.rows.values())
    return next((f for f in same_name if fold(f.user_name) == fold(name) and not f.deleted), None)


def _account(row: wire.Row) -> dict[str, JSON]:
    return wire.account(row)


def _made(document: JSON) -> AccountRef | None:
    try:
        return AccountRef(wire.guid(wire.record(document), "userGUID"))
    except wire.WrongShape:
        return None
