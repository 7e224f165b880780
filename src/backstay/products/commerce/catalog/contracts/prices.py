"""Price lists, what is for sale at which price, and edits of many prices."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.money import MAX_AMOUNT, Amount, CurrencyCode
from backstay.products.commerce.catalog.contracts.fields import GroupCode, Moment, Sku, SlugText, Title

ENTRIES: Final = 2_000
"""Prices that one request may set in a list."""
EDITED: Final = 20_000
"""Prices that one edit may change."""


class PriceListDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price list to be made; it has no prices at first."""

    name: Title
    currency: CurrencyCode
    customer_group: GroupCode | None = None
    """The code of the group that it is for; everybody's where None."""
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class PriceListChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change in a price list; what is left out stays."""

    name: Title | UnsetType = UNSET
    customer_group: GroupCode | UnsetType | None = UNSET
    starts_at: Moment | UnsetType | None = UNSET
    ends_at: Moment | UnsetType | None = UNSET


class PriceList(Struct, frozen=True):
    """Prices for a time, or for a group of customers. The lowest that applies is what a shopper pays."""

    id: UUID
    name: str
    currency: str
    customer_group: str | None
    """The code of the group that it is for; everybody's where None."""
    starts_at: datetime | None
    ends_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int
    """Grows with every change of it or of its prices; send it back as `If-Match`."""


class ListPrice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a variant costs by a list."""

    sku: Sku
    amount: Amount | None
    """Minor units; None takes the variant off the list."""


class ListPrices(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prices to set in a list; others stay."""

    prices: Annotated[tuple[ListPrice, ...], Meta(min_length=1, max_length=ENTRIES)]


class ListedPrice(Struct, frozen=True):
    """A price of a list."""

    variant_id: UUID
    sku: str
    amount: int


class Offer(Struct, frozen=True, kw_only=True):
    """A variant that is for sale now, and its price."""

    variant_id: UUID
    product_id: UUID
    sku: str
    slug: str
    """Of its product."""
    title: str
    """Of its product; `options` tell it from its siblings."""
    options: dict[str, str]
    image: str | None
    unit_price: int
    """Minor units; the lowest of the variant's own price and the price lists that apply."""
    compare_at: int | None
    """What is crossed out beside it."""
    currency: str
    tax_class: str
    discountable: bool
    weight: int
    """Grams of one."""
    brand_id: UUID | None
    category_ids: tuple[UUID, ...]
    """With those above them."""
    collection_ids: tuple[UUID, ...]
    gated: bool = False
    """Whether it is sold to those alone whose turn it is, as in a drop."""


class Selection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which variants; those that fulfil all that is said. All of the shop where nothing is."""

    category: SlugText | None = None
    brand: SlugText | None = None
    collection: SlugText | None = None
    skus: Annotated[tuple[Sku, ...], Meta(min_length=1, max_length=ENTRIES)] | None = None


class Was(StrEnum):
    """What is crossed out beside an edited price."""

    KEEP = "keep"
    """As it is; nothing where it would not be more than the price."""
    BEFORE = "before"
    """The price of before, where it was higher."""
    NOTHING = "nothing"


class PriceEditDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of many prices: times `ppm`, plus `add`, then to the nearest multiple of `round_to`."""

    currency: CurrencyCode
    only: Selection = Selection()
    ppm: Annotated[int, Meta(ge=0, le=100_000_000, description="Millionths: 900000 takes 10 % off.")] = (
        1_000_000
    )
    add: Annotated[int, Meta(ge=-MAX_AMOUNT, le=MAX_AMOUNT, description="Minor units.")] = 0
    round_to: Annotated[int, Meta(ge=1, le=10**9, description="Minor units: 5 for five cents.")] = 1
    compare_at: Was = Was.KEEP
    dry_run: bool = False
    """Say what would change, and change nothing."""


class PriceChange(Struct, frozen=True):
    """One price, before and after."""

    variant_id: UUID
    product_id: UUID
    sku: str
    currency: str
    before: Amount | None
    before_compare_at: int | None
    after: Amount | None
    after_compare_at: int | None


class PriceEdit(Struct, frozen=True, kw_only=True):
    """A change of many prices."""

    id: UUID | None
    """None of a dry run."""
    currency: str
    changed: int
    unchanged: int
    """Prices that the edit leaves what they are."""
    sample: tuple[PriceChange, ...]
    """The first twenty."""
    created_at: datetime
    undone_at: datetime | None


class PriceUndo(Struct, frozen=True, kw_only=True):
    """What an undo did."""

    restored: int
    left: tuple[PriceChange, ...]
    """Prices that somebody changed after the edit; they stay as they are."""
