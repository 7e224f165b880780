"""What is kept where, what of it is promised to whom, and every movement of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.patterns import NOT_BLANK

LARGEST: Final = 1_000_000_000
"""Units of one variant in one place, at most."""
LINES: Final = 200
"""Lines of a hold or of a count, at most."""
DAY: Final = 86_400

Count = Annotated[int, Meta(ge=0, le=LARGEST, description="Units.", examples=[12])]
Quantity = Annotated[int, Meta(ge=1, le=LARGEST, description="Units.", examples=[1])]
Reason = Annotated[
    str, Meta(min_length=1, max_length=300, pattern=NOT_BLANK, examples=["Two broke when the shelf fell"])
]
LocationName = Annotated[str, Meta(min_length=1, max_length=200, pattern=NOT_BLANK, examples=["Hamburg"])]
Priority = Annotated[int, Meta(ge=0, le=10_000, description="Goods are taken from smaller ones first.")]


class MovementKind(StrEnum):
    """Why a level moved."""

    RESERVED = "reserved"
    """Promised to a holder."""
    RELEASED = "released"
    """The promise was taken back."""
    LAPSED = "lapsed"
    """The promise's time was over."""
    SHIPPED = "shipped"
    """Promised units left."""
    RETURNED = "returned"
    """Shipped units came back."""
    ADJUSTED = "adjusted"
    """Somebody said so, with a reason."""
    TRANSFERRED = "transferred"
    """Units went from one location to another."""
    COUNTED = "counted"
    """A stock take found this many."""


class LevelState(StrEnum):
    """What a level is looked for by."""

    LOW = "low"
    """No more than its threshold is left to sell."""
    OUT = "out"
    """Nothing is left to sell, back orders included."""


class Location(Struct, frozen=True):
    """Where goods are kept."""

    id: UUID
    name: str
    priority: int
    active: bool
    """Whether its goods are for sale. What it has promised already stays promised."""
    created_at: datetime
    updated_at: datetime
    version: int
    """Grows with every change; send it back as `If-Match`."""


class NewLocation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A location to be opened."""

    name: LocationName
    priority: Priority = 100
    active: bool = True


class LocationChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a location; what is left out stays."""

    name: LocationName | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class Level(Struct, frozen=True):
    """How much of a variant there is in one location."""

    id: UUID
    variant_id: UUID
    location_id: UUID
    on_hand: int
    """Units that lie there."""
    reserved: int
    """Units promised, those of lapsed holds that nobody has swept yet included."""
    available: int
    """On hand and not promised; below nothing where back orders wait."""
    backorder_limit: int
    """How many units may be promised beyond those on hand."""
    low_stock_at: int | None
    """From how few available units on this counts as low; never when null."""
    updated_at: datetime
    version: int
    """Of its thresholds, not of its stock; send it back as `If-Match`."""


class Thresholds(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a level; what is left out stays."""

    backorder_limit: Count | UnsetType = UNSET
    low_stock_at: Count | UnsetType | None = UNSET


class Adjustment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of what lies somewhere: by so many units, or to so many if there are as many as expected."""

    variant_id: UUID
    location_id: UUID
    reason: Reason
    by: Annotated[int, Meta(ge=-LARGEST, le=LARGEST)] | None = None
    """Units that came, or went as a negative number."""
    to: Count | None = None
    expected: Count | None = None
    """With `to`: how many were on hand when it was decided; 0 where there was no level yet."""


class Transfer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Unpromised units on their way from one location to another, in no time."""

    variant_id: UUID
    from_location_id: UUID
    to_location_id: UUID
    quantity: Quantity
    reason: Reason | None = None


class Counted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many of a variant were found."""

    variant_id: UUID
    on_hand: Count


class StockTake(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found in a location, whatever was thought to be there. Variants not named stay."""

    location_id: UUID
    lines: Annotated[tuple[Counted, ...], Meta(min_length=1, max_length=LINES)]
    reason: Reason | None = None


class Movement(Struct, frozen=True):
    """One line of the ledger, which is only ever added to."""

    id: UUID
    level_id: UUID
    variant_id: UUID
    location_id: UUID
    kind: MovementKind
    on_hand_change: int
    reserved_change: int
    on_hand: int
    """Afterwards."""
    reserved: int
    """Afterwards."""
    sequence: int
    """The level's movements are numbered from 1, without a gap."""
    holder_id: UUID | None
    """For whom: a cart, an order, a hold made by hand; null where it was for nobody."""
    reason: str | None
    created_at: datetime
    created_by: UUID


class Want(Struct, frozen=True, forbid_unknown_fields=True):
    """So many of a variant."""

    variant_id: UUID
    quantity: Quantity


class Allocation(Struct, frozen=True):
    """Units promised to a holder out of one location."""

    variant_id: UUID
    location_id: UUID
    quantity: int


class Reservation(Struct, frozen=True):
    """What is promised to a holder, whole or not at all. Variants that are not tracked are not in it."""

    holder_id: UUID
    expires_at: datetime | None
    """Until when; null for ever."""
    allocations: list[Allocation]


class Hold(Struct, frozen=True):
    """A reservation, as a line of a list."""

    holder_id: UUID
    units: int
    """Still promised."""
    by_hand: bool
    """Whether a merchant made it, and not a cart or an order."""
    reason: str | None
    expires_at: datetime | None
    created_at: datetime


class NewHold(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Goods to be put aside by hand: for an order by telephone, for a customer who comes by."""

    lines: Annotated[tuple[Want, ...], Meta(min_length=1, max_length=LINES)]
    seconds: Annotated[int, Meta(ge=1, le=90 * DAY, description="For how long.")] | None = None
    """Until it is released, when null."""
    reason: Reason | None = None


class Availability(Struct, frozen=True):
    """How much of a variant can be sold now."""

    variant_id: UUID
    tracked: bool
    """False where no location has a level of it: then it is not limited, and the numbers say nothing."""
    in_stock: int
    """Units that lie in active locations and are promised to nobody."""
    backorder: int
    """Units beyond these that may be promised."""

    def covers(self, quantity: int) -> bool:
        """Whether so many can be sold."""
        return not self.tracked or quantity <= self.in_stock + self.backorder


class ShelfState(StrEnum):
    """What shoppers are told of a variant."""

    IN_STOCK = "in_stock"
    FEW_LEFT = "few_left"
    BACKORDER = "backorder"
    """None is there; it can be ordered all the same, and will take longer."""
    OUT = "out"


class Shelf(Struct, frozen=True):
    """A variant as shoppers see its stock."""

    variant_id: UUID
    state: ShelfState
    quantity: int | None
    """How many there are, where the shop tells; null where it does not, or where they are not counted."""


class Discrepancy(Struct, frozen=True):
    """A level that does not agree with its ledger or with the reservations: there must never be one."""

    level_id: UUID
    variant_id: UUID
    location_id: UUID
    on_hand: int
    on_hand_in_ledger: int
    reserved: int
    reserved_in_ledger: int
    reserved_by_holders: int
    """The sum of all reservations that are there."""
    movements: int
    """How often the level says that it moved."""
    movements_in_ledger: int


class Invariants(Struct, frozen=True):
    """What was compared, and what does not agree."""

    levels: int
    holds: bool
    """Whether all of them agree with the ledger and with the reservations."""
    discrepancies: list[Discrepancy]
    """The first hundred."""
