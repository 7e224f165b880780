"""What merchants do with coupons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import UNSET

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.commerce.coupons.contracts import (
    Claim,
    Coupon,
    CouponChanges,
    NewCoupon,
    Refusal,
    Sum,
    Trial,
    Tried,
    Verdict,
)
from backstay.products.commerce.coupons.errors import BelowUse, NoSuchCoupon, StaleCoupon
from backstay.products.commerce.coupons.queries import managing as queries
from backstay.products.commerce.coupons.service.judging import judge_one, missing
from backstay.products.commerce.pricing import Basket, Discount, Line, Policy, Shipping, price
from backstay.products.commerce.shops import Shop

_COLUMNS: Final = {"on": "target", "only": "goods", "limit": "most"}
"""Columns that have another name than their field."""
_TERMS: Final = NewCoupon.__struct_fields__


async def create(uow: UnitOfWork, shop: Shop, new: NewCoupon) -> Coupon:
    """Make a coupon. Without codes, and unless it is automatic, nobody can use it yet.

    Raises:
        Invalid: it names a currency that the shop does not sell in, or ends before it starts.
    """
    terms = {name: getattr(new, name) for name in _TERMS}
    _refuse(shop, terms)
    id_ = uuid7()
    await uow.execute(queries.CREATE, id=id_, shop_id=shop.id, taken=0, **_stored(terms))
    record(uow, "coupons.coupon_created", subject=("coupon", id_), after=_told(terms))
    return await get(uow, shop, id_)


async def get(reader: Reader, shop: Shop, coupon_id: UUID) -> Coupon:
    """A coupon of the shop.

    Raises:
        NoSuchCoupon: it has none with this id.
    """
    coupon = await reader.first(queries.GET, shop_id=shop.id, id=coupon_id)
    if coupon is None:
        raise NoSuchCoupon
    return coupon


async def list_(reader: Reader, shop: Shop, request: ListRequest) -> Page[Coupon]:
    """The shop's coupons."""
    return await reader.page(queries.LIST, request, shop_id=shop.id)


async def claims(reader: Reader, shop: Shop, coupon_id: UUID, request: ListRequest) -> Page[Claim]:
    """The uses of a coupon, also those that were given back.

    Raises:
        NoSuchCoupon: the shop has none with this id.
    """
    await get(reader, shop, coupon_id)
    return await reader.page(queries.CLAIMS, request, coupon_id=coupon_id)


async def change(
    uow: UnitOfWork, shop: Shop, coupon_id: UUID, changes: CouponChanges, *, expected: int
) -> Coupon:
    """Change what is named, if the coupon still has the version expected.

    Raises:
        NoSuchCoupon: the shop has none with this id.
        StaleCoupon: it was changed since.
        Invalid: it would name a currency that the shop does not sell in, or end before it starts.
        BelowUse: it was used more often than the new limit.
    """
    before = await _locked(uow, shop, coupon_id, expected)
    named = {name: value for name, value in msgspec.structs.asdict(changes).items() if value is not UNSET}
    terms = {name: getattr(before, name) for name in _TERMS} | named
    _refuse(shop, terms)
    taken = before.used
    if before.limit is None and terms["limit"] is not None:
        taken = await uow.one(queries.COUNT_USES, coupon_id=coupon_id)
    if terms["limit"] is not None and terms["limit"] < taken:
        raise BelowUse(used=taken)
    await uow.execute(
        queries.CHANGE, shop_id=shop.id, id=coupon_id, expected=expected, taken=taken, **_stored(terms)
    )
    record(
        uow,
        "coupons.coupon_changed",
        subject=("coupon", coupon_id),
        before=_told({name: getattr(before, name) for name in named}),
        after=_told(named),
    )
    return await get(uow, shop, coupon_id)


async def remove(uow: UnitOfWork, shop: Shop, coupon_id: UUID, *, expected: int) -> None:
    """Delete a coupon with its codes. What was claimed stays claimed, as it was.

    Raises:
        NoSuchCoupon: the shop has none with this id.
        StaleCoupon: it was changed since.
    """
    coupon = await _locked(uow, shop, coupon_id, expected)
    await uow.execute(queries.RETIRE_CODES, coupon_id=coupon_id)
    await uow.execute(queries.REMOVE, shop_id=shop.id, id=coupon_id, expected=expected)
    record(uow, "coupons.coupon_removed", subject=("coupon", coupon_id), before={"name": coupon.name})


