"""Accounts on the pages: made, signed in and out, and what is whose; all without scripts."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp

from backstay.systems.identity import Identity
from tests.products.commerce.orders.conftest import SHOP, Market
from tests.products.commerce.storefront.conftest import PASSWORD, SITE, STORE, Visitor, ordered


async def test_an_account_is_made_on_the_pages(market: Market, visitor: Visitor) -> None:
    assert "Sign in" in await visitor.go()
    await visitor.join(market, "ada@example.test", "Ada Lovelace")
    assert "<h1>Ada Lovelace</h1>" in await visitor.go("/account")
    assert "Signed in as ada@example.test" in visitor.page
    assert "You have not ordered here" in visitor.page
    kept = await visitor.client.get(STORE)
    assert kept.headers["cache-control"] == "no-store"

    await visitor.send("/sign-out")
    assert (visitor.at, "Sign in" in visitor.page) == (STORE, True)
    assert (await visitor.client.get(STORE)).headers["cache-control"] == "private, no-cache"
    await visitor.go("/account")
    assert visitor.at == f"{STORE}/sign-in?next=%2Fstore%2F{SHOP}%2Faccount"
    assert visitor.field("next") == f"{STORE}/account"
    await visitor.sign_in("ada@example.test", next=f"{STORE}/products?q=tea")
    assert visitor.at == f"{STORE}/products?q=tea"
    await visitor.go("/sign-in")
    assert visitor.at == f"{STORE}/account"


async def test_no_page_tells_who_has_an_account(market: Market, visitor: Visitor, other: Visitor) -> None:
    await visitor.join(market, "ada@example.test")
    pages = []
    for address in ("ada@example.test", "nobody@example.test"):
        wrong = await other.sign_in(address, "a password that is wrong")
        pages.append((other.status, wrong.replace(address, "")))
        again = await other.send("/sign-up", mail=address, password=PASSWORD, name="Eve")
        pages.append((other.status, again))
        pages.append((other.status, await other.send("/forgot", mail=address)))
    assert pages[:3] == pages[3:]
    assert (pages[0][0], "The address or the password is wrong." in pages[0][1]) == (401, True)
    assert [status for status, _ in pages[:3]] == [401, 200, 200]
    assert "a password that is wrong" not in pages[0][1]


async def test_guesses_are_counted_as_at_identitys_own_door(market: Market, visitor: Visitor) -> None:
    for _ in range(5):
        await visitor.sign_in("ada@example.test", "a wrong one")
        assert visitor.status == 401
    said = await visitor.sign_in("ada@example.test", "a wrong one")
    assert (visitor.status, "Too many wrong guesses" in said) == (429, True)
    elsewhere = {"mail": "ada@example.test", "password": PASSWORD}
    assert (await market.send("POST", "/v1/auth/sign-in", elsewhere)).status_code == 429


async def test_what_is_typed_wrongly_is_said(visitor: Visitor) -> None:
    said = await visitor.send("/sign-up", mail="ada", password=PASSWORD, name='"><script>')
    assert (visitor.status, "This is no mail address." in said) == (422, True)
    assert ("&#34;&gt;&lt;script&gt;" in said, PASSWORD in said) == (True, False)
    said = await visitor.send("/sign-up", mail="ada@example.test", password="password1234567")
    assert (visitor.status, 'role="alert"' in said) == (422, True)
    for elsewhere in ("https://evil.example/", "//evil.example", f"{STORE}/../../x", f"{STORE}evil", "\\\\x"):
        await visitor.send("/sign-in", mail="ada@example.test", password="wrong", next=elsewhere)
        assert visitor.field("next") == f"{STORE}/account", elsewhere


async def test_another_site_signs_nobody_in_or_out(market: Market, visitor: Visitor, other: Visitor) -> None:
    await visitor.join(market, "ada@example.test")
    for path, fields in (
        ("/sign-in", {"mail": "ada@example.test", "password": PASSWORD}),
        ("/sign-out", {}),
        ("/wishes", {"product": "mug", "heart": "1"}),
    ):
        await visitor.send(path, origin="https://evil.example", **fields)
        assert (visitor.status, "another site" in visitor.page) == (403, True), path
    await other.send("/sign-in", origin="null", mail="ada@example.test", password=PASSWORD)
    assert (other.status, list(other.client.cookies.jar)) == (403, [])
    assert "<h1>Ada</h1>" in await visitor.go("/account")


async def test_a_session_that_is_over_is_a_guest(market: Market, visitor: Visitor, other: Visitor) -> None:
    await visitor.join(market, "ada@example.test")
    await other.sign_in("ada@example.test")
    done = await other.client.post(
        "/v1/account/sessions/end-all", headers={"origin": SITE, "sec-fetch-site": "same-origin"}
    )
    assert done.status_code == 200, done.text
    await market.house.backend.part(Identity).standings.look()
    assert ("Sign in" in await visitor.go(), visitor.status) == (True, 200)
    await visitor.send("/cart/add", variant_id=market.variants["mug"], product="mug", quantity="1")
    assert (visitor.status, "€10.00" in visitor.page) == (200, True)


async def test_a_password_alone_opens_nothing_where_there_is_a_second_factor(
    market: Market, visitor: Visitor, other: Visitor
) -> None:
    await visitor.join(market, "ada@example.test")
    order = await ordered(market, visitor)
    await visitor.send("/wishes", product="tea", heart="1")
    own = {"origin": SITE, "sec-fetch-site": "same-origin"}
    begun = (await visitor.client.post("/v1/account/factors/totp", json={}, headers=own)).json()
    app = pyotp.TOTP(begun["secret"])

    def code() -> str:
        market.clock.move(timedelta(seconds=30))
        return app.at(market.clock.now())

    path = f"/v1/account/factors/{begun['factor_id']}/confirm"
    done = await visitor.client.post(path, json={"code": code()}, headers=own)
    assert done.status_code == 200, done.text

    await other.sign_in("ada@example.test", next=f"{STORE}/account")
    assert (other.at.partition("?")[0], "Code of your authenticator app" in other.page) == (
        f"{STORE}/second-factor",
        True,
    )
    # Half signed in is a guest, on the pages and at the API of shoppers.
    await other.go("/account")
    assert other.at.startswith(f"{STORE}/sign-in")
    await other.go("/wishlists")
    assert other.at.startswith(f"{STORE}/sign-in")
    assert (await other.client.get(f"{STORE}{order}")).status_code == 404
    for path, status in (
        (f"/v1/store/{SHOP}{order}", 404),
        (f"/v1/store/{SHOP}/orders", 401),
        (f"/v1/store/{SHOP}/carts/mine", 404),
        (f"/v1/store/{SHOP}/wishlists", 401),
        (f"/v1/store/{SHOP}/reviews/own", 401),
    ):
        assert (await other.client.get(path)).status_code == status, path

    await other.go(f"/second-factor?next=%2Fstore%2F{SHOP}%2Faccount%2Forders")
    there = other.field("next")
    said = await other.send("/second-factor", code="12345", next=there)
    assert (other.status, "A code has six digits." in said) == (422, True)
    said = await other.send("/second-factor", code="000000", next=there)
    assert (other.status, "This code does not work." in said) == (401, True)
    await other.send("/second-factor", code=code(), next=there)
    assert (other.at, order in other.page) == (f"{STORE}/account/orders", True)
    assert (await other.client.get(f"{STORE}{order}")).status_code == 200


async def test_one_account_sees_nothing_of_another(market: Market, visitor: Visitor, other: Visitor) -> None:
    await visitor.join(market, "ada@example.test")
    order = await ordered(market, visitor)
    assert order in await visitor.go("/account")
    assert not [one for one in visitor.client.cookies.jar if one.name.endswith("shop_order")]
    await visitor.send("/cart/add", variant_id=market.variants["tea"], product="tea", quantity="3")
    await visitor.send("/wishes", product="tea", heart="1")
    await visitor.go("/wishlists")
    found = re.search(r"/wishlists/([0-9a-f-]{36})", visitor.page)
    assert found is not None
    list_ = f"/wishlists/{found[1]}"
    assert "Tea" in await visitor.go(list_)
    cart = (await visitor.client.get(f"/v1/store/{SHOP}/carts/mine")).json()["cart"]

    await other.join(market, "eve@example.test", "Eve")
    for path in (order, f"{order}/pay", f"{order}/paid", f"{order}/lines/1/review", list_):
        page = await other.go(path)
        assert (other.status, "Mug" in page, "Tea" in page) == (404, False, False), path
    for path, fields in (
        (f"{order}/cancel", {}),
        (f"{order}/lines/1/review", {"rating": "1"}),
        (list_, {"remove": "1", "version": "1"}),
        (f"{list_}/items", {"variant_id": market.variants["tea"], "drop": "1"}),
        (f"{list_}/items", {"variant_id": market.variants["tea"], "move": "1"}),
    ):
        await other.send(path, **fields)
        assert other.status == 404, path
    seen = {"cart": cart["id"], "version": str(cart["version"]), "total": "1197"}
    await other.send("/checkout/order", **seen)
    assert "There is nothing in it yet" in other.page
    await other.send("/cart/lines", variant_id=market.variants["tea"], remove="1")
    assert "You have not ordered here" in await other.go("/account/orders")
    assert "There is nothing on it yet" in await other.go("/wishlists")

    assert (await market.read(order.rsplit("/", 1)[1]))["status"] == "paid"
    assert "Tea" in await visitor.go(list_)
    assert "€11.97" in await visitor.go("/cart")
