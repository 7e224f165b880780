"""Reading and writing orders: their events, and the order that follows from them, in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import ActorKind
from backstay.kernel.database import LostRace, Reader, UnitOfWork
from backstay.products.commerce.orders.contracts.history import AnyFact, OrderEvent
from backstay.products.commerce.orders.contracts.order import Order, OrderLine
from backstay.products.commerce.orders.errors import NoSuchOrder, StaleOrder
from backstay.products.commerce.orders.queries import orders as queries
from backstay.products.commerce.orders.service.evolving import events_of, evolve, replay
from backstay.products.commerce.orders.service.telling import tell, tell_recorded

_NOBODY: Final = UUID(int=0)


async def get(reader: Reader, shop_id: UUID, order_id: UUID) -> Order:
    """An order of the shop.

    Raises:
        NoSuchOrder: the shop has none with this id.
    """
    row = await reader.first(queries.GET, id=order_id, shop_id=shop_id)
    if row is None:
        raise NoSuchOrder
    return row.state


async def locked(uow: UnitOfWork, order_id: UUID, *, shop_id: UUID | None = None) -> Order:
    """An order that nobody else changes until the commit.

    Raises:
        NoSuchOrder: there is none with this id, or it is another shop's.
    """
    row = await uow.first(queries.LOCK, id=order_id)
    if row is None or shop_id not in {None, row.state.shop_id}:
        raise NoSuchOrder
    return row.state


def expect(order: Order, version: int | None) -> None:
    """Refuse who saw another version.

    Raises:
        StaleOrder: something happened since.
    """
    if version is not None and version != order.version:
        stale = StaleOrder(version=order.version)
        stale.headers["ETag"] = f'"{order.version}"'
        raise stale


async def history(reader: Reader, order_id: UUID) -> list[OrderEvent]:
    """Everything that happened to an order, the first first."""
    rows = await reader.all(queries.HISTORY, order_id=order_id)
    return [
        OrderEvent(sequence=row.sequence, at=row.at, actor_id=row.actor_id, actor=row.actor, fact=row.data)
        for row in rows
    ]


async def as_of(reader: Reader, shop_id: UUID, order_id: UUID, at: datetime) -> Order:
    """The order as it was at an instant.

    Raises:
        NoSuchOrder: the shop has none with this id, or had none then.
    """
    await get(reader, shop_id, order_id)
    then = [event for event in await history(reader, order_id) if event.at <= at]
    if not then:
        raise NoSuchOrder("It was not placed yet.")
    return replay(order_id, then)


def begin(uow: UnitOfWork, order_id: UUID, facts: Sequence[AnyFact]) -> Order:
    """Write a new order down: what happened, and what follows from it."""
    events = _events(uow, 1, facts)
    order = replay(order_id, events)
    uow.write(queries.PLACE, {**_fixed(order), **_columns(order), "changed_at": uow.now()})
    uow.write(queries.ADD_LINE, *(_line(order, line) for line in order.lines))
    _append(uow, order, events)
    tell(uow, None, order, facts)
    return order


async def begin_all(
    uow: UnitOfWork, histories: Sequence[tuple[UUID, datetime, Sequence[AnyFact]]]
) -> list[Order]:
    """Write new orders down all of whose facts happened at one instant of the past, in four statements."""
    made = []
    for order_id, at, facts in histories:
        events = _events(uow, 1, facts, at)
        made.append((replay(order_id, events), events))
    rows = [_fixed(order) | _columns(order) | {"changed_at": order.placed_at} for order, _ in made]
    await uow.execute_many(queries.PLACE, rows)
    await uow.execute_many(
        queries.KEEP_LINE, [_line(order, line) for order, _ in made for line in order.lines]
    )
    await uow.execute_many(
        queries.APPEND, [row for order, events in made for row in _event_rows(order, events)]
    )
    for order, _ in made:
        tell_recorded(uow, order)
    return [order for order, _ in made]


async def record(uow: UnitOfWork, order: Order, *facts: AnyFact, at: datetime | None = None) -> Order:
    """Let something happen to a locked order, and write down what follows from it.

    Args:
        uow: holds the order's lock.
        order: as it is under the lock.
        facts: what happens.
        at: when it happened, where that was not now.

    Raises:
        OrderState: it cannot happen to an order in its status.
    """
    events = _events(uow, order.version + 1, facts, at)
    after = order
    for event in events:
        after = evolve(after, event, order.id)
    kept = {"id": order.id, "expected": order.version, "changed_at": at or uow.now()}
    if not await uow.execute(queries.KEEP, **kept, **_columns(after)):
        raise LostRace(f"order {order.id} is not at version {order.version} any more")
    before = {line.id: line for line in order.lines}
    changed = [line for line in after.lines if before.pop(line.id, None) != line]
    await uow.execute_many(queries.KEEP_LINE, [_line(after, line) for line in changed])
    if before:
        await uow.execute(queries.DROP_LINES, order_id=order.id, line_ids=sorted(before))
    _append(uow, after, events)
    tell(uow, order, after, facts, at=at)
    return after


def _events(
    uow: UnitOfWork, first: int, facts: Sequence[AnyFact], at: datetime | None = None
) -> list[OrderEvent]:
    actor = uow.actor
    known = actor.kind in {ActorKind.USER, ActorKind.SERVICE} and actor.id != _NOBODY
    return events_of(first, facts, at or uow.now(), actor.id if known else None, actor.kind.value)


def _append(uow: UnitOfWork, order: Order, events: Sequence[OrderEvent]) -> None:
    uow.write(queries.APPEND, *_event_rows(order, events))


def _event_rows(order: Order, events: Sequence[OrderEvent]) -> list[dict[str, Any]]:
    return [
        {
            "order_id": order.id,
            "sequence": event.sequence,
            "type": event.fact.__struct_config__.tag,
            "data": event.fact,
            "at": event.at,
            "actor_id": event.actor_id,
            "actor": event.actor,
        }
        for event in events
    ]


def _fixed(order: Order) -> dict[str, Any]:
    """The columns that never change."""
    names = ("id", "shop_id", "number", "cart_id", "currency", "customer_id", "placed_at")
    return {name: getattr(order, name) for name in names}


def _columns(order: Order) -> dict[str, Any]:
    names = ("email", "total", "paid", "refunding", "refunded", "expires_at", "version")
    return {name: getattr(order, name) for name in names} | {
        "status": order.status.value,
        "money": order.money.value,
        "email_key": order.email.casefold(),
        "units": sum(line.quantity for line in order.lines),
        "shipping_total": sum(one.total for one in order.shipments),
        "search": search_text(order),
        "state": order,
    }


def search_text(order: Order) -> str:
    """What an order is found by."""
    addresses = (order.shipping_address, order.billing_address)
    names = [address.name for address in addresses if address is not None]
    words = [order.number, order.email, *names]
    words += [word for line in order.lines for word in (line.sku, line.title)]
    return "\n".join(words).lower()


def _line(order: Order, line: OrderLine) -> dict[str, Any]:
    names = (
        "variant_id",
        "product_id",
        "sku",
        "title",
        "quantity",
        "fulfilled",
        "returned",
        "refunded",
        "refunded_amount",
    )
    return {name: getattr(line, name) for name in names} | {
        "order_id": order.id,
        "line_id": line.id,
        "shop_id": order.shop_id,
        "net": line.priced.net,
        "tax": line.priced.tax,
        "total": line.priced.total,
    }


def differences(order: Order, from_events: Order) -> list[str]:
    """The names of the fields in which an order is not what its events make of it."""
    theirs = structs.asdict(from_events)
    return [name for name, value in structs.asdict(order).items() if theirs[name] != value]
