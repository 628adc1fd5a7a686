"""What happens to a user's groups, products and requests when the user goes, comes back or is disabled."""

from reconciler.sandbox.store import Session


def drop_holdings(session: Session, user: int) -> None:
    """Take along what a deletion takes along, and mark the rest."""
    settings, db = session.settings, session.db
    if settings.deletion_drops_memberships:
        db.execute("DELETE FROM members WHERE user_id = ?", (user,))
    if settings.deletion_drops_assignments:
        db.execute("DELETE FROM assignments WHERE user_id = ?", (user,))
    else:
        db.execute("UPDATE assignments SET of_deleted = 1 WHERE user_id = ?", (user,))
    statement = "UPDATE requests SET status = 'withdrawn' WHERE user_id = ? AND status = 'pending'"
    db.execute(statement, (user,))


def show_holdings(session: Session, user: int) -> None:
    """Unmark what a deletion left."""
    session.db.execute("UPDATE assignments SET of_deleted = 0 WHERE user_id = ?", (user,))


def return_on_disable(session: Session, user: int) -> None:
    """Return the products that say so, when their holder is disabled."""
    if session.settings.return_on_user_disable:
        statement = """DELETE FROM assignments WHERE user_id = ? AND EXISTS (
            SELECT 1 FROM products WHERE products.id = assignments.product_id
            AND json_extract(products.body, '$.returnOnUserDisable'))"""
        session.db.execute(statement, (user,))
