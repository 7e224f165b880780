"""Shops over HTTP, on both databases: their life, what they charge, and who sees what."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.clock import ManualClock
from backstay.products.commerce.pricing.module import module as pricing
from backstay.products.commerce.shops import NoSuchShop, charges, enter, own, shipping
from backstay.products.commerce.shops.module import module
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from tests.conftest import make_actor
from tests.house import House, open_house

ADA = make_actor("ada")
EVE = make_actor("eve")
SHOP = {"slug": "tea-house", "name": "Tea House", "currency": "GBP", "country": "GB"}


@pytest.fixture
async def house(database_url: str, clock: ManualClock) -> AsyncIterator[House]:
    async with open_house([jobs, idempotency, pricing, module], database_url, clock) as opened:
        yield opened


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


def faults(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422
    return [error["pointer"] for error in answer.json()["errors"]]


async def test_the_life_of_a_shop(house: House) -> None:
    made = await house(ADA, "POST", "/v1/shops", SHOP)
    assert made.status_code == 201
    shop = made.json()
    born = {name: shop.pop(name) for name in ("id", "created_at", "updated_at")}
    assert shop == SHOP | {
        "organization_id": str(ADA.organization_id),
        "currencies": ["GBP"],
        "prices": "included",
        "rounded_per": "line",
        "order_expiry": 345_600,
        "cart_hold": None,
        "merge": "add",
        "time_zone": "UTC",
        "exact_stock": False,
        "closed": False,
        "version": 1,
    }
    # A slug is the deployment's; the shop behind it is not another organization's to see or touch.
    assert problem(await house(EVE, "POST", "/v1/shops", SHOP)) == (409, "shop_slug_taken")
    assert problem(await house(EVE, "GET", "/v1/shops/tea-house")) == (404, "shop_not_found")
    theirs = await house(EVE, "PATCH", "/v1/shops/tea-house", {"closed": True}, if_match='"1"')
    assert problem(theirs) == (404, "shop_not_found")
    assert (await house(EVE, "GET", "/v1/shops")).json()["items"] == []
    assert (await house(None, "GET", "/v1/store/tea-house")).json() == {
        **SHOP,
        "currencies": ["GBP"],
        "prices": "included",
    }

    bad = {"currency": "EUR", "currencies": ["GBP", "XXX"]}
    assert faults(await house(ADA, "PATCH", "/v1/shops/tea-house", bad, if_match='"1"')) == [
        "/currencies/1",
        "/currency",
    ]
    narrower = await house(ADA, "PATCH", "/v1/shops/tea-house", {"currencies": ["EUR"]}, if_match='"1"')
    assert faults(narrower) == ["/currencies"]
    shut = await house(
        ADA, "PATCH", "/v1/shops/tea-house", {"closed": True, "order_expiry": 60}, if_match='"1"'
    )
    assert shut.json() == {**shop, **born, "closed": True, "order_expiry": 60, "version": 2}
    stale = await house(ADA, "PATCH", "/v1/shops/tea-house", {"closed": False}, if_match='"1"')
    assert (*problem(stale), stale.json()["version"]) == (412, "stale_shop", 2)
    assert problem(await house(None, "GET", "/v1/store/tea-house")) == (404, "shop_not_found")
    assert (await house(ADA, "GET", "/v1/shops/tea-house")).json()["closed"] is True


async def test_what_a_shop_charges(house: House) -> None:
    await house(ADA, "POST", "/v1/shops", SHOP | {"currencies": ["GBP", "EUR"]})
    vat = {"country": "GB", "tax_class": "standard", "name": "VAT", "ppm": 200_000}
    duty = {"country": "GB", "tax_class": "standard", "name": "Duty", "ppm": 50_000}
    books = {"country": "GB", "tax_class": "reduced", "name": "VAT", "ppm": 0}
    twice = await house(ADA, "PUT", "/v1/shops/tea-house/taxes", {"rates": [vat, books, vat]})
    assert faults(twice) == ["/rates/2/name"]
    assert (await house(ADA, "GET", "/v1/shops/tea-house/taxes")).json() == {"rates": []}
    kept = await house(ADA, "PUT", "/v1/shops/tea-house/taxes", {"rates": [vat, duty, books]})
    assert kept.json() == {"rates": [books, duty, vat]}

    shipping_of = "/v1/shops/tea-house/shipping"
    post = {"name": "Post", "amount": 390, "currency": "GBP", "free_from": 4_000}
    courier = {"name": "Courier", "amount": 990, "currency": "GBP", "countries": ["GB"], "max_weight": 5_000}
    assert faults(await house(ADA, "POST", shipping_of, post | {"currency": "USD"})) == ["/currency"]
    posted = (await house(ADA, "POST", shipping_of, post | {"position": 1})).json()
    couriered = (await house(ADA, "POST", shipping_of, courier)).json()
    euros = (await house(ADA, "POST", shipping_of, post | {"currency": "EUR", "position": 2})).json()
    assert [option["id"] for option in (await house(ADA, "GET", shipping_of)).json()] == [
        couriered["id"],
        posted["id"],
        euros["id"],
    ]

    reader = house.backend.database.reader(ANONYMOUS)
    visitor, shop = await enter(reader, "tea-house")
    assert (visitor.organization_id, visitor.actor.permissions) == (ADA.organization_id, frozenset())
    assert reader.actor == ANONYMOUS
    with pytest.raises(NoSuchShop):
        await own(reader, "tea-house")
    levied = (await charges(visitor, shop, "GB")).taxes
    assert {name: [(rate.name, rate.ppm) for rate in rates] for name, rates in levied.items()} == {
        "standard": [("Duty", 50_000), ("VAT", 200_000)],
        "reduced": [("VAT", 0)],
    }
    assert (await charges(visitor, shop, "US")).taxes == {}

    async def offered(
        *, country: str = "GB", currency: str = "GBP", subtotal: int = 3_999, weight: int = 5_000
    ) -> list[tuple[str, int]]:
        charged = await charges(visitor, shop, country)
        options = shipping(charged, currency=currency, subtotal=subtotal, weight=weight)
        return [(one.name, one.amount) for one in options]

    assert await offered() == [("Courier", 990), ("Post", 390)]
    assert await offered(subtotal=4_000) == [("Courier", 990), ("Post", 0)]
    assert await offered(weight=5_001) == [("Post", 390)]
    assert await offered(country="FR") == [("Post", 390)]
    assert await offered(currency="EUR") == [("Post", 390)]

    replaced = await house(ADA, "PUT", f"{shipping_of}/{posted['id']}", post | {"amount": 450})
    assert replaced.json() == posted | {"amount": 450, "position": 0}
    assert problem(await house(EVE, "DELETE", f"{shipping_of}/{posted['id']}")) == (404, "shop_not_found")
    assert (await house(ADA, "DELETE", f"{shipping_of}/{posted['id']}")).status_code == 204
    gone = await house(ADA, "DELETE", f"{shipping_of}/{posted['id']}")
    assert problem(gone) == (404, "shipping_method_not_found")
    assert await offered(subtotal=4_000) == [("Courier", 990)]
