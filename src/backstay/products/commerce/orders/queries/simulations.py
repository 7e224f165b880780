"""Orders of the past, the newest first, to be tried on."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Integer, and_, or_, select

from backstay.kernel.database import Timestamp, Uuid, param, statement
from backstay.products.commerce.orders.queries.lists import LIVE
from backstay.products.commerce.orders.queries.orders import Stored
from backstay.products.commerce.orders.tables import orders

_BEFORE: Final = param("before", Timestamp)
PAST: Final = statement(
    select(orders.c.state)
    .where(
        orders.c.shop_id == param("shop_id"),
        orders.c.placed_at >= param("since", Timestamp),
        or_(
            orders.c.placed_at < _BEFORE,
            and_(orders.c.placed_at == _BEFORE, orders.c.id < param("before_id", Uuid)),
        ),
        LIVE,
    )
    .order_by(orders.c.placed_at.desc(), orders.c.id.desc())
    .limit(param("limit", Integer)),
    Stored,
)
