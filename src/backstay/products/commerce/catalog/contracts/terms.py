"""Terms: categories, brands and collections, by which products are found."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.products.commerce.catalog.contracts.fields import Description, SlugText, Title, Url


class TermKind(StrEnum):
    """What a term is."""

    CATEGORY = "category"
    """In a tree; a product in one is in all above it too."""
    BRAND = "brand"
    """Who makes it; a product has one at most."""
    COLLECTION = "collection"
    """Put together by hand."""


Position = Annotated[int, Meta(ge=0, le=100_000, description="Smaller ones come first.")]


class TermDraft(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A term to be made."""

    name: Title
    slug: SlugText | None = None
    """Made of the name where None."""
    description: Description = ""
    image: Url | None = None
    position: Position = 0
    parent: SlugText | None = None
    """Of a category: the one that it is in; at the top where None."""


class TermChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change in a term; what is left out stays."""

    name: Title | UnsetType = UNSET
    slug: SlugText | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    image: Url | UnsetType | None = UNSET
    position: Position | UnsetType = UNSET
    parent: SlugText | UnsetType | None = UNSET
    """Of a category: where it goes, with all that is in it; not into itself."""


class Term(Struct, frozen=True):
    """A category, a brand or a collection."""

    id: UUID
    slug: str
    name: str
    description: str
    image: str | None
    position: int
    parent_id: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int
    """Grows with every change; send it back as `If-Match`."""
