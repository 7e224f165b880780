"""Breakers as operators see and close them, and the waits between tries; on both databases."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.systems.jobs import Jobs
from backstay.systems.jobs.service.breakers import FIRST_WAIT, Gate
from tests.house import House

KIND = "shop.greet"
JOB = UUID(int=1)
SHOWN = {
    "kind": KIND,
    "opened_at": "2026-01-01T00:00:00Z",
    "next_probe": "2026-01-01T00:00:05Z",
    "wait": 5.0,
    "probes": 0,
    "error": "timeout",
}


async def test_an_open_breaker_is_shown_everywhere_and_closed_by_hand(
    house: House, ada: Actor, operator: Actor
) -> None:
    jobs = house.backend.part(Jobs)
    assert await jobs.breakers.open(KIND, "timeout")
    assert not await jobs.breakers.open(KIND, "what comes later is not noted")
    assert (await house(operator, "GET", "/v1/job-queues/breakers")).json() == [SHOWN]
    kinds = (await house(ada, "GET", "/v1/jobs/kinds")).json()
    assert {one["kind"]: one["breaker"] for one in kinds if one["breaker"]} == {KIND: SHOWN}
    closing = f"/v1/job-queues/breakers/{KIND}/close"
    assert (await house(ada, "POST", closing)).status_code == 403
    assert (await house(operator, "POST", closing)).status_code == 204
    assert (await house(operator, "GET", "/v1/job-queues/breakers")).json() == []


async def test_one_of_two_workers_tries_and_each_try_that_fails_doubles_the_wait(
    house: House, clock: ManualClock
) -> None:
    books = house.backend.part(Jobs).breakers

    async def workers() -> tuple[Gate, Gate]:
        """Two that have just looked."""
        gates = Gate(books), Gate(books)
        for gate in gates:
            await gate.look()
        return gates

    await books.open(KIND, "timeout")
    for gate in await workers():
        wait = await gate.wait_of(KIND, JOB, 10.0)
        assert wait is not None
        assert FIRST_WAIT - 1 < wait < FIRST_WAIT + 3
    clock.move(timedelta(seconds=FIRST_WAIT))
    one, two = await workers()
    assert await one.wait_of(KIND, JOB, 10.0) is None
    # The try may take 15 s, but others look again after the usual wait.
    wait = await two.wait_of(KIND, JOB, 10.0)
    assert wait is not None
    assert wait < FIRST_WAIT + 3
    await one.failed(KIND, JOB, "crashed")
    (shown,) = await books.show()
    assert (shown.error, shown.probes, shown.wait) == ("crashed", 1, 2 * FIRST_WAIT)
    clock.move(timedelta(seconds=2 * FIRST_WAIT))
    one, two = await workers()
    assert await two.wait_of(KIND, JOB, None) is None
    # Another job that ends well, or badly, is not the try.
    await two.succeeded(KIND, UUID(int=2))
    # Who does not make the try closes nothing by ending well.
    await one.succeeded(KIND, JOB)
    assert [one.kind for one in await books.show()] == [KIND]
    await two.succeeded(KIND, JOB)
    assert await books.show() == []


async def test_a_worker_that_dies_with_the_try_leaves_it_to_another(house: House, clock: ManualClock) -> None:
    books = house.backend.part(Jobs).breakers
    await books.open(KIND, "timeout")
    clock.move(timedelta(seconds=FIRST_WAIT))
    assert await books.take_probe(KIND, 15.0)
    clock.move(timedelta(seconds=14))
    assert not await books.take_probe(KIND, 15.0)
    clock.move(timedelta(seconds=1))
    assert await books.take_probe(KIND, 15.0)
