"""What orders keep of a person: who bought, and where it went. What was bought stays, as nobody's."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.personal import PersonalData
from backstay.products.commerce.orders.contracts.history import Placed
from backstay.products.commerce.orders.queries import personal as queries
from backstay.products.commerce.orders.service.book import search_text

NOBODY: Final = "erased@invalid"
"""An address of a domain that never is one (RFC 2606)."""
_FORGOTTEN: Final[dict[str, Any]] = {
    "email": NOBODY,
    "customer_id": None,
    "note": "",
    "shipping_address": None,
    "billing_address": None,
}


async def _export(reader: Reader, user_id: UUID) -> dict[str, Any]:
    return {"orders": await reader.all(queries.ORDERS_OF, user_id=user_id)}


async def _erase(uow: UnitOfWork, user_id: UUID) -> int:
    """Books must be kept, names need not: sums, goods and events stay, and replay to what is shown."""
    theirs = await uow.all(queries.ORDERS_OF, user_id=user_id)
    for order in (one.state for one in theirs):
        state = structs.replace(order, **_FORGOTTEN)
        await uow.execute(queries.FORGET, id=order.id, email=NOBODY, search=search_text(state), state=state)
        first = await uow.one(queries.FIRST_EVENT, order_id=order.id)
        if isinstance(first.data, Placed):
            data = structs.replace(first.data, **_FORGOTTEN)
            await uow.execute(queries.FORGET_FIRST, order_id=order.id, data=data)
    await uow.execute(queries.FORGET_ACTOR, user_id=user_id)
    return len(theirs)


PERSONAL: Final = PersonalData(export=_export, erase=_erase)
"""For the manifest."""
