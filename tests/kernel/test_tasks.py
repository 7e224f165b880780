from __future__ import annotations

import asyncio

import pytest

from backstay.kernel import tasks
from backstay.kernel.tasks import end


async def test_all_are_cancelled_and_have_ended() -> None:
    ended = []

    async def work(name: str) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0)
            ended.append(name)

    both = [asyncio.create_task(work(name)) for name in ("one", "other")]
    await asyncio.sleep(0)
    await end(*both)
    assert sorted(ended) == ["one", "other"]
    assert all(task.cancelled() for task in both)


async def test_one_that_lost_its_cancellation_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "AGAIN", 0.01)
    lost = 0

    async def work() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                if lost == 2:
                    raise
                lost += 1

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    await end(task)
    assert (lost, task.cancelled()) == (2, True)


async def test_what_has_ended_is_left_as_it_is() -> None:
    async def answer() -> int:
        return 42

    task = asyncio.create_task(answer())
    await task
    await end(task)
    await end()
    assert task.result() == 42
