"""A module that publishes, subscribes and projects, for the tests of this folder.

Its effects are moves of counters: an effect that happens twice shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import UUID

from msgspec import Struct
from typing_extensions import override

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.event import Event
from backstay.kernel.module import Module
from backstay.products import counter
from backstay.systems.events import Aggregate, Projection, Recorded, subscribes
from backstay.systems.jobs import Backoff, JobOptions

OWNER = UUID(int=9)
"""Whose the counters are: of a person, so that they are no events themselves."""


class OrderPlaced(Event, frozen=True, kw_only=True):
    """Somebody ordered something."""

    type: ClassVar[str] = "shop.order_placed"
    order: str
    amount: int

    @override
    def subject(self) -> str:
        return self.order


class OrderPaid(Event, frozen=True, kw_only=True):
    """An order was paid."""

    type: ClassVar[str] = "shop.order_paid"
    order: str

    @override
    def subject(self) -> str:
        return self.order


class DoorOpened(Event, frozen=True, kw_only=True):
    """Somebody came in; it happens to nothing in particular."""

    type: ClassVar[str] = "shop.door_opened"


class NotDeclared(Event, frozen=True, kw_only=True):
    """No manifest lists it."""

    type: ClassVar[str] = "shop.not_declared"


class Broken(Exception):
    """What a handler raises when the test says so."""


class Temper:
    """Whether handlers fail."""

    fails: ClassVar[set[str]] = set()
    stumbles: ClassVar[set[str]] = set()
    """What the projection fails on."""
    seen: ClassVar[list[tuple[str, int | None]]] = []


@subscribes(
    options=JobOptions(queue="events", max_attempts=3, backoff=Backoff(base=1, jitter=False)),
    name="shop.add_up",
)
async def add_up(event: OrderPlaced, recorded: Recorded, uow: UnitOfWork) -> None:
    """Count what was ordered."""
    Temper.seen.append((event.order, recorded.version))
    await counter.add(uow, OWNER, "turnover", event.amount)
    if event.order in Temper.fails:
        raise Broken(event.order)


@subscribes()
async def watch(event: OrderPaid | DoorOpened, uow: UnitOfWork) -> None:
    """Count what else happens."""
    await counter.add(uow, OWNER, type(event).__name__, 1)


@subscribes()
async def tell(event: OrderPaid, reader: Reader) -> None:
    """Tell somebody outside: there is no unit of work to be once in."""
    Temper.seen.append((f"told {event.order}", None))
    assert not isinstance(reader, UnitOfWork)


class Order(Struct, frozen=True):
    """What an order is."""

    amount: int = 0
    paid: bool = False


def evolve(order: Order, event: OrderPlaced | OrderPaid) -> Order:
    match event:
        case OrderPlaced(amount=amount):
            return Order(order.amount + amount, paid=False)
        case OrderPaid():
            return Order(order.amount, paid=True)


ORDERS = Aggregate("shop", Order(), evolve, snapshot_every=3)


def shelf(generation: int) -> str:
    """The counter that a generation of the projection writes."""
    return f"sales-{generation}"


async def apply(uow: UnitOfWork, generation: int, told: Sequence[tuple[Recorded, Event]]) -> None:
    for _, event in told:
        assert isinstance(event, OrderPlaced)
        if event.order in Temper.stumbles:
            raise Broken(event.order)
        await counter.add(uow, OWNER, shelf(generation), event.amount)


FORGOTTEN: list[int] = []


async def forget(uow: UnitOfWork, generation: int, limit: int) -> int:
    del uow, limit
    FORGOTTEN.append(generation)
    return 0


SALES = Projection(name="shop.sales", events=[OrderPlaced], apply=apply, forget=forget)

shop = Module(
    name="shop",
    summary="Sells what it is asked for.",
    package=__package__ or "",
    requires=["events", "counter"],
    events=[OrderPlaced, OrderPaid, DoorOpened],
    declares=[add_up, watch, tell, SALES],
)


async def value(reader: Reader, name: str) -> int:
    """Where a counter stands, 0 if nothing moved it."""
    try:
        return (await counter.get(reader, OWNER, name)).value
    except counter.NoSuchCounter:
        return 0
