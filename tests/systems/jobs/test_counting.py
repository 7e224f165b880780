"""Counting very many live jobs is not done anew for everybody who looks."""

from __future__ import annotations

import asyncio
import time

import pytest

from backstay.systems.jobs.engines.sql_reading import MANY, Kept
from backstay.systems.jobs.queries.reading import CountRow


async def test_few_are_counted_for_each_look_and_many_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    counted = 0
    jobs = MANY - 1
    kept = Kept[CountRow]()

    async def count() -> list[CountRow]:
        nonlocal counted, now
        counted += 1
        now += 0.5  # that is how long it takes
        await asyncio.sleep(0)
        return [CountRow("q", "ready", jobs, counted)]

    async def look() -> int:
        (row,) = await kept.rows(count)
        return row.oldest

    assert [await look() for _ in range(3)] == [1, 2, 3]
    jobs = MANY
    assert await asyncio.gather(*(look() for _ in range(5))) == [4] * 5, "one counts for all"
    now += 4.99
    assert await look() == 4
    now += 0.02
    assert await look() == 5


async def test_what_could_not_be_counted_is_counted_by_the_next() -> None:
    kept = Kept[CountRow]()

    async def fail() -> list[CountRow]:
        raise LookupError

    async def count() -> list[CountRow]:
        return []

    with pytest.raises(LookupError):
        await kept.rows(fail)
    assert await kept.rows(count) == []
