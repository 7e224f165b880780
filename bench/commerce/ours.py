"""backstay as a shop: everything that it has by default, on PostgreSQL."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec

from bench.commerce.goods import STOCK, Goods
from bench.commerce.merchant import MERCHANT, SHOP, SLUG, STOCKED, Merchant
from bench.commerce.model import Audit, Bought, Shop, Site
from bench.commerce.wire import Refused, Wire
from bench.harness import servers
from bench.harness.commands import run
from bench.harness.load import http_request
from bench.harness.machine import REPOSITORY
from bench.harness.model import Endpoint, Request, Server

NAME: Final = "ours"
_BACKSTAY: Final = str(Path(sys.executable).with_name("backstay"))
_SECRET: Final = "the-key-that-signs-every-token-of-this-benchmark"
_POOL: Final = 8
_STORE: Final = f"/v1/store/{SLUG}"
_ADDRESS: Final = {
    "name": "Ada Lovelace",
    "line1": "1 Analytical Way",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
}


class Visitor:
    """A guest of the shop."""

    def __init__(self, endpoint: Endpoint, known: dict[str, str]) -> None:
        """`known`: ids by SKU, the way of shipping, and addresses of pages, which visitors share."""
        self.wire = Wire(endpoint.port)
        self._known = known
        self._cart = ""
        self._token: dict[str, str] = {}
        self._seen: Any = None

    async def list_products(self, page: int) -> int:
        """A page of the window. The address of a page is told by the one before."""
        first = f"{_STORE}/products?sort=price&limit=24"
        for before in range(page):
            if f"page-{before + 1}" not in self._known:
                path = first if not before else self._known[f"page-{before}"]
                found = await self.wire.get("GET", path)
                self._known[f"page-{before + 1}"] = f"{first}&cursor={found['next_cursor']}"
        found = await self.wire.get("GET", self._known[f"page-{page}"] if page else first)
        assert found["facets"]["brands"]
        return len(found["items"])

    async def look(self, product: int) -> int:
        """A product's page."""
        found = await self.wire.get("GET", f"{_STORE}/products/product-{product:05}")
        return len(found["variants"])

    async def leave(self) -> None:
        """Forget the cart."""
        self._cart = ""

    async def add(self, goods: Goods) -> None:
        """One more line."""
        lines = [{"variant_id": self._known[goods.sku]}]
        if not self._cart:
            self._open(await self.wire.get("POST", f"{_STORE}/carts", {"lines": lines}))
        else:
            self._seen = await self.wire.get("POST", f"{self._cart}/lines", {"lines": lines}, self._token)

    def _open(self, made: Any) -> None:
        self._cart, self._seen = f"{_STORE}/carts/{made['cart']['id']}", made
        self._token = {"X-Cart-Token": made["token"]}

    async def prepare(self, goods: Sequence[Goods], code: str | None = None) -> None:
        """A cart with its lines at once, then where it goes."""
        lines = [{"variant_id": self._known[one.sku]} for one in goods]
        body = {"email": f"{uuid4().hex[:12]}@example.test", "lines": lines}
        self._open(await self.wire.get("POST", f"{_STORE}/carts", body))
        changes = {"shipping_address": _ADDRESS, "shipping_method": self._known["shipping"]}
        self._seen = await self.wire.get("PATCH", self._cart, changes, self._token)
        if code is not None:
            self._seen = await self.wire.get("POST", f"{self._cart}/codes", {"code": code}, self._token)

    async def buy(self) -> Bought:
        """Check out; the till takes the money in the same commit."""
        body = {
            "cart_version": self._seen["cart"]["version"],
            "expected_total": self._seen["totals"]["total"],
            "return_url": "https://shop.example/thanks",
        }
        key = {**self._token, "Idempotency-Key": str(uuid4())}
        reply = await self.wire.ask("POST", f"{self._cart}/checkout", body, key)
        if reply.status == 409:
            return Bought(paid=False, refused=reply.json()["code"])
        if reply.status != 201:
            raise Refused("the checkout", reply)
        order = reply.json()["order"]
        shipping = sum(one["total"] for one in order["shipments"])
        return Bought(
            paid=order["status"] == "paid",
            reference=order["number"],
            discounted=bool(order["coupons"]),
            total=order["total"],
            parts=sum(line["priced"]["total"] for line in order["lines"]) + shipping,
        )


