"""Passkeys, and the challenges that they answer."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct
from sqlalchemy import and_, delete, insert, or_, select, true, update

from backstay.kernel.database import NOW, Uuid, param, statement, upsert
from backstay.systems.identity.contracts import Passkey
from backstay.systems.identity.tables import ceremonies, passkeys


class Credential(Struct, frozen=True):
    """A passkey as its answers are judged by."""

    id: UUID
    user_id: UUID
    name: str
    credential_id: bytes
    public_key: bytes
    transports: list[str]
    verified: bool
    backup_eligible: bool


class Ceremony(Struct, frozen=True):
    """Whose challenge it was."""

    user_id: UUID | None
    session_id: UUID | None


_MINE = passkeys.c.user_id == param("user_id", Uuid)
_ONE = and_(_MINE, passkeys.c.id == param("id"))
_SHOWN = (
    passkeys.c.id,
    passkeys.c.name,
    passkeys.c.backed_up,
    passkeys.c.verified,
    passkeys.c.created_at,
    passkeys.c.used_at,
    passkeys.c.doubted_at,
)
_CREDENTIAL = select(
    passkeys.c.id,
    passkeys.c.user_id,
    passkeys.c.name,
    passkeys.c.credential_id,
    passkeys.c.public_key,
    passkeys.c.transports,
    passkeys.c.verified,
    passkeys.c.backup_eligible,
)

_ROW = {column.name: param(column.name, column.type) for column in passkeys.c}

ADD = statement(upsert(passkeys, key=("credential_id",)).insert(**_ROW))
"""Nothing is written where somebody has this credential already."""
LIST = statement(select(*_SHOWN).where(_MINE).order_by(passkeys.c.created_at, passkeys.c.id), Passkey)
GET = statement(select(*_SHOWN).where(_ONE), Passkey)
CREDENTIALS = statement(_CREDENTIAL.where(_MINE).order_by(passkeys.c.created_at, passkeys.c.id), Credential)
BY_CREDENTIAL = statement(_CREDENTIAL.where(passkeys.c.credential_id == param("credential_id")), Credential)
RENAME = statement(update(passkeys).where(_ONE).values(name=param("name")).returning(*_SHOWN), Passkey)
REMOVE = statement(delete(passkeys).where(_ONE).returning(passkeys.c.name), str)
REMOVE_ALL = statement(delete(passkeys).where(_MINE))
USE = statement(
    update(passkeys)
    .where(
        passkeys.c.id == param("id"),
        or_(
            passkeys.c.sign_count < param("sign_count"),
            and_(passkeys.c.sign_count == 0, param("sign_count") == 0),
        ),
    )
    .values(sign_count=param("sign_count"), backed_up=param("backed_up"), used_at=NOW)
)
"""Moves the counter on, or leaves it at the 0 of those that have none (WebAuthn Level 3, 6.1.1)."""
TRUST = statement(update(passkeys).where(passkeys.c.id == param("id")).values(verified=true()))
DOUBT = statement(update(passkeys).where(passkeys.c.id == param("id")).values(doubted_at=NOW))

BEGIN = statement(insert(ceremonies))
SPEND = statement(
    delete(ceremonies)
    .where(
        ceremonies.c.digest == param("digest"),
        ceremonies.c.purpose == param("purpose"),
        ceremonies.c.expires_at > NOW,
    )
    .returning(ceremonies.c.user_id, ceremonies.c.session_id),
    Ceremony,
)
"""Of those who answer one challenge at once, one finds it."""
PRUNE = statement(delete(ceremonies).where(ceremonies.c.expires_at <= NOW))
