"""Sample data: numbers to try the cache with, and what a small shop made old in the last hour."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from backstay.kernel.seeding import Seeding
from backstay.systems.cache.contracts import Purge
from backstay.systems.cache.service import invalidate, purge
from backstay.systems.cache.service.probing import put

_SMALL: Final = 40
_SHELVES: Final = ("fruit", "bread", "cheese", "tea", "honey")
_HOUR: Final = timedelta(minutes=55)
"""Invalidations are kept for an hour."""


async def seed(seeding: Seeding) -> None:
    """Change shelves and prices now and then, in the order of their moments, and empty everything once."""
    total = seeding.count(_SMALL)
    people = [seeding.person() for _ in range(3)]
    for batch in seeding.batches(total, of=1):
        for number in batch:
            at = seeding.present - _HOUR + _HOUR * number / total
            async with seeding.unit(people[number % len(people)], at=at) as uow:
                if number == total // 2:
                    await purge(uow, Purge(everything=True))
                elif seeding.chance(0.5):
                    await put(uow, seeding.random.choice(_SHELVES), seeding.random.randint(1, 90))
                else:
                    invalidate(uow, "prices", f"shelf.{seeding.random.choice(_SHELVES)}")
