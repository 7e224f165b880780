"""Statements about how products are rated, and by which rule."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Integer, select, update

from backstay.kernel.database import any_of, param, statement, upsert
from backstay.products.commerce.reviews.contracts import Rating, ReviewSettings, Tally
from backstay.products.commerce.reviews.tables import ratings, settings

_STARS: Final = Tally.__struct_fields__

HOLD = statement(
    upsert(ratings, key=("organization_id", "product_id"))
    .insert(shop_id=param("shop_id"), **dict.fromkeys(_STARS, 0))
    .update(shop_id=param("shop_id"))
)
"""Nobody else changes reviews of the product until the unit ends."""
MOVE = statement(
    update(ratings)
    .where(ratings.c.product_id == param("product_id"))
    .values({name: ratings.c[name] + param(name, BigInteger) for name in _STARS})
    .returning(*(ratings.c[name] for name in _STARS)),
    Tally,
)
TALLY = statement(
    select(*(ratings.c[name] for name in _STARS)).where(ratings.c.product_id == param("product_id")), Tally
)
RATE = statement(
    update(ratings).where(ratings.c.product_id == param("product_id")).values(rating=param("rating", Integer))
)
OF_PRODUCTS = statement(
    select(*(ratings.c[name] for name in Rating.__struct_fields__)).where(
        ratings.c.shop_id == param("shop_id"), any_of(ratings.c.product_id, "ids")
    ),
    Rating,
)
OF_SHOP = statement(
    select(ratings.c.product_id)
    .where(ratings.c.shop_id == param("shop_id"), ratings.c.product_id > param("after"))
    .order_by(ratings.c.product_id)
    .limit(param("limit", Integer)),
    UUID,
)

_SETTINGS: Final = {name: param(name, settings.c[name].type) for name in ReviewSettings.__struct_fields__}
SETTINGS = statement(
    select(*(settings.c[name] for name in ReviewSettings.__struct_fields__)).where(
        settings.c.shop_id == param("shop_id")
    ),
    ReviewSettings,
)
SET = statement(upsert(settings, key=("organization_id", "shop_id")).insert(**_SETTINGS).update(**_SETTINGS))
