"""The digest of the declared state and the field mapping."""

from collections.abc import Iterable, Mapping
from hashlib import sha256

import msgspec

from reconciler.model.address import PersonId
from reconciler.model.declared import AccountEntry, MemberEntry, Period, PermissionEntry
from reconciler.model.person import Person


def digest_of(
    persons: Mapping[PersonId, Person],
    accounts: Iterable[AccountEntry],
    permissions: Iterable[PermissionEntry],
    mapping_text: bytes,
) -> str:
    """Return "sha256:…" of all that is declared, in the order given, without any location."""
    encoder = msgspec.json.Encoder(order="deterministic")
    whole = sha256(b"declared 1\n")
    for person in persons.values():
        whole.update(encoder.encode(["person", person.fields]) + b"\n")
    for account in accounts:
        whole.update(
            encoder.encode(
                ["account", account.person, account.state, _days(account.period), account.fields]
            )
            + b"\n"
        )
    for entry in permissions:
        members = None if entry.members is None else [_member(one) for one in entry.members]
        whole.update(
            encoder.encode(
                [
                    "permission",
                    entry.kind,
                    entry.name,
                    entry.previously,
                    entry.create,
                    entry.authoritative,
                    entry.protected,
                    entry.description,
                    members,
                ]
            )
            + b"\n"
        )
    whole.update(b"mapping " + sha256(mapping_text).hexdigest().encode())
    return f"sha256:{whole.hexdigest()}"


def _member(member: MemberEntry) -> list[object]:
    return [member.person, _days(member.period), member.reason, member.ticket]


def _days(period: Period) -> list[str | None]:
    return [day.isoformat() if day else None for day in (period.start, period.until)]
