"""Signed places, and the gate that takes them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import UnitOfWork
from backstay.kernel.signing import Keys
from backstay.products.commerce.drops.queries import drops as drop_queries
from backstay.products.commerce.drops.queries import places as queries

_ID_BYTES: Final = 16


class Named(Struct, frozen=True):
    """What a token names."""

    drop_id: UUID
    place_id: UUID


class Drops:
    """What drops hold in a backend: the key of their tokens, and the answer to whose turn it is."""

    def __init__(self, keys: Keys) -> None:
        """`keys`: the deployment's."""
        self._signer = keys.signer("drops.places")

    def token(self, drop_id: UUID, place_id: UUID) -> str:
        """The place's secret. It follows from the ids, so whoever joins again gets the same."""
        return self._signer.sign(drop_id.bytes + place_id.bytes)

    def named(self, token: str) -> Named | None:
        """What a token of ours names; None for all others."""
        raw = self._signer.open(token) if token.isascii() else None
        if raw is None or len(raw) != 2 * _ID_BYTES:
            return None
        return Named(UUID(bytes=raw[:_ID_BYTES]), UUID(bytes=raw[_ID_BYTES:]))

    async def pass_through(
        self,
        uow: UnitOfWork,
        variant_ids: Collection[UUID],
        *,
        place: str | None,
        customer_id: UUID | None,
        source_id: UUID,
    ) -> dict[UUID, UUID]:
        """As `orders.Gate`: one place buys one order, of the drop that it is in."""
        ids = [str(one) for one in sorted(variant_ids)]
        gated = {one.variant_id: one.drop_id for one in await uow.all(drop_queries.GATES, ids=ids)}
        if not gated:
            return {}  # its time was over a moment ago, and nobody has told the catalogue yet
        named = None if place is None else self.named(place)
        others = {variant: drop for variant, drop in gated.items() if named is None or drop != named.drop_id}
        if named is None or others:
            return others
        used = await uow.execute(
            queries.USE,
            id=named.place_id,
            drop_id=named.drop_id,
            customer_id=customer_id,
            source_id=source_id,
        )
        return {} if used else gated
