"""Products, their variants, and where they stand."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Text, and_, delete, exists, func, insert, null, or_, select, update

from backstay.kernel.database import (
    NOW,
    Deleted,
    Filter,
    Listing,
    any_of,
    listing,
    param,
    statement,
    upsert,
)
from backstay.products.commerce.catalog.contracts.fields import Sku, SlugText
from backstay.products.commerce.catalog.contracts.products import Media, ProductSummary, Publication
from backstay.products.commerce.catalog.contracts.window import SearchText
from backstay.products.commerce.catalog.tables import (
    placements,
    products,
    slugs,
    terms,
    variants,
    windows,
)


class ProductRow(Struct, frozen=True):
    """A product without what belongs to it."""

    id: UUID
    shop_id: UUID
    slug: str
    title: str
    description: str
    brand_id: UUID | None
    tax_class: str
    discountable: bool
    options: tuple[str, ...]
    media: tuple[Media, ...]
    published_from: datetime | None
    published_until: datetime | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int


class PlacementRow(Struct, frozen=True):
    """A product in a category or a collection."""

    product_id: UUID
    term_id: UUID
    kind: str


class Borne(Struct, frozen=True):
    """Who bears a slug."""

    slug: str
    id: UUID


class Moved(Struct, frozen=True):
    """A shop's catalogue after a step."""

    revision: int
    terms_revision: int


_SHOP = windows.c.shop_id == param("shop_id")
MOVE = statement(
    upsert(windows, key=("organization_id", "shop_id"))
    .insert(revision=1, terms_revision=0)
    .update(revision=windows.c.revision + 1)
    .returning(windows.c.revision, windows.c.terms_revision),
    Moved,
)
"""The shop's row is the lock under which its catalogue changes."""
MOVE_TERMS = statement(update(windows).where(_SHOP).values(terms_revision=windows.c.revision))
REVISION = statement(select(windows.c.revision, windows.c.terms_revision).where(_SHOP), Moved)

_PRODUCT = [products.c[name] for name in ProductRow.__struct_fields__]
_IN_SHOP = products.c.shop_id == param("shop_id")

SOME = statement(
    select(*_PRODUCT).where(_IN_SHOP, any_of(products.c.id, "ids")), ProductRow, deleted=Deleted.ANY
)
PLACEMENTS = statement(
    select(placements.c.product_id, placements.c.term_id, terms.c.kind)
    .select_from(placements.join(terms, terms.c.id == placements.c.term_id))
    .where(any_of(placements.c.product_id, "ids"))
    .order_by(placements.c.product_id, placements.c.position, placements.c.term_id),
    PlacementRow,
)

INSERT = statement(insert(products))
CHANGE = statement(
    update(products)
    .where(products.c.id == param("id"))
    .values(
        {
            name: param(name, products.c[name].type)
            for name in (
                "slug",
                "title",
                "title_key",
                "description",
                "brand_id",
                "tax_class",
                "discountable",
                "options",
                "media",
                "published_from",
                "published_until",
            )
        }
    ),
    deleted=Deleted.ANY,
)
DELETE = statement(
    update(products).where(products.c.id == param("id")).values(deleted_at=NOW), deleted=Deleted.ANY
)
RESTORE = statement(
    update(products).where(products.c.id == param("id")).values(deleted_at=null()), deleted=Deleted.ANY
)


PLACE = statement(insert(placements))
UNPLACE = statement(delete(placements).where(placements.c.product_id == param("product_id")))

FREE_SLUG = statement(
    select(slugs.c.product_id)
    .select_from(slugs.join(products, products.c.id == slugs.c.product_id))
    .where(
        slugs.c.shop_id == param("shop_id"), slugs.c.slug == param("slug"), products.c.slug == slugs.c.slug
    ),
    UUID,
)
"""Who bears a slug now, and not just did."""
TAKE_SLUG = statement(
    upsert(slugs, key=("organization_id", "shop_id", "slug"))
    .insert(product_id=param("product_id"))
    .update(product_id=param("product_id"))
)
BY_SLUG = statement(
    select(slugs.c.product_id).where(slugs.c.shop_id == param("shop_id"), slugs.c.slug == param("slug")), UUID
)
BY_SLUGS = statement(
    select(products.c.slug, products.c.id).where(_IN_SHOP, any_of(products.c.slug, "slugs")), Borne
)
COUNT = statement(select(func.count().label("count")).select_from(products), int)
NEXT = statement(
    select(products.c.id)
    .where(_IN_SHOP, products.c.id > param("after"))
    .order_by(products.c.id)
    .limit(param("limit")),
    UUID,
)


def _placed(term: ColumnElement[str]) -> ColumnElement[bool]:
    """Of the brand, or in the category or collection, of this slug."""
    placed = select(placements.c.term_id).where(placements.c.product_id == products.c.id)
    named = select(terms.c.id).where(terms.c.shop_id == products.c.shop_id, terms.c.slug == term)
    return exists(named.where(or_(terms.c.id == products.c.brand_id, terms.c.id.in_(placed))))


def _in_state(state: ColumnElement[str]) -> ColumnElement[bool]:
    begun, ended = products.c.published_from <= NOW, products.c.published_until <= NOW
    not_ended = or_(products.c.published_until.is_(None), products.c.published_until > NOW)
    return or_(
        and_(state == Publication.LIVE.value, begun, not_ended),
        and_(state == Publication.SCHEDULED.value, products.c.published_from > NOW),
        and_(state == Publication.ENDED.value, begun, ended),
        and_(state == Publication.DRAFT.value, products.c.published_from.is_(None)),
    )


def _summaries(name: str, deleted: Deleted) -> Listing[ProductSummary]:
    return listing(
        select(*(products.c[field] for field in ProductSummary.__struct_fields__)).where(_IN_SHOP),
        ProductSummary,
        name=name,
        key=products.c.id,
        sorts={
            "title": products.c.title_key,
            "created_at": products.c.created_at,
            "updated_at": products.c.updated_at,
        },
        default=("-updated_at",),
        filters={
            "title": Filter(
                SearchText,
                lambda text: func.replace(products.c.title_key, func.lower(text), "") != products.c.title_key,
                "Titles in which this stands, in any case.",
                Text(),
            ),
            "sku": Filter(
                Sku,
                lambda sku: products.c.id.in_(
                    select(variants.c.product_id).where(variants.c.sku == sku, variants.c.dropped.is_(False))
                ),
                "The product with this variant.",
                Text(),
            ),
            "state": Filter(Publication, _in_state, "As shoppers see them.", Text()),
            "term": Filter(SlugText, _placed, "Of this brand, category or collection.", Text()),
        },
        deleted=deleted,
    )


LIST: Final = _summaries("catalog.products", Deleted.HIDDEN)
TRASH: Final = _summaries("catalog.deleted_products", Deleted.ONLY)
TOUCH: Final = statement(
    update(products).where(any_of(products.c.id, "ids")).values(title=products.c.title), deleted=Deleted.ANY
)
"""A new version, nothing else."""
