"""Redis stores of a test's own: a prefix that is emptied at the end, jobs, and a look at what must always hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

from backstay.kernel.clock import Clock
from backstay.kernel.database import Database
from backstay.kernel.ids import uuid7
from backstay.systems.jobs.contracts import JobError, JobState
from backstay.systems.jobs.engines.redis import RedisStore
from backstay.systems.jobs.engines.store import Claimed, NewJob, Outcome

ORG, OTHER, ACTOR = UUID(int=1), UUID(int=2), UUID(int=3)


def new(**changes: Any) -> NewJob:
    fields: dict[str, Any] = {
        "id": uuid7(),
        "organization_id": ORG,
        "actor_id": ACTOR,
        "kind": "tests.work",
        "queue": "default",
        "priority": 5,
        "payload": b'{"n":1}',
        "max_attempts": 3,
        "max_crashes": 2,
        "retain": 3600.0,
    }
    return NewJob(**(fields | changes))


def done(claimed: Claimed, result: bytes | None = None) -> Outcome:
    return Outcome(key=claimed.key, to=JobState.COMPLETED, result=result)


def died(claimed: Claimed) -> Outcome:
    return Outcome(key=claimed.key, to=JobState.DEAD, error=JobError("ValueError", "no"))


def failed(claimed: Claimed, delay: float) -> Outcome:
    return Outcome(key=claimed.key, to=JobState.FAILED, delay=delay, error=JobError("ValueError", "no"))


async def states(store: RedisStore, jobs: list[NewJob]) -> list[str]:
    infos = [await store.get(job.organization_id, job.id) for job in jobs]
    return ["gone" if info is None else info.state.value for info in infos]


@asynccontextmanager
async def open_store(url: str, database: Database, clock: Clock | None = None) -> AsyncIterator[RedisStore]:
    """A store under a prefix that nobody else has."""
    store = RedisStore(f"{url}?prefix=test_{uuid4().hex}", database, clock=clock)
    try:
        yield store
    finally:
        client = store.address.connect()
        keys = [key async for key in client.scan_iter(match=f"{store.address.keys}*", count=1000)]
        if keys:
            await client.delete(*keys)
        await client.aclose()
        await store.close()


async def check_invariants(store: RedisStore) -> None:
    """Every set agrees with every job's own state, and the counts with both."""
    client: Any = store._client  # its types tell every shape that an answer can have
    keys = store.address.keys

    async def members(name: str) -> set[str]:
        return {one.decode() for one in await client.zrange(keys + name, 0, -1)}

    counted: Counter[str] = Counter()
    jobs: dict[str, dict[str, bytes]] = {}
    async for key in client.scan_iter(match=f"{keys}job:*", count=1000):
        found = await client.hgetall(key)
        fields = {name.decode(): value for name, value in found.items()}
        jobs[key.decode().rpartition(":")[2]] = fields
        if fields["s"] not in {b"completed", b"cancelled"}:
            counted[fields["s"].decode()] += 1
    written: Counter[str] = Counter()
    for field, number in (await client.hgetall(f"{keys}counts")).items():
        written[field.decode().partition(":")[0]] += int(number)
    assert written == counted
    in_state = {
        state: {job_id for job_id, fields in jobs.items() if fields["s"] == state.encode()}
        for state in ("ready", "running", "scheduled", "failed", "waiting", "completed", "dead", "cancelled")
    }
    ready: set[str] = set()
    async for key in client.scan_iter(match=f"{keys}ready:*", count=1000):
        name = key.decode().removeprefix(f"{keys}ready:")
        level, _, organization = name.rpartition(":")
        assert organization in await members(f"ring:{level}"), "ready jobs whose organization has no turn"
        assert level in await members("levels")
        ready |= await members(f"ready:{name}")
    assert ready == in_state["ready"]
    assert await members("leases") == in_state["running"]
    assert await members("due") | await members("deferred") == in_state["scheduled"] | in_state["failed"]
    assert await members("done") == in_state["completed"] | in_state["dead"] | in_state["cancelled"]
    lanes: dict[bytes, list[str]] = {}
    async for key in client.scan_iter(match=f"{keys}lane:*", count=1000):
        lanes[key.removeprefix(f"{keys}lane:".encode())] = [
            one.decode() for one in await client.zrange(key, 0, -1)
        ]
    turns: dict[bytes, bytes] = await client.hgetall(f"{keys}turns")
    assert turns.keys() == lanes.keys()
    for lane, ids in lanes.items():
        for job_id in ids:
            if job_id != turns[lane].decode():
                assert jobs[job_id]["s"] in {b"waiting", b"parked"}, "two of one order key may run"
    slots: dict[bytes, bytes] = await client.hgetall(f"{keys}slots")
    assert sum(map(int, slots.values())) == sum("t" in fields for fields in jobs.values())
