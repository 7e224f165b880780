"""Sample counters: a few that a team would watch, moved over the last weeks."""

from __future__ import annotations

from typing import Final

from backstay.kernel.seeding import Seeding
from backstay.products.counter import service

_NAMES: Final = ("page-views", "signups", "coffees", "deploys", "bugs-fixed", "standups-skipped")
_SMALL: Final = 60


async def seed(seeding: Seeding) -> None:
    """Move each counter up and, now and then, down."""
    for batch in seeding.batches(seeding.count(_SMALL), of=20):
        async with seeding.unit(at=seeding.past(days=20)) as uow:
            for _ in batch:
                amount = seeding.random.randrange(1, 40) * (1 if seeding.chance(0.9) else -1)
                await service.add(uow, uow.organization_id, seeding.random.choice(_NAMES), amount)
