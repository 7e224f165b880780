"""Asking for the money of a new order: gift cards pay first, the provider is asked for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce import giftcards
from backstay.products.commerce.carts import CartChanged
from backstay.products.commerce.giftcards import Share
from backstay.products.commerce.orders.contracts.history import AnyFact, PaymentAsked, PaymentReceived
from backstay.products.commerce.orders.contracts.order import PayingCard
from backstay.products.commerce.orders.contracts.placing import NewOrder
from backstay.products.commerce.shops import Shop
from backstay.systems import payments


class Asking(Struct, frozen=True, kw_only=True):
    """What every payment of a new order says."""

    shop: Shop
    new: NewOrder
    order_id: UUID
    number: str
    expires_at: datetime


async def pay_with_cards(uow: UnitOfWork, asking: Asking, total: int) -> list[AnyFact]:
    """Let the order's gift cards pay as much of the total as they can, in their order; none costs nothing.

    Raises:
        CartChanged: they pay less by now than the buyer saw.
    """
    new = asking.new
    cards = await giftcards.locked(uow, asking.shop, new.gift_cards)
    shares = [one for one in giftcards.shares(cards, new.currency, total) if one.amount]
    due = total - sum(one.amount for one in shares)
    if new.expected_due is not None and due > new.expected_due:
        raise CartChanged(new.version, [], total=total, due=due)
    return [fact for one in shares for fact in await ask(uow, asking, one.amount, card=one)]


async def ask(
    uow: UnitOfWork,
    asking: Asking,
    amount: int,
    *,
    card: Share | None = None,
    discounts: Mapping[str, int] | None = None,
) -> list[AnyFact]:
    """Ask for so much, of a card or else of the deployment's provider; what happened to the order by that."""
    new = asking.new
    payment = await payments.begin(
        uow,
        subject=("order", str(asking.order_id)),
        amount=amount,
        currency=new.currency,
        description=f"{asking.shop.name}: {asking.number}",
        return_url=new.return_url,
        expires_at=asking.expires_at,
        customer_email=new.email,
        metadata={"order": asking.number},
        discounts=discounts,
        source=None if card is None else giftcards.source_of(card.id),
    )
    paying = None if card is None else PayingCard(id=card.id, last_four=card.last_four)
    facts: list[AnyFact] = [PaymentAsked(payment_id=payment.id, amount=amount, gift_card=paying)]
    if payment.status is payments.PaymentStatus.SUCCEEDED:
        facts.append(PaymentReceived(payment_id=payment.id, amount=payment.captured))
    return facts
