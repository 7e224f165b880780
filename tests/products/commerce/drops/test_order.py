"""Who comes before whom, as plain functions tell it."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from backstay.kernel.ids import uuid7
from backstay.products.commerce.drops.contracts import AFTERWARDS
from backstay.products.commerce.drops.service.drawing import counted, drawn, new_secret


@given(st.binary(min_size=32, max_size=32), st.lists(st.uuids(), unique=True, max_size=50), st.integers(1))
def test_the_drawn_come_before_all_others(secret: bytes, ids: list[UUID], number: int) -> None:
    positions = [drawn(secret, one) for one in ids]
    assert all(0 <= position < AFTERWARDS < counted(number) < counted(number + 1) for position in positions)
    assert len(set(positions)) == len(ids)


def test_who_clicks_first_is_drawn_no_better() -> None:
    secret = new_secret()
    ids = [uuid7() for _ in range(2000)]
    order = sorted(range(2000), key=lambda place: drawn(secret, ids[place]))
    first_half = sum(place < 1000 for place in order[:1000])
    # Of a fair draw 500, give or take 11 (one standard deviation); this is six of them.
    assert 434 < first_half < 566
    other = sorted(range(2000), key=lambda place: drawn(new_secret(), ids[place]))
    assert other != order
