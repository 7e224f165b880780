"""What a shop shows first."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from backstay.products.commerce.catalog import window


class SectionKind(StrEnum):
    """Why products stand together."""

    TOP_SELLING = "top_selling"
    ON_SALE = "on_sale"
    HIGHEST_RATED = "highest_rated"
    NEWEST = "newest"


class Section(Struct, frozen=True, kw_only=True):
    """Some products of a shop, the first first."""

    kind: SectionKind
    items: tuple[window.Card, ...]
    """At least one: what nothing is known of is left out."""
    total: int
    """How many there are of these in the shop."""


class HomeCategory(Struct, frozen=True, kw_only=True):
    """A category with something in it."""

    slug: str
    name: str
    parent: str | None
    count: int
    """Products that are for sale in it, and in those below it."""


class Home(Struct, frozen=True, kw_only=True):
    """What a shop shows first, in one currency."""

    currency: str
    products: int
    """How many are for sale."""
    sections: tuple[Section, ...]
    categories: tuple[HomeCategory, ...]
    """In their merchant's order."""
    until: datetime | None
    """When the clock alone changes it next, as something is published or a price list ends. Null: never."""
