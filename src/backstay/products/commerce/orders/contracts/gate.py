"""Who else has a say in whether goods may be bought."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from backstay.kernel.database import UnitOfWork


class Gate(Protocol):
    """Knows whose turn it is to buy what the catalogue tells as `gated`; held among the backend's parts.

    Where nobody does, it is everybody's.
    """

    async def pass_through(
        self,
        uow: UnitOfWork,
        variant_ids: Collection[UUID],
        *,
        place: str | None,
        customer_id: UUID | None,
        source_id: UUID,
    ) -> dict[UUID, UUID]:
        """Let a purchase take these variants, and use up the buyer's place with its commit.

        Args:
            uow: of the purchase, in the shop's organization.
            variant_ids: what is bought of what is `gated`.
            place: what the buyer showed.
            customer_id: their account.
            source_id: what stands for the purchase.

        Returns:
            The variants that it may not take, each with the drop that it is sold in; none is used up then.
        """
        ...
