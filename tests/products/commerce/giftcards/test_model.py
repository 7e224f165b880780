"""Any sequence of taking, giving back and adjusting ends as a small model says, on both databases."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from backstay.kernel.database import LostRace, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.products.commerce.giftcards import NewGiftCards, invariants, issue
from backstay.products.commerce.giftcards.contracts import GiftCard, GiftCardAdjustment
from backstay.products.commerce.giftcards.errors import BalanceOutOfRange
from backstay.products.commerce.giftcards.service import GiftCards, adjust, get
from backstay.products.commerce.shops import Shop, own
from backstay.systems.payments import Capture, Payments, provider
from tests.products.commerce.giftcards.conftest import SHOP, Cards

_FIRST = 1000
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.integers(1, 700)),
        st.tuples(st.just("give"), st.integers(1, 700)),
        st.tuples(st.just("give_again"), st.just(0)),
        st.tuples(st.just("adjust"), st.integers(-700, 700).filter(bool)),
    ),
    max_size=12,
)


class Model(Struct):
    """What a card ought to be."""

    balance: int = _FIRST
    taken: list[int] = []
    """What is left of each purchase."""

    @property
    def spent(self) -> int:
        return sum(self.taken)


class Play:
    """A card and who takes from it."""

    def __init__(self, cards: Cards, shop: Shop, card: GiftCard) -> None:
        self.actor = cards.market.merchant
        self.database = cards.market.house.backend.database
        part = self.database.parts.part(Payments)
        self.provider: Any = part.provider("gift_card")
        assert isinstance(self.provider, GiftCards)
        self.shop = shop
        self.card = card
        self.attempts: list[UUID] = []
        self.last: tuple[provider.Held, UUID, int] | None = None
        self.model = Model(taken=[])

    async def take(self, amount: int) -> None:
        attempt = uuid7()
        order = provider.Order(
            organization_id=self.actor.organization_id,
            payment_id=uuid7(),
            attempt_id=attempt,
            amount=amount,
            currency="EUR",
            description="tea",
            capture=Capture.AUTOMATIC,
            customer_email=None,
            metadata={},
            discounts={},
            return_url="https://shop.example",
            expires_at=self.database.clock.now(),
            source=str(self.card.id),
        )
        if amount > self.model.balance:
            with pytest.raises(LostRace):
                async with self.database.transaction(self.actor) as uow:
                    await self.provider.take(uow, order)
            return
        async with self.database.transaction(self.actor) as uow:
            news = await self.provider.take(uow, order)
        assert news == await self.provider.read(self.held(attempt))
        self.attempts.append(attempt)
        self.model.balance -= amount
        self.model.taken.append(amount)

    def held(self, attempt: UUID) -> provider.Held:
        return provider.Held(
            organization_id=self.actor.organization_id, attempt_id=attempt, reference="", intent=None
        )

    async def give(self, amount: int) -> None:
        if not self.attempts:
            return
        held, refund = self.held(self.attempts[-1]), uuid7()
        if amount > self.model.taken[-1]:
            with pytest.raises(provider.ProviderRefused):
                await self.provider.refund(held, refund, amount)
            return
        await self.provider.refund(held, refund, amount)
        self.last = (held, refund, amount)
        self.model.balance += amount
        self.model.taken[-1] -= amount

    async def give_again(self, _amount: int) -> None:
        """Who asks again under the same id is told the same, and gets nothing more."""
        if self.last is not None:
            held, refund, amount = self.last
            assert (await self.provider.refund(held, refund, amount)).amount == amount

    async def adjust(self, by: int) -> None:
        async def work(uow: UnitOfWork) -> GiftCard:
            return await adjust(uow, self.shop, self.card.id, GiftCardAdjustment(by=by, reason="test"))

        if not 0 <= self.model.balance + by <= _FIRST - self.model.spent:
            with pytest.raises(BalanceOutOfRange):
                await self.database.run(self.actor, work)
            return
        self.model.balance += by
        assert (await self.database.run(self.actor, work)).balance == self.model.balance

    async def compare(self) -> None:
        reader = self.database.reader(self.actor)
        card = await get(reader, self.shop, self.card.id)
        assert (card.balance, card.spent, card.initial) == (self.model.balance, self.model.spent, _FIRST)
        assert await invariants(reader, self.shop.id) == []


async def test_any_sequence_ends_as_the_model_says(cards: Cards) -> None:
    loop = asyncio.get_running_loop()
    database, merchant = cards.market.house.backend.database, cards.market.merchant
    shop = await own(database.reader(merchant), SHOP)

    @settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
    @given(_STEPS)
    def play(steps: list[tuple[str, int]]) -> None:
        async def example() -> None:
            new = NewGiftCards(amount=_FIRST)
            issued = await database.run(merchant, lambda uow: issue(uow, shop, new))
            played = Play(cards, shop, issued[0].card)
            for name, amount in steps:
                await getattr(played, name)(amount)
            await played.compare()

        asyncio.run_coroutine_threadsafe(example(), loop).result(60)

    await asyncio.to_thread(play)
