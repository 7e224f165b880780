"""What a file of invoices is read as, what of it could not be taken as it stands, and how far a replay is."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from msgspec import Struct

from backstay.products.commerce.orders import PastOrder, PastReturn


class Oddity(StrEnum):
    """Why a line of the file is not a plain sale, in the words of the report."""

    COLUMNS = "refused: not as many columns as the header"
    NO_INVOICE = "refused: no invoice or no stock code"
    BAD_QUANTITY = "refused: the quantity is no whole number, zero, or beyond a million"
    BAD_PRICE = "refused: the price is no number, below nothing, or beyond reckoning"
    BAD_TIME = "refused: the time is no time with its zone"
    NEGATIVE_SALE = "refused: less than nothing, at a price, on no cancellation"
    POSITIVE_CANCELLATION = "refused: more than nothing on a cancellation"
    NO_CUSTOMER = "no customer: the order is nobody's"
    NO_DESCRIPTION = "no description: named as the same code is elsewhere"
    OTHER_CASE = "the code in other letters (85123a): taken as 85123A"
    SPLIT_INVOICE = "another invoice stands in between: joined with its own"
    TWO_TIMES = "another time than the invoice's first line: taken at the first"
    FRACTION = "not whole pence: the line's total rounded, halves up"
    FREE = "at no price: given away with the invoice"
    CORRECTION = "at no price, and nobody's sale: a correction of stock"
    POSTAGE = "postage: the order's shipping"
    SERVICE = "fees, vouchers, corrections by hand: sold without stock"
    MATCHED = "cancellation of a sale in this file: refunded there, back in stock"
    UNMATCHED = "cancellation of no sale in this file: a credit note of its own"
    NO_COUNTRY = "a country that is none (ISO 3166): the order has no address"


REFUSED = frozenset(one for one in Oddity if one.value.startswith("refused"))
"""These lines are not taken at all; whoever compares leaves them out on both sides, and says how many."""


class FileLine(NamedTuple):
    """A line of an invoice."""

    row: int
    """In the file; the header is 1."""
    sku: str
    words: str
    quantity: int
    price: Decimal
    """Of one, in pounds, with as many places as the file gives."""


class Invoice(NamedTuple):
    """An invoice of the file."""

    number: str
    at: datetime
    customer: str
    country: str
    lines: list[FileLine]

    @property
    def cancels(self) -> bool:
        """Whether it takes sales back."""
        return self.number[:1] in {"C", "c"}


class ReadFile(NamedTuple):
    """The file, whole, in the order in which its invoices begin."""

    digest: str
    """SHA-256 of its content; how a replay that was stopped knows it again."""
    rows: int
    invoices: list[Invoice]
    oddities: dict[Oddity, list[int]]
    """The rows of each; a row may be odd in several ways."""


class Goods(NamedTuple):
    """A stock code in the shop."""

    variant_id: UUID
    product_id: UUID
    title: str


class CreditLine(Struct, frozen=True):
    """What of a cancellation cancels no sale that we know."""

    sku: str
    words: str
    quantity: int
    amount: int


class Credit(Struct, frozen=True):
    """A credit note of its own: money that went back for a sale before the first one that we know."""

    invoice: str
    at: datetime
    email: str
    amount: int
    """Minor units."""
    lines: tuple[CreditLine, ...]


class Move(NamedTuple):
    """Units that an invoice moved."""

    sku: str
    units: int
    holder_id: UUID | None
    reason: str | None


class Planned(NamedTuple):
    """What an invoice becomes here."""

    invoice: Invoice
    order: PastOrder | None
    returns: list[PastReturn]
    credit: Credit | None
    moves: list[Move]


class Run(Struct, frozen=True):
    """How far a file is replayed into a shop."""

    id: UUID
    shop_id: UUID
    digest: str
    location_id: UUID
    done: int
    """Invoices, from the file's beginning."""
    delivered: int
    """Units that are supposed to have been delivered before they left."""


class Difference(Struct, frozen=True):
    """An invoice or a month of which the file and the shop do not say the same; minor units."""

    what: str
    file: int
    shop: int


class Checked(Struct, frozen=True, kw_only=True):
    """What was compared, and what was not alike."""

    invoices: int
    months: dict[str, tuple[int, int]]
    """By month, what the file and what the shop come to."""
    differences: list[Difference]
    broken: list[str]
    """Rules of orders, payments and stock that do not hold."""

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.differences and not self.broken
