"""What every contender starts from: the rows, who asks, and what is sent. All of it from one seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

SEED: Final = 20260101
ROWS: Final = 10_000
ORGANIZATIONS: Final = 10
USERS: Final = 100
STATUSES: Final = ("open", "active", "done", "archived")
PAGE: Final = 20
MAX_TITLE: Final = 200
PRIORITIES: Final = (1, 5)
READ: Final = "items:read"
WRITE: Final = "items:write"

_START: Final = datetime(2025, 1, 1, tzinfo=UTC)
_WORDS: Final = [
    "harbour",
    "rope",
    "mast",
    "anchor",
    "tide",
    "chart",
    "lantern",
    "keel",
    "rudder",
    "gale",
    "crew",
    "deck",
    "sail",
    "compass",
    "buoy",
    "mooring",
    "ledger",
    "cargo",
    "pilot",
    "signal",
    "draught",
    "bearing",
    "swell",
    "beacon",
    "hull",
]


class Item(Struct, frozen=True):
    """One row, in the order of the table's columns."""

    id: UUID
    organization_id: UUID
    title: str
    body: str
    status: str
    priority: int
    created_at: datetime
    updated_at: datetime
    version: int

    def wire(self) -> dict[str, Any]:
        """What every contender must answer for it, times as instants."""
        return {
            "id": str(self.id),
            "organization_id": str(self.organization_id),
            "title": self.title,
            "body": self.body,
            "status": self.status,
            "priority": self.priority,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "version": self.version,
        }


class User(Struct, frozen=True):
    """Somebody who holds a token."""

    id: UUID
    organization_id: UUID


@cache
def users() -> Sequence[User]:
    """Everybody who asks; as many in each organization."""
    draw = random.Random(SEED + 1)
    organizations = [_uuid(draw) for _ in range(ORGANIZATIONS)]
    return [User(id=_uuid(draw), organization_id=organizations[n % ORGANIZATIONS]) for n in range(USERS)]


@cache
def items() -> Sequence[Item]:
    """The rows, oldest first; whole milliseconds, which every contender's language can hold."""
    draw = random.Random(SEED)
    organizations = [user.organization_id for user in users()[:ORGANIZATIONS]]
    rows, moment = [], _START
    for _ in range(ROWS):
        moment += timedelta(milliseconds=draw.randint(1, 60_000))
        rows.append(
            Item(
                id=_uuid(draw),
                organization_id=draw.choice(organizations),
                **_content(draw),
                created_at=moment,
                updated_at=moment,
                version=1,
            )
        )
    return rows


def bodies(count: int) -> list[dict[str, Any]]:
    """What `create` sends."""
    draw = random.Random(SEED + 2)
    return [_content(draw) for _ in range(count)]


def _content(draw: random.Random) -> dict[str, Any]:
    return {
        "title": " ".join(draw.choices(_WORDS, k=draw.randint(3, 8))),
        "body": " ".join(draw.choices(_WORDS, k=draw.randint(20, 50))),
        "status": draw.choice(STATUSES),
        "priority": draw.randint(*PRIORITIES),
    }


def _uuid(draw: random.Random) -> UUID:
    return UUID(int=draw.getrandbits(128), version=4)
