"""What the API key system takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.patterns import NOT_BLANK

LONGEST: Final = 5 * 365 * 86_400
"""Seconds that a key which expires may live, at most."""
LONGEST_OVERLAP: Final = 30 * 86_400
"""Seconds that a key may go on after it was rotated, at most."""
KEYS_PER_PERSON: Final = 100

Scopes = Annotated[
    list[Annotated[str, Meta(min_length=1, max_length=100, examples=["notes:read"])]],
    Meta(min_length=1, max_length=500, description="Permissions; all of them must be the maker's."),
]


class NewKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to be made."""

    name: Annotated[
        str,
        Meta(min_length=1, max_length=100, pattern=NOT_BLANK, description="For people.", examples=["Backup"]),
    ]
    scopes: Scopes
    expires_in: Annotated[int, Meta(ge=60, le=LONGEST, examples=[7_776_000])] | None = None
    """Seconds until it stops working; null for never."""


class Rotation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a key is to be replaced."""

    overlap: Annotated[int, Meta(ge=0, le=LONGEST_OVERLAP)] = 86_400
    """Seconds that the old key goes on working, if it would have lived as long."""


class ApiKey(Struct, frozen=True):
    """A key, without what proves it."""

    id: UUID
    user_id: UUID
    """Whose it is: it acts for them."""
    name: str
    hint: str
    """Its beginning and its last four characters, to tell it from others."""
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    """To the minute or so."""
    replaced_by: UUID | None
    """The key that came after it."""


class IssuedKey(Struct, frozen=True):
    """A fresh key. This is the only time that it is shown: only a digest of it is kept."""

    id: UUID
    key: str
    """Send it as `Authorization: Bearer …` or `X-Api-Key: …`."""
    name: str
    scopes: list[str]
    expires_at: datetime | None
