"""The manifest of pricing."""

from __future__ import annotations

from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Module
from backstay.products.commerce.pricing.http import RECKON, PricingController

module = Module(
    name="pricing",
    summary="What a basket costs, the same to the cent on a server, in a shop window and at a till.",
    package=__package__,
    controllers=[PricingController],
    permissions=[RECKON],
    guarantees=declared_in(f"{__package__}.guarantees"),
)
