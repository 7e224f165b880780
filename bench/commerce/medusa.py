"""Medusa: its store API, its own tax and payment providers, its stock in one location."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec

from bench.commerce.goods import STOCK, Goods
from bench.commerce.model import Audit, Bought, Shop, Site
from bench.commerce.wire import Refused, Wire
from bench.harness.commands import run
from bench.harness.installing import NODE, Node, copy
from bench.harness.load import http_request
from bench.harness.model import Endpoint, Request, Server

NAME: Final = "medusa"
_PEER: Final = Path(__file__).with_name("peers") / NAME
_SECRET: Final = "the-secret-that-signs-every-token-of-this-shop"
_KEY: Final = {"x-publishable-api-key": "pk_bench"}
_REGION: Final = "region_id=reg_bench"
_LISTED: Final = "fields=id,title,handle,thumbnail,*variants.calculated_price"
_SHOWN: Final = (
    "fields=id,title,handle,description,*collection,*categories,*options,*options.values,*variants,"
    "*variants.options,*variants.calculated_price,%2Bvariants.inventory_quantity"
)
_ADDRESS: Final = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "address_1": "1 Analytical Way",
    "city": "Berlin",
    "postal_code": "10115",
    "country_code": "de",
}


class Visitor:
    """A guest of the store."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.wire = Wire(endpoint.port)
        self._cart = ""

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        return await self.wire.get(method, f"/store{path}", body, _KEY)

    async def list_products(self, page: int) -> int:
        """A page in the store's own order: it sorts by no price, and counts no facets."""
        found = await self._ask("GET", f"/products?limit=24&offset={24 * page}&{_REGION}&{_LISTED}")
        return len(found["products"])

    async def look(self, product: int) -> int:
        """A product's page."""
        found = await self._ask("GET", f"/products/prod_{product:05}?{_REGION}&{_SHOWN}")
        return len(found["product"]["variants"])

    async def leave(self) -> None:
        """Forget the cart."""
        self._cart = ""

    async def add(self, goods: Goods) -> None:
        """One more line."""
        line = {"variant_id": f"variant_{goods.place}", "quantity": 1}
        if not self._cart:
            await self._open({"items": [line]})
        else:
            await self._ask("POST", f"{self._cart}/line-items", line)

    async def _open(self, body: Mapping[str, Any]) -> str:
        made = await self._ask("POST", "/carts", {"region_id": "reg_bench", **body})
        self._cart = f"/carts/{made['cart']['id']}"
        return str(made["cart"]["id"])

    async def prepare(self, goods: Sequence[Goods], code: str | None = None) -> None:
        """A cart with its lines and address at once, then the post, the coupon and a session to pay in."""
        items = [{"variant_id": f"variant_{one.place}", "quantity": 1} for one in goods]
        mail = f"{uuid4().hex[:12]}@example.test"
        cart = await self._open({"email": mail, "items": items, "shipping_address": _ADDRESS})
        await self._ask("POST", f"{self._cart}/shipping-methods", {"option_id": "so_bench"})
        if code is not None:
            await self._ask("POST", f"{self._cart}/promotions", {"promo_codes": [code]})
        made = await self._ask("POST", "/payment-collections", {"cart_id": cart})
        where = f"/payment-collections/{made['payment_collection']['id']}/payment-sessions"
        await self._ask("POST", where, {"provider_id": "pp_system_default"})

    async def buy(self) -> Bought:
        """Complete the cart: its payment is authorized, and an order made."""
        reply = await self.wire.ask("POST", f"/store{self._cart}/complete", None, _KEY)
        if reply.status >= 500:
            raise Refused("completing a cart", reply)
        answer = reply.json()
        if answer.get("type") != "order" or "order" not in answer:
            return Bought(paid=False, refused=str(answer.get("error", answer).get("type", "unknown")))
        order = answer["order"]
        return Bought(
            paid=True,
            reference=order["id"],
            discounted=order["discount_total"] > 0,
            total=100 * order["total"],
            parts=100 * (sum(one["total"] for one in order["items"]) + order["shipping_total"]),
        )