def try_out(shop: Shop, trial: Trial, *, now: datetime) -> Tried:
    """What a draft would do to a basket, now or once it has started. Taxes play no part.

    Raises:
        Invalid: the draft is none that the shop could make.
    """
    terms = {name: getattr(trial.coupon, name) for name in _TERMS}
    _refuse(shop, terms)
    coupon = draft(trial.coupon, now)
    found = judge_one(coupon, trial.buyer, trial.goods, now=now, used_by_buyer=0, orders=0)
    verdict = Verdict(
        code=None,
        coupon_id=None,
        name=coupon.name,
        discount=found if isinstance(found, Discount) else None,
        refusal=found if isinstance(found, Refusal) else None,
        missing=missing(coupon, trial.goods) if found is Refusal.MINIMUM else None,
    )
    return Tried(verdict=verdict, discount=0 if isinstance(found, Refusal) else taken_off(shop, trial, found))


def taken_off(shop: Shop, trial: Trial, discount: Discount) -> int:
    """What a discount takes off the basket of a trial, in minor units; taxes play no part."""
    basket = Basket(
        currency=trial.goods.currency,
        lines=tuple(
            Line(id=line.id, unit_price=line.amount, quantity=1, discountable=line.discountable)
            for line in trial.goods.lines
        ),
        discounts=(discount,),
        shipping=(Shipping(id="shipping", amount=trial.shipping),) if trial.shipping else (),
        policy=Policy(prices=shop.prices, rounded_per=shop.rounded_per),
    )
    return price(basket).discount


def draft(new: NewCoupon, now: datetime) -> Coupon:
    """A coupon as it would be, before it is made."""
    terms = {name: getattr(new, name) for name in _TERMS}
    terms["emails"] = tuple(email.casefold() for email in new.emails)
    made: dict[str, Any] = {"id": UUID(int=0), "used": 0, "created_at": now, "updated_at": now, "version": 1}
    return Coupon(**terms, **made)


async def _locked(uow: UnitOfWork, shop: Shop, coupon_id: UUID, expected: int) -> Coupon:
    coupon = await uow.first(queries.LOCK, shop_id=shop.id, id=coupon_id)
    if coupon is None:
        raise NoSuchCoupon
    if coupon.version != expected:
        stale = StaleCoupon(version=coupon.version)
        stale.headers["ETag"] = f'"{coupon.version}"'
        raise stale
    return coupon


def _stored(terms: Mapping[str, Any]) -> dict[str, Any]:
    """As the columns hold them."""
    stored = {_COLUMNS.get(name, name): value for name, value in terms.items()}
    stored["target"] = terms["on"].value
    stored["stacking"] = terms["stacking"].value
    stored["emails"] = sorted({email.casefold() for email in terms["emails"]})
    return stored


def _told(terms: Mapping[str, Any]) -> Any:
    """As the trail keeps them: whom a coupon is for is theirs, so it is said only how many they are."""
    told = dict(terms)
    for name in ("customers", "emails"):
        if name in told:
            told[name] = len(told[name])
    return msgspec.to_builtins(told, str_keys=True)


def _refuse(shop: Shop, terms: Mapping[str, Any]) -> None:
    sums = {"/minimum": terms["minimum"]}
    if isinstance(terms["off"], Sum):
        sums["/off/amounts"] = terms["off"].amounts
    errors = [
        FieldError(
            pointer=f"{place}/{currency}",
            code="choice",
            message="must be one of the currencies that the shop sells in",
        )
        for place, amounts in sums.items()
        for currency in amounts
        if currency not in shop.currencies
    ]
    if terms["starts_at"] and terms["redeem_by"] and terms["redeem_by"] <= terms["starts_at"]:
        errors.append(FieldError(pointer="/redeem_by", code="range", message="must be after `starts_at`"))
    if errors:
        raise Invalid(*errors)
