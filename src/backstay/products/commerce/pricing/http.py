"""The sum over HTTP, for clients that do not do it themselves."""

from __future__ import annotations

from typing import ClassVar

from backstay.kernel.actor import Permission
from backstay.kernel.http import Controller, JSONBody, post
from backstay.products.commerce.pricing import service
from backstay.products.commerce.pricing.contracts import Basket, Totals
from backstay.products.commerce.pricing.errors import Unpriceable

RECKON = Permission("pricing:reckon", "Reckon what baskets cost", presets=("user",))


class PricingController(Controller):
    """Nothing is kept of what is asked here."""

    path: ClassVar[str] = "/pricing"

    @post("/totals", permission=RECKON, status=200, problems=[Unpriceable])
    async def totals(self, data: JSONBody[Basket]) -> Totals:
        """Reckon a basket.

        Prices, then discounts in their order, then taxes on what is left; every total with its waterfall.
        """
        return service.price(data)
