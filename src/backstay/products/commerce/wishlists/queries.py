"""The statements of wishlists."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import LargeBinary, delete, false, func, insert, null, select, true, update

from backstay.kernel.database import ACTOR, Uuid, param, statement
from backstay.products.commerce.wishlists.contracts import Wishlist, WishlistItem, WishlistSummary
from backstay.products.commerce.wishlists.tables import lists


class SharedRow(Struct, frozen=True):
    """What a link leads to."""

    name: str
    items: tuple[WishlistItem, ...]


class OwnList(Struct, frozen=True):
    """A person's list in an export."""

    organization_id: UUID
    name: str
    items: tuple[WishlistItem, ...]
    created_at: datetime
    updated_at: datetime


class Wishes(Struct, frozen=True):
    """What is on a list."""

    id: UUID
    items: tuple[WishlistItem, ...]


_SHARED: Final = lists.c.token_digest.is_not(None).label("shared")
_WHOLE: Final = (
    lists.c.id,
    lists.c.name,
    lists.c.default,
    lists.c["items"],
    _SHARED,
    lists.c.created_at,
    lists.c.updated_at,
    lists.c.version,
)
_MINE: Final = (lists.c.shop_id == param("shop_id"), lists.c.owner_id == ACTOR)
_THIS: Final = (*_MINE, lists.c.id == param("id"))

CREATE = statement(insert(lists))
GET = statement(select(*_WHOLE).where(*_THIS), Wishlist)
LOCK = statement(select(*_WHOLE).where(*_THIS).with_for_update(), Wishlist)
DEFAULT = statement(select(*_WHOLE).where(*_MINE, lists.c.default).with_for_update(), Wishlist)
ALL = statement(
    select(
        lists.c.id,
        lists.c.name,
        lists.c.default,
        lists.c.units,
        _SHARED,
        lists.c.updated_at,
        lists.c.version,
    )
    .where(*_MINE)
    .order_by(lists.c.id),
    WishlistSummary,
)
WISHES = statement(
    select(lists.c.id, lists.c["items"]).where(*_MINE).order_by(lists.c.default.desc(), lists.c.id), Wishes
)
NAMED = statement(select(lists.c.id).where(*_MINE, lists.c.name_key == param("name_key")), UUID)
COUNT = statement(select(func.count().label("count")).select_from(lists), int)
KEEP = statement(
    update(lists)
    .where(*_THIS)
    .values({name: param(name, lists.c[name].type) for name in ("name", "name_key", "items", "units")})
)
"""The caller holds the row's lock."""
NO_DEFAULT = statement(
    update(lists)
    .where(*_MINE, lists.c.default)
    .values(default=false(), version=lists.c.version, updated_at=lists.c.updated_at)
)
BE_DEFAULT = statement(
    update(lists).where(*_THIS).values(default=true(), version=lists.c.version, updated_at=lists.c.updated_at)
)
REMOVE = statement(delete(lists).where(*_THIS))
SHARE = statement(update(lists).where(*_THIS).values(token_digest=param("token_digest", LargeBinary)))
UNSHARE = statement(update(lists).where(*_THIS).values(token_digest=null()))
SHARED = statement(
    select(lists.c.name, lists.c["items"]).where(
        lists.c.shop_id == param("shop_id"), lists.c.token_digest == param("token_digest", LargeBinary)
    ),
    SharedRow,
)

LISTS_OF = statement(
    select(*(lists.c[name] for name in OwnList.__struct_fields__))
    .where(lists.c.owner_id == param("user_id", Uuid))
    .order_by(lists.c.id),
    OwnList,
    unscoped=True,
)
ERASE = statement(delete(lists).where(lists.c.owner_id == param("user_id", Uuid)), unscoped=True)
