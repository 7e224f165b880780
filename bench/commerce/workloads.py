"""What is asked of a shop: looking, filling a cart, buying, and many who want the same thing at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from msgspec import Struct

from bench.commerce.goods import VARIANTS, Goods, drawn
from bench.commerce.model import Bought, Shopper

PAGES: Final = 10
LINES: Final = 5
"""Lines of a cart that is filled, one after another."""
BASKET: Final = 2
"""Lines of a cart that is bought."""
PER_PAGE: Final = 24
_FILLING: Final = 8
"""Carts that are made ready at once before a race."""

Step = Callable[[Shopper, random.Random, int], Awaitable[None]]


async def list_products(shopper: Shopper, dice: random.Random, products: int) -> None:
    """W1."""
    assert await shopper.list_products(dice.randrange(min(PAGES, products // PER_PAGE))) == PER_PAGE


async def look(shopper: Shopper, dice: random.Random, products: int) -> None:
    """W2."""
    assert await shopper.look(dice.randint(1, products)) == VARIANTS


async def add(shopper: Shopper, dice: random.Random, products: int) -> None:
    """W3. Another person's turn comes by chance, so that a cart has `LINES` lines on average."""
    if dice.random() < 1 / LINES:
        await shopper.leave()
    await shopper.add(drawn(dice, products))


async def buy(shopper: Shopper, dice: random.Random, products: int) -> None:
    """W4."""
    await shopper.prepare([drawn(dice, products) for _ in range(BASKET)])
    bought = await shopper.buy()
    assert bought.paid, bought.refused


STEPS: Final[dict[str, Step]] = {"list": list_products, "product": look, "add": add, "checkout": buy}
TITLES: Final = {
    "list": "W1: 24 products, the cheapest first, with the counts of all facets; one of the first 10 pages",
    "product": "W2: a product's page with its ten variants, prices and stock",
    "add": "W3: one more line in a cart; one in five begins a cart",
    "checkout": "W4: a whole purchase of two lines by a guest, from the empty cart to the paid order",
}


class Load(Struct, frozen=True):
    """What the clients saw."""

    latencies: list[float]
    """Seconds, of each step that went well."""
    requests: int
    """HTTP requests that it took."""
    seconds: float
    faults: Counter[str]
    """What went wrong, and how often."""


async def load(shoppers: Sequence[Shopper], step: Step, products: int, *, seconds: float, seed: int) -> Load:
    """Let everybody do one step after another for so long; what has begun is waited for."""
    latencies: list[float] = []
    faults: Counter[str] = Counter()
    before = sum(one.wire.requests for one in shoppers)
    began = time.perf_counter()

    async def go_on(shopper: Shopper, number: int) -> None:
        dice = random.Random(f"{seed}-{number}")
        while (started := time.perf_counter()) - began < seconds:
            try:
                await step(shopper, dice, products)
            except Exception as failure:  # noqa: BLE001 - whatever it is, it is counted and told
                faults[f"{type(failure).__name__}: {failure}"[:300]] += 1
                await shopper.leave()
                shopper.wire.close()
            else:
                latencies.append(time.perf_counter() - started)

    await asyncio.gather(*(go_on(one, number) for number, one in enumerate(shoppers)))
    taken = time.perf_counter() - began
    return Load(latencies, sum(one.wire.requests for one in shoppers) - before, taken, faults)


class Race(Struct, frozen=True):
    """What came of many who ordered at once."""

    bought: list[Bought]
    faults: Counter[str]
    """Answers that were neither an order nor a refusal."""
    seconds: float


async def race(shoppers: Sequence[Shopper], goods: Goods, code: str | None) -> Race:
    """Let everybody get a cart with this ready, and then order at once."""
    turn = asyncio.Semaphore(_FILLING)

    async def fill(shopper: Shopper) -> None:
        async with turn:
            await shopper.prepare([goods], code)
            # A server ends a connection that waits for the others; each orders on a new one.
            shopper.wire.close()

    await asyncio.gather(*(fill(one) for one in shoppers))
    began = time.perf_counter()
    found = await asyncio.gather(*(one.buy() for one in shoppers), return_exceptions=True)
    taken = time.perf_counter() - began
    faults = Counter(f"{type(one).__name__}: {one}"[:300] for one in found if isinstance(one, BaseException))
    for one in shoppers:
        one.wire.close()
    return Race([one for one in found if isinstance(one, Bought)], faults, taken)
