"""Products and their variants, as merchants keep them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.money import Amount, CurrencyCode
from backstay.products.commerce.catalog.contracts.fields import (
    AXES,
    MEDIA,
    PLACES,
    VARIANTS,
    Description,
    Grams,
    Moment,
    OptionName,
    OptionValue,
    Sku,
    SlugText,
    TaxClass,
    Title,
    Url,
)


class Price(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a variant costs in a currency, before any price list."""

    currency: CurrencyCode
    amount: Amount
    compare_at: Amount | None = None
    """What is crossed out beside it; more than the amount."""


class Media(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A picture; where it lies is its owner's business."""

    url: Url
    alt: Annotated[str, Meta(max_length=500)] = ""


Prices = Annotated[tuple[Price, ...], Meta(max_length=30)]
AxisNames = Annotated[tuple[OptionName, ...], Meta(max_length=AXES)]
Pictures = Annotated[tuple[Media, ...], Meta(max_length=MEDIA)]
Places = Annotated[tuple[SlugText, ...], Meta(max_length=PLACES)]


class VariantDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A variant as it shall be. One of the same SKU in the product keeps its id."""

    sku: Sku
    options: Annotated[tuple[OptionValue, ...], Meta(max_length=AXES)] = ()
    """A value for each of the product's options, in their order."""
    prices: Prices = ()
    barcode: Annotated[str, Meta(max_length=60, pattern="^[!-~]*$")] = ""
    weight: Grams = 0
    image: Url | None = None
    """Its own; the product's first where None."""


Variants = Annotated[tuple[VariantDraft, ...], Meta(min_length=1, max_length=VARIANTS)]


class ProductDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product to be made."""

    title: Title
    slug: SlugText | None = None
    """Made of the title where None."""
    description: Description = ""
    brand: SlugText | None = None
    categories: Places = ()
    collections: Places = ()
    tax_class: TaxClass = "standard"
    discountable: bool = True
    """Whether discounts touch it: a gift card is not."""
    options: AxisNames = ()
    variants: Variants
    media: Pictures = ()
    published_from: Moment | None = None
    """None: shoppers never see it."""
    published_until: Moment | None = None


class ProductChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change in a product; what is left out stays. Lists replace what was there."""

    title: Title | UnsetType = UNSET
    slug: SlugText | UnsetType = UNSET
    """The old one goes on leading to it."""
    description: Description | UnsetType = UNSET
    brand: SlugText | UnsetType | None = UNSET
    categories: Places | UnsetType = UNSET
    collections: Places | UnsetType = UNSET
    tax_class: TaxClass | UnsetType = UNSET
    discountable: bool | UnsetType = UNSET
    options: AxisNames | UnsetType = UNSET
    variants: Variants | UnsetType = UNSET
    media: Pictures | UnsetType = UNSET
    published_from: Moment | UnsetType | None = UNSET
    published_until: Moment | UnsetType | None = UNSET


class Variant(Struct, frozen=True, kw_only=True):
    """What can be put into a cart."""

    id: UUID
    sku: str
    options: tuple[str, ...]
    prices: tuple[Price, ...]
    barcode: str
    weight: int
    image: str | None
    in_stock: bool
    """As whoever keeps stock last told; true where nobody does."""


class Product(Struct, frozen=True, kw_only=True):
    """A product, whole."""

    id: UUID
    slug: str
    title: str
    description: str
    brand: str | None
    categories: tuple[str, ...]
    collections: tuple[str, ...]
    tax_class: str
    discountable: bool
    options: tuple[str, ...]
    variants: tuple[Variant, ...]
    media: tuple[Media, ...]
    published_from: datetime | None
    published_until: datetime | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int
    """Grows with every change of the product or any of its variants; send it back as `If-Match`."""


class ProductSummary(Struct, frozen=True):
    """A product in a merchant's list."""

    id: UUID
    slug: str
    title: str
    published_from: datetime | None
    published_until: datetime | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int


class Publication(StrEnum):
    """Whether shoppers see a product."""

    LIVE = "live"
    SCHEDULED = "scheduled"
    """They will."""
    ENDED = "ended"
    """They did."""
    DRAFT = "draft"
    """They never do, until somebody says from when."""


class ListedProduct(ProductSummary, frozen=True):
    """A product in a merchant's list, with what its variants come to."""

    image: str | None
    variants: int
    price_from: int | None
    """The lowest of its variants' own prices in the shop's currency; null where none has one."""
    price_to: int | None
    in_stock: bool
    """Whether any of its variants is."""


class VariantSummary(Struct, frozen=True, kw_only=True):
    """A variant, by what people know it."""

    id: UUID
    product_id: UUID
    sku: str
    title: str
    """Of its product; `options` tell it from its siblings."""
    options: dict[str, str]
    image: str | None
    in_stock: bool
    price: int | None
    """Its own in the shop's currency, before any price list."""


class Standing(Struct, frozen=True, kw_only=True):
    """Where a product stands now."""

    brand_id: UUID | None
    category_ids: tuple[UUID, ...]
    """With those above them."""
    collection_ids: tuple[UUID, ...]


class VariantState(Struct, frozen=True, kw_only=True):
    """A variant as it is kept in an undo."""

    id: UUID
    sku: str
    options: tuple[str, ...]
    prices: tuple[Price, ...]
    barcode: str
    weight: int
    image: str | None
    position: int
    in_stock: bool = True


class ProductState(Struct, frozen=True, kw_only=True):
    """All that a change may touch: what it was before makes its undo."""

    id: UUID
    slug: str
    title: str
    description: str
    brand_id: UUID | None
    category_ids: tuple[UUID, ...]
    collection_ids: tuple[UUID, ...]
    tax_class: str
    discountable: bool
    options: tuple[str, ...]
    variants: tuple[VariantState, ...]
    media: tuple[Media, ...]
    published_from: datetime | None
    published_until: datetime | None
    deleted: bool = False
