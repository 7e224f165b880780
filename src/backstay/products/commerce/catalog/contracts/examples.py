"""One product, as the examples of every module that sells it show it, so that they make one purchase."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from backstay.products.commerce.catalog.contracts.prices import Offer
from backstay.products.commerce.catalog.contracts.window import (
    Card,
    Facets,
    FacetValue,
    Found,
    OptionFacet,
    OptionValueCount,
    PriceRange,
    StoreProduct,
    StoreVariant,
    TermLink,
)

PRODUCT_ID: Final = UUID("01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c01")
CHALK_ID: Final = UUID("01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c02")
MOSS_ID: Final = UUID("01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c03")
_CUPS: Final = UUID("01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c04")
_SLUG, _TITLE, _PICTURE = "stoneware-mug", "Stoneware mug", "https://cdn.example/mug.jpg"

MOSS: Final = Offer(
    variant_id=MOSS_ID,
    product_id=PRODUCT_ID,
    sku="MUG-MOSS",
    slug=_SLUG,
    title=_TITLE,
    options={"Colour": "Moss"},
    image=_PICTURE,
    unit_price=1450,
    compare_at=1700,
    currency="EUR",
    tax_class="standard",
    discountable=True,
    weight=340,
    brand_id=None,
    category_ids=(_CUPS,),
    collection_ids=(),
)
PRODUCT: Final = StoreProduct(
    id=PRODUCT_ID,
    slug=_SLUG,
    title=_TITLE,
    description="Thrown by hand; holds 300 ml.",
    brand=None,
    categories=(TermLink(slug="cups", name="Cups"),),
    collections=(),
    options=("Colour",),
    variants=tuple(
        StoreVariant(
            id=id_,
            sku=f"MUG-{colour.upper()}",
            options={"Colour": colour},
            price=1450,
            compare_at=compare_at,
            image=_PICTURE,
            in_stock=True,
        )
        for id_, colour, compare_at in ((CHALK_ID, "Chalk", None), (MOSS_ID, "Moss", 1700))
    ),
    media=(),
    currency="EUR",
    rating=4500,
    rating_count=12,
)
FOUND: Final = Found(
    items=(
        Card(
            id=PRODUCT_ID,
            slug=_SLUG,
            title=_TITLE,
            brand=None,
            image=None,
            price=1450,
            price_to=1450,
            compare_at=1700,
            currency="EUR",
            rating=4500,
            rating_count=12,
            in_stock=True,
        ),
    ),
    next_cursor=None,
    total=1,
    facets=Facets(
        categories=(FacetValue(slug="cups", name="Cups", count=1),),
        brands=(),
        collections=(),
        options=(
            OptionFacet(
                name="Colour",
                values=(OptionValueCount(value="Chalk", count=1), OptionValueCount(value="Moss", count=1)),
            ),
        ),
        prices=(PriceRange(price_from=1000, price_to=1999, count=1),),
        ratings=(),
        in_stock=1,
    ),
    corrected={},
)
