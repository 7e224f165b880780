"""The manifest of gift cards."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.kernel.database import Database, Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Settings, deployment_keys
from backstay.products.commerce.giftcards import queries, service, tables
from backstay.products.commerce.giftcards.http import MANAGE, READ, GiftCardsController
from backstay.systems.payments import Payments


def prepare(database: Database, _modules: Sequence[Module], settings: Settings) -> None:
    """Derive the key that knows codes, and make cards known to payments; asks the database nothing."""
    database.parts.hold(service.CardCodes(deployment_keys(settings)))
    cards = service.GiftCards(database)
    database.parts.part(Payments).add(cards, cards)


async def card(reader: Reader) -> Card:
    """How many cards are active."""
    count = await reader.one(queries.COUNT)
    return Card(f"{count:,}", "active gift cards")


module = Module(
    name="giftcards",
    summary="Gift cards: money of a shop's on a code, that pays once and takes back what is refunded.",
    package=__package__,
    requires=["idempotency", "payments", "shops"],
    tables=tables.metadata,
    controllers=[GiftCardsController],
    permissions=[READ, MANAGE],
    prepare=prepare,
    guarantees=declared_in(f"{__package__}.guarantees"),
    card=card,
)
