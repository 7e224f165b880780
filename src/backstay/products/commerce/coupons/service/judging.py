"""Whether a coupon may be used, and what it takes off: plain functions of what is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from backstay.products.commerce.coupons.contracts import (
    Buyer,
    Coupon,
    Goods,
    GoodsLine,
    Only,
    Refusal,
    Stacking,
    Sum,
    Verdict,
)
from backstay.products.commerce.coupons.queries.claiming import Candidate
from backstay.products.commerce.pricing import Discount, Fixed, Percent, Target


def key_of(code: str) -> str:
    """A code as it is compared."""
    return code.upper()


def uses_per_customer(coupon: Coupon) -> int | None:
    """How often one customer may use it; a first order is one."""
    return 1 if coupon.first_order else coupon.per_customer


def judge_one(
    coupon: Coupon, buyer: Buyer, goods: Goods, *, now: datetime, used_by_buyer: int, orders: int
) -> Discount | Refusal:
    """What the coupon takes off the goods, or why it does not. Who buys may not be known yet.

    Args:
        coupon: as it is now.
        buyer: as far as known.
        goods: of the basket.
        now: the moment of the purchase.
        used_by_buyer: uses of this coupon that count as the buyer's.
        orders: those that the buyer has placed before.
    """
    if coupon.paused:
        return Refusal.PAUSED
    if coupon.starts_at is not None and now < coupon.starts_at:
        return Refusal.NOT_YET
    if coupon.redeem_by is not None and now >= coupon.redeem_by:
        return Refusal.EXPIRED
    if coupon.limit is not None and coupon.used >= coupon.limit:
        return Refusal.USED_UP
    if not _is_for(coupon, buyer):
        return Refusal.NOT_FOR_YOU
    most = uses_per_customer(coupon)
    if most is not None and used_by_buyer >= most:
        return Refusal.USED_BY_YOU
    if coupon.first_order and orders:
        return Refusal.NOT_FIRST
    return _discount(coupon, goods)


def missing(coupon: Coupon, goods: Goods) -> int | None:
    """How much more of the goods that it is for a coupon wants; None when it wants no more."""
    least = coupon.minimum.get(goods.currency, 0)
    there = sum(line.amount for line in _lines(coupon, goods))
    return least - there if there < least else None


def _is_for(coupon: Coupon, buyer: Buyer) -> bool:
    if not coupon.customers and not coupon.emails:
        return True
    return buyer.customer_id in coupon.customers or buyer.email_key in coupon.emails


def _lines(coupon: Coupon, goods: Goods) -> list[GoodsLine]:
    return [
        line
        for line in goods.lines
        if line.discountable and (coupon.only is None or _matches(coupon.only, line))
    ]


def _matches(only: Only, line: GoodsLine) -> bool:
    return (
        line.product_id in only.products
        or line.brand_id in only.brands
        or not set(only.categories).isdisjoint(line.category_ids)
        or not set(only.collections).isdisjoint(line.collection_ids)
    )


def _discount(coupon: Coupon, goods: Goods) -> Discount | Refusal:
    off: Fixed | Percent
    if isinstance(coupon.off, Sum):
        amount = coupon.off.amounts.get(goods.currency)
        if amount is None:
            return Refusal.CURRENCY
        off = Fixed(amount=amount)
    else:
        off = coupon.off
    if coupon.minimum and goods.currency not in coupon.minimum:
        return Refusal.CURRENCY
    lines = _lines(coupon, goods)
    if not lines:
        return Refusal.NO_GOODS
    if missing(coupon, goods) is not None:
        return Refusal.MINIMUM
    only = tuple(line.id for line in lines)
    everything = coupon.on is Target.SHIPPING or len(only) == len(goods.lines)
    return Discount(id=str(coupon.id), off=off, on=coupon.on, only=None if everything else only)


class Picking:
    """Which coupons are used together: the codes first, as they were entered, then those without one.

    One that stands alone is used when nothing is used yet, and then nothing else is.
    """

    def __init__(self, goods: Goods) -> None:
        self._goods = goods
        self._chosen: list[tuple[Candidate, Discount]] = []
        self._refused: list[Verdict] = []
        self._alone = False

    @property
    def chosen(self) -> list[tuple[Candidate, Discount]]:
        """Those that are used, in the order in which they are taken off."""
        return sorted(self._chosen, key=lambda one: (one[0].position, one[0].id))

    @property
    def refused(self) -> list[Verdict]:
        """The codes that are not, and why."""
        return list(self._refused)

    def refuse(self, code: str, refusal: Refusal, coupon: Candidate | None = None) -> None:
        """Note that a code is not used."""
        self._refused.append(
            Verdict(
                code=code,
                coupon_id=None if coupon is None else coupon.id,
                name=None if coupon is None else coupon.name,
                discount=None,
                refusal=refusal,
                missing=missing(coupon, self._goods) if coupon and refusal is Refusal.MINIMUM else None,
            )
        )

    def offer(self, candidate: Candidate, found: Discount | Refusal) -> None:
        """Use it, if it may be used and goes with those that are."""
        exclusive = candidate.stacking is Stacking.EXCLUSIVE
        twice = any(one.id == candidate.id for one, _ in self._chosen)
        if isinstance(found, Discount) and (twice or self._alone or (exclusive and self._chosen)):
            found = Refusal.COMBINED
        if isinstance(found, Discount):
            self._alone = exclusive
            self._chosen.append((candidate, found))
        elif candidate.code is not None:
            self.refuse(candidate.code, found, candidate)


def in_order(codes: Sequence[str], candidates: Iterable[Candidate]) -> list[Candidate | str]:
    """The codes as they were entered, each as what it leads to or as itself, then what needs none."""
    by_key: dict[str, Candidate] = {}
    automatic: list[Candidate] = []
    for candidate in candidates:
        if candidate.code is not None:
            by_key[key_of(candidate.code)] = candidate
        else:
            automatic.append(candidate)
    entered = dict.fromkeys(map(key_of, codes))
    spelled = {key_of(code): code for code in codes}
    return [*(by_key.get(key, spelled[key]) for key in entered), *automatic]
