"""What happens to reviews, for other modules."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from backstay.kernel.event import Event


class _OfProduct(Event, frozen=True, kw_only=True):
    shop_id: UUID
    product_id: UUID

    @override
    def subject(self) -> str:
        """The product: what is said of it is told in order."""
        return str(self.product_id)


class ReviewWritten(_OfProduct, frozen=True, kw_only=True):
    """Somebody reviewed a product, or changed what they had said."""

    type: ClassVar[str] = "reviews.review_written"
    review_id: UUID
    rating: int
    state: str
    """Where it stands: `pending` wants a merchant's look."""


class RatingChanged(_OfProduct, frozen=True, kw_only=True):
    """A product is rated otherwise."""

    type: ClassVar[str] = "reviews.rating_changed"
    rating: int | None
    """Thousandths of a star, by the shop's rule; None where nobody rates it."""
    count: int
