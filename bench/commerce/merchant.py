"""Who fills our shop: over HTTP, as merchants do, but for the stock."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from uuid import uuid4

import msgspec

from bench.commerce.goods import CURRENCY, SHIPPING, TAX, variants_of
from bench.commerce.wire import Wire
from bench.harness.model import Endpoint

MERCHANT: Final = {
    "name": "merchant",
    "token": "the-merchant-of-this-benchmark-and-of-no-other",
    "organization": "bench",
    "permissions": ["shops:manage", "catalog:read", "catalog:write", "inventory:manage", "coupons:manage"],
}
SLUG: Final = "bench"
SHOP: Final = f"/v1/shops/{SLUG}"
_AT_ONCE: Final = 2_500
"""Products in one file to import."""
STOCKED: Final = (
    """
    INSERT INTO inventory_levels (id, organization_id, shop_id, variant_id, location_id, on_hand, reserved,
        backorder_limit, movements, updated_at, version)
      SELECT gen_random_uuid(), v.organization_id, v.shop_id, v.id, l.id, {stock}, 0, 0, 1, now(), 1
      FROM catalog_variants v JOIN inventory_locations l ON l.shop_id = v.shop_id
    """,
    """
    INSERT INTO inventory_movements (id, organization_id, shop_id, level_id, variant_id, location_id, kind,
        on_hand_change, reserved_change, on_hand, reserved, sequence, created_at, created_by)
      SELECT gen_random_uuid(), organization_id, shop_id, id, variant_id, location_id, 'adjusted',
        on_hand, 0, on_hand, 0, 1, now(), organization_id
      FROM inventory_levels
    """,
    "ANALYZE",
)
"""Stock for all variants at once, with its lines in the ledger: what a stock take of each would leave."""


class Merchant:
    """The one principal of the shop's organization."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._headers = {"Authorization": f"Bearer {MERCHANT['token']}"}
        self._wire = Wire(endpoint.port)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What is answered; it must go well."""
        headers = {**self._headers, "Idempotency-Key": str(uuid4())} if method == "POST" else self._headers
        return await self._wire.get(method, path, body, headers)

    async def fill(self, products: int) -> None:
        """Open the shop, and import the catalogue."""
        shop = {"slug": SLUG, "name": "Bench", "currency": CURRENCY, "country": "DE"}
        await self.ask("POST", "/v1/shops", shop)
        rates = {"rates": [{"country": "DE", "name": "VAT", "ppm": TAX * 10_000}]}
        await self.ask("PUT", f"{SHOP}/taxes", rates)
        await self.ask("POST", f"{SHOP}/shipping", {"name": "Post", "amount": SHIPPING, "currency": CURRENCY})
        await self.ask("POST", f"{SHOP}/inventory/locations", {"name": "Hamburg"})
        for first in range(1, products + 1, _AT_ONCE):
            await self._import([_draft(one) for one in range(first, min(first + _AT_ONCE, products + 1))])

    async def _import(self, drafts: list[Any]) -> None:
        content = msgspec.json.encode(drafts).decode()
        made = await self.ask("POST", f"{SHOP}/imports", {"format": "json", "content": content})
        while made["state"] in {"waiting", "running"}:
            await asyncio.sleep(0.5)
            made = await self.ask("GET", f"{SHOP}/imports/{made['id']}")
        if (made["state"], made["refused"]) != ("done", 0):
            raise RuntimeError(f"the import ended as {made}")


def _draft(product: int) -> dict[str, Any]:
    first, *_ = variants = variants_of(product)
    return {
        "title": first.title,
        "slug": first.slug,
        "description": f"What {first.title} is made for.",
        "brand": first.brand,
        "categories": [first.category],
        "options": ["Colour", "Size"],
        "published_from": "2020-01-01T00:00:00Z",
        "variants": [
            {"sku": one.sku, "options": one.options, "prices": [{"currency": CURRENCY, "amount": one.price}]}
            for one in variants
        ],
    }
