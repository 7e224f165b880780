"""The manifest of shops."""

from __future__ import annotations

from backstay.kernel.database import Reader
from backstay.kernel.module import Card, Module
from backstay.products.commerce.shops import queries, seed, tables
from backstay.products.commerce.shops.http import MANAGE, READ, ShopsController, StoreController


async def card(reader: Reader) -> Card:
    """How many shops the organization has."""
    count = await reader.one(queries.COUNT)
    return Card(str(count), "shops")


module = Module(
    name="shops",
    summary="What merchants sell under, and the door through which shoppers come.",
    package=__package__,
    requires=["idempotency", "pricing"],
    tables=tables.metadata,
    controllers=[ShopsController, StoreController],
    permissions=[READ, MANAGE],
    seed=seed.seed,
    card=card,
)
