"""Sample orders: some weeks of a small shop, from full shelves to parcels, returns and money given back."""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import UnitOfWork
from backstay.kernel.seeding import Seeding
from backstay.products.commerce import catalog, inventory, shops
from backstay.products.commerce.inventory import NewLocation, PastMovement
from backstay.products.commerce.orders.contracts.order import Address, LineQuantity, Order
from backstay.products.commerce.orders.contracts.placing import NewOrder, Ordered
from backstay.products.commerce.orders.contracts.requests import (
    Cancellation,
    NewFulfilment,
    NewRefund,
    NewReturn,
)
from backstay.products.commerce.orders.service import book, ending, paying, placing, refunding, sending
from backstay.products.commerce.shops import Shop
from backstay.systems import payments

_SHOP: Final = "harbour-street"
_SMALL: Final = 9
"""One of each fate: whoever starts a server with sample data waits for them."""
_SEEN: Final = 12
"""Goods that a customer looks at."""
_PRODUCTS: Final = 40
_WEEKS: Final = 8
_PLACES: Final = (
    ("DE", "Hamburg", "20457", "Am Sandtorkai 12"),
    ("DE", "Leipzig", "04109", "Petersstraße 3"),
    ("NL", "Utrecht", "3511", "Oudegracht 88"),
    ("FR", "Nantes", "44000", "Quai de la Fosse 41"),
    ("AT", "Graz", "8010", "Sporgasse 7"),
)
_FATES: Final = {
    "completed": 8,
    "paid": 3,
    "pending": 2,
    "sent": 2,
    "partly_sent": 2,
    "returned": 2,
    "refunded": 1,
    "canceled": 1,
    "expired": 1,
}


class _Customer(Struct):
    """A guest who may come again."""

    name: str
    email: str
    place: tuple[str, str, str, str]
    orders: int = 0


class _Life:
    """One order, and what becomes of it; each step says after how long which one follows."""

    def __init__(
        self, seeding: Seeding, shop: Shop, goods: list[UUID], customer: _Customer, fate: str
    ) -> None:
        self._seeding = seeding
        self._shop = shop
        self._goods = goods
        self._customer = customer
        self._fate = fate
        self._id = UUID(int=0)

    async def place(self, at: datetime) -> Following:
        """Somebody buys a few things."""
        country, city, postal_code, line1 = self._customer.place
        seen = self._seeding.random.sample(self._goods, min(_SEEN, len(self._goods)))
        async with self._seeding.unit(at=at) as uow:
            # Some of the catalogue was not out yet.
            offers = await catalog.offers(uow, self._shop, seen, currency=self._shop.currency)
            chosen = sorted(offers)[: self._seeding.weighted({1: 4, 2: 4, 3: 2, 4: 1})]
            if not chosen:
                return None
            least = 2 if self._fate == "partly_sent" else 1
            lines = tuple(
                Ordered(
                    id=str(place),
                    variant_id=one,
                    quantity=max(least, self._seeding.weighted({1: 6, 2: 3, 3: 1})),
                )
                for place, one in enumerate(chosen, start=1)
            )
            options = shops.shipping(
                await shops.charges(uow, self._shop, country),
                currency=self._shop.currency,
                subtotal=sum(offers[line.variant_id].unit_price * line.quantity for line in lines),
                weight=sum(offers[line.variant_id].weight * line.quantity for line in lines),
            )
            new = NewOrder(
                source_id=self._seeding.uuid(),
                currency=self._shop.currency,
                lines=lines,
                email=self._customer.email,
                return_url="https://shop.example/thanks",
                codes=("WELCOME",) if not self._customer.orders and self._seeding.chance(0.3) else (),
                shipping_address=Address(
                    name=self._customer.name,
                    line1=line1,
                    city=city,
                    country=country,
                    postal_code=postal_code,
                ),
                shipping_id=options[0].id,
            )
            self._id = (await placing.place(uow, self._shop, new)).id
        self._customer.orders += 1
        if self._fate == "pending":
            return None
        if self._fate == "expired":
            return timedelta(seconds=self._shop.order_expiry + 60), self.expire
        return timedelta(minutes=4), self.pay

    async def pay(self, at: datetime) -> Following:
        """The customer pays on the mock provider's page; where money is real, nobody does."""
        order = await self._read(at)
        paid = [await payments.practise(self._seeding, one.payment_id, at=at) for one in order.payments]
        if not all(paid):
            return None
        async with self._seeding.unit(at=at) as uow:
            for one in order.payments:
                await paying.settle(uow, self._id, one.payment_id)
        if self._fate == "paid":
            return None
        return timedelta(hours=20), self.cancel if self._fate == "canceled" else self.send

    async def send(self, at: datetime) -> Following:
        """A parcel leaves, with all of it or the first line's."""
        order = await self._read(at)
        part = self._fate == "partly_sent" and len(order.lines) + order.lines[0].quantity > 2
        lines = (LineQuantity(line_id=order.lines[0].id, quantity=1),) if part else None
        number = f"JJD{self._seeding.random.randrange(10**10):010}"
        parcel = NewFulfilment(lines=lines, carrier="DHL", tracking_number=number)
        async with self._seeding.unit(at=at) as uow:
            await sending.fulfil(uow, self._shop.id, self._id, parcel, expected=None)
        return None if self._fate in {"sent", "partly_sent"} else (timedelta(days=2), self.arrive)

    async def arrive(self, at: datetime) -> Following:
        """The parcel arrives."""
        order = await self._read(at)
        async with self._seeding.unit(at=at) as uow:
            await sending.deliver(uow, self._shop.id, self._id, order.fulfilments[0].id)
        return None if self._fate == "completed" else (timedelta(days=5), self.come_back)

    async def come_back(self, at: datetime) -> Following:
        """One unit comes back, or something is given back for it; its money goes back in either case."""
        order = await self._read(at)
        one = (LineQuantity(line_id=order.lines[0].id, quantity=1),)
        async with self._seeding.unit(at=at) as uow:
            if self._fate == "returned":
                back = NewReturn(lines=one, restock=one, reason="Another colour after all")
                await sending.take_back(uow, self._shop.id, self._id, back, expected=None)
            refund = NewRefund(lines=one, reason="Another colour after all")
            if self._fate == "refunded":
                refund = NewRefund(extra=min(500, order.held), reason="A chip in the glaze")
            await refunding.refund(uow, self._shop.id, self._id, refund, expected=None)
        await self._give_back(at)
        return None

    async def cancel(self, at: datetime) -> Following:
        """The shop calls it off."""
        async with self._seeding.unit(at=at) as uow:
            asked = Cancellation(reason="Out of stock after all")
            await ending.cancel(uow, self._shop.id, self._id, asked, expected=None)
        await self._give_back(at)
        return None

    async def expire(self, at: datetime) -> Following:
        """Nobody has paid."""
        async with self._seeding.unit(at=at) as uow:
            await ending.expire(uow, self._id)
        return None

    async def _give_back(self, at: datetime) -> None:
        """What is on its way back arrives at once."""
        order = await self._read(at)
        for refund in order.refunds:
            await payments.practise(self._seeding, refund.payment_id, at=at)
        async with self._seeding.unit(at=at) as uow:
            for refund in order.refunds:
                await paying.refund_ended(uow, self._id, refund.id)

    async def _read(self, at: datetime) -> Order:
        async with self._seeding.unit(at=at) as uow:
            return await book.get(uow, self._shop.id, self._id)


