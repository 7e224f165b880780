"""Coupons over HTTP, for merchants; shoppers meet them in their carts."""

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
)
from backstay.products.commerce.coupons import service
from backstay.products.commerce.coupons.contracts import (
    Asked,
    Claim,
    Claimed,
    Code,
    Coupon,
    CouponChanges,
    Generate,
    HandClaim,
    NewCode,
    NewCoupon,
    Trial,
    Tried,
)
from backstay.products.commerce.coupons.errors import (
    BelowUse,
    CodeTaken,
    CouponRefused,
    NoSuchCode,
    NoSuchCoupon,
    NothingClaimed,
    StaleCoupon,
)
from backstay.products.commerce.coupons.queries import managing as queries
from backstay.products.commerce.coupons.service import coding
from backstay.products.commerce.shops import NoSuchShop, Slug, own
from backstay.systems.idempotency import Replayable

READ = Permission(
    "coupons:read", "See the coupons of the organization's shops and their use", presets=("user",)
)
CLAIM = Permission(
    "coupons:claim",
    "Claim coupons for purchases at a till or on the telephone, and give them back",
    presets=("user",),
)
MANAGE = Permission("coupons:manage", "Make, change and delete coupons and their codes")


class CouponsController(Controller):
    """A shop's coupons."""

    path: ClassVar[str] = "/shops/{shop:str}/coupons"

    @get(permission=READ, listing=queries.LIST, problems=[NoSuchShop])
    async def list_coupons(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[Coupon]:
        """List a shop's coupons, the newest first."""
        return await service.list_(reader, await own(reader, shop), query)

    @post(permission=MANAGE, problems=[NoSuchShop], declares=[Replayable()])
    async def create(self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[NewCoupon]) -> Coupon:
        """Make a coupon. Then add its codes, unless it is automatic."""
        return await service.create(uow, await own(uow, shop), data)

    @post("/try", permission=READ, status=200, problems=[NoSuchShop])
    async def try_out(self, reader: Reader, shop: FromPath[Slug], data: JSONBody[Trial]) -> Tried:
        """Try a coupon that is not made yet on a basket. Nothing is kept."""
        return service.try_out(await own(reader, shop), data, now=reader.now())

    @post("/claims", permission=CLAIM, status=200, problems=[NoSuchShop, CouponRefused])
    async def claim(self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[HandClaim]) -> Claimed:
        """Claim coupons for a purchase that is made elsewhere. Sent again, it uses up nothing more."""
        return await service.claim_by_hand(uow, await own(uow, shop), data)

    @delete("/claims/{holder:uuid}", permission=CLAIM, problems=[NoSuchShop, NothingClaimed])
    async def release(self, uow: UnitOfWork, shop: FromPath[Slug], holder: FromPath[UUID]) -> None:
        """Give back what a purchase had claimed."""
        await service.release_by_hand(uow, await own(uow, shop), holder)

    @get("/{coupon_id:uuid}", permission=READ, problems=[NoSuchShop, NoSuchCoupon])
    async def read(self, reader: Reader, shop: FromPath[Slug], coupon_id: FromPath[UUID]) -> Coupon:
        """Read a coupon."""
        return await service.get(reader, await own(reader, shop), coupon_id)

    @patch("/{coupon_id:uuid}", permission=MANAGE, problems=[NoSuchShop, NoSuchCoupon, StaleCoupon, BelowUse])
    async def change(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        coupon_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[CouponChanges],
    ) -> Coupon:
        """Change or pause a coupon, unless it was changed since you read it. What is left out stays."""
        return await service.change(uow, await own(uow, shop), coupon_id, data, expected=expected)

    @delete("/{coupon_id:uuid}", permission=MANAGE, problems=[NoSuchShop, NoSuchCoupon, StaleCoupon])
    async def remove(
        self, uow: UnitOfWork, shop: FromPath[Slug], coupon_id: FromPath[UUID], expected: IfMatch
    ) -> None:
        """Delete a coupon with its codes. Orders that used it keep what they got."""
        await service.remove(uow, await own(uow, shop), coupon_id, expected=expected)

    @get(
        "/{coupon_id:uuid}/claims",
        permission=READ,
        listing=queries.CLAIMS,
        problems=[NoSuchShop, NoSuchCoupon],
    )
    async def list_claims(
        self, reader: Reader, shop: FromPath[Slug], coupon_id: FromPath[UUID], query: ListQuery
    ) -> Page[Claim]:
        """List the uses of a coupon, the newest first, also those that were given back."""
        return await service.claims(reader, await own(reader, shop), coupon_id, query)

    @get(
        "/{coupon_id:uuid}/codes",
        permission=READ,
        listing=queries.CODES,
        problems=[NoSuchShop, NoSuchCoupon],
    )
    async def list_codes(
        self, reader: Reader, shop: FromPath[Slug], coupon_id: FromPath[UUID], query: ListQuery
    ) -> Page[Code]:
        """List the codes of a coupon, the newest first."""
        return await coding.list_(reader, await own(reader, shop), coupon_id, query)

    @post(
        "/{coupon_id:uuid}/codes",
        permission=MANAGE,
        problems=[NoSuchShop, NoSuchCoupon, CodeTaken],
        declares=[Replayable()],
    )
    async def add_code(
        self, uow: UnitOfWork, shop: FromPath[Slug], coupon_id: FromPath[UUID], data: JSONBody[NewCode]
    ) -> Code:
        """Add a code to a coupon."""
        return await coding.add_code(uow, await own(uow, shop), coupon_id, data)

    @post(
        "/{coupon_id:uuid}/codes/generate",
        permission=MANAGE,
        status=202,
        problems=[NoSuchShop, NoSuchCoupon],
        declares=[Replayable()],
    )
    async def generate_codes(
        self, uow: UnitOfWork, shop: FromPath[Slug], coupon_id: FromPath[UUID], data: JSONBody[Generate]
    ) -> Asked:
        """Have codes made up that are good for one use each."""
        return await coding.ask(uow, await own(uow, shop), coupon_id, data)

    @delete(
        "/{coupon_id:uuid}/codes/{code_id:uuid}",
        permission=MANAGE,
        problems=[NoSuchShop, NoSuchCoupon, NoSuchCode],
    )
    async def retire_code(
        self, uow: UnitOfWork, shop: FromPath[Slug], coupon_id: FromPath[UUID], code_id: FromPath[UUID]
    ) -> None:
        """Let a code be used no more; its letters are free for another."""
        await coding.retire(uow, await own(uow, shop), coupon_id, code_id)
