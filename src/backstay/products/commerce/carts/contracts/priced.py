"""What a cart comes to, and what its shopper should know before they pay."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from uuid import UUID

from msgspec import Struct

from backstay.products.commerce.carts.contracts.carts import Address, Cart, CartLine, CartState
from backstay.products.commerce.catalog import Offer
from backstay.products.commerce.coupons import Goods, Verdict
from backstay.products.commerce.giftcards import Share
from backstay.products.commerce.pricing import Basket, Totals
from backstay.products.commerce.shops import ShippingOption


class NoticeKind(Enum):
    """What is otherwise than the shopper saw it."""

    PRICE_CHANGED = "price_changed"
    FEWER_LEFT = "fewer_left"
    """There are fewer than the cart wants; `now` says how many, in shops that tell."""
    GONE = "gone"
    """It is not for sale any more, or not in this currency; the totals are without it."""


class Notice(Struct, frozen=True, kw_only=True):
    """Something about a line that its shopper should know."""

    kind: NoticeKind
    was: int | None = None
    now: int | None = None


class PricedLine(Struct, frozen=True, kw_only=True):
    """A line with what is for sale behind it."""

    line: CartLine
    offer: Offer | None
    """None when it is gone."""
    notices: tuple[Notice, ...]


class PricedCart(Struct, frozen=True, kw_only=True):
    """A cart, reckoned now; what a checkout is made of."""

    cart: Cart
    lines: tuple[PricedLine, ...]
    """All, in the cart's order, also those saved for later."""
    goods: Goods
    """What is bought, as coupons look at it."""
    verdicts: tuple[Verdict, ...]
    """First the coupons that are used, in their order, then the codes that are not."""
    basket: Basket
    totals: Totals
    shipping: ShippingOption | None
    """The one that was chosen, if it can be had."""
    shipping_options: tuple[ShippingOption, ...]
    gift_cards: tuple[Share, ...]
    """Those that shall pay, in their order."""

    @property
    def due(self) -> int:
        """Minor units that are left to pay after the gift cards."""
        return self.totals.total - sum(card.amount for card in self.gift_cards)


class ShownLine(Struct, frozen=True, kw_only=True):
    """A line as its shopper sees it."""

    variant_id: UUID
    quantity: int
    saved: bool
    offer: Offer | None
    """What is for sale; null when it is gone."""
    subtotal: int
    """Before discounts; 0 for what is not bought."""
    discount: int
    total: int
    notices: tuple[Notice, ...]


class ShownCart(Struct, frozen=True, kw_only=True):
    """What is kept of a cart, for its shopper."""

    id: UUID
    state: CartState
    currency: str
    country: str
    email: str | None
    note: str | None
    shipping_address: Address | None
    billing_address: Address | None
    shipping_method: UUID | None
    codes: tuple[str, ...]
    order_id: UUID | None
    merged_into: UUID | None
    held_until: datetime | None
    """Until when its goods are held, in shops that hold carts' goods; then others may have them."""
    version: int
    """Grows with every change; send it back as `If-Match` to change only what you saw."""


class CartView(Struct, frozen=True, kw_only=True):
    """A cart with what it comes to now."""

    cart: ShownCart
    lines: tuple[ShownLine, ...]
    coupons: tuple[Verdict, ...]
    """First those that are used, in the order in which they are taken off, then the codes that are not."""
    shipping_options: tuple[ShippingOption, ...]
    totals: Totals
    gift_cards: tuple[Share, ...] = ()
    """What each would pay, in the order in which they do. They are money: the totals stay as they are."""
    due: int = 0
    """Minor units that are left to pay after the gift cards."""
    token: str | None = None
    """What proves a guest's cart from now on; shown once, when it is made."""


class LineDifference(Struct, frozen=True, kw_only=True):
    """What of a line is not as the shopper saw it."""

    variant_id: UUID
    quantity_before: int | None
    """Null when it is too long ago."""
    quantity: int
    price_before: int | None
    price: int | None
    """Null when it is gone."""
    notices: tuple[Notice, ...] = ()