Following = tuple[timedelta, Callable[[datetime], Awaitable["Following"]]] | None


class _Due(NamedTuple):
    at: datetime
    number: int
    step: Callable[[datetime], Awaitable[Following]]


async def seed(seeding: Seeding) -> None:
    """Fill the shelves, then let things happen to orders in the order of time, up to the present."""
    async with seeding.unit(at=seeding.present - timedelta(weeks=_WEEKS + 1)) as uow:
        shop = await shops.own(uow, _SHOP)
        goods = await _stock(seeding, uow, shop)
    count = seeding.count(_SMALL)
    fates = list(_FATES)
    customers = [_customer(seeding) for _ in range(count * 2 // 3)]
    due: list[_Due] = []
    for number in range(count):
        # The first ones have one fate each, so that the smallest shop shows all of them.
        fate = fates[number] if number < len(fates) else seeding.weighted(_FATES)
        recent = 2 if fate == "pending" else 6 if fate == "paid" else None
        at = seeding.past(days=recent) if recent else seeding.past(days=(_WEEKS - 2) * 7) - timedelta(days=14)
        due.append(
            _Due(at, number, _Life(seeding, shop, goods, seeding.random.choice(customers), fate).place)
        )
    heapq.heapify(due)
    while due:
        await _next(seeding, due)
    for _ in seeding.batches(count, of=count):
        pass


def _customer(seeding: Seeding) -> _Customer:
    name = seeding.name()
    return _Customer(name, seeding.email(name), seeding.random.choice(_PLACES))


async def _next(seeding: Seeding, due: list[_Due]) -> None:
    at, number, step = heapq.heappop(due)
    if at >= seeding.present:
        return
    following = await step(at)
    if following is not None:
        after, then = following
        heapq.heappush(due, _Due(at + after, number, then))


async def _stock(seeding: Seeding, uow: UnitOfWork, shop: Shop) -> list[UUID]:
    """Two locations, and so much of everything; a few things run low."""
    skus = [
        f"HS-{number + 1:04}-{place + 1}" for number in range(seeding.count(_PRODUCTS)) for place in range(4)
    ]
    found = await catalog.find_skus(uow, shop, skus)
    goods = [found[sku][0] for sku in skus if sku in found]
    for name, priority, share in (("Hamburg", 10, 1.0), ("Utrecht", 20, 0.3)):
        place = await inventory.open_location(uow, shop.id, NewLocation(name=name, priority=priority))
        history = [
            PastMovement(
                one, seeding.weighted({40: 5, 25: 3, 12: 2, 6: 1}), uow.now(), reason="Opening stock"
            )
            for one in goods
            if seeding.chance(share)
        ]
        await inventory.record(uow, shop.id, place.id, history)
    return goods
