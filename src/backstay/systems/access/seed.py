"""Sample roles: what a small shop might make of the presets."""

from __future__ import annotations

from typing import Final

from backstay.kernel.seeding import Seeding
from backstay.systems.access import service
from backstay.systems.access.contracts import NewRole
from backstay.systems.access.service import preset_id

_ROLES: Final = (
    ("Shop floor", "Sells, and looks after people who have bought.", ("sales-rep", "support")),
    ("Night shift", "Keeps an eye on everything until the morning.", ("support", "moderator")),
    ("Bookkeeping", "Sees what happened, and changes nothing.", ("user",)),
)


async def seed(seeding: Seeding) -> None:
    """Make three roles and give one of them to each of a few people."""
    for batch in seeding.batches(len(_ROLES)):
        async with seeding.unit(at=seeding.past(days=90)) as uow:
            for number in batch:
                name, description, parts = _ROLES[number]
                role = await service.create_role(
                    uow,
                    NewRole(name=name, description=description, parts=[preset_id(part) for part in parts]),
                )
                await service.assign(uow, seeding.person().id, role.id)
