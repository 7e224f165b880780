"""What happens to stock that somebody outside may want to hear of: not each movement, but crossings."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from backstay.kernel.event import Event


class _OfVariant(Event, frozen=True, kw_only=True):
    shop_id: UUID
    variant_id: UUID

    @override
    def subject(self) -> str:
        """The variant: what happens to it is told in its order."""
        return str(self.variant_id)


class StockRanLow(_OfVariant, frozen=True, kw_only=True):
    """What is available in a location fell to its threshold, or below it."""

    type: ClassVar[str] = "inventory.stock_ran_low"
    location_id: UUID
    available: int
    low_stock_at: int


class StockRanOut(_OfVariant, frozen=True, kw_only=True):
    """The last unit of a variant that could be sold was promised, or went."""

    type: ClassVar[str] = "inventory.stock_ran_out"


class StockCameBack(_OfVariant, frozen=True, kw_only=True):
    """A variant that could not be sold can be sold again."""

    type: ClassVar[str] = "inventory.stock_came_back"
    available: int
    """Units that may be promised, back orders included."""
