"""What shoppers are told of stock."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader
from backstay.kernel.http import Controller, FromPath, FromQuery, get
from backstay.products.commerce.inventory.contracts import Shelf
from backstay.products.commerce.inventory.service import reading
from backstay.products.commerce.inventory.settings import InventorySettings
from backstay.products.commerce.shops import NoSuchShop, Slug, enter

Variants = Annotated[list[UUID], Meta(min_length=1, max_length=100, description="As often as there are.")]


class AvailabilityController(Controller):
    """Stock, for whoever comes by."""

    path: ClassVar[str] = "/store/{shop:str}/availability"

    @get(public=True, problems=[NoSuchShop])
    async def availability(
        self, reader: Reader, backend: Backend, shop: FromPath[Slug], variant_id: FromQuery[Variants]
    ) -> list[Shelf]:
        """See whether variants are in stock; how many there are, if the shop tells."""
        reader, found = await enter(reader, shop)
        few = backend.settings.module(InventorySettings).few_left
        return await reading.shelves(reader, found.id, variant_id, few_left=few, exact=found.exact_stock)
