"""A snapshot that was saved, instead of the tenant."""

from dataclasses import replace
from pathlib import Path

from reconciler.errors import BadInput
from reconciler.flows.world import World
from reconciler.model.settings import Settings
from reconciler.model.state import Actual


def saved_state(world: World, settings: Settings, file: Path) -> Actual:
    """Return the state that a snapshot of this tenant holds.

    Raises BadInput where the file cannot be read, is no snapshot, or is one of another tenant.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise BadInput(
            "Snapshot not readable",
            f"{file}: {error.strerror}.",
            "Take one of this tenant: reconciler snapshot -o FILE",
        ) from error
    actual = world.read_snapshot(data, str(file), settings)
    wanted = settings.target.base_url
    if actual.base_url and actual.base_url != wanted:
        raise BadInput(
            "Snapshot of another tenant",
            f"{file} was taken of {actual.base_url}, and target.base_url is {wanted}.",
            "Take a snapshot of this tenant: reconciler snapshot -o FILE",
        )
    return replace(actual, base_url=wanted)
