"""Snapshot: save what the tenant holds now."""

from reconciler.flows.project import settings_of
from reconciler.flows.world import World
from reconciler.model.value import JSON


async def take_snapshot(world: World) -> dict[str, JSON]:
    """Read the tenant in full and return the snapshot document; reads only."""
    settings = settings_of(world, need_credentials=True)
    async with world.open_tenant(settings) as tenant:
        return await tenant.snapshot()
