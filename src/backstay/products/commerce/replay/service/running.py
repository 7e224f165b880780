"""Replaying: goods first, then the invoices in batches, each in one commit with how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, Reader, UniqueViolation, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.commerce import catalog, inventory, orders
from backstay.products.commerce.catalog import Price, ProductDraft, VariantDraft
from backstay.products.commerce.inventory import NewLocation, PastMovement
from backstay.products.commerce.replay import queries
from backstay.products.commerce.replay.contracts import Goods, Invoice, Oddity, Planned, ReadFile, Run
from backstay.products.commerce.replay.errors import KnownAlready, NotBegun, Overtaken
from backstay.products.commerce.replay.service.planning import Planner, is_sold
from backstay.products.commerce.replay.service.reading import names_of, prices_of
from backstay.products.commerce.shops import Shop

_AT_ONCE: Final = 100
"""Products of one commit."""
_CASE: Final = 144
"""Units that a delivery is a multiple of: a gross, as gifts are packed."""
_DELIVERED: Final = "Delivered: the invoices tell of goods that left, and not of their coming"

Advance = Callable[[int, int, int], None]
"""Told of the invoices of a commit, of the lines in them, and how many invoices of the file are done now."""


class Replayed(NamedTuple):
    """What came of it."""

    run: Run
    oddities: dict[Oddity, list[int]]
    """Of the invoices up to where it is."""


async def begin(database: Database, actor: Actor, shop: Shop, read: ReadFile, until: int) -> Run:
    """Make what the invoices need that is not there: products for their stock codes, and a location.

    What a killed process made of it stays, and is not made again.
    """
    names, prices = names_of(read.invoices), prices_of(read.invoices)
    drafts = [
        ProductDraft(
            title=names[sku],
            variants=(_variant(sku, shop.currency, prices),),
            published_from=read.invoices[0].at if sku in prices else None,
        )
        for sku in sorted(_sold_in(read.invoices[:until]))
    ]
    for start in range(0, len(drafts), _AT_ONCE):
        await database.run(actor, partial(_make, shop=shop, drafts=drafts[start : start + _AT_ONCE]))
    return await database.run(actor, partial(_begin, shop=shop, digest=read.digest))


async def _make(uow: UnitOfWork, shop: Shop, drafts: Sequence[ProductDraft]) -> None:
    there = await catalog.find_skus(uow, shop, [one.variants[0].sku for one in drafts])
    new = [one for one in drafts if one.variants[0].sku not in there]
    if new:
        await catalog.create_all(uow, shop, new)


def _sold_in(invoices: Sequence[Invoice]) -> set[str]:
    """The stock codes of the invoices that are lines of orders."""
    return {line.sku for one in invoices for line in one.lines if is_sold(line.sku)}


def _variant(sku: str, currency: str, prices: dict[str, int]) -> VariantDraft:
    known = (Price(currency=currency, amount=prices[sku]),) if sku in prices else ()
    return VariantDraft(sku=sku, prices=known)


async def _begin(uow: UnitOfWork, shop: Shop, digest: str) -> Run:
    run = await find(uow, shop.id, digest)
    if run is not None:
        return run
    place = await inventory.open_location(uow, shop.id, NewLocation(name=f"Warehouse {digest[:8]}"))
    id_ = uuid7()
    await uow.execute(
        queries.BEGIN, id=id_, shop_id=shop.id, digest=digest, location_id=place.id, done=0, delivered=0
    )
    record(uow, "replay.replay_begun", subject=("shop", shop.id), after={"run": id_, "digest": digest})
    return Run(id_, shop.id, digest, place.id, 0, 0)


async def find(reader: Reader, shop_id: UUID, digest: str) -> Run | None:
    """How far a file is in a shop."""
    return await reader.first(queries.FIND, shop_id=shop_id, digest=digest)


async def run(
    database: Database,
    actor: Actor,
    shop: Shop,
    read: ReadFile,
    *,
    until: int,
    batch: int,
    advance: Advance,
) -> Replayed:
    """Replay what is left of a file, up to the invoice of this number from its beginning.

    Raises:
        KnownAlready: the shop has such invoices that this file's replay did not bring.
        Overtaken: another process replays it too.
    """
    at = await begin(database, actor, shop, read, until)
    planner = await planner_of(database.reader(actor), shop, read, until)
    planned = planner.plan(read.invoices[:until])
    for _ in islice(planned, at.done):
        pass
    for some in _batches(planned, batch):
        try:
            at = await step(database, actor, shop, at, some)
        except UniqueViolation as known:
            raise KnownAlready(invoice=some[0].invoice.number) from known
        advance(len(some), sum(len(one.invoice.lines) for one in some), at.done)
    return Replayed(at, planner.oddities)


async def planner_of(reader: Reader, shop: Shop, read: ReadFile, until: int) -> Planner:
    """What plans the file's invoices with the shop's goods.

    Raises:
        NotBegun: the shop has not all of its goods.
    """
    names, skus = names_of(read.invoices), _sold_in(read.invoices[:until])
    found = await catalog.find_skus(reader, shop, skus)
    if missing := skus - found.keys():
        raise NotBegun(stock_codes=sorted(missing)[:10])
    goods = {sku: Goods(*found[sku], names[sku]) for sku in skus}
    return Planner(shop.id, shop.currency, goods)


def _batches(planned: Iterator[Planned], size: int) -> Iterator[list[Planned]]:
    while some := list(islice(planned, size)):
        yield some


async def step(database: Database, actor: Actor, shop: Shop, at: Run, some: Sequence[Planned]) -> Run:
    """Take some invoices; in one commit with how far the replay is."""

    async def take_and_tell(uow: UnitOfWork) -> Run:
        delivered = await take(uow, shop, at, some)
        return await advance_to(uow, at, at.done + len(some), delivered)

    return await database.run(actor, take_and_tell)


async def take(uow: UnitOfWork, shop: Shop, at: Run, some: Sequence[Planned]) -> int:
    """Write down what invoices became; how many units are supposed to have been delivered for it."""
    past = [one.order for one in some if one.order is not None]
    await orders.record(uow, shop, past, [back for one in some for back in one.returns])
    skus = {move.sku for one in some for move in one.moves}
    found = await catalog.find_skus(uow, shop, skus)
    history = [
        PastMovement(found[move.sku][0], move.units, one.invoice.at, move.holder_id, move.reason)
        for one in some
        for move in one.moves
    ]
    delivered = await inventory.record(
        uow, shop.id, at.location_id, history, case=_CASE, delivered=_DELIVERED
    )
    rows = [structs.asdict(one.credit) for one in some if one.credit is not None]
    await uow.execute_many(queries.CREDIT, [{"shop_id": shop.id, "run_id": at.id, **row} for row in rows])
    return delivered


async def advance_to(uow: UnitOfWork, at: Run, done: int, delivered: int) -> Run:
    """Note how far the replay is.

    Raises:
        Overtaken: it is elsewhere already.
    """
    if not await uow.execute(queries.ADVANCE, id=at.id, was=at.done, done=done, delivered=delivered):
        raise Overtaken
    return structs.replace(at, done=done, delivered=at.delivered + delivered)
