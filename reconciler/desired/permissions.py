"""`groups` and `products`: permissions and their members."""

from reconciler.desired.draft import Draft, Mention
from reconciler.desired.node import Items, Node, Pairs, Scalar, is_null
from reconciler.desired.page import Page
from reconciler.desired.period import ALWAYS, read_period
from reconciler.model.address import PermissionKey, PermissionKind, PersonId
from reconciler.model.declared import MemberEntry, PermissionEntry
from reconciler.model.rules import PermissionName

PRODUCT_KEYS = ("name", "previously", "authoritative", "protected", "description", "members")
GROUP_KEYS = (*PRODUCT_KEYS, "create")
MEMBER_KEYS = ("person", "from", "until", "reason", "ticket")
_NO_CREATE = {
    "create": "Leave it out: products are made in HelloID, only groups can be created here."
}


def read_group(page: Page, node: Node, draft: Draft) -> None:
    """Add the group at a node to the draft, or problems to the findings."""
    pairs = page.pairs(node, "groups", GROUP_KEYS)
    if pairs is not None:
        _read(page, pairs, PermissionKind.GROUP, draft)


def read_product(page: Page, node: Node, draft: Draft) -> None:
    """Add the product at a node to the draft, or problems to the findings."""
    pairs = page.pairs(node, "products", PRODUCT_KEYS, _NO_CREATE)
    if pairs is not None:
        _read(page, pairs, PermissionKind.PRODUCT, draft)


def _read(page: Page, pairs: Pairs, kind: PermissionKind, draft: Draft) -> None:
    what = f"{kind}s"
    named = page.need(pairs, "name", what, "Write its name in the tenant.")
    name = None if named is None else page.name(named, f"{what}.name")
    about = page.get(pairs, "description")
    members = _members(page, pairs, what)
    authoritative = _flag(page, pairs, what, "authoritative")
    if name is not None and authoritative and "members" not in pairs.pairs:
        place = page.at(pairs.pairs["authoritative"][0])
        draft.authorities.append((PermissionKey.of(kind, name), place))
    entry = PermissionEntry(
        kind=kind,
        name=name or "",
        previously=_earlier(page, pairs, kind, draft),
        create=kind is PermissionKind.GROUP and _flag(page, pairs, what, "create"),
        authoritative=authoritative,
        protected=_flag(page, pairs, what, "protected"),
        description=None if about is None else page.prose(about, f"{what}.description"),
        members=members,
        at=page.at(pairs),
    )
    if name is not None:
        draft.permissions.append(entry)


def _earlier(page: Page, pairs: Pairs, kind: PermissionKind, draft: Draft) -> tuple[str, ...]:
    node = page.get(pairs, "previously")
    found = None if node is None else page.items(node, f"{kind}s.previously")
    names: list[str] = []
    for item in () if found is None else found.items:
        name = page.name(item, f"{kind}s.previously")
        if name is not None:
            names.append(name)
            mention = Mention(PermissionName(kind, name), "", page.at(item), is_earlier=True)
            draft.mentions.append(mention)
    return tuple(names)


def _flag(page: Page, pairs: Pairs, what: str, key: str) -> bool:
    found = page.get(pairs, key)
    return found is not None and page.flag(found, f"{what}.{key}") is True


def _members(page: Page, pairs: Pairs, what: str) -> tuple[MemberEntry, ...] | None:
    if "members" not in pairs.pairs:
        return None
    key, node = pairs.pairs["members"]
    if is_null(node):
        page.error(
            "wrong-type",
            key,
            "`members` is empty, which could mean nobody or not managed here.",
            "Write `members: []` for nobody, or leave the key out where membership is not managed.",
        )
        return None
    found = page.items(node, f"{what}.members")
    if found is None:
        return None
    entries = (_member(page, item, f"{what}.members") for item in found.items)
    return tuple(entry for entry in entries if entry is not None)


def _member(page: Page, node: Node, what: str) -> MemberEntry | None:
    if isinstance(node, Scalar):
        person = page.name(node, what)
        if person is None:
            return None
        return MemberEntry(PersonId(person), ALWAYS, None, None, page.at(node))
    if isinstance(node, Items):
        page.wrong(node, what, "an ExternalId or a mapping with `person`")
        return None
    pairs = page.pairs(node, what, MEMBER_KEYS)
    if pairs is None:
        return None
    who = page.need(pairs, "person", what, "Write the person's ExternalId.")
    person = None if who is None else page.name(who, f"{what}.person")
    period = read_period(page, pairs, what)
    notes = {key: _note(page, pairs, what, key) for key in ("reason", "ticket")}
    if person is None or period is None:
        return None
    return MemberEntry(PersonId(person), period, notes["reason"], notes["ticket"], page.at(node))


def _note(page: Page, pairs: Pairs, what: str, key: str) -> str | None:
    found = page.get(pairs, key)
    return None if found is None else page.prose(found, f"{what}.{key}")
