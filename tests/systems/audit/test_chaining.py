"""Records are numbered and chained in one statement or in three: the same chain."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from backstay.systems.audit import verify
from tests.systems.audit.conftest import Trail


async def test_units_of_one_record_and_of_several_make_one_chain(trail: Trail) -> None:
    # On PostgreSQL one record is numbered and hashed by the database, several are by us.
    units = [
        ("shop.sold",),
        ("shop.sold", "shop.sent"),
        ("shop.sold",),
        ("shop.sold", "shop.sent", "shop.paid"),
    ]
    await asyncio.gather(*(trail.add(*actions) for actions in units * 8))
    found = await verify(trail.database.reader(trail.actor))
    assert (found.valid, found.problem, found.records, found.last_seq) == (True, None, 56, 56)


@pytest.mark.parametrize(
    "after",
    [
        {"seq": 0, "subject": {"id": "1", "type": "thing"}},
        {"text": ',"seq":0,"subject":{"id":"1","type":"thing"}}'},
        {"text": '\x00\x1f\\ " \u2028 é 🛶 ', "null": None, "number": 1e-7, "zz": [{"seq": 0}]},
    ],
)
async def test_whatever_a_record_holds_it_is_kept_to_the_byte(trail: Trail, after: dict[str, Any]) -> None:
    for actions in (("shop.sold",), ("shop.sold", "shop.sold")):
        await trail.add(*actions, before=after, after=after)
    items = (await trail("GET", "/records?sort=seq"))["items"]
    assert [(one["seq"], one["before"], one["after"]) for one in items] == [
        (n, after, after) for n in (1, 2, 3)
    ]
    assert await trail.problem() is None
