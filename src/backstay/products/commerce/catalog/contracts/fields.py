"""The fields that contracts share."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta

from backstay.kernel.patterns import NOT_BLANK

VARIANTS: Final = 250
"""Variants of a product, at most."""
AXES: Final = 5
"""Options of a product (colour, size), at most."""
MEDIA: Final = 50
PLACES: Final = 50
"""Categories, and collections, that a product is in, at most."""
DEPTH: Final = 10
"""Levels of the tree of categories."""
TERMS: Final = 5_000
"""Terms of one kind in a shop, at most."""

SlugText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=120,
        pattern="^[a-z0-9]+(-[a-z0-9]+)*$",
        description="Its name in addresses: small letters, digits and single hyphens.",
        examples=["merino-jumper"],
    ),
]
Title = Annotated[str, Meta(min_length=1, max_length=250, pattern=NOT_BLANK, examples=["Merino jumper"])]
Description = Annotated[str, Meta(max_length=50_000, examples=["Knitted in one piece."])]
Sku = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern="^[!-~]+$",
        description="The merchant's own code of a variant, unique in the shop; visible ASCII.",
        examples=["MJ-RED-M"],
    ),
]
TaxClass = Annotated[str, Meta(min_length=1, max_length=60, pattern=NOT_BLANK, examples=["standard"])]
OptionName = Annotated[str, Meta(min_length=1, max_length=60, pattern=NOT_BLANK, examples=["Colour"])]
OptionValue = Annotated[str, Meta(min_length=1, max_length=100, pattern=NOT_BLANK, examples=["Red"])]
Url = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2_000,
        pattern="^(https?://|/)[!-{}~]+$",
        description="An absolute address, or a path of this server.",
        examples=["https://cdn.example/jumper.jpg"],
    ),
]
GroupCode = Annotated[
    str, Meta(min_length=1, max_length=60, pattern="^[a-z0-9]+(-[a-z0-9]+)*$", examples=["wholesale"])
]
Moment = Annotated[datetime, Meta(tz=True, description="With its offset from UTC.")]
Grams = Annotated[int, Meta(ge=0, le=100_000_000, description="Grams.")]
