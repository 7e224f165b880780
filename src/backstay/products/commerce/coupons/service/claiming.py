"""Judging what a basket may be given, claiming it for a purchase, and giving it back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any
from uuid import UUID

from backstay.kernel.database import LostRace, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.products.commerce.coupons.contracts import (
    Applied,
    Buyer,
    Goods,
    Purchases,
    Refusal,
    Verdict,
)
from backstay.products.commerce.coupons.errors import CouponRefused
from backstay.products.commerce.coupons.queries import claiming as queries
from backstay.products.commerce.coupons.queries.claiming import Candidate, Use
from backstay.products.commerce.coupons.service.judging import (
    Picking,
    in_order,
    judge_one,
    key_of,
    uses_per_customer,
)
from backstay.products.commerce.pricing import Discount, Fixed
from backstay.products.commerce.shops import Shop


async def judge(
    reader: Reader, shop: Shop, codes: Sequence[str], buyer: Buyer, goods: Goods
) -> list[Verdict]:
    """What the codes and the shop's automatic coupons would do to a basket now; nothing is used up.

    First those that may be used, in the order in which they are taken off, then the codes that may not.
    Who buys may not be known yet: what that would decide is decided by `claim`.
    """
    picking, _ = await _pick(reader, shop, codes, buyer, goods, holder=None)
    used = [
        Verdict(
            code=candidate.code,
            coupon_id=candidate.id,
            name=candidate.name,
            discount=discount,
            refusal=None,
        )
        for candidate, discount in picking.chosen
    ]
    return used + picking.refused


async def claim(
    uow: UnitOfWork, shop: Shop, holder: UUID, codes: Sequence[str], buyer: Buyer, goods: Goods
) -> tuple[Applied, ...]:
    """Use the codes, and the shop's automatic coupons, for a purchase: all of the codes, or nothing.

    What the holder has already, it keeps as it was claimed, whatever became of the coupon, and nothing
    more is used up. Take coupons before other rows that purchases wait for.

    Args:
        uow: of the purchase: what is claimed is claimed with its commit.
        shop: where.
        holder: the purchase's own id.
        codes: as they were entered.
        buyer: whoever buys; must be known where uses are counted a customer.
        goods: what is bought.

    Returns:
        What was claimed, in the order in which it is taken off.

    Raises:
        CouponRefused: a code cannot be used; each is named, with the reason.
    """
    picking, uses = await _pick(uow, shop, codes, buyer, goods, holder=holder)
    held = [use for use in uses if use.holder == holder and use.released_at is None]
    kept = [use for use in uses if use.holder == holder and use.released_at is not None and use.counted]
    new = [one for one in picking.chosen if all(use.coupon_id != one[0].id for use in held)]
    for candidate, _ in new:
        counted = uses_per_customer(candidate) is not None or candidate.customers or candidate.emails
        if counted and not buyer.known:
            picking.refuse(candidate.code or candidate.name, Refusal.BUYER, candidate)
    if picking.refused:
        raise CouponRefused(picking.refused)
    fresh = [one for one in new if all(use.coupon_id != one[0].id for use in kept)]
    await _take(uow, [candidate for candidate, _ in fresh])
    rows = [_row(shop, holder, candidate, discount, buyer, goods, uses) for candidate, discount in fresh]
    await uow.execute_many(queries.CLAIM, rows)
    revived = [use for use in kept if any(use.coupon_id == candidate.id for candidate, _ in new)]
    if revived:
        await uow.execute(queries.REVIVE, ids=[use.id for use in revived])
    applied = [(use.position, _applied_use(use)) for use in (*held, *revived)]
    applied += [(candidate.position, _applied(candidate, discount)) for candidate, discount in fresh]
    return tuple(one for _, one in sorted(applied, key=lambda pair: (pair[0], pair[1].coupon_id)))


async def release(uow: UnitOfWork, holder: UUID) -> bool:
    """Give back what a purchase had claimed, once; False when it holds nothing.

    A coupon that does not give back stays used; the same holder may claim it again without a further use.
    """
    returned = await uow.all(queries.RELEASE, holder=holder)
    back = [one for one in returned if not one.counted]
    if back:
        await uow.execute(queries.GIVE_BACK, ids=[one.coupon_id for one in back])
    codes = [one.code_id for one in back if one.code_id is not None]
    if codes:
        await uow.execute(queries.GIVE_BACK_CODES, ids=codes)
    return bool(returned)


async def _pick(
    reader: Reader, shop: Shop, codes: Sequence[str], buyer: Buyer, goods: Goods, *, holder: UUID | None
) -> tuple[Picking, list[Use]]:
    candidates = await reader.all(queries.CANDIDATES, shop_id=shop.id, keys=[key_of(code) for code in codes])
    picking = Picking(goods)
    if not candidates and not codes:
        return picking, []
    uses: list[Use] = []
    if holder is not None or (buyer.known and any(map(uses_per_customer, candidates))):
        uses = await reader.all(
            queries.USES,
            holder=holder,
            coupon_ids=[candidate.id for candidate in candidates],
            customer_id=buyer.customer_id,
            email=buyer.email_key,
        )
    held = {use.coupon_id: use for use in uses if use.holder == holder}
    held_codes = {key_of(use.code) for use in held.values() if use.code and use.released_at is None}
    orders = await _orders(reader, shop, buyer, candidates)
    for one in in_order(codes, candidates):
        if isinstance(one, str):
            if key_of(one) not in held_codes:
                picking.refuse(one, Refusal.UNKNOWN)
        elif one.id in held:
            picking.offer(one, held[one.id].discount)
        else:
            picking.offer(one, _judge(one, buyer, goods, uses, orders))
    return picking, uses


def _judge(
    candidate: Candidate, buyer: Buyer, goods: Goods, uses: Sequence[Use], orders: int
) -> Discount | Refusal:
    if candidate.code_expires_at is not None and candidate.judged_at >= candidate.code_expires_at:
        return Refusal.EXPIRED
    if candidate.code_limit is not None and (candidate.code_taken or 0) >= candidate.code_limit:
        return Refusal.USED_UP
    used = sum(use.coupon_id == candidate.id and use.counted for use in uses)
    return judge_one(candidate, buyer, goods, now=candidate.judged_at, used_by_buyer=used, orders=orders)


async def _orders(reader: Reader, shop: Shop, buyer: Buyer, candidates: Sequence[Candidate]) -> int:
    if not buyer.known or not any(candidate.first_order for candidate in candidates):
        return 0
    try:
        purchases = reader.part(Purchases)  # type: ignore[type-abstract]  # a protocol is the key it is held by
    except LookupError:
        return 0
    return await purchases.count(reader, shop.id, buyer)


async def _take(uow: UnitOfWork, candidates: Sequence[Candidate]) -> None:
    """Count the uses, each under its limit."""
    limited = [candidate for candidate in candidates if candidate.limit is not None]
    free = [candidate for candidate in candidates if candidate.limit is None]
    taken: set[UUID] = set()
    if limited:
        taken |= set(await uow.all(queries.TAKE, ids=[one.id for one in limited]))
    if free:
        taken |= set(await uow.all(queries.TAKE_FREELY, ids=[one.id for one in free]))
    if any(candidate.id not in taken for candidate in candidates):
        # It was open a moment ago: judged anew, the unit says what became of it.
        raise LostRace
    codes = [one.code_id for one in candidates if one.code_id is not None and one.code_limit is not None]
    if codes and len(await uow.all(queries.TAKE_CODES, ids=codes)) < len(codes):
        raise LostRace


def _row(
    shop: Shop,
    holder: UUID,
    candidate: Candidate,
    discount: Discount,
    buyer: Buyer,
    goods: Goods,
    uses: Sequence[Use],
) -> dict[str, Any]:
    ordinal = None
    if uses_per_customer(candidate) is not None:
        taken = {use.ordinal for use in uses if use.coupon_id == candidate.id and use.counted}
        ordinal = next(number for number in count(1) if number not in taken)
    return {
        "id": uuid7(),
        "shop_id": shop.id,
        "coupon_id": candidate.id,
        "code_id": candidate.code_id,
        "holder": holder,
        "name": candidate.name,
        "code": candidate.code,
        "off": candidate.off,
        "discount": discount,
        "position": candidate.position,
        "give_back": candidate.give_back,
        "currency": goods.currency,
        "customer_id": buyer.customer_id,
        "email": buyer.email_key,
        "ordinal": ordinal,
    }


def _applied(candidate: Candidate, discount: Discount) -> Applied:
    return _as_applied(candidate.id, candidate.code, candidate.name, discount)


def _applied_use(use: Use) -> Applied:
    return _as_applied(use.coupon_id, use.code, use.name, use.discount)


def _as_applied(coupon_id: UUID, code: str | None, name: str, discount: Discount) -> Applied:
    off = discount.off
    return Applied(
        coupon_id=coupon_id,
        code=code,
        name=name,
        kind="fixed" if isinstance(off, Fixed) else "percent",
        value=off.amount if isinstance(off, Fixed) else off.ppm,
        discount=discount,
    )
