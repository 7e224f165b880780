"""What everybody sees: reviews that are shown, and what they come to."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from backstay.kernel.database import ListRequest, Page, Reader
from backstay.products.commerce.reviews.contracts import ProductRating, PublicReview, Rating
from backstay.products.commerce.reviews.queries import ratings
from backstay.products.commerce.reviews.queries import reviews as queries
from backstay.products.commerce.reviews.service.rating import view
from backstay.products.commerce.shops import Shop


async def published(reader: Reader, shop: Shop, request: ListRequest) -> Page[PublicReview]:
    """The shop's reviews that are shown."""
    return await reader.page(queries.PUBLISHED, request, shop_id=shop.id)


async def ratings_of(
    reader: Reader, shop_id: UUID, product_ids: Collection[UUID]
) -> dict[UUID, ProductRating]:
    """How products are rated; one that nobody has rated yet, and one of nobody's, is rated by none."""
    ids = [str(one) for one in sorted(set(product_ids))]
    found = {one.product_id: one for one in await reader.all(ratings.OF_PRODUCTS, shop_id=shop_id, ids=ids)}
    return {id_: view(found.get(id_) or Rating(id_, None, 0, 0, 0, 0, 0)) for id_ in product_ids}
