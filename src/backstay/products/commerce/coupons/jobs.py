"""What coupons have done behind the scenes."""

from __future__ import annotations

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.coupons.contracts import GenerateCodes
from backstay.products.commerce.coupons.service import coding
from backstay.products.commerce.shops import get
from backstay.systems.jobs import handles


@handles(GenerateCodes)
async def generate_codes(job: GenerateCodes, uow: UnitOfWork) -> dict[str, int]:
    """All of them in one commit, so that a worker that dies leaves none, and the next one makes them."""
    shop = await get(uow, job.shop_id)
    return {"made": await coding.generate(uow, shop, job.coupon_id, job.asked)}
