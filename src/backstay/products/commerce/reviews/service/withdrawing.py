"""What becomes of reviews when the money goes back."""

from __future__ import annotations

from uuid import UUID

from msgspec import structs

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce import orders
from backstay.products.commerce.reviews.contracts import ReviewState
from backstay.products.commerce.reviews.queries import reviews as queries
from backstay.products.commerce.reviews.service.keeping import for_change, hold, save
from backstay.products.commerce.reviews.service.writing import refunded


async def withdraw(uow: UnitOfWork, shop_id: UUID, order_id: UUID) -> int:
    """Withdraw what was said of lines of an order whose money all went back; how many reviews.

    Raises:
        NoSuchOrder: the shop has none with this id.
    """
    lines = refunded(await orders.get(uow, shop_id, order_id))
    await hold(uow, shop_id, lines.values())
    places = await uow.all(queries.OF_LINES, shop_id=shop_id, order_id=order_id, line_ids=sorted(lines))
    for one in places:
        row = await for_change(uow, shop_id, one.id)
        after = structs.replace(row, state=ReviewState.WITHDRAWN, reason="What it is about was refunded.")
        await save(uow, shop_id, row, after)
    return len(places)
