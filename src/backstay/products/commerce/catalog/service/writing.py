"""Every change of a product, wherever it comes from: from one state of it to another.

What was before is known whole, so that events and the trail say what differs, and an undo is a
change like any other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from backstay.kernel.database import UnitOfWork
from backstay.kernel.trail import record
from backstay.products.commerce.catalog.contracts.prices import PriceChange
from backstay.products.commerce.catalog.contracts.products import Price, ProductState, VariantState
from backstay.products.commerce.catalog.contracts.window import WindowWatcher
from backstay.products.commerce.catalog.errors import SkuTaken, SlugTaken
from backstay.products.commerce.catalog.events import (
    PricesChanged,
    ProductChanged,
    ProductCreated,
    ProductDeleted,
    ProductPublished,
    ProductRestored,
)
from backstay.products.commerce.catalog.queries import products as queries
from backstay.products.commerce.catalog.queries import variants as variant_queries
from backstay.products.commerce.catalog.service.words import fold

_OWN: Final = (
    "slug",
    "title",
    "description",
    "brand_id",
    "tax_class",
    "discountable",
    "options",
    "media",
    "published_from",
    "published_until",
)
_TOLD: Final = 200
"""Price changes that one event carries."""


async def move(uow: UnitOfWork, shop_id: UUID) -> int:
    """Take the shop's catalogue a revision on: others who change it wait until this unit has ended."""
    _tell_watcher(uow, shop_id)
    return (await uow.one(queries.MOVE, shop_id=shop_id)).revision


def _tell_watcher(uow: UnitOfWork, shop_id: UUID) -> None:
    try:
        watcher = uow.part(WindowWatcher)  # type: ignore[type-abstract]  # a protocol is the key it is held by
    except LookupError:
        return  # nobody keeps anything that was made of a window
    watcher.moved(uow, shop_id)


async def write(uow: UnitOfWork, shop_id: UUID, before: ProductState | None, after: ProductState) -> bool:
    """Make a product what `after` says; whether anything differed. Its listing is the caller's to renew.

    The caller has moved the shop's revision, and read `before` since.

    Raises:
        SlugTaken: another product bears the slug.
        SkuTaken: variants of other products have these SKUs.
    """
    if before is not None and _bare(before) == _bare(after):
        return False
    await _take_slug(uow, shop_id, before, after)
    if not after.deleted:
        await _refuse_taken_skus(uow, shop_id, after)
    await _write_product(uow, shop_id, before, after)
    await _write_variants(uow, shop_id, before, after)
    await _write_places(uow, before, after)
    _tell(uow, shop_id, before, after)
    return True


def _bare(state: ProductState) -> ProductState:
    """Without what other modules tell."""
    kept = tuple(
        msgspec.structs.replace(one, in_stock=True, position=place)
        for place, one in enumerate(state.variants)
    )
    return msgspec.structs.replace(state, variants=kept)


async def _take_slug(
    uow: UnitOfWork, shop_id: UUID, before: ProductState | None, after: ProductState
) -> None:
    if after.deleted or (before is not None and before.slug == after.slug and not before.deleted):
        return
    bearer = await uow.first(queries.FREE_SLUG, shop_id=shop_id, slug=after.slug)
    if bearer not in (None, after.id):
        raise SlugTaken(slug=after.slug)


async def _refuse_taken_skus(uow: UnitOfWork, shop_id: UUID, after: ProductState) -> None:
    held = await uow.all(variant_queries.HOLDERS, shop_id=shop_id, skus=[one.sku for one in after.variants])
    taken = sorted(one.sku for one in held if one.product_id != after.id)
    if taken:
        raise SkuTaken(skus=taken)


async def _write_product(
    uow: UnitOfWork, shop_id: UUID, before: ProductState | None, after: ProductState
) -> None:
    own: dict[str, Any] = {name: getattr(after, name) for name in _OWN}
    own["title_key"] = fold(after.title)
    if before is None:
        await uow.execute(queries.INSERT, id=after.id, shop_id=shop_id, **own)
    elif msgspec.structs.replace(_bare(before), deleted=after.deleted) != _bare(after):
        # Also where only a variant differs: the version is that of the whole.
        await uow.execute(queries.CHANGE, id=after.id, **own)
    if before is None or before.slug != after.slug or (before.deleted and not after.deleted):
        await uow.execute(queries.TAKE_SLUG, shop_id=shop_id, slug=after.slug, product_id=after.id)
    if after.deleted and (before is None or not before.deleted):
        await uow.execute(queries.DELETE, id=after.id)
    elif before is not None and before.deleted and not after.deleted:
        await uow.execute(queries.RESTORE, id=after.id)


async def _write_variants(
    uow: UnitOfWork, shop_id: UUID, before: ProductState | None, after: ProductState
) -> None:
    was = {one.id: one for one in before.variants} if before else {}
    dropped = [str(id_) for id_ in was if id_ not in {one.id for one in after.variants}]
    if dropped:
        await uow.execute(variant_queries.DROP_VARIANTS, ids=dropped)
    known = set(was)
    if new := [one for one in after.variants if one.id not in known]:
        ids = [str(one.id) for one in new]
        known |= {one.id for one in await uow.all(variant_queries.DROPPED, product_id=after.id, ids=ids)}
    rows = [(place, one) for place, one in enumerate(after.variants)]
    # Codes that change hands within the product pass through one that nobody has.
    passing = [one for _, one in rows if one.id in was and was[one.id].sku != one.sku]
    await uow.execute_many(
        variant_queries.CHANGE_VARIANT, [_variant(one, one.position, sku=f" {one.id}") for one in passing]
    )
    await uow.execute_many(
        variant_queries.CHANGE_VARIANT,
        [
            _variant(one, place)
            for place, one in rows
            if one.id in known
            and (one.id not in was or _plain(was[one.id]) != _plain(one) or was[one.id].position != place)
        ],
    )
    await uow.execute_many(
        variant_queries.INSERT_VARIANT,
        [
            _variant(one, place) | {"shop_id": shop_id, "product_id": after.id, "in_stock": one.in_stock}
            for place, one in rows
            if one.id not in known
        ],
    )
    if after.deleted or (before is not None and before.deleted):
        await uow.execute(variant_queries.GONE, product_id=after.id, gone=after.deleted)
    await _write_prices(uow, was, after.variants, revived=known - set(was))


