"""The statements of carts."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, delete, func, insert, or_, select, update

from backstay.kernel.database import NOW, Uuid, equals, listing, param, statement
from backstay.products.commerce.carts.contracts import (
    Address,
    CartLine,
    CartState,
    CartSummary,
    LineChange,
)
from backstay.products.commerce.carts.tables import carts


class Row(Struct, frozen=True):
    """A cart with what proves it."""

    id: UUID
    shop_id: UUID
    state: CartState
    customer_id: UUID | None
    token_digest: bytes | None
    currency: str
    country: str
    email: str | None
    note: str | None
    shipping_address: Address | None
    billing_address: Address | None
    shipping_method: UUID | None
    codes: tuple[str, ...]
    gift_cards: tuple[UUID, ...]
    lines: tuple[CartLine, ...]
    changes: tuple[LineChange, ...]
    order_id: UUID | None
    merged_into: UUID | None
    held_until: datetime | None
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int


class OwnCart(Struct, frozen=True):
    """A person's cart in an export."""

    organization_id: UUID
    state: CartState
    email: str | None
    note: str | None
    shipping_address: Address | None
    billing_address: Address | None
    lines: tuple[CartLine, ...]
    updated_at: datetime


_ROW: Final = tuple(carts.c[name] for name in Row.__struct_fields__)
_LIVING: Final = (carts.c.shop_id == param("shop_id"), carts.c.expires_at > NOW)
_OPEN: Final = carts.c.state == CartState.OPEN.value
_KEPT: Final = (
    *("customer_id", "token_digest", "state", "currency", "country", "email", "note", "shipping_address"),
    *(
        "billing_address",
        "shipping_method",
        "codes",
        "gift_cards",
        "lines",
        "changes",
        "units",
        "merged_into",
        "held_until",
        "expires_at",
    ),
)

CREATE = statement(insert(carts))
GET = statement(select(*_ROW).where(*_LIVING, carts.c.id == param("id")), Row)
LOCK = statement(select(*_ROW).where(*_LIVING, carts.c.id == param("id")).with_for_update(), Row)
OWN = statement(select(*_ROW).where(*_LIVING, carts.c.customer_id == param("customer_id", Uuid), _OPEN), Row)
LOCK_BOTH = statement(
    select(*_ROW)
    .where(
        *_LIVING,
        or_(
            carts.c.id == param("id"),
            (carts.c.customer_id == param("customer_id", Uuid)) & _OPEN,
        ),
    )
    .order_by(carts.c.id)
    .with_for_update(),
    Row,
)
"""A guest's cart and the open one of an account, in the order of their ids."""
SAVE = statement(
    update(carts)
    .where(carts.c.id == param("id"), carts.c.version == param("expected"))
    .values({name: param(name, carts.c[name].type) for name in _KEPT})
)
COMPLETE = statement(
    update(carts)
    .where(carts.c.id == param("id"), _OPEN)
    .values(
        state=CartState.COMPLETED.value,
        order_id=param("order_id", Uuid),
    )
)
ANY = statement(select(*_ROW).where(carts.c.id == param("id")), Row)
LIST = listing(
    select(
        carts.c.id,
        carts.c.state,
        carts.c.customer_id,
        carts.c.email,
        carts.c.currency,
        carts.c.units,
        carts.c.order_id,
        carts.c.created_at,
        carts.c.updated_at,
        carts.c.expires_at,
        carts.c.version,
    ).where(carts.c.shop_id == param("shop_id")),
    CartSummary,
    name="carts.list",
    key=carts.c.id,
    sorts={"updated_at": carts.c.updated_at, "created_at": carts.c.created_at, "units": carts.c.units},
    default=("-updated_at",),
    filters={
        "state": equals(carts.c.state, CartState),
        "customer_id": equals(carts.c.customer_id, UUID),
        "email": equals(carts.c.email, str, "As it was given."),
    },
)
COUNT_OPEN = statement(select(func.count().label("count")).select_from(carts).where(_OPEN), int)

_over = (
    select(carts.c.id)
    .where(carts.c.expires_at <= NOW)
    .order_by(carts.c.expires_at)
    .limit(param("batch", Integer))
)
EXPIRE = statement(
    delete(carts).where(carts.c.id.in_(_over.scalar_subquery()), carts.c.expires_at <= NOW), unscoped=True
)
"""Also one that was changed meanwhile is looked at again: what moved its end stays."""

CARTS_OF = statement(
    select(*(carts.c[name] for name in OwnCart.__struct_fields__))
    .where(carts.c.customer_id == param("user_id", Uuid))
    .order_by(carts.c.created_at, carts.c.id),
    OwnCart,
    unscoped=True,
)
ERASE = statement(delete(carts).where(carts.c.customer_id == param("user_id", Uuid)), unscoped=True)
