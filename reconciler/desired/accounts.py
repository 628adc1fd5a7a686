"""`accounts`: explicit account entries."""

from reconciler.desired.draft import Draft
from reconciler.desired.node import Items, Node, Pairs, Scalar
from reconciler.desired.page import Page
from reconciler.desired.period import read_period
from reconciler.desired.scalar import value_of
from reconciler.model.address import PersonId, fold
from reconciler.model.declared import AccountEntry, AccountState
from reconciler.model.value import Plain
from reconciler.planner.fields import MANAGER, NEVER_WRITTEN

KEYS = ("person", "state", "from", "until", "fields")
WITHOUT_EFFECT = NEVER_WRITTEN | {fold(MANAGER)}
STATES = tuple(state.value for state in AccountState)


def read_account(page: Page, node: Node, draft: Draft) -> None:
    """Add the account entry at a node to the draft, or problems to the findings."""
    pairs = page.pairs(node, "accounts", KEYS)
    if pairs is None:
        draft.lost_accounts = True
        return
    who = page.need(pairs, "person", "accounts", "Write the person's ExternalId.")
    person = None if who is None else page.name(who, "accounts.person")
    asked = page.need(pairs, "state", "accounts", "Write `state: enabled`, `disabled` or `absent`.")
    state = None if asked is None else page.choice(asked, "accounts.state", STATES)
    period = read_period(page, pairs, "accounts")
    given = page.get(pairs, "fields")
    fields = {} if given is None else _fields(page, given)
    if person is not None and state is not None and period is not None:
        entry = AccountEntry(PersonId(person), AccountState(state), period, fields, page.at(node))
        draft.accounts.append(entry)
    else:
        draft.lost_accounts = True


def _fields(page: Page, node: Node) -> dict[str, Plain]:
    if not isinstance(node, Pairs):
        page.wrong(node, "accounts.fields", "a mapping", "Its keys are the mapping's field names.")
        return {}
    fields: dict[str, Plain] = {}
    seen: dict[str, Scalar] = {}
    for key, value in node.pairs.values():
        folded = fold(key.text)
        if folded in seen:
            page.findings.error(
                "duplicate-key",
                f"`{key.text}` and `{seen[folded].text}` are the same field.",
                page.at(key),
                "Keep one of the two.",
                page.at(seen[folded]),
            )
        elif folded == "password" or folded.endswith(".password"):
            page.error(
                "password-in-file",
                key,
                f"`{key.text}` would put a password into a file that others read.",
                "Let the field mapping generate it.",
            )
        else:
            seen[folded] = key
            fields[key.text] = _field(page, key.text, value)
            if folded in WITHOUT_EFFECT:
                _warn(page, key)
    return fields


def _warn(page: Page, key: Scalar) -> None:
    is_manager = fold(key.text) == fold(MANAGER)
    page.findings.warn(
        "useless-field",
        f"`{key.text}` is never written from an entry, so this changes nothing.",
        page.at(key),
        "Take it out; the manager comes from the person's PrimaryManager, with `target.set_manager`."
        if is_manager
        else "Take it out; HelloID sets it by itself. `state: absent` deletes an account.",
    )


def _field(page: Page, name: str, node: Node) -> Plain:
    if isinstance(node, Scalar):
        found = value_of(node)
        return found if found is None or isinstance(found, bool) else node.text
    if isinstance(node, Items):
        texts = [item.text for item in node.items if isinstance(item, Scalar)]
        if len(texts) == len(node.items):
            return tuple(texts)
    fix = (
        f"Write nested fields with dots, such as `{name}.title`." if isinstance(node, Pairs) else ""
    )
    page.wrong(node, f"accounts.fields.{name}", "a text, true, false, null or a list of texts", fix)
    return None
