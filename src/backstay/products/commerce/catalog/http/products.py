"""Products, for merchants."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    FromQuery,
    IfMatch,
    JSONBody,
    ListQuery,
    Response,
    delete,
    get,
    patch,
    post,
)
from backstay.products.commerce.catalog.contracts.products import (
    ListedProduct,
    Product,
    ProductChanges,
    ProductDraft,
    VariantSummary,
)
from backstay.products.commerce.catalog.errors import NoSuchProduct, SkuTaken, SlugTaken, Stale
from backstay.products.commerce.catalog.http.permissions import READ, WRITE
from backstay.products.commerce.catalog.queries import glances
from backstay.products.commerce.catalog.queries import products as queries
from backstay.products.commerce.catalog.service import products as service
from backstay.products.commerce.catalog.service.glances import list_variants
from backstay.products.commerce.shops import NoSuchShop, Slug, own
from backstay.systems.idempotency import Replayable

Deleted = Annotated[bool, Meta(description="Deleted products, instead of living ones.")]

Ids = Annotated[
    list[UUID],
    Meta(max_length=100, description="These variants, also if they are gone; give it again for more."),
]


class VariantsController(Controller):
    """The variants of a shop, whatever their products."""

    path: ClassVar[str] = "/shops/{shop:str}/variants"
    name: ClassVar[str] = "variants"

    @get(permission=READ, listing=glances.VARIANTS, problems=[NoSuchShop])
    async def list(
        self, reader: Reader, shop: FromPath[Slug], query: ListQuery, ids: FromQuery[Ids | None] = None
    ) -> Page[VariantSummary]:
        """List a shop's variants by SKU: what there is to be found, or to which variants ids belong."""
        return await list_variants(reader, await own(reader, shop), query, ids=ids)


class ProductsController(Controller):
    """The products of a shop."""

    path: ClassVar[str] = "/shops/{shop:str}/products"
    name: ClassVar[str] = "products"

    @get(permission=READ, listing=queries.LIST, problems=[NoSuchShop])
    async def list(
        self, reader: Reader, shop: FromPath[Slug], query: ListQuery, deleted: FromQuery[Deleted] = False
    ) -> Page[ListedProduct]:
        """List a shop's products, published or not, the newest change first."""
        return await service.list_products(reader, await own(reader, shop), query, deleted=deleted)

    @post(permission=WRITE, problems=[NoSuchShop, SlugTaken, SkuTaken], declares=[Replayable()])
    async def create(
        self, uow: UnitOfWork, shop: FromPath[Slug], data: JSONBody[ProductDraft]
    ) -> Response[Product]:
        """Make a product with its variants."""
        product = await service.create(uow, await own(uow, shop), data)
        where = f"/v1/shops/{shop}/products/{product.id}"
        return Response(product, headers={"location": where, "etag": f'"{product.version}"'})

    @get("/{product_id:uuid}", permission=READ, problems=[NoSuchShop, NoSuchProduct])
    async def read(self, reader: Reader, shop: FromPath[Slug], product_id: FromPath[UUID]) -> Product:
        """Read a product, deleted or not."""
        return await service.get(reader, await own(reader, shop), product_id)

    @patch(
        "/{product_id:uuid}",
        permission=WRITE,
        problems=[NoSuchShop, NoSuchProduct, SlugTaken, SkuTaken, Stale],
    )
    async def change(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        product_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[ProductChanges],
    ) -> Product:
        """Change a product, unless it was changed since you read it.

        What is left out stays; lists replace what was there. A variant is known by its SKU.
        """
        return await service.change(uow, await own(uow, shop), product_id, data, expected=expected)

    @delete("/{product_id:uuid}", permission=WRITE, problems=[NoSuchShop, NoSuchProduct, Stale])
    async def remove(
        self, uow: UnitOfWork, shop: FromPath[Slug], product_id: FromPath[UUID], expected: IfMatch
    ) -> None:
        """Delete a product, unless it was changed since you read it. It can be restored."""
        await service.delete(uow, await own(uow, shop), product_id, expected=expected)

    @post(
        "/{product_id:uuid}/restore",
        permission=WRITE,
        status=200,
        problems=[NoSuchShop, NoSuchProduct, SlugTaken, SkuTaken],
    )
    async def restore(self, uow: UnitOfWork, shop: FromPath[Slug], product_id: FromPath[UUID]) -> Product:
        """Bring a deleted product back as it was."""
        return await service.restore(uow, await own(uow, shop), product_id)
