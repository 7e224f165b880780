"""Price lists: prices for a time, or for a group of customers."""

from __future__ import annotations

from uuid import UUID

from msgspec import UNSET, structs, to_builtins

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.commerce.catalog.contracts.prices import (
    ListedPrice,
    ListPrices,
    PriceList,
    PriceListChanges,
    PriceListDraft,
)
from backstay.products.commerce.catalog.errors import NoSuchPriceList, Stale
from backstay.products.commerce.catalog.events import PriceListChanged
from backstay.products.commerce.catalog.queries import prices as queries
from backstay.products.commerce.catalog.queries import variants as variant_queries
from backstay.products.commerce.catalog.service.groups import refuse_unknown
from backstay.products.commerce.catalog.service.listing import relist
from backstay.products.commerce.catalog.service.writing import move
from backstay.products.commerce.shops import Shop


async def get(reader: Reader, shop: Shop, id_: UUID) -> PriceList:
    """A price list of the shop.

    Raises:
        NoSuchPriceList: there is none with this id.
    """
    found = await reader.first(queries.GET_LIST, shop_id=shop.id, id=id_)
    if found is None:
        raise NoSuchPriceList
    return found


async def list_lists(reader: Reader, shop: Shop, request: ListRequest) -> Page[PriceList]:
    """The shop's price lists."""
    return await reader.page(queries.LISTS, request, shop_id=shop.id)


async def list_prices(reader: Reader, shop: Shop, id_: UUID, request: ListRequest) -> Page[ListedPrice]:
    """The prices of a list.

    Raises:
        NoSuchPriceList: there is no such list.
    """
    await get(reader, shop, id_)
    return await reader.page(queries.LIST_PRICES, request, id=id_)


async def create(uow: UnitOfWork, shop: Shop, draft: PriceListDraft) -> PriceList:
    """Make a price list, without prices.

    Raises:
        Invalid: the shop does not sell in the currency, it has no such group, or it ends before it begins.
    """
    if draft.currency not in shop.currencies:
        message = f"the shop sells in {', '.join(shop.currencies)}"
        raise Invalid(FieldError(pointer="/currency", code="choice", message=message))
    _refuse_backward(draft)
    await refuse_unknown(uow, shop, draft.customer_group)
    id_ = uuid7()
    await uow.execute(queries.INSERT_LIST, id=id_, shop_id=shop.id, **structs.asdict(draft))
    record(uow, "catalog.price_list_created", subject=("price_list", id_), after=to_builtins(draft))
    return await get(uow, shop, id_)


def _refuse_backward(terms: PriceListDraft | PriceList) -> None:
    if terms.starts_at is not None and terms.ends_at is not None and terms.ends_at <= terms.starts_at:
        raise Invalid(FieldError(pointer="/ends_at", code="range", message="must come after starts_at"))


async def change(
    uow: UnitOfWork, shop: Shop, id_: UUID, changes: PriceListChanges, *, expected: int
) -> PriceList:
    """Change what is named, if the list still has the version expected.

    Raises:
        NoSuchPriceList: there is none.
        Stale: it was changed since.
        Invalid: it would end before it begins, or be for a group that is not there.
    """
    revision = await move(uow, shop.id)
    before = await get(uow, shop, id_)
    given = {name: value for name, value in structs.asdict(changes).items() if value is not UNSET}
    after = structs.replace(before, **given)
    _refuse_backward(after)
    if after.customer_group != before.customer_group:
        await refuse_unknown(uow, shop, after.customer_group)
    await _keep(uow, shop, after, before.version, expected)
    await relist(uow, shop.id, revision, await uow.all(queries.LISTED_PRODUCTS, id=id_))
    uow.publish(PriceListChanged(shop_id=shop.id, price_list_id=id_))
    record(
        uow,
        "catalog.price_list_changed",
        subject=("price_list", id_),
        before=to_builtins({name: getattr(before, name) for name in given}),
        after=to_builtins(given),
    )
    return await get(uow, shop, id_)


async def _keep(uow: UnitOfWork, shop: Shop, after: PriceList, version: int, expected: int) -> None:
    touched = await uow.execute(
        queries.CHANGE_LIST,
        shop_id=shop.id,
        id=after.id,
        version=expected,
        name=after.name,
        customer_group=after.customer_group,
        starts_at=after.starts_at,
        ends_at=after.ends_at,
    )
    if not touched:
        raise _stale(version)


def _stale(version: int) -> Stale:
    stale = Stale(version=version)
    stale.headers["ETag"] = f'"{version}"'
    return stale


async def remove(uow: UnitOfWork, shop: Shop, id_: UUID, *, expected: int) -> None:
    """Remove a price list with its prices, if it still has the version expected.

    Raises:
        NoSuchPriceList: there is none.
        Stale: it was changed since.
    """
    revision = await move(uow, shop.id)
    before = await get(uow, shop, id_)
    products = await uow.all(queries.LISTED_PRODUCTS, id=id_)
    if not await uow.execute(queries.REMOVE_LIST, shop_id=shop.id, id=id_, version=expected):
        raise _stale(before.version)
    await relist(uow, shop.id, revision, products)
    uow.publish(PriceListChanged(shop_id=shop.id, price_list_id=id_))
    record(uow, "catalog.price_list_removed", subject=("price_list", id_), before=to_builtins(before))


async def set_prices(uow: UnitOfWork, shop: Shop, id_: UUID, data: ListPrices, *, expected: int) -> PriceList:
    """Set prices of a list, or take variants off it, if it still has the version expected.

    Raises:
        NoSuchPriceList: there is none.
        Stale: it was changed since.
        Invalid: the shop has no variant of a SKU, or one is named twice.
    """
    revision = await move(uow, shop.id)
    before = await get(uow, shop, id_)
    held = {
        one.sku: one
        for one in await uow.all(
            variant_queries.HOLDERS, shop_id=shop.id, skus=sorted({one.sku for one in data.prices})
        )
    }
    errors, seen = [], set()
    for place, one in enumerate(data.prices):
        if one.sku not in held:
            message = "the shop has no variant of this SKU"
            errors.append(FieldError(pointer=f"/prices/{place}/sku", code="choice", message=message))
        elif one.sku in seen:
            errors.append(FieldError(pointer=f"/prices/{place}/sku", code="unique", message="is named twice"))
        seen.add(one.sku)
    if errors:
        raise Invalid(*errors)
    await _keep(uow, shop, before, before.version, expected)
    keyed = [({"price_list_id": id_, "variant_id": held[one.sku].id}, one.amount) for one in data.prices]
    await uow.execute_many(queries.DROP_LIST_PRICE, [key for key, amount in keyed if amount is None])
    await uow.execute_many(
        queries.PUT_LIST_PRICE, [key | {"amount": amount} for key, amount in keyed if amount is not None]
    )
    await relist(uow, shop.id, revision, {held[one.sku].product_id for one in data.prices})
    uow.publish(PriceListChanged(shop_id=shop.id, price_list_id=id_))
    record(uow, "catalog.list_prices_set", subject=("price_list", id_), after=to_builtins(data))
    return await get(uow, shop, id_)
