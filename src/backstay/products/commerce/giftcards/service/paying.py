"""Gift cards as a provider of payments: a till that takes in the commit that asks, and books of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backstay.kernel.actor import SYSTEM, Actor, ActorKind
from backstay.kernel.database import Database, LostRace, UnitOfWork
from backstay.products.commerce.giftcards import queries
from backstay.products.commerce.giftcards.contracts import PROVIDER, EntryKind
from backstay.products.commerce.giftcards.queries import GivenBack, Moved, Taken
from backstay.products.commerce.giftcards.service.booking import booked
from backstay.systems.payments import PaymentStatus, RefundStatus, provider

_REFERENCE: Final = "gift_card_{}"


class GiftCards:
    """A `Provider` of payments, and its `Till`."""

    name = PROVIDER
    session_life = timedelta(days=1)
    shortest_life = timedelta(seconds=1)

    def __init__(self, database: Database) -> None:
        """Where the cards are."""
        self._database = database

    async def take(self, uow: UnitOfWork, order: provider.Order) -> provider.SessionNews:
        """As `Till.take`: all of it, from the card that the order's source names.

        Raises:
            LostRace: the card has not so much any more, is over or was deactivated; the unit begins anew
                and sees that.
        """
        card_id = UUID(order.source)
        moved = await _take(uow, card_id, order)
        if moved is None:
            raise LostRace(f"gift card {card_id} does not have {order.amount} any more")
        entry = booked(
            moved,
            EntryKind.TAKEN,
            -order.amount,
            payment_id=order.payment_id,
            fact_id=order.attempt_id,
        )
        uow.write(queries.ADD_ENTRY, entry)
        taken = Taken(card_id, order.payment_id, -order.amount, order.currency)
        return _news(order.attempt_id, taken)

    async def open(self, order: provider.Order) -> provider.SessionNews:
        """As `Provider.open`: there is no page, what was asked for was taken."""
        return await self._read(order.organization_id, order.attempt_id)

    async def read(self, held: provider.Held) -> provider.SessionNews:
        """As `Provider.read`."""
        return await self._read(held.organization_id, held.attempt_id)

    async def capture(self, held: provider.Held, amount: int, key: str) -> provider.SessionNews:
        """As `Provider.capture`: nothing is ever reserved."""
        del amount, key
        return await self.read(held)

    async def close(self, held: provider.Held, key: str) -> provider.SessionNews:
        """As `Provider.close`: what was taken stays taken."""
        del key
        return await self.read(held)

    async def refund(self, held: provider.Held, refund_id: UUID, amount: int) -> provider.RefundNews:
        """As `Provider.refund`. The money goes to the card, also to one that is over or not active."""

        async def work(uow: UnitOfWork) -> provider.RefundNews:
            taken = await uow.one(queries.TAKEN, attempt_id=held.attempt_id)
            await uow.one(queries.HOLD, id=taken.card_id)
            given = await uow.all(queries.GIVEN, payment_id=taken.payment_id)
            made = next((one for one in given if one.fact_id == refund_id), None)
            if made is None:
                made = await _give(uow, taken, given, refund_id, amount)
            return _refund_news(held.attempt_id, taken, made)

        return await self._database.run(_house_of(held.organization_id), work)

    async def refunds(self, held: provider.Held) -> list[provider.RefundNews]:
        """As `Provider.refunds`."""
        reader = self._database.reader(_house_of(held.organization_id))
        taken = await reader.one(queries.TAKEN, attempt_id=held.attempt_id)
        given = await reader.all(queries.GIVEN, payment_id=taken.payment_id)
        return [_refund_news(held.attempt_id, taken, one) for one in given]

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> provider.Told:
        """As `Provider.verify`: a card of this house sends no events, so whatever comes is forged."""
        del headers, body, now
        raise provider.BadSignature

    async def aclose(self) -> None:
        """Nothing is open."""

    async def _read(self, organization_id: UUID, attempt_id: UUID) -> provider.SessionNews:
        reader = self._database.reader(_house_of(organization_id))
        return _news(attempt_id, await reader.one(queries.TAKEN, attempt_id=attempt_id))


async def _take(uow: UnitOfWork, card_id: UUID, order: provider.Order) -> Moved | None:
    """One conditional statement: whoever comes second finds less, or nothing."""
    return await uow.first(queries.TAKE, id=card_id, currency=order.currency, amount=order.amount)


async def _give(
    uow: UnitOfWork, taken: Taken, given: Sequence[GivenBack], refund_id: UUID, amount: int
) -> GivenBack:
    """Under the card's lock: what is given back of a payment is never more than it took."""
    if amount > -taken.amount - sum(one.amount for one in given):
        raise provider.ProviderRefused("the refund is greater than what the payment took from the card")
    moved = await uow.one(queries.GIVE, id=taken.card_id, amount=amount)
    entry = booked(moved, EntryKind.GIVEN_BACK, amount, payment_id=taken.payment_id, fact_id=refund_id)
    uow.write(queries.ADD_ENTRY, entry)
    return GivenBack(refund_id, amount)


def _news(attempt_id: UUID, taken: Taken) -> provider.SessionNews:
    reference = _REFERENCE.format(attempt_id)
    return provider.SessionNews(
        reference=reference,
        intent=reference,
        attempt_id=attempt_id,
        payment_id=taken.payment_id,
        amount=-taken.amount,
        currency=taken.currency,
        status=PaymentStatus.SUCCEEDED,
        captured=-taken.amount,
    )


def _refund_news(attempt_id: UUID, taken: Taken, given: GivenBack) -> provider.RefundNews:
    return provider.RefundNews(
        reference=f"gift_card_refund_{given.fact_id}",
        intent=_REFERENCE.format(attempt_id),
        refund_id=given.fact_id,
        amount=given.amount,
        currency=taken.currency,
        status=RefundStatus.SUCCEEDED,
    )


def _house_of(organization_id: UUID) -> Actor:
    """The house itself, at work on an organization's cards."""
    return Actor(
        id=SYSTEM.id,
        kind=ActorKind.SYSTEM,
        name="gift cards",
        organization_id=organization_id,
        permissions=frozenset(),
    )
