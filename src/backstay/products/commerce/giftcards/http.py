"""Gift cards over HTTP, for merchants; shoppers put them into their carts."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from backstay.kernel.actor import Permission
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    IfMatch,
    JSONBody,
    ListQuery,
    Response,
    get,
    patch,
    post,
)
from backstay.products.commerce.giftcards import queries, service
from backstay.products.commerce.giftcards.contracts import (
    GiftCard,
    GiftCardAdjustment,
    GiftCardChanges,
    GiftCardEntry,
    IssuedGiftCards,
    NewGiftCards,
)
from backstay.products.commerce.giftcards.errors import BalanceOutOfRange, NoSuchGiftCard, StaleGiftCard
from backstay.products.commerce.shops import NoSuchShop, Slug, own
from backstay.systems.idempotency import Replayable

READ: Final = Permission(
    "giftcards:read",
    "See the gift cards of the organization's shops and what moved them, without their codes",
    presets=("user",),
)
MANAGE: Final = Permission(
    "giftcards:manage", "Issue gift cards and see their codes once, change them and put their balance right"
)

_FOUND: Final = (NoSuchShop, NoSuchGiftCard)
_SHOWN_ONCE: Final = {"cache-control": "no-store"}


class GiftCardsController(Controller):
    """A shop's gift cards."""

    path: ClassVar[str] = "/shops/{shop:str}/gift-cards"

    @get(permission=READ, listing=queries.LIST, problems=[NoSuchShop])
    async def list_cards(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[GiftCard]:
        """List a shop's gift cards, the newest first."""
        return await service.list_(reader, await own(reader, shop), query)

    @post(permission=MANAGE, problems=[NoSuchShop], declares=[Replayable(required=True, secret=True)])
    async def issue(
        self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[NewGiftCards]
    ) -> Response[IssuedGiftCards]:
        """Issue gift cards. Their codes are shown now and never again."""
        issued = await service.issue(uow, await own(uow, shop), data)
        return Response(IssuedGiftCards(items=issued), headers=_SHOWN_ONCE)

    @get("/{card_id:uuid}", permission=READ, problems=_FOUND)
    async def read(self, reader: Reader, shop: FromPath[Slug], card_id: FromPath[UUID]) -> GiftCard:
        """Read a gift card."""
        return await service.get(reader, await own(reader, shop), card_id)

    @patch("/{card_id:uuid}", permission=MANAGE, problems=[*_FOUND, StaleGiftCard])
    async def change(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        card_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[GiftCardChanges],
    ) -> GiftCard:
        """Deactivate or change a gift card, unless something moved it since you read it."""
        return await service.change(uow, await own(uow, shop), card_id, data, expected=expected)

    @get("/{card_id:uuid}/entries", permission=READ, listing=queries.ENTRIES, problems=_FOUND)
    async def list_entries(
        self, reader: Reader, shop: FromPath[Slug], card_id: FromPath[UUID], query: ListQuery
    ) -> Page[GiftCardEntry]:
        """List what moved a card's balance, the latest first."""
        return await service.entries(reader, await own(reader, shop), card_id, query)

    @post(
        "/{card_id:uuid}/adjustments",
        permission=MANAGE,
        status=200,
        problems=[*_FOUND, BalanceOutOfRange],
        declares=[Replayable(required=True)],
    )
    async def adjust(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        card_id: FromPath[UUID],
        data: JSONBody[GiftCardAdjustment],
    ) -> GiftCard:
        """Put a balance right by hand, within what was issued."""
        return await service.adjust(uow, await own(uow, shop), card_id, data)
