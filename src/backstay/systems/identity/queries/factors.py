"""Second factors and recovery codes."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, func, insert, select, update

from backstay.kernel.database import NOW, Uuid, param, statement
from backstay.systems.identity.contracts import Factor, FactorKind, Phone
from backstay.systems.identity.tables import factors, passkeys, recovery_codes


class Secret(Struct, frozen=True):
    """A factor with its sealed secret."""

    id: UUID
    kind: FactorKind
    name: str
    hint: str
    secret: bytes
    confirmed: bool


class OwnedSecret(Secret, frozen=True):
    """A factor with its sealed secret and whose it is."""

    user_id: UUID


_MINE = factors.c.user_id == param("user_id", Uuid)
_COUNTS = factors.c.confirmed_at.is_not(None)
_APP = factors.c.kind == FactorKind.TOTP.value
_PHONE = factors.c.kind == FactorKind.SMS.value
_SECRET = select(
    factors.c.id,
    factors.c.kind,
    factors.c.name,
    factors.c.hint,
    factors.c.secret,
    _COUNTS.label("confirmed"),
)

ADD = statement(insert(factors))
LIST = statement(
    select(
        factors.c.id,
        factors.c.kind,
        factors.c.name,
        factors.c.hint,
        factors.c.confirmed_at,
        factors.c.created_at,
        factors.c.used_at,
    )
    .where(_MINE)
    .order_by(factors.c.created_at, factors.c.id)
    .limit(100),
    Factor,
)
APPS = statement(_SECRET.where(_MINE, _APP, _COUNTS).order_by(factors.c.created_at), Secret)
PHONES = statement(
    select(factors.c.id.label("factor_id"), factors.c.name, factors.c.hint)
    .where(_MINE, _PHONE, _COUNTS)
    .order_by(factors.c.created_at, factors.c.id)
    .limit(100),
    Phone,
)
BY_ID = statement(_SECRET.add_columns(factors.c.user_id).where(factors.c.id == param("id")), OwnedSecret)
ALL_PHONES = statement(_SECRET.where(_MINE, _PHONE).order_by(factors.c.created_at), Secret)
GET = statement(_SECRET.where(_MINE, factors.c.id == param("id")), Secret)
USE = statement(
    update(factors)
    .where(factors.c.id == param("id"), factors.c.last_step < param("step"))
    .values(last_step=param("step"), used_at=NOW)
)
"""Of those who show one code at once, one moves the step on (RFC 6238, 5.2)."""
CONFIRM = statement(
    update(factors)
    .where(factors.c.id == param("id"), factors.c.confirmed_at.is_(None))
    .values(confirmed_at=NOW)
)
MARK_USED = statement(update(factors).where(factors.c.id == param("id")).values(used_at=NOW))
REMOVE = statement(delete(factors).where(_MINE, factors.c.id == param("id")))
REMOVE_UNCONFIRMED = statement(
    delete(factors).where(_MINE, factors.c.confirmed_at.is_(None), factors.c.kind == param("kind"))
)
REMOVE_PHONES = statement(delete(factors).where(_MINE, _PHONE))
REMOVE_ALL = statement(delete(factors).where(_MINE))
_FACTORS = select(func.count()).select_from(factors).where(_MINE, _COUNTS)
_PASSKEYS = select(func.count()).select_from(passkeys).where(passkeys.c.user_id == param("user_id", Uuid))
COUNT = statement(select((_FACTORS.scalar_subquery() + _PASSKEYS.scalar_subquery()).label("count")), int)
"""Of every kind; those that count."""
COUNT_STRONG = statement(
    select((_FACTORS.where(_APP).scalar_subquery() + _PASSKEYS.scalar_subquery()).label("count")), int
)
"""Those that count, without phones."""

ADD_CODE = statement(insert(recovery_codes))
CODE = statement(
    select(recovery_codes.c.code).where(
        recovery_codes.c.user_id == param("user_id"), recovery_codes.c.name == param("name")
    ),
    bytes,
)
USE_CODE = statement(
    delete(recovery_codes).where(
        recovery_codes.c.user_id == param("user_id"),
        recovery_codes.c.name == param("name"),
        recovery_codes.c.code == param("code"),
    )
)
"""Of those who show one code at once, one finds it."""
REMOVE_CODES = statement(delete(recovery_codes).where(recovery_codes.c.user_id == param("user_id")))
COUNT_CODES = statement(
    select(func.count().label("count"))
    .select_from(recovery_codes)
    .where(recovery_codes.c.user_id == param("user_id")),
    int,
)