def _plain(variant: VariantState) -> VariantState:
    return msgspec.structs.replace(variant, prices=(), in_stock=True, position=0)


def _variant(variant: VariantState, place: int, *, sku: str | None = None) -> dict[str, Any]:
    return {
        "id": variant.id,
        "sku": sku or variant.sku,
        "options": variant.options,
        "barcode": variant.barcode,
        "weight": variant.weight,
        "image": variant.image,
        "position": place,
    }


async def _write_prices(
    uow: UnitOfWork, was: dict[UUID, VariantState], variants: Sequence[VariantState], *, revived: set[UUID]
) -> None:
    gone: list[dict[str, Any]] = []
    put: list[dict[str, Any]] = []
    for one in variants:
        old = {price.currency: price for price in was[one.id].prices} if one.id in was else {}
        new = {price.currency: price for price in one.prices}
        gone += [{"variant_id": one.id, "currency": code} for code in old if code not in new]
        put += [
            {"variant_id": one.id, **msgspec.structs.asdict(price)}
            for code, price in new.items()
            if old.get(code) != price
        ]
    for id_ in revived:
        await uow.execute(variant_queries.DROP_PRICES, variant_id=id_)
    await uow.execute_many(variant_queries.DROP_PRICE, gone)
    await uow.execute_many(variant_queries.PUT_PRICE, put)


async def _write_places(uow: UnitOfWork, before: ProductState | None, after: ProductState) -> None:
    places = (*after.category_ids, *after.collection_ids)
    if before is not None:
        if (*before.category_ids, *before.collection_ids) == places:
            return
        await uow.execute(queries.UNPLACE, product_id=after.id)
    await uow.execute_many(
        queries.PLACE,
        [{"product_id": after.id, "term_id": term, "position": place} for place, term in enumerate(places)],
    )


def _tell(uow: UnitOfWork, shop_id: UUID, before: ProductState | None, after: ProductState) -> None:
    shop, product, slug = shop_id, after.id, after.slug
    if before is None:
        uow.publish(
            ProductCreated(
                shop_id=shop, product_id=product, slug=slug, variant_ids=[one.id for one in after.variants]
            )
        )
        record(
            uow, "catalog.product_created", subject=("product", after.id), after=msgspec.to_builtins(after)
        )
        return
    old, new = msgspec.to_builtins(_bare(before)), msgspec.to_builtins(_bare(after))
    fields = sorted(name for name in new if old[name] != new[name] and name != "deleted")
    action = "changed"
    if after.deleted and not before.deleted:
        action = "deleted"
        uow.publish(ProductDeleted(shop_id=shop, product_id=product, slug=slug))
    elif before.deleted and not after.deleted:
        action = "restored"
        uow.publish(ProductRestored(shop_id=shop, product_id=product, slug=slug))
    if fields:
        were, are = {one.id for one in before.variants}, {one.id for one in after.variants}
        added = [one.id for one in after.variants if one.id not in were]
        removed = [one.id for one in before.variants if one.id not in are]
        uow.publish(
            ProductChanged(
                shop_id=shop, product_id=product, slug=slug, fields=fields, added=added, removed=removed
            )
        )
    if {"published_from", "published_until"} & set(fields):
        uow.publish(
            ProductPublished(
                shop_id=shop,
                product_id=product,
                slug=slug,
                published_from=new["published_from"],
                published_until=new["published_until"],
            )
        )
    tell_prices(uow, shop_id, _price_changes(before, after))
    record(
        uow,
        f"catalog.product_{action}",
        subject=("product", after.id),
        before={name: old[name] for name in fields},
        after={name: new[name] for name in fields},
    )


def tell_prices(uow: UnitOfWork, shop_id: UUID, changes: Sequence[PriceChange]) -> None:
    """Tell of changed prices, in events of a bounded size."""
    for start in range(0, len(changes), _TOLD):
        uow.publish(PricesChanged(shop_id=shop_id, changes=list(changes[start : start + _TOLD])))


def _price_changes(before: ProductState, after: ProductState) -> list[PriceChange]:
    was = {(one.id, price.currency): price for one in before.variants for price in one.prices}
    now = {(one.id, price.currency): price for one in after.variants for price in one.prices}
    skus = {one.id: one.sku for one in (*before.variants, *after.variants)}
    return [
        _price_change(after.id, key[0], skus[key[0]], key[1], was.get(key), now.get(key))
        for key in was | now
        if was.get(key) != now.get(key)
    ]


def _price_change(
    product_id: UUID, variant_id: UUID, sku: str, currency: str, before: Price | None, after: Price | None
) -> PriceChange:
    return PriceChange(
        variant_id=variant_id,
        product_id=product_id,
        sku=sku,
        currency=currency,
        before=before.amount if before else None,
        before_compare_at=before.compare_at if before else None,
        after=after.amount if after else None,
        after_compare_at=after.compare_at if after else None,
    )
