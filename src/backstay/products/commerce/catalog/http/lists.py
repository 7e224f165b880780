"""Price lists, for merchants."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    IfMatch,
    JSONBody,
    ListQuery,
    delete,
    get,
    patch,
    post,
)
from backstay.products.commerce.catalog.contracts.prices import (
    ListedPrice,
    ListPrices,
    PriceList,
    PriceListChanges,
    PriceListDraft,
)
from backstay.products.commerce.catalog.errors import NoSuchPriceList, Stale
from backstay.products.commerce.catalog.http.permissions import READ, WRITE
from backstay.products.commerce.catalog.queries import prices as queries
from backstay.products.commerce.catalog.service import price_lists as service
from backstay.products.commerce.shops import NoSuchShop, Slug, own
from backstay.systems.idempotency import Replayable


class PriceListsController(Controller):
    """Prices for a time, or for a group of customers."""

    path: ClassVar[str] = "/shops/{shop:str}/price-lists"
    name: ClassVar[str] = "price_lists"

    @get(permission=READ, listing=queries.LISTS, problems=[NoSuchShop])
    async def list(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[PriceList]:
        """List a shop's price lists, the newest first."""
        return await service.list_lists(reader, await own(reader, shop), query)

    @post(permission=WRITE, problems=[NoSuchShop], declares=[Replayable()])
    async def create(
        self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[PriceListDraft]
    ) -> PriceList:
        """Make a price list; prices are set afterwards."""
        return await service.create(uow, await own(uow, shop), data)

    @get("/{list_id:uuid}", permission=READ, problems=[NoSuchShop, NoSuchPriceList])
    async def read(self, reader: Reader, shop: FromPath[Slug], list_id: FromPath[UUID]) -> PriceList:
        """Read a price list."""
        return await service.get(reader, await own(reader, shop), list_id)

    @patch("/{list_id:uuid}", permission=WRITE, problems=[NoSuchShop, NoSuchPriceList, Stale])
    async def change(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        list_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[PriceListChanges],
    ) -> PriceList:
        """Change a price list, unless it was changed since you read it."""
        return await service.change(uow, await own(uow, shop), list_id, data, expected=expected)

    @delete("/{list_id:uuid}", permission=WRITE, problems=[NoSuchShop, NoSuchPriceList, Stale])
    async def remove(
        self, uow: UnitOfWork, shop: FromPath[Slug], list_id: FromPath[UUID], expected: IfMatch
    ) -> None:
        """Remove a price list with its prices, unless it was changed since you read it."""
        await service.remove(uow, await own(uow, shop), list_id, expected=expected)

    @get(
        "/{list_id:uuid}/prices",
        permission=READ,
        listing=queries.LIST_PRICES,
        problems=[NoSuchShop, NoSuchPriceList],
    )
    async def list_prices(
        self, reader: Reader, shop: FromPath[Slug], list_id: FromPath[UUID], query: ListQuery
    ) -> Page[ListedPrice]:
        """List the prices of a price list, by SKU."""
        return await service.list_prices(reader, await own(reader, shop), list_id, query)

    @post(
        "/{list_id:uuid}/prices",
        permission=WRITE,
        status=200,
        problems=[NoSuchShop, NoSuchPriceList, Stale],
    )
    async def set_prices(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        list_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[ListPrices],
    ) -> PriceList:
        """Set prices of a price list, or take variants off it, unless it was changed since you read it."""
        return await service.set_prices(uow, await own(uow, shop), list_id, data, expected=expected)
