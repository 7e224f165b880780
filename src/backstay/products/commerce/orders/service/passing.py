"""The gate before goods that are sold in turn."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.orders.contracts.gate import Gate
from backstay.products.commerce.orders.contracts.placing import NewOrder
from backstay.products.commerce.orders.errors import NotYourTurn


async def pass_gate(uow: UnitOfWork, new: NewOrder, gated: Collection[UUID]) -> None:
    """Ask whether it is the buyer's turn. Goods that everybody may buy cost nothing.

    Raises:
        NotYourTurn: it is not; names what they may not buy.
    """
    if not gated:
        return
    try:
        gate = uow.part(Gate)  # type: ignore[type-abstract]  # a protocol is the key it is held by
    except LookupError:
        return  # composed without drops, nobody is in a queue
    refused = await gate.pass_through(
        uow, gated, place=new.place, customer_id=new.customer_id, source_id=new.source_id
    )
    if refused:
        raise NotYourTurn(refused)
