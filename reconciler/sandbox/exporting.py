"""Taking a snapshot of a tenant from the inside."""

from pathlib import Path

from reconciler.sandbox.accounts import show_user, user_columns, users_from
from reconciler.sandbox.assignments import all_assignments
from reconciler.sandbox.groups import all_groups
from reconciler.sandbox.products import all_products, show_product
from reconciler.sandbox.store import Session, opened
from reconciler.sandbox.wire import JSON

_VOLATILE = ("links", "lastLogin")


def export(state: Path | str) -> dict[str, JSON]:
    """Return all that a tenant holds in the form of a snapshot: sorted by GUID, without digest."""
    with opened(state, write=False) as session:
        return {
            "format_version": "1.0",
            "accounts": _accounts(session),
            "groups": [dict(sorted(group.items())) for group in all_groups(session)],
            "products": [
                dict(sorted(show_product(product).items())) for product in all_products(session)
            ],
            "assignments": [dict(sorted(item.items())) for item in all_assignments(session)],
        }


def _accounts(session: Session) -> list[JSON]:
    rows = session.db.execute(f"{user_columns()} ORDER BY guid").fetchall()
    accounts: list[JSON] = []
    for user in users_from(rows):
        shown = show_user(session.settings, user)
        accounts.append({name: shown[name] for name in sorted(shown) if name not in _VOLATILE})
    return accounts
