"""Shops over HTTP: the merchant's under `/shops`, the shopper's first look under `/store`."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.actor import Permission
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
    put,
)
from backstay.products.commerce.shops import queries, service
from backstay.products.commerce.shops.contracts import (
    NewMethod,
    NewShop,
    Rates,
    ShippingOption,
    Shop,
    ShopChanges,
    ShopWindow,
    Slug,
)
from backstay.products.commerce.shops.errors import NoSuchMethod, NoSuchShop, SlugTaken, StaleShop
from backstay.systems.idempotency import Replayable

READ = Permission("shops:read", "See the organization's shops and how they are set up", presets=("user",))
MANAGE = Permission("shops:manage", "Open shops and set them up: taxes, shipping, currencies")


class ShopsController(Controller):
    """The organization's shops, for its merchants."""

    path: ClassVar[str] = "/shops"

    @get(permission=READ, listing=queries.LIST)
    async def list_shops(self, reader: Reader, query: ListQuery) -> Page[Shop]:
        """List the organization's shops."""
        return await service.list_(reader, query)

    @post(permission=MANAGE, problems=[SlugTaken], declares=[Replayable()])
    async def create(self, uow: UnitOfWork, data: JSONBody[NewShop]) -> Shop:
        """Open a shop."""
        return await service.create(uow, data)

    @get("/{shop:str}", permission=READ, problems=[NoSuchShop])
    async def read(self, reader: Reader, shop: FromPath[Slug]) -> Shop:
        """Read a shop."""
        return await service.own(reader, shop)

    @patch("/{shop:str}", permission=MANAGE, problems=[NoSuchShop, StaleShop])
    async def change(
        self, uow: UnitOfWork, shop: FromPath[Slug], expected: IfMatch, data: JSONBody[ShopChanges]
    ) -> Shop:
        """Change a shop, or close it, unless it was changed since you read it."""
        return await service.change(uow, shop, data, expected=expected)

    @get("/{shop:str}/taxes", permission=READ, problems=[NoSuchShop])
    async def read_taxes(self, reader: Reader, shop: FromPath[Slug]) -> Rates:
        """Read all tax rates of a shop."""
        return await service.rates(reader, await service.own(reader, shop))

    @put("/{shop:str}/taxes", permission=MANAGE, problems=[NoSuchShop])
    async def set_taxes(self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[Rates]) -> Rates:
        """Replace all tax rates of a shop, from the next basket on."""
        return await service.set_rates(uow, await service.own(uow, shop), data)

    @get("/{shop:str}/shipping", permission=READ, problems=[NoSuchShop])
    async def list_shipping(self, reader: Reader, shop: FromPath[Slug]) -> list[ShippingOption]:
        """List a shop's ways of shipping, in the order in which they are offered."""
        return await service.methods(reader, await service.own(reader, shop))

    @post("/{shop:str}/shipping", permission=MANAGE, problems=[NoSuchShop], declares=[Replayable()])
    async def add_shipping(
        self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[NewMethod]
    ) -> ShippingOption:
        """Offer a way of shipping."""
        return await service.add_method(uow, await service.own(uow, shop), data)

    @put("/{shop:str}/shipping/{method_id:uuid}", permission=MANAGE, problems=[NoSuchShop, NoSuchMethod])
    async def replace_shipping(
        self, uow: UnitOfWork, shop: FromPath[Slug], method_id: FromPath[UUID], data: JSONBody[NewMethod]
    ) -> ShippingOption:
        """Offer a way of shipping otherwise."""
        return await service.replace_method(uow, await service.own(uow, shop), method_id, data)

    @delete("/{shop:str}/shipping/{method_id:uuid}", permission=MANAGE, problems=[NoSuchShop, NoSuchMethod])
    async def remove_shipping(self, uow: UnitOfWork, shop: FromPath[Slug], method_id: FromPath[UUID]) -> None:
        """Offer a way of shipping no more."""
        await service.remove_method(uow, await service.own(uow, shop), method_id)


class StoreController(Controller):
    """A shop, for whoever comes by."""

    path: ClassVar[str] = "/store"

    @get("/{shop:str}", public=True, problems=[NoSuchShop])
    async def look(self, reader: Reader, shop: FromPath[Slug]) -> ShopWindow:
        """Look at a shop: its name, and in which currencies it sells."""
        _, found = await service.enter(reader, shop)
        return ShopWindow(
            slug=found.slug,
            name=found.name,
            currency=found.currency,
            currencies=found.currencies,
            country=found.country,
            prices=found.prices,
        )
