"""What was saved: a snapshot instead of the tenant, a plan to carry out or to look at."""

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


def plan_bytes(file: Path) -> bytes:
    """Return what a saved plan's file holds. Raises BadInput where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(
            "Plan not readable",
            f"{file}: {error.strerror}.",
            "Give the path of a file that `reconciler plan -o FILE` wrote.",
        ) from error


def document_bytes(file: Path) -> bytes:
    """Return what a saved report's file holds. Raises BadInput where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(
            "Report not readable",
            f"{file}: {error.strerror}.",
            "Give the path of a file that `plan -o FILE` wrote, or another command with"
            " `--format json -o FILE`.",
        ) from error
