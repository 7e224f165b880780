"""Opening and changing shops, the shopper's way in, and what a shop charges beside its goods."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import UNSET

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.money import UnknownCurrency, exponent
from backstay.kernel.trail import record
from backstay.products.commerce.pricing import TaxRate
from backstay.products.commerce.shops import queries
from backstay.products.commerce.shops.contracts import (
    METHODS,
    Charges,
    NewMethod,
    NewShop,
    Rates,
    ShippingOption,
    Shop,
    ShopChanges,
)
from backstay.products.commerce.shops.errors import NoSuchMethod, NoSuchShop, SlugTaken, StaleShop

R = TypeVar("R", bound=Reader)


async def enter(unit: R, slug: str) -> tuple[R, Shop]:
    """Let a shopper in: the same reader or unit of work, acting in the shop's organization, and the shop.

    Whoever is signed in stays who they are and holds no permission there, not even their own shop's
    merchants: what a merchant may do is asked for at the merchants' routes.

    Raises:
        NoSuchShop: there is none of this name, or it is closed.
    """
    shop = await unit.first(queries.OPEN, slug=slug)
    if shop is None:
        raise NoSuchShop
    visitor = msgspec.structs.replace(
        unit.actor, organization_id=shop.organization_id, permissions=frozenset[str]()
    )
    return unit.on_behalf(visitor), shop


async def own(reader: Reader, slug: str) -> Shop:
    """A shop of the actor's organization, closed or not.

    Raises:
        NoSuchShop: the organization has none of this name.
    """
    shop = await reader.first(queries.OWN, slug=slug)
    if shop is None:
        raise NoSuchShop
    return shop


async def get(reader: Reader, shop_id: UUID) -> Shop:
    """A shop of the actor's organization, by its id.

    Raises:
        NoSuchShop: the organization has none with it.
    """
    shop = await reader.first(queries.GET, id=shop_id)
    if shop is None:
        raise NoSuchShop
    return shop


async def list_(reader: Reader, request: ListRequest) -> Page[Shop]:
    """The organization's shops."""
    return await reader.page(queries.LIST, request)


async def create(uow: UnitOfWork, new: NewShop) -> Shop:
    """Open a shop.

    Raises:
        Invalid: a currency is none of ISO 4217's, its own is not among those it sells in, or nobody knows
            the time zone.
        SlugTaken: some shop of the deployment has this slug.
    """
    values = msgspec.structs.asdict(new)
    values["currencies"] = new.currencies or (new.currency,)
    _refuse(values, ("currency", "currencies"))
    if await uow.first(queries.TAKEN, slug=new.slug) is not None:
        raise SlugTaken
    id_ = uuid7()
    # Of two at once the key lets one in; the other's unit runs again, and finds it above.
    await uow.execute(queries.CREATE, id=id_, closed=False, **_stored(values))
    shop = await get(uow, id_)
    record(uow, "shops.shop_opened", subject=("shop", id_), after={"slug": new.slug, "name": new.name})
    return shop


async def change(uow: UnitOfWork, slug: str, changes: ShopChanges, *, expected: int) -> Shop:
    """Change what is named, if the shop still has the version expected.

    Raises:
        NoSuchShop: the organization has none of this name.
        Invalid: a currency is none of ISO 4217's, its own is not among those it sells in, or nobody knows
            the time zone.
        StaleShop: it was changed since.
    """
    shop = await own(uow, slug)
    named = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
    changed = msgspec.structs.replace(shop, **named)
    kept = {name: getattr(changed, name) for name in ShopChanges.__struct_fields__}
    _refuse(kept, named)
    if not await uow.execute(queries.CHANGE, id=shop.id, expected=expected, **_stored(kept)):
        stale = StaleShop(version=shop.version)
        stale.headers["ETag"] = f'"{shop.version}"'
        raise stale
    after = await get(uow, shop.id)
    record(
        uow,
        "shops.shop_changed",
        subject=("shop", shop.id),
        before={name: getattr(shop, name) for name in named},
        after=named,
    )
    return after


