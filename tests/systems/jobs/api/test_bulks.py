"""Very many jobs of one sort in one commit, which are made while the server stores those before; both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.jobs import JobState, Receipt, enqueue_many
from backstay.systems.jobs.testing import assert_enqueued, drain, enqueued
from tests.house import House
from tests.systems.jobs.api.shop import Greet

MANY = 700
"""Two whole pieces and a rest."""


def greetings() -> list[Greet]:
    return [Greet(name=f"n{number}") for number in range(MANY)]


@pytest.mark.parametrize("named", [True, False])
async def test_each_receipt_is_of_its_own_arguments(house: House, ada: Actor, named: bool) -> None:
    ids = [uuid7() for _ in range(MANY)] if named else None

    async def work(uow: UnitOfWork) -> list[Receipt]:
        return await enqueue_many(uow, greetings(), ids=ids)

    receipts = await house.backend.database.run(ada, work)
    assert [one.created for one in receipts] == [True] * MANY
    assert len({one.id for one in receipts}) == MANY
    assert ids is None or [one.id for one in receipts] == ids
    for number in (0, 255, 256, 511, 512, MANY - 1):
        shown = (await house(ada, "GET", f"/v1/jobs/{receipts[number].id}")).json()
        assert (shown["state"], shown["arguments"]["name"]) == ("ready", f"n{number}")
    assert await drain(house.backend) == {JobState.COMPLETED: MANY}


async def test_one_that_cannot_be_written_leaves_none_and_a_clean_connection(
    house: House, ada: Actor
) -> None:
    unfit: Any = object()

    async def work(uow: UnitOfWork) -> None:
        await enqueue_many(uow, [*greetings(), Greet(name=unfit)])

    with pytest.raises(TypeError, match="object"):
        await house.backend.database.run(ada, work)
    reader = house.backend.reader(ada)
    assert await enqueued(reader, Greet) == []
    await house.backend.database.run(ada, Greet(name="after").enqueue)
    await assert_enqueued(reader, Greet(name="after"))


async def test_who_is_cancelled_in_the_midst_leaves_none(house: House, ada: Actor) -> None:
    reached = asyncio.Event()

    class Told(list[Greet]):
        """Tells when one of the second piece is made, while the first travels."""

        looks = 0

        def __iter__(self) -> Any:
            self.looks += 1
            for place, one in enumerate(super().__iter__()):
                if self.looks > 1 and place == 300:
                    reached.set()
                yield one

    async def work(uow: UnitOfWork) -> None:
        await enqueue_many(uow, Told(greetings()))
        await asyncio.Event().wait()

    running = asyncio.create_task(house.backend.database.run(ada, work))
    await asyncio.wait_for(reached.wait(), 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await enqueued(house.backend.reader(ada), Greet) == []
    await house.backend.database.run(ada, Greet(name="after").enqueue)
    await assert_enqueued(house.backend.reader(ada), Greet(name="after"))
