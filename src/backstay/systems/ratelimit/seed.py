"""Sample data: what the limits did in the last hour of a small shop's API."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from backstay.kernel.seeding import Seeding
from backstay.systems.ratelimit.service.meters import Counts, Near, write_down

_MINUTES: Final = 60
_CALLERS: Final = 6
_USUAL: Final = {"default": 140, "browser": 60, "anonymous": 12}


async def seed(seeding: Seeding) -> None:
    """Write down an hour of admitted and refused requests, and some callers near their quotas' end."""
    random = seeding.random
    for batch in seeding.batches(_MINUTES, of=10):
        at = seeding.present - timedelta(minutes=_MINUTES - batch.start)
        async with seeding.unit(at=at) as uow:
            for number in batch:
                minute = int(seeding.present.timestamp()) // 60 - _MINUTES + number
                counts = {
                    name: Counts(admitted=random.randint(usual // 2, usual)) for name, usual in _USUAL.items()
                }
                if seeding.chance(0.2):
                    counts["default"].refused = random.randint(1, 30)
                await write_down(uow, minute, counts, {})
    async with seeding.unit() as uow:
        near = {
            ("default", f"key:{seeding.uuid()}"): Near(random.randint(0, 50), 100, random.randint(0, 9))
            for _ in range(_CALLERS)
        }
        await write_down(uow, int(seeding.present.timestamp()) // 60, {}, near)
