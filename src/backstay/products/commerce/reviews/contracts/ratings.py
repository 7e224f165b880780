"""How a product is rated, and by which rule."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta, Struct

from backstay.systems.jobs import Job

PriorMean = Annotated[int, Meta(ge=1000, le=5000, description="Thousandths of a star.")]
PriorWeight = Annotated[int, Meta(ge=0, le=10_000, description="Reviews.")]


class ReviewSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How a shop deals with reviews.

    A product's rating is `(prior_weight * prior_mean + sum of stars) / (prior_weight + number)`, as if so
    many more people had given the mean: one enthusiast is not yet a best product. A weight of 0 makes it
    the plain average.
    """

    moderated: bool = False
    """Whether a merchant looks at new reviews before they are shown."""
    prior_mean: PriorMean = 3500
    prior_weight: PriorWeight = 5


class Tally(Struct, frozen=True):
    """How many published reviews of a product have how many stars."""

    one: int = 0
    two: int = 0
    three: int = 0
    four: int = 0
    five: int = 0

    @property
    def count(self) -> int:
        """Reviews."""
        return self.one + self.two + self.three + self.four + self.five

    @property
    def stars(self) -> int:
        """Stars of all of them."""
        return self.one + 2 * self.two + 3 * self.three + 4 * self.four + 5 * self.five


class Rating(Struct, frozen=True):
    """How a product is rated."""

    product_id: UUID
    rating: int | None
    """Thousandths of a star, by the shop's rule; what the shop is sorted by. None before the first review."""
    one: int
    two: int
    three: int
    four: int
    five: int


class ProductRating(Struct, frozen=True, kw_only=True):
    """How a product is rated, for everybody."""

    product_id: UUID
    rating: int | None
    """Thousandths of a star, as lists show it and are sorted by it."""
    average: int | None
    """The plain average, in thousandths of a star."""
    count: int
    stars: dict[str, int]
    """How many gave `1` to `5`."""


class Rerate(Job, frozen=True, kw_only=True):
    """Rate all products of a shop anew, by the rule that holds now."""

    kind: ClassVar[str] = "reviews.rerate"

    shop_id: UUID
