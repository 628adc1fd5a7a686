"""User names: what an account cannot be called, and why."""

from collections.abc import Mapping, Sequence

from reconciler.model.address import AccountRef, PersonId, fold
from reconciler.model.settings import Settings
from reconciler.model.state import Actual


def live_names(actual: Actual) -> Mapping[str, AccountRef]:
    """Return the accounts that are not deleted by their folded user names."""
    return {fold(a.user_name): ref for ref, a in sorted(actual.accounts.items()) if not a.deleted}


def name_problem(
    shown: str,
    own: AccountRef | None,
    live: Mapping[str, AccountRef],
    actual: Actual,
    settings: Settings,
) -> tuple[str, str] | None:
    """Return in a summary and a detail why an account cannot be called so; `own` is the account itself."""
    name = fold(shown)
    if not name:
        return (
            "No user name",
            "The field mapping gives no userName. Without one HelloID has no account.",
        )
    if name in actual.reserved or not settings.scope.accounts.admits(shown):
        return (
            "Account out of scope",
            f"The account would be called {shown}, which scope.accounts leaves out.",
        )
    if live.get(name, own) != own:
        return (
            "User name in use",
            (
                f"{shown} belongs to an account that does not correlate with this person."
                " Correct the correlation or the userName mapping, or list userName in unique_fields."
            ),
        )
    return None


def asked_twice(shown: str, persons: Sequence[PersonId]) -> tuple[str, str]:
    """Return why several persons who would get one user name are all left out."""
    return (
        "User name asked for twice",
        (
            f"{shown} would be the user name of {' and '.join(persons)}."
            " Correct the persons, or list userName in unique_fields."
        ),
    )
