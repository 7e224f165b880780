"""The manifest of the catalogue."""

from __future__ import annotations

from backstay.kernel.database import Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.products.commerce.catalog import seed, tables
from backstay.products.commerce.catalog.events import (
    PriceListChanged,
    PricesChanged,
    ProductChanged,
    ProductCreated,
    ProductDeleted,
    ProductPublished,
    ProductRestored,
)
from backstay.products.commerce.catalog.http import (
    GROUPS,
    READ,
    WRITE,
    BrandsController,
    CategoriesController,
    CollectionsController,
    CustomerGroupsController,
    ExportsController,
    ImportsController,
    PriceEditsController,
    PriceListsController,
    ProductsController,
    VariantsController,
    WindowController,
)
from backstay.products.commerce.catalog.jobs import run_export, run_import, undo_import
from backstay.products.commerce.catalog.queries.products import COUNT
from backstay.products.commerce.catalog.service.groups import PERSONAL
from backstay.products.commerce.catalog.service.windows import prepare
from backstay.products.commerce.catalog.settings import CatalogSettings


async def card(reader: Reader) -> Card:
    """How many products the organization has."""
    count = await reader.one(COUNT)
    return Card(f"{count:,}", "products")


module = Module(
    name="catalog",
    summary="Products, variants and prices, searched with facets, imported with undo.",
    package=__package__,
    requires=["events", "idempotency", "jobs", "shops"],
    tables=tables.metadata,
    controllers=[
        ProductsController,
        VariantsController,
        CategoriesController,
        BrandsController,
        CollectionsController,
        PriceListsController,
        CustomerGroupsController,
        PriceEditsController,
        ImportsController,
        ExportsController,
        WindowController,
    ],
    permissions=[READ, WRITE, GROUPS],
    settings=CatalogSettings,
    events=[
        ProductCreated,
        ProductChanged,
        ProductPublished,
        ProductDeleted,
        ProductRestored,
        PricesChanged,
        PriceListChanged,
    ],
    declares=[run_import, undo_import, run_export, PERSONAL],
    prepare=prepare,
    guarantees=declared_in(f"{__package__}.guarantees"),
    seed=seed.seed,
    card=card,
)