def shop(site: Site) -> Shop:
    """backstay on a PostgreSQL database of its own."""
    directory = site.work / NAME
    known: dict[str, str] = {}

    def environment(database: str) -> dict[str, str]:
        return {
            "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}",
            "BACKSTAY_APP_ENVIRONMENT": "production",
            "BACKSTAY_APP_DATA_DIR": str(directory / "var"),
            "BACKSTAY_APP_SECRET_KEY": _SECRET,
            "BACKSTAY_DATABASE_POOL_SIZE": str(_POOL),
            "BACKSTAY_HTTP_PUBLIC_URL": "http://127.0.0.1",
            # The peers write no line a request either. Metrics and the request log stay on, as by default.
            "BACKSTAY_TELEMETRY_LOG_LEVEL": "warning",
            # A few callers ask without end here, and the peers limit nobody.
            "BACKSTAY_RATELIMIT_ENFORCE": "false",
            "BACKSTAY_AUTH_PRINCIPALS": msgspec.json.encode([MERCHANT]).decode(),
            # As the peers' dummies: paid as soon as it is asked for.
            "PAYMENTS_URL": "mock://?at_once=1",
            # The peers send no mail.
            "BACKSTAY_APP_MODULES": "bench.commerce.unmailed:MODULES",
            "DATABASE_URL": site.postgres.url(database),
        }

    def server(endpoint: Endpoint, database: str = NAME) -> Server:
        command = [_BACKSTAY, "serve", "--quiet", "--port", str(endpoint.port)]
        return Server(command=command, environment=environment(database), directory=directory)

    def seed(database: str, products: int) -> None:
        run([_BACKSTAY, "migrate", "up"], directory, environment(database))
        with servers.serving("ours-seed", lambda at: server(at, database), probe(), directory) as running:
            asyncio.run(Merchant(running.endpoint).fill(products))
        site.postgres.sql(database, *(one.format(stock=STOCK) for one in STOCKED))

    def shopper(endpoint: Endpoint) -> Visitor:
        if not known:
            rows = site.postgres.sql(NAME, "SELECT sku, id FROM catalog_variants").splitlines()
            known.update({sku: id_ for sku, _, id_ in (row.partition("|") for row in rows)})
            known["shipping"] = site.postgres.sql(NAME, "SELECT id FROM shops_methods")
        return Visitor(endpoint, known)

    def scarce(endpoint: Endpoint, units: int) -> Goods:
        del endpoint
        # One that nobody has reserved; the ledger says why there are so few.
        row = site.postgres.sql(
            NAME,
            "SELECT v.sku, l.id FROM catalog_variants v JOIN inventory_levels l ON l.variant_id = v.id"
            f" WHERE l.movements = 1 AND l.on_hand = {STOCK} ORDER BY v.sku DESC LIMIT 1",
        )
        sku, _, level = row.partition("|")
        change = f"on_hand = {units}, movements = 2"
        site.postgres.sql(
            NAME,
            f"UPDATE inventory_levels SET {change} WHERE id = '{level}'",
            "INSERT INTO inventory_movements (id, organization_id, shop_id, level_id, variant_id,"
            " location_id, kind, on_hand_change, reserved_change, on_hand, reserved, sequence, created_at,"
            " created_by)"
            " SELECT gen_random_uuid(), organization_id, shop_id, id, variant_id, location_id, 'adjusted',"
            f" on_hand - {STOCK}, 0, on_hand, 0, 2, now(), organization_id FROM inventory_levels"
            f" WHERE id = '{level}'",
        )
        product, _, number = sku.removeprefix("P").partition("-")
        return Goods(int(product), int(number))

    def coupon(endpoint: Endpoint, limit: int) -> str:
        async def make() -> str:
            merchant = Merchant(endpoint)
            new = {"name": "Tenth", "off": {"kind": "percent", "ppm": 100_000}, "limit": limit}
            made = await merchant.ask("POST", f"{SHOP}/coupons", new)
            code = f"TENTH-{uuid4().hex[:8]}"
            await merchant.ask("POST", f"{SHOP}/coupons/{made['id']}/codes", {"code": code})
            return code

        return asyncio.run(make())

    def audit() -> Audit:
        figures = site.postgres.sql(
            NAME,
            "SELECT (SELECT count(*) FROM payments_payments p WHERE p.captured > 0 AND NOT EXISTS"
            "  (SELECT 1 FROM orders_orders o WHERE o.id::text = p.subject_id)),"
            " (SELECT count(*) FROM orders_orders)",
        )
        return Audit(*map(int, figures.split("|")))

    names = ("backstay", "msgspec", "sqlalchemy", "asyncpg", "uvicorn", "uvloop")
    return Shop(
        name=NAME,
        title="backstay",
        prepare=lambda: directory.mkdir(parents=True, exist_ok=True),
        seed=seed,
        server=server,
        probe=probe,
        shopper=shopper,
        scarce=scarce,
        coupon=coupon,
        audit=audit,
        versions=lambda: {"python": sys.version.split()[0], **{name: version(name) for name in names}},
    )


def probe() -> Request:
    """Answered as soon as it serves."""
    return Request(kind="get", raw=http_request("GET", "/readyz"))
