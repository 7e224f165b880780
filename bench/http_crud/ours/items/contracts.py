"""What leaves the module."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct


class Status(StrEnum):
    """How far an item is."""

    OPEN = "open"
    ACTIVE = "active"
    DONE = "done"
    ARCHIVED = "archived"


class Item(Struct, frozen=True):
    """An item."""

    id: UUID
    organization_id: UUID
    title: str
    body: str
    status: Status
    priority: int
    created_at: datetime
    updated_at: datetime
    version: int
