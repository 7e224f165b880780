"""What keys, rates, pauses and flows hold back on Redis, exactly; the clock is the test's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import Raw

from backstay.kernel.clock import ManualClock
from backstay.kernel.ids import uuid7
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.redis import RedisStore
from backstay.systems.jobs.engines.redis.format import arguments_of
from backstay.systems.jobs.engines.views import JobQuery
from backstay.systems.jobs.errors import UnknownParent
from tests.systems.jobs.redis.stores import ORG, OTHER, died, done, failed, new, states

pytestmark = pytest.mark.needs("redis")


async def test_an_order_key_runs_one_at_a_time_in_order(store: RedisStore, clock: ManualClock) -> None:
    jobs = [new(order_key="k") for _ in range(3)]
    alien = new(order_key="k", organization_id=OTHER)
    await store.enqueue_now([*jobs, alien])
    assert await states(store, [*jobs, alien]) == ["ready", "waiting", "waiting", "ready"]
    first = next(one for one in await store.claim("w", ["default"], 9, 30) if one.id == jobs[0].id)
    await store.settle([failed(first, 10)])
    assert await store.claim("w", ["default"], 9, 30) == [], "the head is tried again before the next"
    clock.move(timedelta(seconds=10))
    await store.sweep(10)
    for job in jobs:
        (claimed,) = await store.claim("w", ["default"], 9, 60)
        assert claimed.id == job.id
        await store.settle([done(claimed)])


async def test_a_dead_head_is_given_up(store: RedisStore, clock: ManualClock) -> None:
    for end in ("cancelled", "pruned"):
        head, *others = [new(order_key=end, order_failure="park", retain=50.0) for _ in range(3)]
        await store.enqueue_now([head, *others])
        (claimed,) = await store.claim("w", ["default"], 1, 30)
        await store.settle([died(claimed)])
        if end == "cancelled":
            assert await store.cancel(ORG, head.id) is JobState.CANCELLED
        else:
            clock.move(timedelta(seconds=50))
            assert (await store.sweep(10)).pruned == 4, "the head, and the three of the first round"
        assert await states(store, others) == ["ready", "waiting"]
        for other in others:
            (claimed,) = await store.claim("w", ["default"], 9, 30)
            assert claimed.id == other.id
            await store.settle([done(claimed)])


async def test_another_organizations_job_is_no_parent(store: RedisStore) -> None:
    secret = new(organization_id=OTHER)
    await store.enqueue_now([secret])
    (claimed,) = await store.claim("w", ["default"], 9, 30)
    await store.settle([done(claimed, b'"secret"')])
    nosy = new(depends_on=[secret.id], on_parent_failure="run")
    with pytest.raises(UnknownParent):
        await store.enqueue_now([nosy])
    # Where nobody could ask, as in an outage, the script itself sees to it.
    await store._scripts.call("enqueue", arguments_of([nosy]))
    assert await states(store, [nosy]) == ["cancelled"]
    assert await store.results(nosy.id) == {secret.id: None}


@pytest.mark.parametrize(
    ("policy", "behind"),
    [("block", ["waiting", "waiting"]), ("park", ["parked", "parked"]), ("skip", ["ready", "waiting"])],
)
async def test_a_dead_job_in_its_lane(store: RedisStore, policy: str, behind: list[str]) -> None:
    head, *others = [new(order_key="k", order_failure=policy) for _ in range(3)]
    await store.enqueue_now([head, *others])
    (claimed,) = await store.claim("w", ["default"], 1, 30)
    await store.settle([died(claimed)])
    assert await states(store, [head, *others]) == ["dead", *behind]
    assert await store.replay(OTHER, [head.id]) == []
    assert await store.replay(ORG, [head.id], payload=Raw(b'{"n":2}')) == [head.id]
    taken = []
    while claims := await store.claim("w", ["default"], 9, 30):
        assert len(claims) == 1
        taken.append((claims[0].id, claims[0].payload))
        await store.settle([done(claims[0])])
    order = [others[0], head, others[1]] if policy == "skip" else [head, *others]
    assert taken == [(job.id, b'{"n":2}' if job is head else b'{"n":1}') for job in order]


async def test_unique_keys(store: RedisStore, clock: ManualClock) -> None:
    first, second, alien = (
        new(unique_key="u"),
        new(unique_key="u"),
        new(unique_key="u", organization_id=OTHER),
    )
    receipts = await store.enqueue_now([first, second, alien])
    assert [(one.id, one.created) for one in receipts] == [
        (first.id, True),
        (first.id, False),
        (alien.id, True),
    ]
    claims = await store.claim("w", ["default"], 9, 30)
    await store.settle([done(one) for one in claims])
    window = new(unique_key="u", unique_for=60.0, retain=1.0)
    assert [one.created for one in await store.enqueue_now([window])] == [True]
    (claimed,) = await store.claim("w", ["default"], 9, 30)
    await store.settle([done(claimed)])
    clock.move(timedelta(seconds=59))
    await store.sweep(10)
    assert (await store.enqueue_now([new(unique_key="u")]))[0].id == window.id, "its window outlives the job"
    clock.move(timedelta(seconds=1))
    await store.sweep(10)
    assert (await store.enqueue_now([new(unique_key="u")]))[0].created


async def test_a_replay_does_not_break_a_unique_key(store: RedisStore) -> None:
    first, second = new(unique_key="u"), new(unique_key="u")
    await store.enqueue_now([first])
    await store.cancel(ORG, first.id)
    await store.enqueue_now([second])
    assert await store.replay(ORG, [first.id]) == []
    await store.cancel(ORG, second.id)
    assert await store.replay(ORG, [first.id]) == [first.id]


async def test_concurrency_keys(store: RedisStore) -> None:
    jobs = [new(concurrency_key="c", concurrency=2) for _ in range(5)]
    await store.enqueue_now(jobs)
    assert await states(store, jobs) == ["ready", "ready", "waiting", "waiting", "waiting"]
    one, two = await store.claim("w", ["default"], 9, 30)
    assert await store.claim("w", ["default"], 9, 30) == []
    await store.settle([failed(one, 60), done(two)])
    assert await store.cancel(ORG, jobs[4].id) is JobState.CANCELLED
    assert {claim.id for claim in await store.claim("w", ["default"], 9, 30)} == {jobs[2].id, jobs[3].id}


async def test_rates_of_keys_and_queues(store: RedisStore, clock: ManualClock) -> None:
    keyed = [new(rate_key="r", rate=(2, 10.0)) for _ in range(5)]
    free = new()
    await store.enqueue_now([*keyed, free])
    assert [one.id for one in await store.claim("w", ["default"], 9, 300)] == [
        keyed[0].id,
        keyed[1].id,
        free.id,
    ]
    clock.move(timedelta(seconds=9))
    assert (await store.sweep(10)).next_due == 1.0
    clock.move(timedelta(seconds=1))
    await store.sweep(10)
    assert [one.id for one in await store.claim("w", ["default"], 9, 300)] == [keyed[2].id, keyed[3].id]
    clock.move(timedelta(seconds=10))
    await store.sweep(10)
    assert [one.id for one in await store.claim("w", ["default"], 9, 300)] == [keyed[4].id]
    await store.limit("slow", rate=(2, 10.0), concurrency=None)
    await store.enqueue_now([new(queue="slow") for _ in range(3)])
    assert len(await store.claim("w", ["slow"], 9, 300)) == 2
    assert len(await store.claim("w", ["slow"], 9, 300)) == 0
    clock.move(timedelta(seconds=10))
    assert len(await store.claim("w", ["slow"], 9, 300)) == 1


async def test_pausing_and_limiting_a_queue(store: RedisStore) -> None:
    await store.enqueue_now([new(queue="a") for _ in range(4)])
    await store.pause("a", paused=True)
    assert await store.claim("w", ["a", "b"], 9, 30) == []
    (queue,) = await store.queues()
    assert (queue.queue, queue.paused, queue.ready, queue.oldest_ready) == ("a", True, 4, 0.0)
    await store.pause("a", paused=False)
    await store.limit("a", rate=None, concurrency=3)
    claims = await store.claim("w", ["a"], 9, 30)
    assert len(claims) == 3
    await store.settle([done(claims[0])])
    assert len(await store.claim("w", ["a"], 9, 30)) == 1
    await store.limit("a", rate=None, concurrency=None)


async def test_flows(store: RedisStore) -> None:
    flow = uuid7()
    first, second = new(flow_id=flow), new(flow_id=flow)
    child = new(flow_id=flow, depends_on=[first.id, second.id])
    last = new(flow_id=flow, depends_on=[child.id], on_parent_failure="run")
    await store.enqueue_now([first, second, child, last])
    assert await states(store, [child, last]) == ["waiting", "waiting"]
    one, two = await store.claim("w", ["default"], 9, 30)
    await store.settle([done(one, b"1"), done(two)])
    (claimed,) = await store.claim("w", ["default"], 9, 30)
    assert (claimed.id, claimed.has_parents) == (child.id, True)
    assert await store.results(child.id) == {first.id: b"1", second.id: None}
    await store.settle([died(claimed)])
    assert await states(store, [child, last]) == ["dead", "ready"]
    assert [one.id for one in (await store.find(ORG, JobQuery(flow_id=flow))).items] == [
        last.id,
        child.id,
        second.id,
        first.id,
    ]


async def test_a_bad_end_cancels_all_that_depend_on_it(store: RedisStore) -> None:
    root = new()
    children = [new(depends_on=[root.id]) for _ in range(2)]
    grandchild = new(depends_on=[children[0].id])
    await store.enqueue_now([root, *children, grandchild])
    await store.cancel(ORG, root.id)
    late = new(depends_on=[root.id])
    await store.enqueue_now([late])
    assert await states(store, [*children, grandchild, late]) == ["cancelled"] * 4
