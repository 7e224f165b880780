"""The mails, as structs: their fields are what their templates may say."""

from __future__ import annotations

from typing import Self

from msgspec import Struct
from typing_extensions import override

from backstay.systems.mail import MailTemplate

_LINK = "https://shop.example/store/lamps/orders/0190a1b2-0000-7000-8000-000000000001/open?token=x"


class Goods(Struct, frozen=True, kw_only=True):
    """So many of one thing."""

    title: str
    options: str
    """What was chosen of it, as `Moss, large`; empty where there is nothing to choose."""
    quantity: int
    total: str
    """As people write it, with tax and after discounts."""


_GOODS = [
    Goods(title="Stoneware mug", options="Moss", quantity=2, total="€33.00"),
    Goods(title="Green tea", options="", quantity=1, total="€3.99"),
]


class OrderMail(MailTemplate, frozen=True, kw_only=True):
    """What every mail about an order holds."""

    shop: str
    number: str
    link: str
    """To the order's page, for whoever has the mail."""


class PaidMail(OrderMail, frozen=True, kw_only=True):
    """Thanks for an order that is paid."""

    goods: list[Goods]
    shipping: str
    """Empty where it costs nothing."""
    total: str
    address: list[str]
    """Line by line; empty where nothing is sent."""

    @classmethod
    @override
    def sample(cls) -> Self:
        """One to look at."""
        address = ["Ada Lovelace", "1 Analytical Way", "10115 Berlin", "DE"]
        return cls(
            shop="Lamps",
            number="1007",
            link=_LINK,
            goods=_GOODS,
            shipping="€4.90",
            total="€41.89",
            address=address,
        )


class SentMail(OrderMail, frozen=True, kw_only=True):
    """Tells that a parcel has left."""

    goods: list[Goods]
    complete: bool
    """Whether nothing is left to be sent."""
    carrier: str
    tracking_number: str
    tracking_url: str
    """These three are empty where they are not known."""

    @classmethod
    @override
    def sample(cls) -> Self:
        """One to look at."""
        return cls(
            shop="Lamps",
            number="1007",
            link=_LINK,
            goods=_GOODS[:1],
            complete=False,
            carrier="Post",
            tracking_number="RR123456785DE",
            tracking_url="https://post.example/RR123456785DE",
        )


class RefundedMail(OrderMail, frozen=True, kw_only=True):
    """Tells that money is back where it came from."""

    amount: str

    @classmethod
    @override
    def sample(cls) -> Self:
        """One to look at."""
        return cls(shop="Lamps", number="1007", link=_LINK, amount="€16.50")


class CanceledMail(OrderMail, frozen=True, kw_only=True):
    """Tells that an order was called off."""

    reason: str
    was_paid: bool

    @classmethod
    @override
    def sample(cls) -> Self:
        """One to look at."""
        reason = "The mug broke while it was packed."
        return cls(shop="Lamps", number="1007", link=_LINK, reason=reason, was_paid=True)
