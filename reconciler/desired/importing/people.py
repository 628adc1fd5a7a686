"""Persons for accounts that nobody is known for, made so that the field mapping gives what the account holds."""

from collections import Counter
from collections.abc import Iterable, Mapping

from reconciler.desired.importing.ways import (
    EXTERNAL_ID,
    FRAME,
    PATHS,
    PRIMARY,
    Path,
    Ways,
    framed,
    put,
    value_at,
)
from reconciler.desired.page import flaw_of
from reconciler.model.address import AccountRef, PersonId, fold
from reconciler.model.state import Found
from reconciler.model.value import JSON

KEYS = ("ExternalId", "DisplayName", "Name", "Contact", "Accounts", "PrimaryManager")
"""What a person begins with, in this order; `Contracts` ends it."""


def identities(
    accounts: Iterable[Found],
    ways: Ways,
    account_field: str,
    recorded: Mapping[AccountRef, PersonId],
    taken: Iterable[PersonId],
) -> dict[AccountRef, PersonId]:
    """Return the ExternalId of a person for each account: what it holds of one, else what it is called.

    An account of ours keeps the person that the ledger knows. What two would share, or a known person
    has, gives way: first to the user name, then to the userGUID. Where persons correlate by their
    ExternalId it is the account's value of that field, and nothing else.
    """
    used = {fold(person) for person in taken}
    found: dict[AccountRef, PersonId] = {}
    left = sorted(accounts, key=lambda each: each.ref)
    for account in left:
        person = recorded.get(account.ref)
        if person is not None and fold(person) not in used:
            found[account.ref] = person
    used |= {fold(person) for person in found.values()}
    by_choice: tuple[Mapping[AccountRef, str], ...] = (
        {account.ref: _own(account, ways) for account in left},
        {account.ref: account.user_name for account in left},
        {account.ref: account.ref for account in left},
    )
    if ways.correlation == EXTERNAL_ID:
        by_choice = ({account.ref: str(account.field(account_field) or "") for account in left},)
    for choice in by_choice:
        chosen = {ref: name for ref, name in choice.items() if ref not in found}
        times = Counter(fold(name) for name in chosen.values())
        for ref, name in chosen.items():
            if name and flaw_of(name) is None and times[fold(name)] == 1 and fold(name) not in used:
                found[ref] = PersonId(name)
        used |= {fold(person) for person in found.values()}
    return found


def made_up(
    account: Found,
    person: PersonId,
    ways: Ways,
    correlates_by: str,
    manager: str | None,
    *,
    in_full: bool,
) -> dict[str, JSON]:
    """Return a person in HelloID's JSON whose mapped fields are those of the account, as far as ways lead there.

    `in_full` gives every text of the model, empty where nothing is known, to scripts that cannot do without.
    """
    values: dict[Path, str] = {}
    if in_full:
        values.update((path, "") for path in PATHS)
    values[ways.correlation] = correlates_by
    values[EXTERNAL_ID] = person
    fixed = {EXTERNAL_ID, ways.correlation}
    for name, paths in ways.by_field.items():
        held = account.field(name)
        if not isinstance(held, str) or not held:
            continue
        if any(path in fixed and values[path] == held for path in paths):
            continue
        free = next((path for path in paths if path not in fixed), None)
        if free is not None:
            values[free] = held
            fixed.add(free)
    values.setdefault(("DisplayName",), "")
    values["DisplayName",] = values["DisplayName",] or _shown(account)
    fields = framed(FRAME if in_full else ways.frame)
    for path, value in values.items():
        put(fields, path, value)
    if manager is not None:
        put(fields, ("PrimaryManager", "ExternalId"), manager)
    return _in_order(_with_named_contract(fields, person))


def department_of(fields: Mapping[str, JSON]) -> str:
    """Return the name of the department of a person's (first) contract, empty where there is none."""
    for key in ("DisplayName", "ExternalId", "Code"):
        found = value_at(fields, (PRIMARY, "Department", key))
        if isinstance(found, str) and found.strip():
            return found
    return ""


def _own(account: Found, ways: Ways) -> str:
    for name, paths in ways.by_field.items():
        held = account.field(name)
        if paths[0] == EXTERNAL_ID and isinstance(held, str) and held:
            return held
    return ""


def _shown(account: Found) -> str:
    names = (account.field("firstName"), account.field("lastName"))
    shown = " ".join(name.strip() for name in names if isinstance(name, str) and name.strip())
    shown = shown or account.user_name
    return account.ref if flaw_of(shown) else shown


def _with_named_contract(fields: dict[str, JSON], person: PersonId) -> dict[str, JSON]:
    contracts = fields.get("Contracts")
    if isinstance(contracts, list):
        for contract in contracts:
            if isinstance(contract, dict) and not contract.get("ExternalId"):
                rest = {key: value for key, value in contract.items() if key != "ExternalId"}
                fields["Contracts"] = [{"ExternalId": f"{person}-1", **rest}]
    return fields


def _in_order(fields: Mapping[str, JSON]) -> dict[str, JSON]:
    first = [key for key in KEYS if key in fields]
    last = [key for key in ("Contracts", PRIMARY) if key in fields]
    between = sorted(key for key in fields if key not in first and key not in last)
    return {key: fields[key] for key in (*first, *between, *last)}
