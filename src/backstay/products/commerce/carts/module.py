"""The manifest of carts."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.kernel.database import Database, Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Settings
from backstay.products.commerce.carts import queries, seed, service, tables
from backstay.products.commerce.carts.http import READ, ShopCartsController, StoreCartsController
from backstay.products.commerce.carts.jobs import EXPIRING, expire_carts
from backstay.products.commerce.carts.settings import CartsSettings


def prepare(database: Database, _modules: Sequence[Module], settings: Settings) -> None:
    """Hold what a cart may grow to, for the units that change one."""
    database.parts.hold(settings.module(CartsSettings))


async def card(reader: Reader) -> Card:
    """How many open carts the organization's shops have."""
    count = await reader.one(queries.COUNT_OPEN)
    return Card(str(count), "open carts")


module = Module(
    name="carts",
    summary="What shoppers mean to buy, as guests or signed in, and what it comes to now.",
    package=__package__,
    requires=["catalog", "coupons", "giftcards", "inventory", "jobs", "pricing", "ratelimit", "shops"],
    tables=tables.metadata,
    controllers=[StoreCartsController, ShopCartsController],
    permissions=[READ],
    settings=CartsSettings,
    declares=[expire_carts, EXPIRING, service.PERSONAL],
    prepare=prepare,
    guarantees=declared_in(f"{__package__}.guarantees"),
    seed=seed.seed,
    card=card,
)
