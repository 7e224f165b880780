"""Claims for purchases that are made elsewhere: at a till, on the telephone."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.trail import record
from backstay.products.commerce.coupons.contracts import Claimed, HandClaim
from backstay.products.commerce.coupons.errors import NothingClaimed
from backstay.products.commerce.coupons.queries import claiming as queries
from backstay.products.commerce.coupons.service.claiming import claim, release
from backstay.products.commerce.shops import Shop


async def claim_by_hand(uow: UnitOfWork, shop: Shop, asked: HandClaim) -> Claimed:
    """Claim coupons for a purchase; again, it has them already.

    Raises:
        CouponRefused: a code cannot be used; each is named, with the reason.
    """
    applied = await claim(uow, shop, asked.holder, asked.codes, asked.buyer, asked.goods)
    record(
        uow,
        "coupons.claimed_by_hand",
        subject=("purchase", asked.holder),
        after={"coupons": [str(one.coupon_id) for one in applied]},
    )
    return Claimed(holder=asked.holder, applied=applied)


async def release_by_hand(uow: UnitOfWork, shop: Shop, holder: UUID) -> None:
    """Give back what a purchase of this shop had claimed.

    Raises:
        NothingClaimed: it holds nothing here.
    """
    here = await uow.one(queries.COUNT_CLAIMS, shop_id=shop.id, holder=holder)
    if not here or not await release(uow, holder):
        raise NothingClaimed
    record(uow, "coupons.released_by_hand", subject=("purchase", holder))