def _stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the columns hold them: enums by their words."""
    enums = ("prices", "rounded_per", "merge")
    return {name: value.value if name in enums else value for name, value in values.items()}


def _refuse(values: Mapping[str, Any], named: Collection[str]) -> None:
    errors = []
    for index, code in enumerate(values["currencies"]):
        if not _is_currency(code):
            errors.append(_unknown_currency(f"/currencies/{index}"))
    if not _is_currency(values["currency"]):
        errors.append(_unknown_currency("/currency"))
    elif values["currency"] not in values["currencies"]:
        message = "must be one of the currencies that the shop sells in"
        at = "/currency" if "currency" in named else "/currencies"
        errors.append(FieldError(pointer=at, code="choice", message=message))
    if not _is_zone(values["time_zone"]):
        message = "is no time zone that is known here"
        errors.append(FieldError(pointer="/time_zone", code="choice", message=message))
    if errors:
        raise Invalid(*errors)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _is_currency(code: str) -> bool:
    try:
        exponent(code)
    except UnknownCurrency:
        return False
    return True


def _unknown_currency(pointer: str) -> FieldError:
    return FieldError(pointer=pointer, code="choice", message="is no currency of ISO 4217 in use")


async def rates(reader: Reader, shop: Shop) -> Rates:
    """All taxes of the shop."""
    return Rates(rates=tuple(await reader.all(queries.RATES, shop_id=shop.id)))


async def set_rates(uow: UnitOfWork, shop: Shop, new: Rates) -> Rates:
    """Replace all taxes of the shop, from the next basket on.

    Raises:
        Invalid: one tax is named twice for the same country and class.
    """
    keys = [(rate.country, rate.tax_class, rate.name) for rate in new.rates]
    message = "is named twice for this country and class"
    twice = [
        FieldError(pointer=f"/rates/{index}/name", code="unique", message=message)
        for index, key in enumerate(keys)
        if key in keys[:index]
    ]
    if twice:
        raise Invalid(*twice)
    before = await rates(uow, shop)
    await uow.execute(queries.DROP_RATES, shop_id=shop.id)
    rows = [{"shop_id": shop.id, **msgspec.structs.asdict(rate)} for rate in new.rates]
    await uow.execute_many(queries.ADD_RATE, rows)
    record(
        uow,
        "shops.rates_set",
        subject=("shop", shop.id),
        before={"rates": msgspec.to_builtins(before.rates)},
        after={"rates": msgspec.to_builtins(new.rates)},
    )
    return await rates(uow, shop)


async def charges(reader: Reader, shop: Shop, country: str) -> Charges:
    """What the shop charges beside goods that go to a country."""
    taxes: dict[str, tuple[TaxRate, ...]] = {}
    ways: list[ShippingOption] = []
    for one in await reader.all(queries.CHARGES, shop_id=shop.id, country=country):
        if one.tax_class is not None:
            levied = TaxRate(name=one.name, ppm=one.ppm or 0)
            taxes[one.tax_class] = (*taxes.get(one.tax_class, ()), levied)
        else:
            ways.append(msgspec.convert(one, ShippingOption, from_attributes=True))
    return Charges(country, taxes, tuple(ways))


async def methods(reader: Reader, shop: Shop) -> list[ShippingOption]:
    """All ways of shipping of the shop, in the order in which they are offered."""
    return await reader.all(queries.METHODS, shop_id=shop.id)


def shipping(charged: Charges, *, currency: str, subtotal: int, weight: int) -> list[ShippingOption]:
    """The ways to send this much there, each with what it costs now, in the order in which they are offered.

    Args:
        charged: what the shop charges, and where the goods go to.
        currency: of the basket; ways priced in another are not offered.
        subtotal: of the goods after discounts, in minor units: some ways are free from a sum on.
        weight: of the goods, in grams.
    """
    return [
        msgspec.structs.replace(option, amount=0) if _free(option, subtotal) else option
        for option in charged.methods
        if option.currency == currency
        and (option.countries is None or charged.country in option.countries)
        and (option.max_weight is None or weight <= option.max_weight)
    ]


def _free(option: ShippingOption, subtotal: int) -> bool:
    return option.free_from is not None and subtotal >= option.free_from


async def add_method(uow: UnitOfWork, shop: Shop, new: NewMethod) -> ShippingOption:
    """Offer a way of shipping.

    Raises:
        Invalid: the shop does not sell in its currency, or has as many ways as it may.
    """
    _refuse_method(shop, new)
    if await uow.one(queries.COUNT_METHODS, shop_id=shop.id) >= METHODS:
        message = f"the shop has {METHODS} ways of shipping already"
        raise Invalid(FieldError(pointer="", code="length", message=message))
    id_ = uuid7()
    await uow.execute(queries.ADD_METHOD, id=id_, shop_id=shop.id, **msgspec.structs.asdict(new))
    record(uow, "shops.shipping_added", subject=("shipping_method", id_), after=msgspec.to_builtins(new))
    return await uow.one(queries.METHOD, shop_id=shop.id, id=id_)


async def replace_method(uow: UnitOfWork, shop: Shop, id_: UUID, new: NewMethod) -> ShippingOption:
    """Offer this way of shipping otherwise.

    Raises:
        Invalid: the shop does not sell in its currency.
        NoSuchMethod: the shop has none with this id.
    """
    _refuse_method(shop, new)
    if not await uow.execute(queries.REPLACE_METHOD, shop_id=shop.id, id=id_, **msgspec.structs.asdict(new)):
        raise NoSuchMethod
    record(uow, "shops.shipping_changed", subject=("shipping_method", id_), after=msgspec.to_builtins(new))
    return await uow.one(queries.METHOD, shop_id=shop.id, id=id_)


def _refuse_method(shop: Shop, new: NewMethod) -> None:
    if new.currency not in shop.currencies:
        message = "must be one of the currencies that the shop sells in"
        raise Invalid(FieldError(pointer="/currency", code="choice", message=message))


async def remove_method(uow: UnitOfWork, shop: Shop, id_: UUID) -> None:
    """Offer this way of shipping no more; carts that chose it choose again.

    Raises:
        NoSuchMethod: the shop has none with this id.
    """
    if not await uow.execute(queries.DROP_METHOD, shop_id=shop.id, id=id_):
        raise NoSuchMethod
    record(uow, "shops.shipping_removed", subject=("shipping_method", id_))
