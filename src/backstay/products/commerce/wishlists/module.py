"""The manifest of wishlists."""

from __future__ import annotations

from backstay.kernel.database import Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.products.commerce.wishlists import queries, service, tables
from backstay.products.commerce.wishlists.http import SharedWishlistsController, WishlistsController


async def card(reader: Reader) -> Card:
    """How many lists there are."""
    count = await reader.one(queries.COUNT)
    return Card(f"{count:,}", "wishlists")


module = Module(
    name="wishlists",
    summary="What shoppers would like to have, what it costs since, and a link to show it.",
    package=__package__,
    requires=["shops", "catalog", "inventory", "carts"],
    tables=tables.metadata,
    controllers=[WishlistsController, SharedWishlistsController],
    declares=[service.PERSONAL],
    guarantees=declared_in(f"{__package__}.guarantees"),
    card=card,
)
