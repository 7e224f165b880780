"""The keys that sign access tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import delete, insert, select

from backstay.kernel.database import Timestamp, param, statement
from backstay.systems.identity.tables import signing_keys


class KeyRow(Struct, frozen=True):
    """A key; its private half sealed."""

    kid: str
    algorithm: str
    public: dict[str, Any]
    private: bytes
    created_at: datetime
    active_at: datetime


_ROW: Final = select(
    signing_keys.c.kid,
    signing_keys.c.algorithm,
    signing_keys.c.public,
    signing_keys.c.private,
    signing_keys.c.created_at,
    signing_keys.c.active_at,
)

ALL = statement(_ROW.order_by(signing_keys.c.active_at, signing_keys.c.kid), KeyRow)
INSERT = statement(insert(signing_keys))
REMOVE = statement(delete(signing_keys).where(signing_keys.c.active_at < param("before", Timestamp)))
"""Keys whose successor has signed alone for longer than any token holds; the caller keeps the newest."""
