"""Vendure: its shop API (GraphQL), its own search plugin, its dummy payment method that settles at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec

from bench.commerce.goods import STOCK, Goods
from bench.commerce.model import Audit, Bought, Shop, Site
from bench.commerce.wire import Refused, Reply, Wire
from bench.harness.commands import run
from bench.harness.installing import NODE, Node, copy
from bench.harness.load import http_request
from bench.harness.model import Endpoint, Request, Server

NAME: Final = "vendure"
_PEER: Final = Path(__file__).with_name("peers") / NAME
_PASSWORD: Final = "nobody-guesses-this-one"
_POOL: Final = 8
_TOKEN: Final = "vendure-auth-token"
_LIST: Final = """query($skip: Int!) { search(input: {groupByProduct: true, take: 24, skip: $skip,
 sort: {price: ASC}}) { totalItems items { productId productName slug sku currencyCode
 priceWithTax { ... on PriceRange { min max } ... on SinglePrice { value } } }
 facetValues { count facetValue { id name facet { id name } } } } }"""
_LOOK: Final = """query($slug: String!) { product(slug: $slug) { id name slug description
 facetValues { name facet { name } } optionGroups { name options { name } }
 variants { id sku name priceWithTax currencyCode stockLevel options { name } } } }"""
_CART: Final = """id totalWithTax subTotalWithTax shippingWithTax totalQuantity
 lines { id quantity linePriceWithTax productVariant { id sku name } }"""
_FAILED: Final = "__typename ... on ErrorResult { errorCode message }"
_ADD: Final = f"""mutation($variant: ID!) {{ addItemToOrder(productVariantId: $variant, quantity: 1)
 {{ {_FAILED} ... on Order {{ {_CART} }} }} }}"""
_CUSTOMER: Final = f"""mutation($input: CreateCustomerInput!) {{ setCustomerForOrder(input: $input)
 {{ {_FAILED} }} }}"""
_ADDRESS: Final = f"""mutation {{ setOrderShippingAddress(input: {{fullName: "Ada Lovelace",
 streetLine1: "1 Analytical Way", city: "Berlin", postalCode: "10115", countryCode: "DE"}})
 {{ {_FAILED} }} }}"""
_SHIPPING: Final = f"""mutation {{ setOrderShippingMethod(shippingMethodId: ["1"])
 {{ {_FAILED} ... on Order {{ {_CART} }} }} }}"""
_CODE: Final = f"""mutation($code: String!) {{ applyCouponCode(couponCode: $code)
 {{ {_FAILED} ... on Order {{ {_CART} }} }} }}"""
_ARRANGE: Final = f"""mutation {{ transitionOrderToState(state: "ArrangingPayment") {{ {_FAILED} }} }}"""
_PAY: Final = f"""mutation {{ addPaymentToOrder(input: {{method: "dummy", metadata: {{}}}})
 {{ {_FAILED} ... on Order {{ code state totalWithTax shippingWithTax couponCodes
 discounts {{ amountWithTax }} lines {{ proratedLinePriceWithTax }} }} }} }}"""
_LOGIN: Final = (
    'mutation($password: String!) { login(username: "admin", password: $password) { __typename } }'
)
_PROMOTION: Final = """mutation($input: CreatePromotionInput!) { createPromotion(input: $input)
 { __typename ... on Promotion { id } ... on ErrorResult { errorCode message } } }"""


class Visitor:
    """A guest, by the bearer token of their session."""

    def __init__(self, endpoint: Endpoint, path: str = "/shop-api") -> None:
        self.wire = Wire(endpoint.port)
        self._path = path
        self._headers: dict[str, str] = {}

    async def ask(self, query: str, **variables: Any) -> Any:
        """The one field that was asked for.

        Raises:
            Refused: it has errors, or is an error of Vendure's own.
        """
        reply = await self._send(query, variables)
        answer = reply.json()
        if reply.status != 200 or answer.get("errors"):
            raise Refused(query.split("(", maxsplit=1)[0], reply)
        (found,) = answer["data"].values()
        if isinstance(found, dict) and "errorCode" in found:
            raise Refused(found["errorCode"], reply)
        return found

    async def _send(self, query: str, variables: Mapping[str, Any]) -> Reply:
        body = {"query": query, "variables": variables}
        reply = await self.wire.ask("POST", self._path, body, self._headers)
        if token := reply.headers.get(_TOKEN):
            self._headers = {"Authorization": f"Bearer {token}"}
        return reply

    async def list_products(self, page: int) -> int:
        """A page of the search plugin's, with its facets' counts."""
        found = await self.ask(_LIST, skip=24 * page)
        assert found["facetValues"]
        return len(found["items"])

    async def look(self, product: int) -> int:
        """A product's page."""
        found = await self.ask(_LOOK, slug=f"product-{product:05}")
        return len(found["variants"])

    async def leave(self) -> None:
        """Forget the session."""
        self._headers = {}

    async def add(self, goods: Goods) -> None:
        """One more line; the first begins the order."""
        await self.ask(_ADD, variant=str(goods.place))

    async def prepare(self, goods: Sequence[Goods], code: str | None = None) -> None:
        """Line by line, then who it is and where it goes."""
        await self.leave()
        for one in goods:
            await self.add(one)
        mail = f"{uuid4().hex[:12]}@example.test"
        await self.ask(_CUSTOMER, input={"firstName": "Ada", "lastName": "Lovelace", "emailAddress": mail})
        await self.ask(_ADDRESS)
        await self.ask(_SHIPPING)
        if code is not None:
            await self.ask(_CODE, code=code)

    async def buy(self) -> Bought:
        """To the state in which it is paid, and the payment, which settles at once."""
        try:
            await self.ask(_ARRANGE)
            order = await self.ask(_PAY)
        except Refused as refused:
            return Bought(paid=False, refused=refused.args[0].split(" was answered")[0])
        return Bought(
            paid=order["state"] == "PaymentSettled",
            reference=order["code"],
            discounted=bool(order["discounts"]),
            total=order["totalWithTax"],
            parts=sum(one["proratedLinePriceWithTax"] for one in order["lines"]) + order["shippingWithTax"],
        )


