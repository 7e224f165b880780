"""What can be seen of stock: by its merchants, by shoppers, and by whoever doubts the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backstay.kernel.database import ListRequest, Page, Reader
from backstay.products.commerce.inventory.contracts import (
    Availability,
    Hold,
    Invariants,
    Level,
    Movement,
    Shelf,
    ShelfState,
)
from backstay.products.commerce.inventory.queries import holds, ledger, levels
from backstay.products.commerce.inventory.service.holding import available


async def list_levels(reader: Reader, shop_id: UUID, request: ListRequest) -> Page[Level]:
    """A shop's levels."""
    return await reader.page(levels.LIST, request, shop_id=shop_id)


async def low(reader: Reader, shop_id: UUID, *, limit: int) -> list[Level]:
    """A shop's levels at or below their thresholds, those with the fewest units to sell first."""
    return await reader.all(levels.LOW, shop_id=shop_id, limit=limit)


async def count_low(reader: Reader, shop_id: UUID) -> int:
    """How many of a shop's levels are at or below their thresholds."""
    return await reader.one(levels.COUNT_LOW_OF_SHOP, shop_id=shop_id)


async def list_movements(reader: Reader, shop_id: UUID, request: ListRequest) -> Page[Movement]:
    """A shop's ledger."""
    return await reader.page(ledger.LIST, request, shop_id=shop_id)


async def list_holds(reader: Reader, shop_id: UUID, request: ListRequest) -> Page[Hold]:
    """What is promised in a shop, lapsed holds left out."""
    return await reader.page(holds.LIST, request, shop_id=shop_id)


async def invariants(reader: Reader, shop_id: UUID) -> Invariants:
    """Hold every level of a shop against the ledger and against the reservations."""
    found = await reader.all(ledger.DISCREPANCIES, shop_id=shop_id)
    return Invariants(await reader.one(levels.COUNT, shop_id=shop_id), not found, found)


async def shelves(
    reader: Reader, shop_id: UUID, variant_ids: Sequence[UUID], *, few_left: int, exact: bool
) -> list[Shelf]:
    """What shoppers are told of variants, in the order in which they were asked for.

    Args:
        reader: in the shop's organization.
        shop_id: whose stock.
        variant_ids: a variant that nobody has heard of is one that is not tracked.
        few_left: from how few units on it is said that few are left.
        exact: whether the shop tells how many there are.
    """
    found = await available(reader, shop_id, variant_ids)
    return [_shelf(found[variant_id], few_left, exact=exact) for variant_id in dict.fromkeys(variant_ids)]


def _shelf(one: Availability, few_left: int, *, exact: bool) -> Shelf:
    if not one.tracked or one.in_stock > few_left:
        state = ShelfState.IN_STOCK
    elif one.in_stock:
        state = ShelfState.FEW_LEFT
    else:
        state = ShelfState.BACKORDER if one.backorder else ShelfState.OUT
    return Shelf(one.variant_id, state, one.in_stock if exact and one.tracked else None)