def shop(site: Site) -> Shop:
    """Medusa, one process, on a PostgreSQL database of its own."""
    work, node = site.work / NAME, Node(site.work / "node")
    command = [str(node.program), "node_modules/@medusajs/cli/cli.js"]

    def environment(database: str) -> dict[str, str]:
        return {
            "NODE_ENV": "production",
            "DATABASE_URL": site.postgres.url(database),
            "SECRET": _SECRET,
            # The others write no line a request either.
            "LOG_LEVEL": "error",
            "MEDUSA_FF_ANALYTICS": "false",
            "MEDUSA_DISABLE_TELEMETRY": "true",
        }

    def prepare() -> None:
        node.install()
        copy(_PEER, work)
        if not (work / "node_modules/@medusajs/medusa").exists():
            node.run(work, node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")

    def seed(database: str, products: int) -> None:
        run([*command, "db:migrate"], work, environment(database))
        script = f"\\set products {products}\n{(work / 'seed.sql').read_text()}"
        site.postgres.sql(database, stdin=script.encode())

    def server(endpoint: Endpoint) -> Server:
        return Server(
            command=[*command, "start", "-H", "127.0.0.1", "-p", str(endpoint.port)],
            environment=environment(NAME),
            directory=work,
        )

    def scarce(endpoint: Endpoint, units: int) -> Goods:
        del endpoint
        raw = f"""'{{"value": "{units}", "precision": 20}}'"""
        figures = f"stocked_quantity = {units}, raw_stocked_quantity = {raw}"
        level = site.postgres.sql(
            NAME,
            f"UPDATE inventory_level SET {figures} WHERE id = (SELECT id FROM inventory_level WHERE"
            f" stocked_quantity = {STOCK} AND reserved_quantity = 0 ORDER BY id DESC LIMIT 1) RETURNING id",
        )
        place = int(level.removeprefix("ilev_"))
        return Goods((place - 1) // 10 + 1, (place - 1) % 10 + 1)

    def coupon(endpoint: Endpoint, limit: int) -> str:
        del endpoint
        name = uuid4().hex[:8]
        site.postgres.sql(
            NAME,
            'INSERT INTO promotion (id, code, type, status, is_tax_inclusive, "limit")'
            f" VALUES ('promo_{name}', 'TENTH-{name}', 'standard', 'active', true, {limit})",
            "INSERT INTO promotion_application_method"
            " (id, promotion_id, type, target_type, allocation, value, raw_value)"
            f" VALUES ('proappmet_{name}', 'promo_{name}', 'percentage', 'items', 'across', 10,"
            """ '{"value": "10", "precision": 20}')""",
        )
        return f"TENTH-{name}"

    def audit() -> Audit:
        figures = site.postgres.sql(
            NAME,
            """SELECT (SELECT count(*) FROM payment p WHERE p.canceled_at IS NULL AND NOT EXISTS
              (SELECT 1 FROM order_payment_collection o
              WHERE o.payment_collection_id = p.payment_collection_id)),
            (SELECT count(*) FROM "order")""",
        )
        return Audit(*map(int, figures.split("|")))

    def versions() -> Mapping[str, str]:
        lock = msgspec.json.decode((work / "package-lock.json").read_bytes())["packages"]
        names = ("@medusajs/medusa", "@medusajs/framework", "pg")
        return {"node": NODE, **{one: lock[f"node_modules/{one}"]["version"] for one in names}}

    return Shop(
        name=NAME,
        title="Medusa",
        prepare=prepare,
        seed=seed,
        server=server,
        probe=lambda: Request(kind="get", raw=http_request("GET", "/health")),
        shopper=Visitor,
        scarce=scarce,
        coupon=coupon,
        audit=audit,
        versions=versions,
        notes=(
            "its store lists in no order of prices and counts no facets",
            "an order is counted when its payment is authorized: to capture it is an admin's request more",
            "its locks and events are in memory, as they come",
        ),
    )
