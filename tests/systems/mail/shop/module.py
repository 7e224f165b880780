from __future__ import annotations

from typing import ClassVar, Self

from typing_extensions import override

from backstay.kernel.module import Module
from backstay.systems.mail import MailTemplate


class ReceiptMail(MailTemplate, frozen=True, kw_only=True):
    """What somebody bought.

    And more that no list shows.
    """

    name: str
    lines: list[str]
    link: str

    @classmethod
    @override
    def sample(cls) -> Self:
        return cls(name="Ada", lines=["A lamp", "A rope"], link="https://shop.example/orders/1?a=1&b=2")


class NewsMail(MailTemplate, frozen=True, kw_only=True):
    """News of the week."""

    category: ClassVar[str] = "newsletter"
    headline: str

    @classmethod
    @override
    def sample(cls) -> Self:
        return cls(headline="Lamps")


module = Module(
    name="shop",
    summary="Sells lamps.",
    package=__package__,
    requires=["mail"],
    declares=[ReceiptMail, NewsMail],
)
