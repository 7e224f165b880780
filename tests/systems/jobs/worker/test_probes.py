"""Probes: the mark that they leave, their line and their failures; on both databases."""

from __future__ import annotations

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.database import ListRequest, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.systems.jobs import JobState, Receipt
from backstay.systems.jobs.contracts import ProbeMark
from backstay.systems.jobs.service import probing
from backstay.systems.jobs.service.probing import Probe
from backstay.systems.jobs.testing import enqueued
from tests.systems.jobs.worker.house import House


async def ask(house: House, probe: Probe) -> Receipt:
    async def work(uow: UnitOfWork) -> Receipt:
        return await probing.enqueue(uow, probe)

    return await house.backend.database.run(house.actor, work)


async def marks(house: House, actor: Actor) -> dict[str, ProbeMark]:
    page = await probing.marks(house.backend.database.reader(actor), ListRequest())
    return {mark.name: mark for mark in page.items}


async def test_probes_of_a_line_follow_each_other_through_failures(house: House) -> None:
    first = await ask(house, Probe(name="first", line="one", failures=1))
    second = await ask(house, Probe(name="second", line="one"))
    assert (await house.ended(second.id)).state is JobState.COMPLETED
    assert (await house.info(first.id)).state is JobState.COMPLETED
    seen = await marks(house, house.actor)
    assert [(mark.name, mark.effects, mark.attempt) for mark in seen.values()] == [
        ("second", 1, 1),
        ("first", 1, 2),
    ]
    earlier, later = seen["first"], seen["second"]
    assert earlier.began_at is not None
    assert earlier.ended_at is not None
    assert later.began_at is not None
    assert earlier.began_at <= earlier.ended_at <= later.began_at


async def test_a_probe_that_always_fails_leaves_no_mark(house: House) -> None:
    receipt = await ask(house, Probe(name="never", failures=4))
    await house.store.cancel(house.actor.organization_id, receipt.id)
    info = await house.ended(receipt.id)
    assert info.state is JobState.CANCELLED
    (mark,) = (await marks(house, house.actor)).values()
    assert mark == ProbeMark("never", 0, None, None, None, mark.created_at)


async def test_a_name_that_is_taken_takes_the_job_with_it(house: House) -> None:
    kept = await ask(house, Probe(name="taken"))
    with pytest.raises(BackstayError) as refused:
        await ask(house, Probe(name="taken"))
    assert refused.value.status == 409
    assert [job.id for job in await enqueued(house.backend.database.reader(house.actor), Probe)] == [kept.id]
