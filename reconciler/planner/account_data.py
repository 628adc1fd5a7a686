"""Account data: what the mapping asks to keep of an account, as the account holds it after the plan."""

from collections.abc import Iterable

from reconciler.model.address import fold
from reconciler.model.change import CreateAccount, Fields
from reconciler.model.state import Found
from reconciler.model.value import AccountOf, FieldValue, Generated, Plain
from reconciler.planner.draft import Draft

REFERENCE = "userGUID"


def account_data(names: Iterable[str], found: Found, drafts: Iterable[Draft]) -> dict[str, Plain]:
    """Return the named fields that hold something once the drafts of that account are carried out.

    What is only known when applying is left out, and kept by a later plan; the reference of an account
    that does not exist yet is None, for whoever applies to fill in.
    """
    after: dict[str, FieldValue] = {}
    is_new = False
    for draft in drafts:
        is_new = is_new or isinstance(draft.change, CreateAccount)
        fields: Fields = getattr(draft.change, "fields", ())
        after.update({fold(change.field): change.after for change in fields})
    data: dict[str, Plain] = {}
    for name in names:
        value = after.get(fold(name), found.field(name))
        if is_new and fold(name) == fold(REFERENCE):
            data[name] = None
        elif not isinstance(value, Generated | AccountOf) and value not in (None, "", ()):
            data[name] = value
    return data
