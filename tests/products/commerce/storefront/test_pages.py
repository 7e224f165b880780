"""A whole purchase on the pages, without scripts; and what they make of what people type."""

from __future__ import annotations

import re

from backstay.kernel.clock import ManualClock
from tests.house import open_house
from tests.products.commerce.orders.conftest import ADDRESS, SHOP, Market
from tests.products.commerce.storefront.conftest import MODULES, SITE, STORE, Visitor

ATTACK = "<script>alert('x')</script>\"'&{{ 7*7 }}"
ESCAPED = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&#34;&#39;&amp;{{ 7*7 }}"
FORM = {**ADDRESS, "email": "ada@example.test"}


async def test_a_guest_buys_and_looks_again(market: Market, visitor: Visitor) -> None:
    await market.manage(
        "POST", "/coupons", {"name": "Ten", "off": {"kind": "percent", "ppm": 100_000}, "first_order": True}
    )
    (coupon,) = (await market.manage("GET", "/coupons"))["items"]
    await market.manage("POST", f"/coupons/{coupon['id']}/codes", {"code": "TEN"})
    assert "Mug" in await visitor.go()
    assert "2 products" in await visitor.go("/products")
    assert "1 product<" in await visitor.go("/products?q=mug&price_to=10,00&sort=price&nonsense=1")
    assert "Nothing fits all of this" in await visitor.go("/products?price_from=11")
    assert "In stock" in await visitor.go("/products/mug")
    await visitor.send("/cart/add", variant_id=visitor.field("variant_id"), product="mug", quantity="2")
    assert (visitor.status, visitor.at) == (200, f"{STORE}/cart")
    assert "€20.00" in visitor.page
    cookies = visitor.client.cookies.jar
    (held,) = [one for one in cookies if one.name == "__Secure-shop_cart"]
    assert (held.path, held.secure, held.has_nonstandard_attr("HttpOnly")) == (STORE, True, True)

    assert "There is no such code." in await visitor.send("/cart/codes", code="no such")
    assert visitor.status == 422
    assert "There is no such code." in await visitor.send("/cart/codes", code="NONE")
    assert (visitor.status, "€18.00" in await visitor.send("/cart/codes", code="ten")) == (409, True)
    await visitor.send("/cart/lines", variant_id=market.variants["mug"], quantity="3")
    assert "€30.00" in visitor.page
    await visitor.send("/cart/codes", remove="ten")

    # The merchant changes the price meanwhile: it is told, and taken note of.
    mug = (await market.manage("GET", "/products?title=Mug"))["items"][0]
    dearer = {"variants": [{"sku": "mug", "prices": [{"currency": "EUR", "amount": 1100}]}]}
    await market.manage("PATCH", f"/products/{mug['id']}", dearer, if_match=f'"{mug["version"]}"')
    assert "The price changed from €10.00 to €11.00." in await visitor.go("/cart")
    assert "The price changed" not in await visitor.send("/cart/seen")

    assert "Please fill this in." in await visitor.send("/checkout", **{**FORM, "city": "", "email": "ada"})
    assert (visitor.status, "This is no mail address." in visitor.page) == (422, True)
    assert 'value="Ada Lovelace"' in visitor.page
    await visitor.send("/checkout", **FORM)
    assert (visitor.at, "Order and pay €37.90" in visitor.page) == (f"{STORE}/checkout/review", True)
    await visitor.send("/cart/codes", code="TEN")  # for a first order: the address is known now
    assert "€34.60" in await visitor.go("/checkout/review")
    assert "TEN" in visitor.page
    assert "VAT 19%, included" in visitor.page

    seen = {"version": visitor.field("version"), "total": visitor.field("total")}
    assert "Something changed since you looked." in await visitor.send(
        "/checkout/order", **seen | {"total": "1"}
    )
    assert visitor.status == 409
    await visitor.send("/checkout/order", **seen)
    assert "is being opened" in visitor.page
    order = visitor.at.removesuffix("/pay")
    again = await visitor.send("/checkout/order", **seen)
    assert (visitor.at, "is being opened" in again) == (f"{order}/pay", True)
    await market.work()
    found = re.search(
        r'content="0;url=https://shop.example(/v1/payments/mock/[^"]+)"',
        await visitor.go(order[len(STORE) :] + "/pay"),
    )
    assert found is not None
    assert "34.60 EUR" in await visitor.go(found[1])
    paid = await visitor.client.post(f"{found[1]}/pay")
    assert (paid.url.path, "Paid, and being prepared" in paid.text) == (order, True)
    assert "Payment received" in paid.text
    assert await market.stock("mug") == (10, 3)
    assert (await market.read(order.rsplit("/", 1)[1]))["status"] == "paid"
    assert "There is nothing in it yet" in await visitor.go("/cart")

    # It is shown to whoever holds its cookie alone.
    async with Visitor(market).client as stranger:
        assert (await stranger.get(order)).status_code == 404
        assert (await stranger.get(f"{order}/pay")).status_code == 404
    await market.work()
    await market.sound()


