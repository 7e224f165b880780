"""One product, and the terms of a shop, as shoppers see them."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.database import Reader
from backstay.kernel.errors import FieldError, Invalid
from backstay.products.commerce.catalog.contracts.terms import TermKind
from backstay.products.commerce.catalog.contracts.window import (
    StoreProduct,
    StoreTerm,
    StoreVariant,
    TermLink,
)
from backstay.products.commerce.catalog.errors import NoSuchProduct
from backstay.products.commerce.catalog.queries import listings as listing_queries
from backstay.products.commerce.catalog.queries import prices as price_queries
from backstay.products.commerce.catalog.queries import products as queries
from backstay.products.commerce.catalog.queries import terms as term_queries
from backstay.products.commerce.catalog.service import groups, states
from backstay.products.commerce.catalog.service.offers import offer_of
from backstay.products.commerce.shops import Shop


async def look(
    reader: Reader, shop: Shop, slug: str, *, currency: str, customer_id: UUID | None = None
) -> StoreProduct:
    """A product that is for sale now, by its slug or one of before, at the prices of an account or a guest.

    Raises:
        NoSuchProduct: none of its variants is for sale in the currency now.
        Invalid: the shop does not sell in the currency.
    """
    if currency not in shop.currencies:
        message = f"the shop sells in {', '.join(shop.currencies)}"
        raise Invalid(FieldError(pointer="?currency", code="choice", message=message))
    id_ = await reader.first(queries.BY_SLUG, shop_id=shop.id, slug=slug)
    if id_ is None:
        raise NoSuchProduct
    rows = await reader.all(
        price_queries.OFFERS_OF,
        product_id=id_,
        shop_id=shop.id,
        currency=currency,
        **await groups.whose(reader, customer_id),
    )
    variants = [
        StoreVariant(
            id=row.variant_id,
            sku=row.sku,
            options=offer.options,
            price=offer.unit_price,
            compare_at=offer.compare_at,
            image=offer.image,
            in_stock=row.in_stock,
        )
        for row in rows
        if (offer := offer_of(row, currency)) is not None
    ]
    found = await states.read(reader, shop.id, [id_])
    facts = await reader.first(listing_queries.FACTS, product_id=id_)
    if not variants or id_ not in found or facts is None:
        raise NoSuchProduct
    _, state = found[id_]
    wanted = {*state.category_ids, *state.collection_ids, *([state.brand_id] if state.brand_id else ())}
    terms = await reader.all(term_queries.BY_ID, shop_id=shop.id, ids=sorted(map(str, wanted)))
    links = {one.id: TermLink(slug=one.slug, name=one.name) for one in terms}

    def linked(ids: tuple[UUID, ...]) -> tuple[TermLink, ...]:
        return tuple(links[one] for one in ids if one in links)

    return StoreProduct(
        id=id_,
        slug=state.slug,
        title=state.title,
        description=state.description,
        brand=links.get(state.brand_id) if state.brand_id else None,
        categories=linked(state.category_ids),
        collections=linked(state.collection_ids),
        options=state.options,
        variants=tuple(variants),
        media=state.media,
        currency=currency,
        rating=facts.rating,
        rating_count=facts.rating_count,
    )


async def terms_of(reader: Reader, shop: Shop, kind: TermKind) -> list[StoreTerm]:
    """All terms of a kind, in their merchant's order."""
    every = await reader.all(term_queries.ALL, shop_id=shop.id)
    slugs = {one.id: one.slug for one in every}
    return [
        StoreTerm(
            slug=one.slug,
            name=one.name,
            description=one.description,
            image=one.image,
            parent=slugs[one.parent_id] if one.parent_id else None,
        )
        for one in every
        if one.kind is kind
    ]
