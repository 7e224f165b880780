from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.commerce import merchant, telling, workloads
from bench.commerce.goods import VARIANTS, Goods, drawn, variants_of
from bench.commerce.measuring import Raced, Round, percentile
from bench.commerce.model import Audit, Bought
from bench.commerce.wire import Wire

PEERS = Path(workloads.__file__).with_name("peers")


class Someone:
    """A shopper whose shop has so much and no more."""

    def __init__(self, stock: list[int]) -> None:
        self.wire = Wire(1)
        self._stock = stock
        self.lines = 0

    async def list_products(self, page: int) -> int:
        assert page < workloads.PAGES
        return workloads.PER_PAGE

    async def look(self, product: int) -> int:
        raise TimeoutError(product)

    async def leave(self) -> None:
        self.lines = 0

    async def add(self, goods: Goods) -> None:
        self.lines += goods.number > 0

    async def prepare(self, goods: Sequence[Goods], code: str | None = None) -> None:
        self.lines = len(goods) + (code is not None)

    async def buy(self) -> Bought:
        await asyncio.sleep(0)
        if not self._stock[0]:
            return Bought(paid=False, refused="gone")
        self._stock[0] -= 1
        return Bought(paid=True, total=1190.0, parts=1190.0)


def test_goods_are_what_the_peers_reckon() -> None:
    goods = Goods(42, 7)
    assert (goods.place, goods.sku, goods.slug) == (417, "P00042-07", "product-00042")
    assert (goods.price, goods.brand, goods.category) == (
        500 + 42 * 7919 % 20000 + 350,
        "brand-3",
        "category-13",
    )
    assert goods.options == ("colour-2", "size-2")
    assert len({one.options for one in variants_of(1)}) == VARIANTS
    for peer in ("vendure", "medusa"):
        script = (PEERS / peer / "seed.sql").read_text()
        for formula in ("500 + (p * 7919) % 20000 + 50 * v", "1 + p % 20", "1 + p % 30", "1 + (v - 1) % 5"):
            assert formula in script, (peer, formula)
    assert drawn(random.Random(7), 50) == drawn(random.Random(7), 50)
    assert set(merchant.SLUG) <= set("abcdefghijklmnopqrstuvwxyz")


async def test_a_load_counts_what_went_well_and_what_did_not() -> None:
    people = [Someone([1000]) for _ in range(3)]
    fine = await workloads.load(people, workloads.list_products, 300, seconds=0.01, seed=1)
    assert len(fine.latencies) >= 3
    assert not fine.faults
    bad = await workloads.load(people, workloads.look, 300, seconds=0.001, seed=1)
    assert not bad.latencies
    assert all(told.startswith("TimeoutError") for told in bad.faults)


async def test_a_race_tells_the_sold_from_the_refused() -> None:
    stock = [10]
    came = await workloads.race([Someone(stock) for _ in range(50)], Goods(1, 1), "TENTH")
    assert Counter(one.refused for one in came.bought) == {"": 10, "gone": 40}
    assert not came.faults


@pytest.mark.parametrize(
    ("total", "parts", "sound"),
    [(1190, 1190, True), (1190, 1191, False), (1190.4, 1190.4, False), (252.57 * 100, 25257, True)],
)
def test_a_sum_is_sound_if_it_can_be_paid(total: float, parts: float, sound: bool) -> None:
    assert Bought(paid=True, total=total, parts=parts).sound is sound


def test_a_percentile_is_one_that_was_seen() -> None:
    ordered = [number / 1000 for number in range(1, 101)]
    assert [percentile(ordered, share) for share in (0.5, 0.95, 0.99)] == [50, 95, 99]
    assert percentile([], 0.5) == 0


def test_the_tables_tell_who_sold_too_much() -> None:
    def round_(shop: str, number: int, cpu: float) -> Round:
        return Round(
            shop=shop,
            workload="checkout",
            number=number,
            steps=100,
            requests=700,
            seconds=2.0,
            p50=1.0,
            p95=2.0,
            p99=3.0,
            server_cpu=cpu,
            postgres_cpu=0.1,
            calls=3000,
            resident=100_000_000,
            foreign_cpu=0.2,
            faults={},
        )

    def raced(shop: str, taken: int) -> Raced:
        return Raced(
            shop=shop,
            kind="stock",
            number=1,
            racers=50,
            allowed=10,
            taken=taken,
            refused={"gone": 50 - taken},
            faults={},
            wrong_sums=0,
            seconds=1.0,
        )

    told = telling.Told(
        rounds=[round_("ours", 1, 0.5), round_("peer", 1, 5.0)],
        races=[raced("ours", 10), raced("peer", 18)],
        audits={"peer": Audit(charged_without_order=1, orders=18)},
        titles={"ours": "backstay", "peer": "Peer"},
        notes={"Peer": ["no mail"]},
        versions={"Peer": {"node": "24"}},
        postgres={"fsync": "on"},
        products=300,
        clients=8,
        seconds=2.0,
    )
    text = "\n".join(telling.lines(told))
    assert "| Peer | 50.0 (50.0-50.0) |" in text
    assert "| 10.0 (10.0-10.0) | 0 |" in text  # ten times our CPU, no faults
    assert "| Peer | stock | 1 | 18 | 8 | 32 | 0 | 0 |" in text
    assert "18 orders at the end, 1 payments taken without one" in text
