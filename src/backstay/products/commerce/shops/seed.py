"""The sample shop that the rest of commerce fills."""

from __future__ import annotations

from typing import Final

import msgspec

from backstay.kernel.seeding import Seeding
from backstay.products.commerce.shops import service
from backstay.products.commerce.shops.contracts import NewMethod, NewShop, Rate, Rates

SLUG: Final = "harbour-street"
_RATES: Final = {
    "AT": (200_000, 100_000),
    "DE": (190_000, 70_000),
    "FR": (200_000, 55_000),
    "GB": (200_000, 0),
    "NL": (210_000, 90_000),
}
"""Value added tax, standard and reduced, in millionths (rates of 2026)."""
_EU: Final = ("AT", "DE", "FR", "NL")


async def seed(seeding: Seeding) -> None:
    """Open one shop with taxes and three ways of shipping."""
    async with seeding.unit(at=seeding.past(days=400)) as uow:
        shop = await service.create(
            uow,
            NewShop(
                slug=SLUG,
                name="Harbour Street",
                currency="EUR",
                currencies=("EUR", "GBP"),
                country="DE",
            ),
        )
        rates = [
            Rate(country=country, tax_class=tax_class, name="VAT", ppm=ppm)
            for country, both in _RATES.items()
            for tax_class, ppm in zip(("standard", "reduced"), both, strict=True)
        ]
        await service.set_rates(uow, shop, Rates(rates=tuple(rates)))
        for position, method in enumerate(
            (
                NewMethod(name="Standard", amount=490, currency="EUR", countries=_EU, free_from=5_000),
                NewMethod(name="Express", amount=1_190, currency="EUR", countries=_EU, max_weight=20_000),
                NewMethod(name="Royal Mail", amount=390, currency="GBP", countries=("GB",), free_from=4_000),
            ),
        ):
            await service.add_method(uow, shop, msgspec.structs.replace(method, position=position))
