"""The first owner's link."""

from __future__ import annotations

from sqlalchemy import delete, select

from backstay.kernel.database import NOW, Timestamp, param, statement, upsert
from backstay.systems.identity.tables import setups

_NEW = {"digest": param("digest"), "expires_at": param("expires_at", Timestamp)}
_LIVING = (setups.c.digest == param("digest"), setups.c.expires_at > NOW)

PUT = statement(upsert(setups, key=("name",)).insert(name="owner", **_NEW).update(**_NEW))
"""A new link takes the old one's place."""
FIND = statement(select(setups.c.name).where(*_LIVING), str)
SPEND = statement(delete(setups).where(*_LIVING).returning(setups.c.name), str)
"""Of many who use it at once, one gets the row."""
FORGET = statement(delete(setups))
