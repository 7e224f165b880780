"""What shoppers do with their carts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from msgspec import UNSET, structs

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.products.commerce.carts.contracts import (
    MOST_CODES,
    AddLine,
    CartChanges,
    NewCart,
    PricedCart,
    Proof,
    SetLine,
)
from backstay.products.commerce.carts.errors import CartChanged, CartFull
from backstay.products.commerce.carts.queries import Row
from backstay.products.commerce.carts.service.keeping import cart_of, for_change, opened, save
from backstay.products.commerce.carts.service.lines import added, changed, differences
from backstay.products.commerce.carts.service.reckoning import priced
from backstay.products.commerce.carts.settings import CartsSettings
from backstay.products.commerce.catalog import Offer, offers
from backstay.products.commerce.coupons import CouponRefused, Refusal
from backstay.products.commerce.shops import Shop


async def open_(uow: UnitOfWork, shop: Shop, new: NewCart, proof: Proof) -> tuple[PricedCart, str | None]:
    """A new cart of a guest, with the token that proves it; or the open one of whoever is signed in.

    Raises:
        Invalid: the shop does not sell in the currency.
        NotForSale: something that it shall begin with is not for sale.
        CartFull: that would be too many lines, or too many of one.
    """
    _refuse_currency(shop, new.currency)
    before, token = await opened(
        uow,
        shop,
        proof,
        currency=new.currency or shop.currency,
        country=new.country or shop.country,
        email=new.email,
    )
    row = await _with(uow, shop, before, new.lines) if new.lines else before
    return await priced(uow, shop, cart_of(row)), token


async def add(
    uow: UnitOfWork,
    shop: Shop,
    cart_id: UUID,
    proof: Proof,
    lines: Sequence[AddLine],
    *,
    expected: int | None = None,
) -> PricedCart:
    """Put more into a cart. Sent twice it adds twice, unless `expected` says what was seen.

    Raises:
        NoSuchCart, CartCompleted, CartMerged, CartChanged: as `for_change`.
        NotForSale: something is not for sale; each is named.
        CartFull: that would be too many lines, or too many of one.
    """
    before = await for_change(uow, shop, cart_id, proof, expected=expected)
    return await priced(uow, shop, cart_of(await _with(uow, shop, before, lines)))


async def set_(
    uow: UnitOfWork,
    shop: Shop,
    cart_id: UUID,
    proof: Proof,
    lines: Sequence[SetLine],
    *,
    expected: int | None = None,
) -> PricedCart:
    """Say what lines shall be: how many, bought or saved for later, or out.

    Raises:
        NoSuchCart, CartCompleted, CartMerged, CartChanged: as `for_change`.
        NotForSale: more is wanted of something that is not for sale.
        Invalid: a line is named twice, or one that is not there without its quantity.
        CartFull: that would be too many lines, or too many of one.
    """
    before = await for_change(uow, shop, cart_id, proof, expected=expected)
    found = await _offers(uow, shop, before, [line.variant_id for line in lines])
    settings = uow.part(CartsSettings)
    after = changed(before.lines, lines, found, now=uow.now(), settings=settings)
    row = await save(uow, shop, before, structs.replace(before, lines=after))
    return await priced(uow, shop, cart_of(row))


async def change(
    uow: UnitOfWork,
    shop: Shop,
    cart_id: UUID,
    proof: Proof,
    changes: CartChanges,
    *,
    expected: int | None = None,
) -> PricedCart:
    """Change what stands beside the lines. In another currency, the shopper sees all prices anew.

    Raises:
        NoSuchCart, CartCompleted, CartMerged, CartChanged: as `for_change`.
        Invalid: the shop does not sell in the currency, or does not ship in this way.
    """
    before = await for_change(uow, shop, cart_id, proof, expected=expected)
    named: dict[str, Any] = {
        name: value for name, value in structs.asdict(changes).items() if value is not UNSET
    }
    _refuse_currency(shop, named.get("currency"))
    row = structs.replace(before, **named)
    if row.currency != before.currency:
        row = await _seen(uow, shop, row)
    made = await priced(uow, shop, cart_of(row))
    if named.get("shipping_method") is not None and made.shipping is None:
        message = "is none of the cart's `shipping_options`"
        raise Invalid(FieldError(pointer="/shipping_method", code="choice", message=message))
    return structs.replace(made, cart=cart_of(await save(uow, shop, before, row)))


async def acknowledge(
    uow: UnitOfWork, shop: Shop, cart_id: UUID, proof: Proof, *, expected: int | None = None
) -> PricedCart:
    """Take note of the prices as they are now; what was told of them is told no more.

    Raises:
        NoSuchCart, CartCompleted, CartMerged, CartChanged: as `for_change`.
    """
    before = await for_change(uow, shop, cart_id, proof, expected=expected)
    row = await save(uow, shop, before, await _seen(uow, shop, before))
    return await priced(uow, shop, cart_of(row))


async def add_code(
    uow: UnitOfWork,
    shop: Shop,
    cart_id: UUID,
    proof: Proof,
    code: str,
    *,
    expected: int | None = None,
) -> PricedCart:
    """Enter a coupon's code. It is used up when the cart is bought, not before.

    Raises:
        NoSuchCart, CartCompleted, CartMerged, CartChanged: as `for_change`.
        CouponRefused: it cannot be used in this cart now, and is not kept.
        CartFull: that would be too many codes.
    """

    def more(row: Row) -> tuple[str, ...]:
        if code.upper() in map(str.upper, row.codes):
            return row.codes
        if len(row.codes) == MOST_CODES:
            raise CartFull(f"A cart has at most {MOST_CODES} codes.", most_codes=MOST_CODES)
        return (*row.codes, code)

    before, made = await _with_codes(uow, shop, cart_id, proof, more, expected=expected)
    refused = [
        verdict
        for verdict in made.verdicts
        if verdict.refusal not in {None, Refusal.BUYER}
        and verdict.code is not None
        and verdict.code.upper() == code.upper()
    ]
    if refused:
        raise CouponRefused(refused)
    row = structs.replace(before, codes=made.cart.codes)
    return structs.replace(made, cart=cart_of(await save(uow, shop, before, row)))


async def remove_code(
    uow: UnitOfWork,
    shop: Shop,
    cart_id: UUID,
    proof: Proof,
    code: str,
    *,
    expected: int | None = None,
) -> PricedCart:
    """Take a code out, if it is there.

    Raises:
        NoSuchCart, CartCompleted, CartMerged, CartChanged: as `for_change`.
    """

    def fewer(row: Row) -> tuple[str, ...]:
        return tuple(one for one in row.codes if one.upper() != code.upper())

    before, made = await _with_codes(uow, shop, cart_id, proof, fewer, expected=expected)
    row = structs.replace(before, codes=made.cart.codes)
    return structs.replace(made, cart=cart_of(await save(uow, shop, before, row)))


def expect(made: PricedCart, *, version: int | None, total: int | None) -> None:
    """Refuse to go on with a cart that is not what its shopper saw; what they do not say is not compared.

    Raises:
        CartChanged: it has another version, or comes to another total; each line that differs is told.
    """
    cart = made.cart
    if version in {None, cart.version} and total in {None, made.totals.total}:
        return
    seen = cart.version if version is None else version
    lines = differences(cart, seen, made.lines)
    raise CartChanged(cart.version, lines, total=made.totals.total, due=made.due)


async def _with(uow: UnitOfWork, shop: Shop, before: Row, lines: Sequence[AddLine]) -> Row:
    found = await _offers(uow, shop, before, [line.variant_id for line in lines])
    settings = uow.part(CartsSettings)
    after = added(before.lines, lines, found, now=uow.now(), settings=settings)
    return await save(uow, shop, before, structs.replace(before, lines=after))


async def _with_codes(
    uow: UnitOfWork,
    shop: Shop,
    cart_id: UUID,
    proof: Proof,
    edit: Callable[[Row], tuple[str, ...]],
    *,
    expected: int | None,
) -> tuple[Row, PricedCart]:
    before = await for_change(uow, shop, cart_id, proof, expected=expected)
    row = structs.replace(before, codes=edit(before))
    return before, await priced(uow, shop, cart_of(row))


async def _seen(reader: Reader, shop: Shop, row: Row) -> Row:
    found = await _offers(reader, shop, row, [line.variant_id for line in row.lines])
    lines = [
        structs.replace(
            line,
            seen_price=found[line.variant_id].unit_price if line.variant_id in found else None,
        )
        for line in row.lines
    ]
    return structs.replace(row, lines=tuple(lines))


async def _offers(reader: Reader, shop: Shop, row: Row, ids: Sequence[UUID]) -> dict[UUID, Offer]:
    """What is for sale to whoever has the cart."""
    return await offers(reader, shop, ids, currency=row.currency, customer_id=row.customer_id)


def _refuse_currency(shop: Shop, currency: object) -> None:
    if currency is not None and currency not in shop.currencies:
        message = "must be one of the currencies that the shop sells in"
        raise Invalid(FieldError(pointer="/currency", code="choice", message=message))
