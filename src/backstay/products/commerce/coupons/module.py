"""The manifest of coupons."""

from __future__ import annotations

from backstay.kernel.database import Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.products.commerce.coupons import seed, service, tables
from backstay.products.commerce.coupons.http import CLAIM, MANAGE, READ, CouponsController
from backstay.products.commerce.coupons.jobs import generate_codes
from backstay.products.commerce.coupons.queries import managing as queries


async def card(reader: Reader) -> Card:
    """How many coupons the organization has."""
    count = await reader.one(queries.COUNT_LIVE)
    return Card(str(count), "coupons")


module = Module(
    name="coupons",
    summary="Who may have something off what, how often and until when, claimed exactly.",
    package=__package__,
    requires=["idempotency", "jobs", "pricing", "shops"],
    tables=tables.metadata,
    controllers=[CouponsController],
    permissions=[READ, CLAIM, MANAGE],
    declares=[generate_codes, service.PERSONAL],
    guarantees=declared_in(f"{__package__}.guarantees"),
    seed=seed.seed,
    card=card,
)
