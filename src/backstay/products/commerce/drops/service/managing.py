"""What merchants do with drops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import UNSET

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.commerce import catalog
from backstay.products.commerce.drops.contracts import Drop, DropChanges, DropPlaceRow, DropState, NewDrop
from backstay.products.commerce.drops.errors import DropBegun, NoSuchDrop, StaleDrop, VariantInDrop
from backstay.products.commerce.drops.queries import drops as queries
from backstay.products.commerce.drops.queries.drops import DropRow
from backstay.products.commerce.drops.queries.places import LIST as PLACES
from backstay.products.commerce.drops.service.drawing import new_secret
from backstay.products.commerce.drops.service.upkeep import end
from backstay.products.commerce.shops import Shop

_TERMS: Final = NewDrop.__struct_fields__


async def create(uow: UnitOfWork, shop: Shop, new: NewDrop) -> Drop:
    """Make a drop; from its commit on, nobody buys the variants but in turn.

    Raises:
        Invalid: it ends before it begins, or names what is no variant of the shop.
        VariantInDrop: another drop that is not closed has one of them.
    """
    terms = {name: getattr(new, name) for name in _TERMS}
    _refuse(terms)
    id_ = uuid7()
    await uow.execute(
        queries.CREATE,
        id=id_,
        shop_id=shop.id,
        secret=new_secret(),
        opened=False,
        ended=False,
        joined=0,
        **terms,
    )
    await _gate(uow, shop, id_, new.variants)
    record(uow, "drops.drop_created", subject=("drop", id_), after=msgspec.to_builtins(terms))
    return await get(uow, shop, id_)


async def get(reader: Reader, shop: Shop, drop_id: UUID) -> Drop:
    """A drop of the shop.

    Raises:
        NoSuchDrop: it has none with this id.
    """
    drop = await reader.first(queries.GET, shop_id=shop.id, id=drop_id)
    if drop is None:
        raise NoSuchDrop
    return drop


async def list_(reader: Reader, shop: Shop, request: ListRequest) -> Page[Drop]:
    """The shop's drops."""
    return await reader.page(queries.LIST, request, shop_id=shop.id)


async def places(reader: Reader, shop: Shop, drop_id: UUID, request: ListRequest) -> Page[DropPlaceRow]:
    """The places of a drop, those that are over, too.

    Raises:
        NoSuchDrop: the shop has none with this id.
    """
    await get(reader, shop, drop_id)
    return await reader.page(PLACES, request, drop_id=drop_id)


async def change(uow: UnitOfWork, shop: Shop, drop_id: UUID, changes: DropChanges, *, expected: int) -> Drop:
    """Change what is named, before it opens.

    Raises:
        NoSuchDrop: the shop has none with this id.
        StaleDrop: it was changed since.
        DropBegun: it opened, or was closed.
        Invalid, VariantInDrop: as `create`.
    """
    before = await _upcoming(uow, shop, drop_id, expected)
    named = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
    terms: dict[str, Any] = {name: getattr(before, name) for name in _TERMS} | named
    _refuse(terms)
    await uow.execute(queries.CHANGE, shop_id=shop.id, id=drop_id, **terms)
    if set(terms["variants"]) != set(before.variants):
        await catalog.gate(uow, shop.id, await uow.all(queries.UNGATE, id=drop_id), gated=False)
        await _gate(uow, shop, drop_id, terms["variants"])
    record(
        uow,
        "drops.drop_changed",
        subject=("drop", drop_id),
        before=msgspec.to_builtins({name: getattr(before, name) for name in named}),
        after=msgspec.to_builtins(named),
    )
    return await get(uow, shop, drop_id)


async def close(uow: UnitOfWork, shop: Shop, drop_id: UUID) -> Drop:
    """End a drop: what it gated is everybody's to buy. Of one that is over, it changes nothing.

    Raises:
        NoSuchDrop: the shop has none with this id.
    """
    drop = await _locked(uow, shop, drop_id)
    if drop.state is not DropState.CLOSED:
        await uow.execute(queries.CLOSE, shop_id=shop.id, id=drop_id)
        await catalog.gate(uow, shop.id, await uow.all(queries.UNGATE, id=drop_id), gated=False)
        record(uow, "drops.drop_closed", subject=("drop", drop_id), before={"name": drop.name})
    return await get(uow, shop, drop_id)


async def remove(uow: UnitOfWork, shop: Shop, drop_id: UUID, *, expected: int) -> None:
    """Remove a drop that never opened, with the places in its queue.

    Raises:
        NoSuchDrop: the shop has none with this id.
        StaleDrop: it was changed since.
        DropBegun: it opened, or was closed.
    """
    drop = await _upcoming(uow, shop, drop_id, expected)
    await catalog.gate(uow, shop.id, await uow.all(queries.UNGATE, id=drop_id), gated=False)
    await uow.execute(queries.REMOVE, shop_id=shop.id, id=drop_id)
    record(uow, "drops.drop_removed", subject=("drop", drop_id), before={"name": drop.name})


async def _gate(uow: UnitOfWork, shop: Shop, drop_id: UUID, variants: Sequence[UUID]) -> None:
    ids = [str(one) for one in sorted(variants)]
    for over in await uow.all(queries.OVERDUE, ids=ids):
        await end(uow, over)
    taken = await uow.all(queries.GATES, ids=ids)
    if taken:
        raise VariantInDrop(variants=[str(one.variant_id) for one in taken])
    there = await catalog.gate(uow, shop.id, variants, gated=True)
    unknown = [
        FieldError(
            pointer=f"/variants/{place}", code="unknown_variant", message="is no variant of the shop's"
        )
        for place, one in enumerate(variants)
        if one not in there
    ]
    if unknown:
        raise Invalid(*unknown)
    # Two drops that want a variant at once run into the key; the second finds the first then.
    await uow.execute_many(queries.GATE, [{"variant_id": one, "drop_id": drop_id} for one in sorted(there)])


async def _locked(uow: UnitOfWork, shop: Shop, drop_id: UUID) -> DropRow:
    drop = await uow.first(queries.LOCK, shop_id=shop.id, id=drop_id)
    if drop is None:
        raise NoSuchDrop
    return drop


async def _upcoming(uow: UnitOfWork, shop: Shop, drop_id: UUID, expected: int) -> DropRow:
    drop = await _locked(uow, shop, drop_id)
    if drop.version != expected:
        stale = StaleDrop(version=drop.version)
        stale.headers["ETag"] = f'"{drop.version}"'
        raise stale
    if drop.state is not DropState.UPCOMING:
        raise DropBegun
    return drop


def _refuse(terms: dict[str, Any]) -> None:
    errors = []
    if terms["closes_at"] is not None and terms["closes_at"] <= terms["opens_at"]:
        errors.append(FieldError(pointer="/closes_at", code="range", message="must be after `opens_at`"))
    if len(set(terms["variants"])) != len(terms["variants"]):
        errors.append(FieldError(pointer="/variants", code="duplicate", message="must name each once"))
    if errors:
        raise Invalid(*errors)