async def test_what_cannot_be_done_is_said_in_words(market: Market, visitor: Visitor) -> None:
    mug = market.variants["mug"]
    missing = await visitor.client.get("/store/no-such-shop")
    assert (missing.status_code, "There is no such shop" in missing.text) == (404, True)
    assert missing.headers["content-type"] == "text/html; charset=utf-8"
    for strange in (
        "/store/x%0d%0aa/cart",
        "/store/%00",
        f"{STORE}/products/%00",
        f"{STORE}/products/%0d%0a",
    ):
        assert (await visitor.client.get(strange)).status_code in {404, 422}, strange
    injected = await visitor.client.post(
        "/store/x%0d%0aa%E2%82%AC/cart/lines", data={}, headers={"origin": "https://shop.example"}
    )
    assert (injected.status_code, injected.headers["content-type"]) == (422, "text/html; charset=utf-8")
    await visitor.go("/products?q=%00&option=%00:%00&cursor=%00&price_to=-1&sort=x&category=%00")
    assert (visitor.status, "2 products" in visitor.page) == (200, True)
    await visitor.go("/products/nothing")
    assert (visitor.status, "There is no such product" in visitor.page) == (404, True)
    for origin in ("https://evil.example", "null"):
        refused = await visitor.send("/cart/add", origin=origin, variant_id=mug)
        assert (visitor.status, "another site" in refused) == (403, True)
    assert not list(visitor.client.cookies.jar)
    await visitor.send("/cart/add", variant_id=mug, product="mug", quantity="100000000")
    assert (visitor.status, "A cart has at most" in visitor.page) == (409, True)

    await visitor.send("/cart/add", variant_id=mug, product="mug", quantity="11")
    assert "There are not so many" in visitor.page
    await visitor.send("/checkout", **FORM)
    fields = {name: visitor.field(name) for name in ("version", "total")}
    refused = await visitor.send("/checkout/order", **fields)
    assert (visitor.status, "There is not enough in stock of: Mug (10 left)." in refused) == (409, True)
    await visitor.send("/checkout/delivery", shipping_method="01938a5e-0000-7000-8000-000000000001")
    assert visitor.status == 422
    await visitor.send("/cart/lines", variant_id=mug, remove="1")
    assert "There is nothing in it yet" in visitor.page
    assert (await visitor.go("/checkout/review")).count("There is nothing in it yet") == 1
    # The last one is sold elsewhere: the list says so.
    out = {"variant_id": mug, "location_id": market.location, "by": -10, "reason": "broke"}
    await market.manage("POST", "/inventory/adjustments", out)
    await market.work()
    assert "Sold out" in await visitor.go("/products?q=mug")
    assert "Mug" not in (await visitor.go("/products?in_stock=1")).split("<main", 1)[1]


async def test_what_anybody_typed_is_text(market: Market, visitor: Visitor) -> None:
    for kind in ("brands", "categories", "collections"):
        await market.manage("POST", f"/{kind}", {"name": ATTACK, "slug": "bad"})
    shop = await market.ask("GET", f"/v1/shops/{SHOP}", who=market.merchant)
    await market.ask(
        "PATCH", f"/v1/shops/{SHOP}", {"name": ATTACK}, who=market.merchant, if_match=f'"{shop["version"]}"'
    )
    await market.offer(
        "bad",
        100,
        title=ATTACK,
        slug="bad",
        description=ATTACK,
        brand="bad",
        categories=["bad"],
        collections=["bad"],
        options=[ATTACK[:60]],
        media=[{"url": "https://evil.example/x.png", "alt": ATTACK}, {"url": "//evil.example/y.png"}],
        variants=[
            {"sku": f"bad-{n}", "options": [f"{ATTACK}{n}"], "prices": [{"currency": "EUR", "amount": 1}]}
            for n in range(2)
        ],
    )
    way = {"name": ATTACK, "amount": 1, "currency": "EUR", "position": 0}
    await market.manage("POST", "/shipping", way)
    pages = [
        await visitor.go(),
        await visitor.go("/products"),
        await visitor.go(f"/products?q={ATTACK}&option={ATTACK}"),
        await visitor.go("/products/bad"),
        await visitor.send("/cart/add", variant_id=market.variants["bad"], quantity="1"),
        await visitor.send("/cart/codes", code=ATTACK),
        await visitor.send("/checkout", **{**FORM, "name": ATTACK, "email": ATTACK}),
        await visitor.send("/checkout", **{**FORM, "name": ATTACK, "line1": ATTACK}),
    ]
    assert visitor.at == f"{STORE}/checkout/review"
    await visitor.send("/checkout/order", version=visitor.field("version"), total=visitor.field("total"))
    pages.append(visitor.page)
    pages.append(await visitor.go(visitor.at.removeprefix(STORE).removesuffix("/pay")))
    for page in pages:
        assert visitor.status == 200
        assert ESCAPED in page
        assert "<script>" not in page
        assert "alert('x')" not in page
        assert "49" not in re.sub(r'(--hue:|/|"|-)[0-9a-f:-]+', "", page) or "{{ 7*7 }}" in page
        assert "evil.example" not in page


async def test_a_limit_is_told_on_a_page(database_url: str, clock: ManualClock) -> None:
    # In memory: a database that stands still for a moment is taken for away, and its limits are guessed.
    environ = {
        "PAYMENTS_URL": "mock://",
        "BACKSTAY_HTTP_PUBLIC_URL": SITE,
        "BACKSTAY_RATELIMIT_ENFORCE": "1",
        "BACKSTAY_RATELIMIT_STORE": "memory",
    }
    async with open_house(MODULES, database_url, clock, environ=environ) as house:
        answers = [
            await house.client.post(
                f"{STORE}/cart/codes", data={"code": f"GUESS{n}"}, headers={"origin": SITE}
            )
            for n in range(31)
        ]
    assert [one.status_code for one in answers] == [404] * 30 + [429]
    last = answers[-1]
    assert last.headers["content-type"] == "text/html; charset=utf-8"
    wait = last.headers["retry-after"]
    assert "<h1>Too many requests: a quota is used up</h1>" in last.text
    assert f"Please try again in {wait} second" in last.text
