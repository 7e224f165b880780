"""Statements of the API key system."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, func, insert, null, or_, select, update

from backstay.kernel.database import ACTOR, NOW, Timestamp, Uuid, equals, listing, param, statement
from backstay.systems.apikeys.contracts import ApiKey
from backstay.systems.apikeys.tables import keys


class KeyRow(Struct, frozen=True):
    """What authenticating needs of a key."""

    id: UUID
    organization_id: UUID
    user_id: UUID
    name: str
    scopes: list[str]
    digest: bytes
    expires_at: datetime | None
    revoked_at: datetime | None


_SHOWN: Final = [
    keys.c.id,
    keys.c.user_id,
    keys.c.name,
    keys.c.hint,
    keys.c.scopes,
    keys.c.created_at,
    keys.c.expires_at,
    keys.c.revoked_at,
    keys.c.last_used_at,
    keys.c.replaced_by,
]
_MINE: Final = keys.c.user_id == ACTOR
_LIVING: Final = keys.c.revoked_at.is_(None) & or_(keys.c.expires_at.is_(None), keys.c.expires_at > NOW)

BY_ID: Final = statement(
    select(
        keys.c.id,
        keys.c.organization_id,
        keys.c.user_id,
        keys.c.name,
        keys.c.scopes,
        keys.c.digest,
        keys.c.expires_at,
        keys.c.revoked_at,
    ).where(keys.c.id == param("id")),
    KeyRow,
    # Whoever shows a key has no organization yet: the key says which it is.
    unscoped=True,
)
INSERT: Final = statement(
    insert(keys).values(
        id=param("id"),
        user_id=ACTOR,
        name=param("name"),
        hint=param("hint"),
        scopes=param("scopes"),
        digest=param("digest"),
        created_at=NOW,
        expires_at=param("expires_at"),
        revoked_at=null(),
        last_used_at=null(),
        replaced_by=null(),
    )
)
MINE: Final = statement(select(*_SHOWN).where(keys.c.id == param("id"), _MINE), ApiKey)
ANY: Final = statement(select(*_SHOWN).where(keys.c.id == param("id")), ApiKey)
LIVING: Final = statement(select(func.count().label("count")).select_from(keys).where(_MINE, _LIVING), int)
COUNT: Final = statement(select(func.count().label("count")).select_from(keys).where(_LIVING), int)
REVOKE: Final = statement(
    update(keys).where(keys.c.id == param("id"), keys.c.revoked_at.is_(None)).values(revoked_at=NOW)
)
REVOKE_ALL_OF: Final = statement(
    update(keys)
    .where(keys.c.user_id == param("user_id", Uuid), keys.c.revoked_at.is_(None))
    .values(revoked_at=NOW)
    .returning(keys.c.id),
    UUID,
    # A person who is banned or gone is so in every organization.
    unscoped=True,
)
REPLACE: Final = statement(
    update(keys)
    .where(keys.c.id == param("id"), keys.c.replaced_by.is_(None), _MINE, _LIVING)
    .values(replaced_by=param("replaced_by"), expires_at=param("expires_at", Timestamp))
)
_THEIRS: Final = keys.c.user_id == param("user_id", Uuid)
KEYS_OF: Final = statement(select(*_SHOWN).where(_THEIRS).order_by(keys.c.id), ApiKey, unscoped=True)
ERASE: Final = statement(delete(keys).where(_THEIRS), unscoped=True)
USED: Final = statement(
    update(keys).where(keys.c.id == param("id")).values(last_used_at=param("at", Timestamp)), unscoped=True
)

_FILTERS: Final = {"name": equals(keys.c.name, str, "Keys of this name.")}
OWN: Final = listing(
    select(*_SHOWN).where(_MINE),
    ApiKey,
    name="apikeys.own",
    key=keys.c.id,
    sorts={"created_at": keys.c.created_at},
    default=("-created_at",),
    filters=_FILTERS,
)
ALL: Final = listing(
    select(*_SHOWN),
    ApiKey,
    name="apikeys.all",
    key=keys.c.id,
    sorts={"created_at": keys.c.created_at},
    default=("-created_at",),
    filters={**_FILTERS, "user_id": equals(keys.c.user_id, UUID, "Keys of this person.")},
)
