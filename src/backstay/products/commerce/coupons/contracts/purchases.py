"""What coupons are told of a purchase, and what they say to it."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Protocol
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.database import Reader
from backstay.kernel.money import Amount, CurrencyCode
from backstay.products.commerce.coupons.contracts.terms import Email, Ids
from backstay.products.commerce.pricing import Discount


class Buyer(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who buys, as far as it is known."""

    customer_id: UUID | None = None
    """The account, of whoever is signed in."""
    email: Email | None = None

    @property
    def known(self) -> bool:
        """Whether a use can be counted as theirs."""
        return self.customer_id is not None or self.email is not None

    @property
    def email_key(self) -> str | None:
        """The address as it is compared."""
        return None if self.email is None else self.email.casefold()


class GoodsLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a basket, as far as coupons look at it."""

    id: Annotated[str, Meta(min_length=1, max_length=100)]
    """As `pricing` calls it."""
    amount: Amount
    """Unit price times quantity, before discounts."""
    product_id: UUID
    category_ids: Ids = ()
    collection_ids: Ids = ()
    brand_id: UUID | None = None
    discountable: bool = True


class Goods(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is bought."""

    currency: CurrencyCode
    lines: Annotated[tuple[GoodsLine, ...], Meta(max_length=1000)] = ()

    @property
    def subtotal(self) -> int:
        """Of all lines, before discounts."""
        return sum(line.amount for line in self.lines)


class Refusal(Enum):
    """Why a coupon cannot be used."""

    UNKNOWN = "unknown"
    """No code like this is active here."""
    PAUSED = "paused"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    USED_UP = "used_up"
    USED_BY_YOU = "used_by_you"
    BUYER = "buyer_unknown"
    """Uses are counted a customer, and nobody has said who buys."""
    NOT_FOR_YOU = "not_for_you"
    NOT_FIRST = "not_first_order"
    CURRENCY = "currency"
    NO_GOODS = "no_goods"
    """Nothing in the basket is what it is for."""
    MINIMUM = "minimum"
    COMBINED = "not_combinable"
    """Another one is used that stands alone, or this one would; or the same coupon is used already."""


class Verdict(Struct, frozen=True, kw_only=True):
    """What becomes of one code, or of a coupon without any, in a basket."""

    code: str | None
    coupon_id: UUID | None
    name: str | None
    discount: Discount | None
    """What it takes off; None when it is refused."""
    refusal: Refusal | None
    missing: int | None = None
    """Of a minimum: how much more of the goods, in minor units."""


class Applied(Struct, frozen=True, kw_only=True):
    """A coupon that was claimed, as an order keeps it."""

    coupon_id: UUID
    code: str | None
    name: str
    kind: str
    """`fixed` or `percent`."""
    value: int
    """Minor units of the order's currency, or millionths."""
    discount: Discount


class Purchases(Protocol):
    """Knows what a buyer has ordered before; held among the backend's parts by who keeps orders.

    Where nobody does, nobody has ordered anything.
    """

    async def count(self, reader: Reader, shop_id: UUID, buyer: Buyer) -> int:
        """Orders of this account or mail address in the shop that were not given up."""
        ...
