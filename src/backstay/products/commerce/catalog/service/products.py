"""Products: made, read, listed, changed, deleted and restored by merchants."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from msgspec import UNSET, structs

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import Invalid
from backstay.products.commerce.catalog.contracts.products import (
    ListedProduct,
    Product,
    ProductChanges,
    ProductDraft,
)
from backstay.products.commerce.catalog.errors import NoSuchProduct, Stale
from backstay.products.commerce.catalog.queries import products as queries
from backstay.products.commerce.catalog.queries import variants as variant_queries
from backstay.products.commerce.catalog.service import drafting, states
from backstay.products.commerce.catalog.service.glances import listed
from backstay.products.commerce.catalog.service.listing import relist
from backstay.products.commerce.catalog.service.writing import move, write
from backstay.products.commerce.shops import Shop


async def create(uow: UnitOfWork, shop: Shop, draft: ProductDraft) -> Product:
    """Make a product.

    Raises:
        Invalid: names every field that cannot be accepted.
        SlugTaken: another product bears the slug; one that is made of the title gives way by itself.
        SkuTaken: other variants of the shop have these SKUs.
    """
    revision = await move(uow, shop.id)
    terms = await drafting.named(uow, shop.id, [draft])
    state = drafting.made(draft, terms)
    if errors := drafting.faults(draft, state, terms, shop.currencies):
        raise Invalid(*errors)
    if draft.slug is None:
        state = structs.replace(state, slug=await free_slug(uow, shop.id, state.slug))
    await write(uow, shop.id, None, state)
    await relist(uow, shop.id, revision, [state.id])
    return await get(uow, shop, state.id)


async def create_all(uow: UnitOfWork, shop: Shop, drafts: Sequence[ProductDraft]) -> None:
    """Make products, all or none; the shop's window is made anew once for all of them.

    Raises:
        As `create`, of the first that cannot be made.
    """
    revision = await move(uow, shop.id)
    terms = await drafting.named(uow, shop.id, drafts)
    ids = []
    for draft in drafts:
        state = drafting.made(draft, terms)
        if errors := drafting.faults(draft, state, terms, shop.currencies):
            raise Invalid(*errors)
        if draft.slug is None:
            state = structs.replace(state, slug=await free_slug(uow, shop.id, state.slug))
        await write(uow, shop.id, None, state)
        ids.append(state.id)
    await relist(uow, shop.id, revision, ids)


async def find_skus(reader: Reader, shop: Shop, skus: Collection[str]) -> dict[str, tuple[UUID, UUID]]:
    """The variant and the product of each SKU that the shop has."""
    held = await reader.all(variant_queries.HOLDERS, shop_id=shop.id, skus=sorted(skus))
    return {one.sku: (one.id, one.product_id) for one in held}


async def free_slug(uow: UnitOfWork, shop_id: UUID, slug: str) -> str:
    """The slug, or the first of `slug-2`, `slug-3`... that no product bears or bore."""
    number, free = 1, slug
    while await uow.first(queries.BY_SLUG, shop_id=shop_id, slug=free) is not None:
        number += 1
        free = f"{slug}-{number}"
    return free


async def get(reader: Reader, shop: Shop, id_: UUID) -> Product:
    """A product of the shop, deleted or not.

    Raises:
        NoSuchProduct: there is none.
    """
    (product,) = await states.shown(reader, shop.id, [await whole(reader, shop.id, id_)])
    return product


async def whole(reader: Reader, shop_id: UUID, id_: UUID) -> states.Whole:
    """A product with all that belongs to it.

    Raises:
        NoSuchProduct: the shop has none with this id.
    """
    found = await states.read(reader, shop_id, [id_])
    if id_ not in found:
        raise NoSuchProduct
    return found[id_]


async def list_products(
    reader: Reader, shop: Shop, request: ListRequest, *, deleted: bool
) -> Page[ListedProduct]:
    """The shop's products, or its deleted ones."""
    page = await reader.page(queries.TRASH if deleted else queries.LIST, request, shop_id=shop.id)
    return await listed(reader, shop, page)


async def change(
    uow: UnitOfWork, shop: Shop, id_: UUID, changes: ProductChanges, *, expected: int
) -> Product:
    """Change what is named, if the product still has the version expected.

    Raises:
        NoSuchProduct: there is none, or it is deleted.
        Stale: it was changed since.
        Invalid: names every field that cannot be accepted.
        SlugTaken: another product bears the slug.
        SkuTaken: other variants of the shop have these SKUs.
    """
    revision = await move(uow, shop.id)
    row, before = await whole(uow, shop.id, id_)
    if before.deleted:
        raise NoSuchProduct
    _expect(row.version, expected)
    terms = await drafting.named(uow, shop.id, [changes])
    dropped: dict[str, UUID] = {}
    if changes.variants is not UNSET:
        skus = [one.sku for one in changes.variants]
        held = await uow.all(variant_queries.DROPPED_SKUS, product_id=id_, skus=skus)
        dropped = {one.sku: one.id for one in held}
    after = drafting.changed(before, changes, terms, dropped)
    if errors := drafting.faults(changes, after, terms, shop.currencies):
        raise Invalid(*errors)
    if await write(uow, shop.id, before, after):
        await relist(uow, shop.id, revision, [id_])
    return await get(uow, shop, id_)


def _expect(version: int, expected: int) -> None:
    if version != expected:
        stale = Stale(version=version)
        stale.headers["ETag"] = f'"{version}"'
        raise stale


async def delete(uow: UnitOfWork, shop: Shop, id_: UUID, *, expected: int) -> None:
    """Delete a product, if it still has the version expected; shoppers see it no more at once.

    Raises:
        NoSuchProduct: there is none, or it is deleted.
        Stale: it was changed since.
    """
    revision = await move(uow, shop.id)
    row, before = await whole(uow, shop.id, id_)
    if before.deleted:
        raise NoSuchProduct
    _expect(row.version, expected)
    await write(uow, shop.id, before, structs.replace(before, deleted=True))
    await relist(uow, shop.id, revision, [id_])


async def restore(uow: UnitOfWork, shop: Shop, id_: UUID) -> Product:
    """Bring a deleted product back as it was; one that is not deleted stays as it is.

    Raises:
        NoSuchProduct: there is none.
        SlugTaken: another product bears its slug meanwhile.
        SkuTaken: other variants have its SKUs meanwhile.
    """
    revision = await move(uow, shop.id)
    _, before = await whole(uow, shop.id, id_)
    if before.deleted:
        await write(uow, shop.id, before, structs.replace(before, deleted=False))
        await relist(uow, shop.id, revision, [id_])
    return await get(uow, shop, id_)
