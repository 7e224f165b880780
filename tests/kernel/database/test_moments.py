"""Moments between PostgreSQL and Python, beside asyncpg's own codec."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import asyncpg
import pytest

from backstay.kernel.database.moments import decoded, encoded, teach
from tests.plugins.servers import POSTGRES

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
EDGES = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1697, 10, 17, 11, 3, 28, 1, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    EPOCH,
    datetime(2026, 11, 21, 12, 30, 15, 123_457, tzinfo=UTC),
    datetime(2242, 3, 16, 12, 56, 31, 999_999, tzinfo=UTC),
    datetime(2242, 3, 16, 12, 56, 32, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]


def test_every_moment_is_exact() -> None:
    draw = random.Random(1)
    years = 366 * 86_400 * 1_000_000
    micros = [draw.randrange(-1900 * years, 7900 * years) for _ in range(2_000)]
    # Where a double of seconds is at its coarsest, and just beyond.
    micros += [
        draw.randrange(2**33 * 10**6 - years, 2**33 * 10**6) - 946_684_800_000_000 for _ in range(5_000)
    ]
    for micro in micros:
        moment = EPOCH + timedelta(microseconds=micro)
        assert decoded((micro,)) == moment
        assert encoded(moment) == (micro,)


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    east = datetime(2026, 11, 21, 12, tzinfo=timezone(timedelta(hours=10)))
    assert decoded(encoded(east)) == east
    assert decoded(encoded(east)).tzinfo is UTC


@pytest.mark.parametrize("year", [1, 9999])
def test_a_moment_that_utc_does_not_have_is_refused(year: int) -> None:
    zone = timezone(timedelta(hours=10 if year == 1 else -10))
    edge = datetime(1, 1, 1, tzinfo=zone) if year == 1 else datetime(9999, 12, 31, 23, tzinfo=zone)
    with pytest.raises(OverflowError, match="out of range"):
        encoded(edge)


@pytest.mark.needs("postgres")
async def test_postgresql_gives_back_what_it_got() -> None:
    ours, theirs = await asyncpg.connect(POSTGRES), await asyncpg.connect(POSTGRES)
    try:
        await teach(ours)
        for there, back in ((ours, theirs), (theirs, ours), (ours, ours)):
            for moment in EDGES:
                text: Any = await there.fetchval("SELECT $1::timestamptz::text", moment)
                assert await back.fetchval("SELECT $1::text::timestamptz", text) == moment
        for text in ("infinity", "-infinity"):
            found = [await each.fetchval("SELECT $1::text::timestamptz", text) for each in (ours, theirs)]
            assert found[0].replace(tzinfo=None) == found[1].replace(tzinfo=None)
        assert await ours.fetchval("SELECT ARRAY[$1::timestamptz]", EDGES[5]) == [EDGES[5]]
        assert await ours.fetchval("SELECT NULL::timestamptz") is None
    finally:
        await ours.close()
        await theirs.close()
