"""What a deployment may set under `[catalog]`, or as `BACKSTAY_CATALOG_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class CatalogSettings(Struct, frozen=True, kw_only=True):
    """Settings of the catalogue."""

    products_in_memory: Annotated[int, Meta(ge=1)] = 200_000
    """Products that a process holds to search them, of all shops together; the shop asked for last is
    held whatever its size."""
