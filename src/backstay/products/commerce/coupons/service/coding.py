"""The codes of coupons: added one by one, or made up by the thousand."""

from __future__ import annotations

from datetime import datetime
from secrets import choice
from typing import Final
from uuid import UUID

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.commerce.coupons.contracts import Asked, Code, Coupon, Generate, GenerateCodes, NewCode
from backstay.products.commerce.coupons.errors import CodeTaken, NoSuchCode, NoSuchCoupon
from backstay.products.commerce.coupons.queries import managing as queries
from backstay.products.commerce.coupons.service.judging import key_of
from backstay.products.commerce.coupons.service.managing import get
from backstay.products.commerce.shops import Shop

_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without those that people take for one another."""
_LENGTH: Final = 12
"""Letters of a made up code: 30 ** 12 of them, which nobody guesses through a rate limit."""


async def add_code(uow: UnitOfWork, shop: Shop, coupon_id: UUID, new: NewCode) -> Code:
    """Add a code.

    Raises:
        NoSuchCoupon: the shop has none with this id.
        CodeTaken: an active code of the shop is the same.
        Invalid: it would outlive its coupon.
    """
    coupon = await _locked(uow, shop, coupon_id)
    _refuse_late(coupon, new.expires_at)
    if await uow.all(queries.TAKEN_KEYS, shop_id=shop.id, keys=[key_of(new.code)]):
        raise CodeTaken
    # A twin at the same moment runs into the unique key, and finds this one when it is run again.
    (id_,) = await _insert(uow, shop, coupon_id, [new.code], new.expires_at, new.limit)
    record(uow, "coupons.code_added", subject=("coupon", coupon_id), after={"code": new.code})
    return await uow.one(queries.CODE, id=id_)


async def generate(uow: UnitOfWork, shop: Shop, coupon_id: UUID, asked: Generate) -> int:
    """Make up codes that are good for one use each; how many.

    Raises:
        NoSuchCoupon: the shop has none with this id.
        Invalid: they would outlive the coupon.
    """
    coupon = await _locked(uow, shop, coupon_id)
    _refuse_late(coupon, asked.expires_at)
    made: set[str] = set()
    while len(made) < asked.count:
        some = {asked.prefix + _made_up() for _ in range(asked.count - len(made))}
        keys = [key_of(code) for code in some]
        taken = set(await uow.all(queries.TAKEN_KEYS, shop_id=shop.id, keys=keys))
        made |= {code for code in some if key_of(code) not in taken}
    await _insert(uow, shop, coupon_id, sorted(made), asked.expires_at, 1)
    record(uow, "coupons.codes_generated", subject=("coupon", coupon_id), after={"count": len(made)})
    return len(made)


async def ask(uow: UnitOfWork, shop: Shop, coupon_id: UUID, asked: Generate) -> Asked:
    """Have codes made up by a job.

    Raises:
        NoSuchCoupon: the shop has none with this id.
        Invalid: they would outlive the coupon.
    """
    _refuse_late(await get(uow, shop, coupon_id), asked.expires_at)
    receipt = await GenerateCodes(shop_id=shop.id, coupon_id=coupon_id, asked=asked).enqueue(uow)
    record(uow, "coupons.codes_asked", subject=("coupon", coupon_id), after={"count": asked.count})
    return Asked(job_id=receipt.id)


async def list_(reader: Reader, shop: Shop, coupon_id: UUID, request: ListRequest) -> Page[Code]:
    """The codes of a coupon.

    Raises:
        NoSuchCoupon: the shop has none with this id.
    """
    await get(reader, shop, coupon_id)
    return await reader.page(queries.CODES, request, coupon_id=coupon_id)


async def retire(uow: UnitOfWork, shop: Shop, coupon_id: UUID, code_id: UUID) -> None:
    """Let a code be used no more; its letters are free for another.

    Raises:
        NoSuchCoupon: the shop has none with this id.
        NoSuchCode: the coupon has no active code with this id.
    """
    await get(uow, shop, coupon_id)
    if not await uow.execute(queries.RETIRE_CODE, coupon_id=coupon_id, id=code_id):
        raise NoSuchCode
    record(uow, "coupons.code_retired", subject=("coupon", coupon_id), before={"code_id": code_id})


async def _locked(uow: UnitOfWork, shop: Shop, coupon_id: UUID) -> Coupon:
    # A deletion at the same moment would leave its code active.
    coupon = await uow.first(queries.LOCK, shop_id=shop.id, id=coupon_id)
    if coupon is None:
        raise NoSuchCoupon
    return coupon


async def _insert(
    uow: UnitOfWork,
    shop: Shop,
    coupon_id: UUID,
    codes: list[str],
    expires_at: datetime | None,
    limit: int | None,
) -> list[UUID]:
    ids = [uuid7() for _ in codes]
    await uow.execute_many(
        queries.ADD_CODE,
        [
            {
                "id": id_,
                "shop_id": shop.id,
                "coupon_id": coupon_id,
                "code": code,
                "key": key_of(code),
                "active": True,
                "expires_at": expires_at,
                "most": limit,
                "taken": 0,
            }
            for id_, code in zip(ids, codes, strict=True)
        ],
    )
    return ids


def _made_up() -> str:
    return "".join(choice(_LETTERS) for _ in range(_LENGTH))


def _refuse_late(coupon: Coupon, expires_at: datetime | None) -> None:
    if expires_at and coupon.redeem_by and expires_at > coupon.redeem_by:
        message = f"must not be after the coupon's `redeem_by`, {coupon.redeem_by.isoformat()}"
        raise Invalid(FieldError(pointer="/expires_at", code="range", message=message))
