"""A worker whose store goes away, and one whose event loop stands still."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.clock import ManualClock
from backstay.proving.proxy import TcpProxy
from backstay.systems.jobs import JobState
from backstay.systems.jobs.engines.store import Extension, LeaseKey, Store
from backstay.systems.jobs.service.part import open_store
from tests.systems.jobs.worker.house import until, working
from tests.systems.jobs.worker.kinds import GATES, KEPT, LOOKS, SEEN, Add, Burn, Slow

HEALS: int = 5
"""Seconds within which a worker goes on after its store is back: criterion 9 of the jobs."""


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[TcpProxy]:
    parts = urlsplit(database_url)
    async with TcpProxy(parts.hostname or "", parts.port or 5432, Random(1)) as opened:
        yield opened


def _through(proxy: TcpProxy, url: str) -> str:
    parts = urlsplit(url)
    account = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{account}@127.0.0.1:{proxy.port}".lstrip("@")))


@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
@pytest.mark.parametrize("seconds", [1, 30])
@pytest.mark.needs("postgres")
async def test_a_worker_goes_on_after_an_outage_of_its_store(
    database_url: str, proxy: TcpProxy, tmp_path: Path, actor: Actor, seconds: int
) -> None:
    clock = ManualClock()
    async with working(_through(proxy, database_url), tmp_path, actor, clock=clock, lease="5s") as house:
        (held,) = await house.put(Slow(n=1))
        await until(lambda: len(SEEN) == 1)
        proxy.black_hole()
        proxy.cut()
        await until(lambda: not house.worker.healthy)
        clock.move(timedelta(seconds=seconds))
        proxy.heal()
        async with asyncio.timeout(HEALS):
            await until(lambda: house.worker.healthy)
            (after,) = await house.put(Add(a=1, b=2))
            assert (await house.ended(after)).state is JobState.COMPLETED

        async def let_end() -> bool:
            for gate in GATES.values():
                gate.set()
            return (await house.info(held)).state is JobState.COMPLETED

        # A lease that ran out during the outage is extended, or the job begins anew: whoever looks first.
        await house.wait(let_end)
        info, steps = await house.info(held), [step[0] for step in SEEN]
        assert (info.attempt, info.crashes) == (1, steps.count("begin") - 1)
        assert info.crashes == 0 or seconds == 30
        assert steps.count("end") + steps.count("cancelled") <= steps.count("begin")


class _Looking:
    """A store that sweeps, as another worker would, after each extension of leases."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def extend(self, keys: Sequence[LeaseKey], lease: float) -> list[Extension]:
        told = await self._store.extend(keys, lease)
        KEPT.append((await self._store.sweep(100)).rescued)
        if len(KEPT) == 5:
            LOOKS.set()
        return told

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


async def test_a_handler_that_holds_the_loop_for_longer_than_the_lease_keeps_its_job(
    database_url: str, tmp_path: Path, actor: Actor
) -> None:
    KEPT.clear()
    LOOKS.clear()

    async def opens(backend: Backend) -> Any:
        return _Looking(await open_store(backend))

    async with working(database_url, tmp_path, actor, lease="1s", opens=opens) as house:
        (job,) = await house.put(Burn())
        info = await house.ended(job)
        assert LOOKS.is_set()
        # Five looks, half a second apart: twice the lease, and nobody else got the job.
        assert (KEPT[:5], info.state, info.attempt, info.crashes) == ([0] * 5, JobState.COMPLETED, 1, 0)
        assert house.worker.stale == 0
