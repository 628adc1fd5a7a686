"""The password policy, which binds local users only."""

from reconciler.sandbox.settings import TenantSettings
from reconciler.sandbox.wire import Refused, fold


def check_password(settings: TenantSettings, source: object, password: str | None) -> None:
    """Refuse a password of a local user that breaks the policy; none at all is no password."""
    if password is None or fold(str(source or "local")) not in ("local", "api"):
        return
    counts = {
        "characters": (len(password), settings.password_min_length),
        "upper case letters": (
            sum(map(str.isupper, password)),
            settings.password_min_upper,
        ),
        "lower case letters": (
            sum(map(str.islower, password)),
            settings.password_min_lower,
        ),
        "digits": (sum(map(str.isdigit, password)), settings.password_min_digits),
        "special characters": (
            sum(not character.isalnum() for character in password),
            settings.password_min_special,
        ),
    }
    for what, (found, wanted) in counts.items():
        if found < wanted:
            raise Refused(400, f"The password must have at least {wanted} {what}")
    if len(password) > settings.password_max_length:
        text = f"The password must have at most {settings.password_max_length} characters"
        raise Refused(400, text)
