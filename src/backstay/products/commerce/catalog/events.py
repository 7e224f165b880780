"""What happens to a catalogue."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from backstay.kernel.event import Event
from backstay.products.commerce.catalog.contracts.prices import PriceChange


class _OfProduct(Event, frozen=True, kw_only=True):
    shop_id: UUID
    product_id: UUID
    slug: str

    @override
    def subject(self) -> str:
        """The product: what happens to it is told in order."""
        return str(self.product_id)


class ProductCreated(_OfProduct, frozen=True, kw_only=True):
    """A product was made."""

    type: ClassVar[str] = "catalog.product_created"
    variant_ids: list[UUID]


class ProductChanged(_OfProduct, frozen=True, kw_only=True):
    """A product or its variants were changed."""

    type: ClassVar[str] = "catalog.product_changed"
    fields: list[str]
    """What differs: names of the product's fields, in the order of the alphabet."""
    added: list[UUID]
    """Variants that came."""
    removed: list[UUID]
    """Variants that went."""


class ProductPublished(_OfProduct, frozen=True, kw_only=True):
    """When shoppers see a product was set anew; the times may lie ahead."""

    type: ClassVar[str] = "catalog.product_published"
    published_from: str | None
    """ISO 8601; None: never."""
    published_until: str | None


class ProductDeleted(_OfProduct, frozen=True, kw_only=True):
    """A product was deleted; it can be restored."""

    type: ClassVar[str] = "catalog.product_deleted"


class ProductRestored(_OfProduct, frozen=True, kw_only=True):
    """A deleted product is back."""

    type: ClassVar[str] = "catalog.product_restored"


class PricesChanged(Event, frozen=True, kw_only=True):
    """Variants' own prices changed; at most 200 a time."""

    type: ClassVar[str] = "catalog.prices_changed"
    shop_id: UUID
    changes: list[PriceChange]

    @override
    def subject(self) -> str:
        """The shop: its prices are told in their order."""
        return str(self.shop_id)


class PriceListChanged(Event, frozen=True, kw_only=True):
    """A price list, or some of its prices, changed."""

    type: ClassVar[str] = "catalog.price_list_changed"
    shop_id: UUID
    price_list_id: UUID

    @override
    def subject(self) -> str:
        """The shop, as for prices."""
        return str(self.shop_id)
