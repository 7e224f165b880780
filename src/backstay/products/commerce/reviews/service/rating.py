"""What reviews come to: plain functions."""

from __future__ import annotations

from backstay.products.commerce.reviews.contracts import ProductRating, Rating, ReviewSettings, Tally


def bayesian(tally: Tally, rule: ReviewSettings) -> int | None:
    """The rating in thousandths of a star, half a thousandth up; None where nobody rates.

    As if `prior_weight` more people had given `prior_mean`: with few reviews a product stands near the
    mean, with many near their average.
    """
    if not tally.count:
        return None
    people = rule.prior_weight + tally.count
    stars = rule.prior_weight * rule.prior_mean + 1000 * tally.stars
    return (2 * stars + people) // (2 * people)


def view(rating: Rating) -> ProductRating:
    """How a product is rated, as everybody sees it."""
    tally = Tally(rating.one, rating.two, rating.three, rating.four, rating.five)
    return ProductRating(
        product_id=rating.product_id,
        rating=rating.rating,
        average=bayesian(tally, ReviewSettings(prior_weight=0)),
        count=tally.count,
        stars={str(star): getattr(rating, name) for star, name in enumerate(Tally.__struct_fields__, 1)},
    )
