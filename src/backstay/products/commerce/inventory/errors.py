"""What inventory refuses."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from backstay.kernel.errors import Conflict, NotFound, PreconditionFailed


class Shortage(Struct, frozen=True):
    """Of what too little is there."""

    variant_id: UUID
    wanted: int
    available: int
    """What the asker could have instead."""


class InsufficientStock(Conflict):
    """Nothing was reserved; `shortages` has a line for each variant of which too little is there."""

    code = "insufficient_stock"
    title = "There is not enough in stock"

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__(shortages=list(shortages))
        self.shortages = tuple(shortages)


class NotHeld(Conflict):
    """More is to be shipped than the holder has and lies there; `shortages` says of what."""

    code = "stock_not_held"
    title = "More than was reserved, or than lies there"

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__(shortages=list(shortages))
        self.shortages = tuple(shortages)


class NotShipped(Conflict):
    """More is to come back than was shipped and has not come back yet; `shortages` says of what."""

    code = "stock_not_shipped"
    title = "More than was shipped"

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__(shortages=list(shortages))
        self.shortages = tuple(shortages)


class StockReserved(Conflict):
    """What would be left does not cover what is promised: release a hold, or allow back orders, first."""

    code = "stock_reserved"
    title = "Units of these are promised"


class StockChanged(Conflict):
    """Another number lies there than `expected`; `on_hand` is the present one."""

    code = "stock_changed"
    title = "The stock was changed since you looked"


class TooMuchStock(Conflict):
    """A level cannot hold as many units."""

    code = "stock_too_large"
    title = "That is more than one location can hold"


class NoSuchLocation(NotFound):
    """The shop has no such location."""

    code = "location_not_found"
    title = "There is no such location"


class LocationTaken(Conflict):
    """Another location of the shop has this name."""

    code = "location_name_taken"
    title = "Another location has this name"


class LocationInUse(Conflict):
    """It has a ledger, which is kept: deactivate it instead."""

    code = "location_in_use"
    title = "Goods were kept there"


class StaleLocation(PreconditionFailed):
    """It was changed since it was read; `version` is the present one."""

    code = "stale_location"
    title = "The location was changed since you read it"


class NoSuchLevel(NotFound):
    """The shop has no such level."""

    code = "level_not_found"
    title = "There is no such level"


class StaleLevel(PreconditionFailed):
    """Its thresholds were changed since they were read; `version` is the present one."""

    code = "stale_level"
    title = "The thresholds were changed since you read them"


class NoSuchReservation(NotFound):
    """Nothing is reserved for this holder, or not any more."""

    code = "reservation_not_found"
    title = "There is no such reservation"


class NotByHand(Conflict):
    """A cart or an order holds this; what becomes of it is decided there."""

    code = "reservation_not_by_hand"
    title = "This is held by a cart or an order"
