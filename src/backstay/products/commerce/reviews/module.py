"""The manifest of reviews."""

from __future__ import annotations

from backstay.kernel.database import Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.products.commerce.reviews import seed, service, tables
from backstay.products.commerce.reviews.events import RatingChanged, ReviewWritten
from backstay.products.commerce.reviews.http import (
    MODERATE,
    READ,
    BuyerController,
    ReviewsController,
    StoreReviewsController,
)
from backstay.products.commerce.reviews.jobs import rerate, withdraw_refunded
from backstay.products.commerce.reviews.queries.reviews import COUNT


async def card(reader: Reader) -> Card:
    """How many reviews are shown."""
    count = await reader.one(COUNT)
    return Card(f"{count:,}", "reviews")


module = Module(
    name="reviews",
    summary="What buyers say of what they got, and how products are rated by it.",
    package=__package__,
    requires=["shops", "catalog", "orders", "events", "jobs", "ratelimit"],
    tables=tables.metadata,
    controllers=[ReviewsController, StoreReviewsController, BuyerController],
    permissions=[READ, MODERATE],
    events=[ReviewWritten, RatingChanged],
    declares=[withdraw_refunded, rerate, service.PERSONAL],
    guarantees=declared_in(f"{__package__}.guarantees"),
    seed=seed.seed,
    card=card,
)
