"""What shoppers see: lists with facets, and products."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.catalog.contracts.fields import SlugText
from backstay.products.commerce.catalog.contracts.products import Media


class Sort(StrEnum):
    """The order of a list."""

    RELEVANCE = "relevance"
    """Of a search; best selling without one."""
    PRICE = "price"
    """The cheapest first, by the lowest price of a product's variants."""
    PRICE_DOWN = "-price"
    RATING = "rating"
    """The highest rated first."""
    NEWEST = "newest"
    BEST_SELLING = "best_selling"


class Chosen(Struct, frozen=True, kw_only=True):
    """What a shopper asks for. Of one facet any of the values, of all facets each."""

    currency: str
    text: str = ""
    categories: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    price_from: int | None = None
    price_to: int | None = None
    rating: int | None = None
    in_stock: bool = False
    on_sale: bool = False
    """Only what has a higher price crossed out beside its own."""
    selling: bool = False
    """Only what was sold already; best sellers are no best sellers without."""


class Card(Struct, frozen=True, kw_only=True):
    """A product in a list."""

    id: UUID
    slug: str
    title: str
    brand: str | None
    """Its name."""
    image: Media | None
    price: int
    """The lowest of its variants, in minor units."""
    price_to: int
    """The highest."""
    compare_at: int | None
    """What is crossed out beside the lowest."""
    currency: str
    rating: int | None
    """Thousandths of a star, 1000 to 5000; None before the first review."""
    rating_count: int
    in_stock: bool


class FacetValue(Struct, frozen=True, kw_only=True):
    """A term that would narrow the list."""

    slug: str
    name: str
    count: int
    """How many there are with everything else that is chosen."""
    parent: str | None = None
    """Of a category."""


class OptionValueCount(Struct, frozen=True, kw_only=True):
    """A value of an option."""

    value: str
    count: int


class OptionFacet(Struct, frozen=True, kw_only=True):
    """An option, and the values that would narrow the list."""

    name: str
    values: tuple[OptionValueCount, ...]


class PriceRange(Struct, frozen=True, kw_only=True):
    """A range of prices; send both as `price_from` and `price_to`."""

    price_from: int
    price_to: int
    """The last price that belongs to it."""
    count: int


class RatingCount(Struct, frozen=True, kw_only=True):
    """So many have so many stars, or more."""

    at_least: int
    """Stars."""
    count: int


class Facets(Struct, frozen=True, kw_only=True):
    """What would narrow the list. The counts of a facet leave out what is chosen of that facet itself."""

    categories: tuple[FacetValue, ...]
    brands: tuple[FacetValue, ...]
    collections: tuple[FacetValue, ...]
    options: tuple[OptionFacet, ...]
    prices: tuple[PriceRange, ...]
    ratings: tuple[RatingCount, ...]
    in_stock: int


class Found(Struct, frozen=True, kw_only=True):
    """A page of a shop's products."""

    items: tuple[Card, ...]
    next_cursor: str | None
    """Send it as `cursor` for the products after these; null at the end."""
    total: int
    facets: Facets | None
    """Where it was asked for."""
    corrected: dict[str, str]
    """Words of the search that occur nowhere in the shop, and what was looked for instead."""


class StoreVariant(Struct, frozen=True, kw_only=True):
    """A variant that is for sale now."""

    id: UUID
    sku: str
    options: dict[str, str]
    price: int
    compare_at: int | None
    image: str | None
    in_stock: bool


class TermLink(Struct, frozen=True, kw_only=True):
    """Where a product is found."""

    slug: str
    name: str


class StoreProduct(Struct, frozen=True, kw_only=True):
    """A product, as shoppers see it."""

    id: UUID
    slug: str
    """Its present one; the product may have been asked for by one of before."""
    title: str
    description: str
    brand: TermLink | None
    categories: tuple[TermLink, ...]
    collections: tuple[TermLink, ...]
    options: tuple[str, ...]
    variants: tuple[StoreVariant, ...]
    media: tuple[Media, ...]
    currency: str
    rating: int | None
    """Thousandths of a star."""
    rating_count: int


class StoreTerm(Struct, frozen=True, kw_only=True):
    """A category, brand or collection, as shoppers see it."""

    slug: str
    name: str
    description: str
    image: str | None
    parent: str | None


class Span(Struct, frozen=True, array_like=True):
    """What a product costs from a moment on, in one currency, for everybody."""

    since: datetime | None
    """None: from the beginning."""
    lowest: int | None
    """None: it has no price in this time."""
    highest: int
    compare_at: int | None


class Listed(Struct, frozen=True, array_like=True):
    """A product as lists and searches need it, made anew whenever it changes."""

    slug: str
    title: str
    image: Media | None
    brand_id: UUID | None
    category_ids: tuple[UUID, ...]
    collection_ids: tuple[UUID, ...]
    options: dict[str, tuple[str, ...]]
    prices: dict[str, tuple[Span, ...]]
    title_words: tuple[str, ...]
    words: tuple[str, ...]
    """Of the description and the options."""
    published_from: datetime | None
    published_until: datetime | None
    created_at: datetime


class WindowWatcher(Protocol):
    """Is told of every change of a shop's window within its commit; held among the backend's parts."""

    def moved(self, uow: UnitOfWork, shop_id: UUID) -> None:
        """What shoppers see of the shop will not be what it was, once the unit has committed."""
        ...


SearchText = Annotated[
    str, Meta(max_length=200, description="Words that must all be there; the last one may go on.")
]
Slugs = Annotated[list[SlugText], Meta(max_length=20, description="Any of these; give it again for more.")]