def shop(site: Site) -> Shop:
    """Vendure, one process, on a PostgreSQL database of its own."""
    work, node = site.work / NAME, Node(site.work / "node")

    def environment(database: str) -> dict[str, str]:
        return {
            "NODE_ENV": "production",
            "DATABASE_URL": site.postgres.url(database),
            "ADMIN_PASSWORD": _PASSWORD,
            "POOL_SIZE": str(_POOL),
        }

    def prepare() -> None:
        node.install()
        copy(_PEER, work)
        if not (work / "node_modules/@vendure/core").exists():
            node.run(work, node.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")

    def seed(database: str, products: int) -> None:
        run([str(node.program), "seed.js"], work, environment(database))
        script = f"\\set products {products}\n{(work / 'seed.sql').read_text()}"
        site.postgres.sql(database, stdin=script.encode())

    def server(endpoint: Endpoint) -> Server:
        return Server(
            command=[str(node.program), "main.js"],
            environment={**environment(NAME), "PORT": str(endpoint.port)},
            directory=work,
        )

    def scarce(endpoint: Endpoint, units: int) -> Goods:
        del endpoint
        place = int(
            site.postgres.sql(
                NAME,
                f'UPDATE stock_level SET "stockOnHand" = {units} WHERE id = (SELECT id FROM stock_level WHERE'
                f' "stockOnHand" = {STOCK} AND "stockAllocated" = 0 ORDER BY id DESC LIMIT 1)'
                ' RETURNING "productVariantId"',
            )
        )
        return Goods((place - 1) // 10 + 1, (place - 1) % 10 + 1)

    def coupon(endpoint: Endpoint, limit: int) -> str:
        code = f"TENTH-{uuid4().hex[:8]}"
        arguments = [{"name": "discount", "value": "10"}]
        promotion = {
            "enabled": True,
            "couponCode": code,
            "usageLimit": limit,
            "translations": [{"languageCode": "en", "name": code}],
            "conditions": [],
            "actions": [{"code": "order_percentage_discount", "arguments": arguments}],
        }

        async def make() -> None:
            admin = Visitor(endpoint, "/admin-api")
            await admin.ask(_LOGIN, password=_PASSWORD)
            await admin.ask(_PROMOTION, input=promotion)

        asyncio.run(make())
        return code

    def audit() -> Audit:
        figures = site.postgres.sql(
            NAME,
            """SELECT (SELECT count(*) FROM payment p JOIN "order" o ON o.id = p."orderId"
              WHERE p.state = 'Settled' AND o."orderPlacedAt" IS NULL),
            (SELECT count(*) FROM "order" WHERE "orderPlacedAt" IS NOT NULL)""",
        )
        charged, orders = map(int, figures.split("|"))
        return Audit(charged_without_order=charged, orders=orders)

    def versions() -> Mapping[str, str]:
        lock = msgspec.json.decode((work / "package-lock.json").read_bytes())["packages"]
        names = ("@vendure/core", "typeorm", "pg")
        return {"node": NODE, **{one: lock[f"node_modules/{one}"]["version"] for one in names}}

    return Shop(
        name=NAME,
        title="Vendure",
        prepare=prepare,
        seed=seed,
        server=server,
        probe=lambda: Request(kind="get", raw=http_request("GET", "/health")),
        shopper=Visitor,
        scarce=scarce,
        coupon=coupon,
        audit=audit,
        versions=versions,
        notes=("no worker and no mail",),
    )
