"""What a file says of products, laid over what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from msgspec import structs

from backstay.kernel.database import UnitOfWork
from backstay.kernel.errors import FieldError
from backstay.products.commerce.catalog.contracts.fields import TERMS
from backstay.products.commerce.catalog.contracts.products import (
    ProductChanges,
    ProductDraft,
    ProductState,
    VariantDraft,
)
from backstay.products.commerce.catalog.contracts.terms import TermDraft, TermKind
from backstay.products.commerce.catalog.queries import products as queries
from backstay.products.commerce.catalog.queries import terms as term_queries
from backstay.products.commerce.catalog.queries import variants as variant_queries
from backstay.products.commerce.catalog.service import drafting, states
from backstay.products.commerce.catalog.service.reading import Parsed
from backstay.products.commerce.catalog.service.terms import create
from backstay.products.commerce.shops import Shop


class Merged(NamedTuple):
    """A product of a file, what it is now, and what it shall be; None where it cannot be."""

    parsed: Parsed
    before: ProductState | None
    after: ProductState | None


async def merge(uow: UnitOfWork, shop: Shop, some: Sequence[Parsed], *, make_terms: bool) -> list[Merged]:
    """The states that products of a file shall have; faults are added to those of what was read.

    A field that the file does not have stays. Variants that it does not have stay; of one that it has,
    fields and currencies that it does not have stay.
    """
    slugs = [one.slug for one in some]
    ids = {row.slug: row.id for row in await uow.all(queries.BY_SLUGS, shop_id=shop.id, slugs=slugs)}
    wholes = await states.read(uow, shop.id, list(ids.values()))
    drafts = [
        (parsed, _draft(parsed, wholes[ids[parsed.slug]].state if parsed.slug in ids else None))
        for parsed in some
    ]
    sound = [(parsed, draft) for parsed, draft in drafts if draft is not None and not parsed.faults]
    if make_terms:
        await _make_terms(uow, shop, sound)
    terms = await drafting.named(uow, shop.id, [draft for _, draft in sound])
    merged = []
    for parsed, draft in drafts:
        before = wholes[ids[parsed.slug]].state if parsed.slug in ids else None
        after = None
        if draft is not None and not parsed.faults:
            if isinstance(draft, ProductDraft):
                after = drafting.made(draft, terms)
            else:
                assert before is not None
                dropped = await _dropped(uow, before, draft)
                after = drafting.changed(before, draft, terms, dropped)
            for error in drafting.faults(draft, after, terms, shop.currencies):
                _blame(parsed, error)
        merged.append(Merged(parsed, before, after))
    return merged


async def _dropped(uow: UnitOfWork, before: ProductState, draft: ProductChanges) -> Mapping[str, UUID]:
    if draft.variants is msgspec.UNSET:
        return {}
    known = {one.sku for one in before.variants}
    new = [one.sku for one in draft.variants if one.sku not in known]
    held = await uow.all(variant_queries.DROPPED_SKUS, product_id=before.id, skus=new) if new else []
    return {one.sku: one.id for one in held}


def _draft(parsed: Parsed, before: ProductState | None) -> ProductDraft | ProductChanges | None:
    variants = _variants(parsed, before)
    given: dict[str, Any] = parsed.fields | {"slug": parsed.slug}
    if before is not None and isinstance(given.get("media"), list):
        # A line of CSV has no room for a picture's words; those that are there stay.
        told = {one.url: structs.asdict(one) for one in before.media}
        given["media"] = [
            told.get(str(one.get("url")), {}) | one if isinstance(one, dict) else one
            for one in given["media"]
        ]
    kind: type[ProductDraft | ProductChanges] = ProductChanges
    if before is None:
        kind = ProductDraft
    elif not parsed.variants:
        return _converted(parsed, given, kind)
    return _converted(parsed, given | {"variants": variants}, kind)


def _converted(
    parsed: Parsed, given: dict[str, Any], kind: type[ProductDraft | ProductChanges]
) -> ProductDraft | ProductChanges | None:
    try:
        return msgspec.convert(given, kind)
    except msgspec.ValidationError as failure:
        if not parsed.faults:
            message, _, where = str(failure).rpartition(" - at ")
            parsed.fault(parsed.rows[0], where.strip("`$."), "invalid", message or str(failure))
        return None


def _variants(parsed: Parsed, before: ProductState | None) -> list[VariantDraft]:
    """Each as it was with what the file says laid over it, then those that are new."""
    known = {one.sku: one for one in before.variants} if before else {}
    laid: dict[str, dict[str, Any]] = {
        sku: {
            "sku": sku,
            "options": one.options,
            "barcode": one.barcode,
            "weight": one.weight,
            "image": one.image,
            "prices": {price.currency: structs.asdict(price) for price in one.prices},
        }
        for sku, one in known.items()
    }
    made: dict[str, VariantDraft] = {}
    rows = {variant["sku"]: row for variant, row in zip(parsed.variants, parsed.variant_rows, strict=True)}
    for variant, row in zip(parsed.variants, parsed.variant_rows, strict=True):
        sku = variant["sku"]
        if rows[sku] != row:
            parsed.fault(row, "sku", "unique", "another row of the product has the same SKU")
        old = laid.get(sku, {"prices": {}})
        prices = dict(old["prices"])
        given = variant.get("prices") or ()
        # What is no price is kept as it is, for the conversion to refuse.
        for place, price in enumerate(given if isinstance(given, list) else [given] if given else []):
            prices[str(price.get("currency")) if isinstance(price, Mapping) else place] = price
        laid[sku] = old | {name: value for name, value in variant.items() if name != "prices"}
        laid[sku]["prices"] = prices
    for sku, fields in laid.items():
        try:
            made[sku] = msgspec.convert(fields | {"prices": list(fields["prices"].values())}, VariantDraft)
        except msgspec.ValidationError as failure:
            message, _, where = str(failure).rpartition(" - at ")
            row = rows.get(sku, parsed.rows[0])
            parsed.fault(row, where.strip("`$."), "invalid", message or str(failure))
    return list(made.values())


def _blame(parsed: Parsed, error: FieldError) -> None:
    """Say a fault of the draft with the row that it came from."""
    row = parsed.rows[0]
    _, *path = error.pointer.split("/")
    if len(path) > 1 and path[0] == "variants" and int(path[1]) < len(parsed.variant_rows):
        row = parsed.variant_rows[int(path[1])]
    parsed.fault(row, error.pointer.strip("/"), error.code, error.message)


async def _make_terms(
    uow: UnitOfWork, shop: Shop, drafts: Sequence[tuple[Parsed, ProductDraft | ProductChanges]]
) -> None:
    """Make the terms that are named and not there; as many as the shop may have."""
    wanted: dict[tuple[TermKind, str], str] = {}
    for parsed, draft in drafts:
        for kind, slug, _ in drafting.mentioned(draft):
            wanted.setdefault((kind, slug), parsed.names.get(slug) or slug.replace("-", " ").capitalize())
    there = await drafting.named(uow, shop.id, [draft for _, draft in drafts])
    for (kind, slug), name in wanted.items():
        if (kind.value, slug) in there:
            continue
        if await uow.one(term_queries.COUNT, shop_id=shop.id, kind=kind) < TERMS:
            await create(uow, shop, kind, TermDraft(name=name[:250], slug=slug))
