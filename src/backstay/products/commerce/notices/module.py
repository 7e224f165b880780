"""The manifest of notices."""

from __future__ import annotations

from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Module
from backstay.products.commerce.notices.contracts import CanceledMail, PaidMail, RefundedMail, SentMail
from backstay.products.commerce.notices.jobs import tell_customer

module = Module(
    name="notices",
    summary="What a shop's customers are told by mail: paid, sent, refunded, canceled; each of it once.",
    package=__package__,
    requires=["events", "mail", "orders", "shops", "storefront"],
    declares=[tell_customer, PaidMail, SentMail, RefundedMail, CanceledMail],
    guarantees=declared_in(f"{__package__}.guarantees"),
)
