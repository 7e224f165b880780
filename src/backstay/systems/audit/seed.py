"""Sample records: what people of a small shop did."""

from __future__ import annotations

from typing import Final

from backstay.kernel.seeding import Seeding
from backstay.systems.audit import service

_SMALL: Final = 30
_ACTIONS: Final = {"shop.price_changed": 5, "shop.order_refunded": 3, "shop.customer_renamed": 2}


async def seed(seeding: Seeding) -> None:
    """Record changes of the last days, each by one of a few people."""
    people = [seeding.person() for _ in range(4)]
    for batch in seeding.batches(seeding.count(_SMALL), of=5):
        async with seeding.unit(people[batch.start // 5 % len(people)], at=seeding.past(days=10)) as uow:
            for number in batch:
                action = seeding.weighted(_ACTIONS)
                service.record(
                    uow,
                    action,
                    subject=(action.partition(".")[2].partition("_")[0], f"sample-{number}"),
                    before={"value": seeding.word()},
                    after={"value": seeding.word()},
                )
