"""Taking a place, being let in, looking where one is, giving it up."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.database import Database, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.products.commerce import shops
from backstay.products.commerce.drops.contracts import (
    DropJoined,
    DropPlace,
    DropPlaceState,
    DropState,
    StoreDrop,
)
from backstay.products.commerce.drops.errors import DropClosed, NoSuchDrop, NoSuchPlace
from backstay.products.commerce.drops.queries import drops as drop_queries
from backstay.products.commerce.drops.queries import places as queries
from backstay.products.commerce.drops.queries.drops import DropRow
from backstay.products.commerce.drops.queries.places import Seen
from backstay.products.commerce.drops.service.drawing import counted, drawn
from backstay.products.commerce.drops.service.tokens import Drops
from backstay.products.commerce.shops import Shop


async def see(reader: Reader, shop: Shop, drop_id: UUID) -> StoreDrop:
    """A drop, for shoppers.

    Raises:
        NoSuchDrop: the shop has none with this id.
    """
    found = await reader.first(drop_queries.STORE, shop_id=shop.id, id=drop_id)
    if found is None:
        raise NoSuchDrop
    return found


async def join(uow: UnitOfWork, shop: Shop, drop_id: UUID) -> DropJoined:
    """Take a place; an account that has one which is not over is given that again.

    Raises:
        NoSuchDrop: the shop has none with this id.
        DropClosed: it is over.
    """
    drop = await uow.first(drop_queries.LOCK, shop_id=shop.id, id=drop_id)
    if drop is None:
        raise NoSuchDrop
    if drop.state is DropState.CLOSED:
        raise DropClosed
    customer = uow.actor.id if uow.actor.kind is ActorKind.USER else None
    if drop.state is DropState.OPEN:
        await uow.execute(queries.LAPSE, drop_id=drop.id)
    place_id = None
    if customer is not None:
        place_id = await uow.first(queries.OF_CUSTOMER, drop_id=drop.id, customer_id=customer)
    if place_id is None:
        place_id = uuid7()
        if drop.state is DropState.UPCOMING:
            position = drawn(drop.secret, place_id)
        else:
            position = counted(await uow.one(drop_queries.NUMBER, id=drop.id))
        await uow.execute(queries.JOIN, id=place_id, drop_id=drop.id, customer_id=customer, position=position)
    await let_in(uow, drop)
    token = uow.part(Drops).token(drop.id, place_id)
    return DropJoined(token=token, place=_shown(await _seen(uow, shop, drop.id, place_id)))


async def let_in(uow: UnitOfWork, drop: DropRow) -> int:
    """Let in the next of an open drop, as many as there is room for; how many.

    The caller holds the drop's lock, without which two would fill the same room.
    """
    if drop.state is not DropState.OPEN:
        return 0
    if not drop.opened:
        # From here on nobody is drawn any more: whoever joins with a slower clock comes behind.
        await uow.execute(drop_queries.OPENED, id=drop.id)
    await uow.execute(queries.LAPSE, drop_id=drop.id)
    turn = await uow.one(queries.TURN, drop_id=drop.id)
    return await fill(uow, drop, room=drop.at_once - turn.taken, now=turn.judged_at)


async def fill(uow: UnitOfWork, drop: DropRow, *, room: int, now: datetime) -> int:
    """Give the next so many their turn; how many there were. The caller has counted under the drop's lock."""
    ids = await uow.all(queries.NEXT, drop_id=drop.id, room=room) if room > 0 else []
    if not ids:
        return 0
    return await uow.execute(
        queries.ADMIT,
        drop_id=drop.id,
        ids=[str(one) for one in ids],
        admitted_at=now,
        until=now + timedelta(seconds=drop.seconds),
    )


async def look(database: Database, actor: Actor, slug: str, drop_id: UUID, token: str) -> DropPlace:
    """Where somebody is. While there is room, whoever looks has those who are next let in, be it themselves.

    Else looking takes no lock and writes nothing.

    Raises:
        NoSuchShop: there is none of this name, or it is closed.
        NoSuchPlace: the token is of no place here, or the place is another account's.
    """
    reader, shop = await shops.enter(database.reader(actor), slug)
    place_id = _named(reader, drop_id, token)
    seen = await _seen(reader, shop, drop_id, place_id)
    if (
        seen.state is DropPlaceState.WAITING
        and seen.drop_state is DropState.OPEN
        and seen.in_turn < seen.at_once
    ):

        async def work(uow: UnitOfWork) -> None:
            drop = await uow.first(drop_queries.LOCK, shop_id=shop.id, id=drop_id)
            if drop is not None:
                await let_in(uow, drop)

        await database.run(reader.actor, work)
        seen = await _seen(reader, shop, drop_id, place_id)
    return _shown(seen)


async def leave(uow: UnitOfWork, shop: Shop, drop_id: UUID, token: str) -> DropPlace:
    """Give a place up: whoever is next has it. One that was used, or is over, stays as it is.

    Raises:
        NoSuchPlace: the token is of no place here, or the place is another account's.
    """
    place_id = _named(uow, drop_id, token)
    await _seen(uow, shop, drop_id, place_id)
    await uow.execute(queries.LEAVE, id=place_id)
    return _shown(await _seen(uow, shop, drop_id, place_id))


def _named(reader: Reader, drop_id: UUID, token: str) -> UUID:
    named = reader.part(Drops).named(token)
    if named is None or named.drop_id != drop_id:
        raise NoSuchPlace
    return named.place_id


async def _seen(reader: Reader, shop: Shop, drop_id: UUID, place_id: UUID) -> Seen:
    seen = await reader.first(queries.SEE, shop_id=shop.id, drop_id=drop_id, id=place_id)
    if seen is None or seen.customer_id not in {None, reader.actor.id}:
        raise NoSuchPlace
    return seen


def _shown(seen: Seen) -> DropPlace:
    state = seen.state
    if seen.drop_state is DropState.CLOSED and state in {DropPlaceState.WAITING, DropPlaceState.ADMITTED}:
        state = DropPlaceState.CLOSED
    waits = state is DropPlaceState.WAITING and seen.drop_state is DropState.OPEN
    return DropPlace(
        id=seen.id,
        drop_id=seen.drop_id,
        drop=seen.drop,
        state=state,
        ahead=seen.ahead if waits else None,
        until=seen.until if state is DropPlaceState.ADMITTED else None,
        opens_at=seen.opens_at,
        seconds=seen.seconds,
    )
