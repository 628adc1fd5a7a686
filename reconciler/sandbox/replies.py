"""What answers look like where only the tenant decides: wrapped lists, empty actions, errors."""

from reconciler.sandbox.settings import TenantSettings
from reconciler.sandbox.wire import JSON


def enveloped(settings: TenantSettings, items: list[JSON]) -> JSON:
    """Return a list as this tenant wraps it."""
    match settings.lists:
        case "bare":
            return items
        case "nested":
            return [items]
        case "data" | "pageData":
            return {settings.lists: items}


def action_reply(settings: TenantSettings) -> JSON:
    """Return the body after an action that gives no object; None is an empty body."""
    return {"success": True} if settings.action_reply == "object" else None


def error_body(settings: TenantSettings, status: int, text: str) -> JSON:
    """Return the body of an error, with its text where this tenant puts it."""
    key = settings.error_key
    if key == "text":
        return text
    if key == "mixed":
        key = "message" if status in (401, 404, 405) else "resultMsg"
    return {key: text}
