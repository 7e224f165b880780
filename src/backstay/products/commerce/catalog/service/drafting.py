"""From what a merchant says of a product to the state that it shall have."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from backstay.kernel.database import Reader
from backstay.kernel.errors import FieldError
from backstay.kernel.ids import uuid7
from backstay.kernel.money import UnknownCurrency, exponent
from backstay.products.commerce.catalog.contracts.products import (
    Price,
    ProductChanges,
    ProductDraft,
    ProductState,
    VariantDraft,
    VariantState,
)
from backstay.products.commerce.catalog.contracts.terms import TermKind
from backstay.products.commerce.catalog.queries import terms as term_queries
from backstay.products.commerce.catalog.queries.terms import TermRow
from backstay.products.commerce.catalog.service.words import slug_of

Named = Mapping[tuple[str, str], UUID]
"""Ids of terms by kind and slug."""


async def named(reader: Reader, shop_id: UUID, drafts: Iterable[ProductDraft | ProductChanges]) -> Named:
    """The terms that drafts name, as far as there are such."""
    slugs: set[str] = set()
    for draft in drafts:
        slugs |= {slug for _, slug, _ in mentioned(draft)}
    if not slugs:
        return {}
    rows: list[TermRow] = await reader.all(term_queries.NAMED, shop_id=shop_id, slugs=sorted(slugs))
    return {(row.kind, row.slug): row.id for row in rows}


def mentioned(draft: ProductDraft | ProductChanges) -> list[tuple[TermKind, str, str]]:
    """The terms that a draft names: kind, slug, and where it does."""
    found = [(TermKind.BRAND, draft.brand, "/brand")] if isinstance(draft.brand, str) else []
    for kind, places, where in (
        (TermKind.CATEGORY, draft.categories, "/categories"),
        (TermKind.COLLECTION, draft.collections, "/collections"),
    ):
        if places is not UNSET:
            found += [(kind, slug, f"{where}/{place}") for place, slug in enumerate(places)]
    return found


def made(draft: ProductDraft, terms: Named) -> ProductState:
    """The state of a new product; `faults` tells whether it may be."""
    id_ = uuid7()
    return ProductState(
        id=id_,
        slug=draft.slug or slug_of(draft.title, id_),
        title=draft.title.strip(),
        description=draft.description,
        brand_id=terms.get((TermKind.BRAND, draft.brand)) if draft.brand else None,
        category_ids=_ids(terms, TermKind.CATEGORY, draft.categories),
        collection_ids=_ids(terms, TermKind.COLLECTION, draft.collections),
        tax_class=draft.tax_class,
        discountable=draft.discountable,
        options=draft.options,
        variants=_variants(draft.variants, {}),
        media=draft.media,
        published_from=draft.published_from,
        published_until=draft.published_until,
    )


def changed(
    before: ProductState, changes: ProductChanges, terms: Named, dropped: Mapping[str, UUID]
) -> ProductState:
    """The state after changes; `dropped` are ids of variants that the product once had, by SKU."""
    given: dict[str, Any] = {
        name: value
        for name in ProductChanges.__struct_fields__
        if (value := getattr(changes, name)) is not UNSET
    }
    if "brand" in given:
        brand = given.pop("brand")
        given["brand_id"] = terms.get((TermKind.BRAND, brand)) if brand else None
    if "categories" in given:
        given["category_ids"] = _ids(terms, TermKind.CATEGORY, given.pop("categories"))
    if "collections" in given:
        given["collection_ids"] = _ids(terms, TermKind.COLLECTION, given.pop("collections"))
    if "variants" in given:
        known = {one.sku: one for one in before.variants}
        given["variants"] = _variants(given["variants"], known, dropped)
    if "title" in given:
        given["title"] = given["title"].strip()
    return msgspec.structs.replace(before, **given)


def _ids(terms: Named, kind: TermKind, slugs: Collection[str]) -> tuple[UUID, ...]:
    found = (terms.get((kind, slug)) for slug in slugs)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _variants(
    drafts: Sequence[VariantDraft],
    known: Mapping[str, VariantState],
    dropped: Mapping[str, UUID] | None = None,
) -> tuple[VariantState, ...]:
    return tuple(
        VariantState(
            id=known[one.sku].id if one.sku in known else (dropped or {}).get(one.sku) or uuid7(),
            sku=one.sku,
            options=one.options,
            prices=tuple(sorted(one.prices, key=lambda price: price.currency)),
            barcode=one.barcode,
            weight=one.weight,
            image=one.image,
            position=place,
            in_stock=known[one.sku].in_stock if one.sku in known else True,
        )
        for place, one in enumerate(drafts)
    )


def faults(
    draft: ProductDraft | ProductChanges, after: ProductState, terms: Named, currencies: Collection[str]
) -> list[FieldError]:
    """Everything that forbids the state, by the fields of the draft."""
    found = [
        FieldError(pointer=where, code="choice", message=f"the shop has no {kind} {slug!r}")
        for kind, slug, where in mentioned(draft)
        if (kind, slug) not in terms
    ]
    if len(set(after.options)) < len(after.options):
        found.append(FieldError(pointer="/options", code="unique", message="an option is named twice"))
    if any(":" in name for name in after.options):
        message = "a colon stands between an option and its value, and in no name"
        found.append(FieldError(pointer="/options", code="format", message=message))
    if after.published_until is not None and (
        after.published_from is None or after.published_until <= after.published_from
    ):
        message = "must come after published_from"
        found.append(FieldError(pointer="/published_until", code="range", message=message))
    skus: dict[str, int] = {}
    combinations: dict[tuple[str, ...], int] = {}
    for place, one in enumerate(after.variants):
        at = f"/variants/{place}"
        if len(one.options) != len(after.options):
            message = f"must have a value for each of the product's {len(after.options)} options"
            found.append(FieldError(pointer=f"{at}/options", code="length", message=message))
        elif combinations.setdefault(one.options, place) != place:
            message = f"the same options as variant {combinations[one.options]}"
            found.append(FieldError(pointer=f"{at}/options", code="unique", message=message))
        if skus.setdefault(one.sku, place) != place:
            message = f"the SKU of variant {skus[one.sku]} too"
            found.append(FieldError(pointer=f"{at}/sku", code="unique", message=message))
        found += _price_faults(one.prices, f"{at}/prices", currencies)
    return found


def _price_faults(prices: Sequence[Price], at: str, currencies: Collection[str]) -> list[FieldError]:
    found = []
    seen: set[str] = set()
    for place, price in enumerate(prices):
        where = f"{at}/{place}"
        if price.currency not in currencies:
            message = "the shop does not sell in it" if _is_currency(price.currency) else "is no currency"
            found.append(FieldError(pointer=f"{where}/currency", code="choice", message=message))
        if price.currency in seen:
            message = "is named twice"
            found.append(FieldError(pointer=f"{where}/currency", code="unique", message=message))
        seen.add(price.currency)
        if price.compare_at is not None and price.compare_at <= price.amount:
            message = "must be more than the amount"
            found.append(FieldError(pointer=f"{where}/compare_at", code="range", message=message))
    return found


def _is_currency(code: str) -> bool:
    try:
        exponent(code)
    except UnknownCurrency:
        return False
    return True
