"""Sample reviews of the sample shop, brought along from an older one."""

from __future__ import annotations

from typing import Final

from backstay.kernel.seeding import Seeding
from backstay.products.commerce.catalog import find_skus
from backstay.products.commerce.reviews.contracts import ImportedReview
from backstay.products.commerce.reviews.service import import_review
from backstay.products.commerce.shops import own

_SHOP: Final = "harbour-street"
_PRODUCTS: Final = 40
_SAID: Final = (
    (5, "Exactly what I wanted", "Arrived in two days, well packed. I would buy it again."),
    (5, "Lovely", "Better than in the picture, and it has survived the dishwasher."),
    (4, "Good", "Does what it should. The box was a little dented, the thing itself is fine."),
    (4, "", "A present; it went down well."),
    (3, "Fine", "Smaller than I had thought. Look at the measurements before you order."),
    (2, "Not for me", "The colour is another one than on my screen."),
    (1, "Broke", "It came apart after a week."),
)
_HOW_OFTEN: Final = dict(zip(_SAID, (6, 3, 4, 2, 2, 1, 1), strict=True))
"""Mostly good."""


async def seed(seeding: Seeding) -> None:
    """A few for most products, so that lists have something to be sorted by."""
    async with seeding.unit(at=seeding.past(days=60)) as uow:
        shop = await own(uow, _SHOP)
        skus = [f"HS-{number + 1:04}-1" for number in range(seeding.count(_PRODUCTS))]
        found = await find_skus(uow, shop, skus)
        for sku, (_, product_id) in sorted(found.items(), key=lambda pair: pair[1][1]):
            for number in range(seeding.random.choice((0, 1, 1, 2, 3, 5))):
                rating, title, text = seeding.weighted(_HOW_OFTEN)
                review = ImportedReview(
                    product_id=product_id,
                    source="our market stall",
                    source_id=f"{sku}/{number}",
                    rating=rating,
                    title=title,
                    text=text,
                    author=seeding.name().split()[0],
                    written_at=seeding.past(days=60),
                )
                await import_review(uow, shop, review)
