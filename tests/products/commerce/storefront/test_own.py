"""What somebody with an account has on the pages: their cart, what a checkout knows, hearts, lists, reviews."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.products.commerce.orders.conftest import ADDRESS, SHOP, Market
from tests.products.commerce.storefront.conftest import STORE, Visitor, ordered

FORM = {**ADDRESS, "email": "somebody@example.test"}


async def test_a_guests_cart_comes_to_the_account_and_what_changed_is_told(
    market: Market, visitor: Visitor, other: Visitor
) -> None:
    mug, tea = market.variants["mug"], market.variants["tea"]
    # The first cart is the account's from now on, and nothing is to be told.
    await visitor.send("/cart/add", variant_id=mug, product="mug", quantity="2")
    await visitor.join(market, "ada@example.test")
    page = await visitor.go("/cart")
    assert ("€20.00" in page, 'role="status"' in page) == (True, False)
    assert not [one for one in visitor.client.cookies.jar if one.name.endswith("shop_cart")]

    await other.send("/cart/add", variant_id=mug, product="mug", quantity="1")
    await other.send("/cart/add", variant_id=tea, product="tea", quantity="1")
    await other.sign_in("ada@example.test", next=f"{STORE}/cart")
    for words in (
        "Your cart has what you had put in before you signed in, and what was with your account.",
        "Mug: 2 with your account, 1 just now; there are 3 in the cart.",
        "Tea: 1, put in just now.",
    ):
        assert words in other.page, words
    assert "€33.99" in other.page
    assert "there are 3 in the cart" not in await other.go("/cart")
    assert "€33.99" in await visitor.go("/cart")


async def test_what_a_merge_leaves_out_waits_for_later(
    market: Market, visitor: Visitor, other: Visitor
) -> None:
    mug, tea = market.variants["mug"], market.variants["tea"]
    shop = await market.ask("GET", f"/v1/shops/{SHOP}", who=market.merchant)
    await market.ask(
        "PATCH", f"/v1/shops/{SHOP}", {"merge": "guest"}, who=market.merchant, if_match=f'"{shop["version"]}"'
    )
    await visitor.join(market, "ada@example.test")
    await visitor.send("/cart/add", variant_id=mug, product="mug", quantity="2")
    await other.send("/cart/add", variant_id=tea, product="tea", quantity="1")
    await other.sign_in("ada@example.test", next=f"{STORE}/cart")
    assert "Mug: saved for later." in other.page
    assert "Saved for later</h2>" in other.page
    assert "€3.99" in other.page
    await other.send("/cart/lines", variant_id=mug, save="0")
    assert ("€23.99" in other.page, "Saved for later</h2>" in other.page) == (True, False)
    await other.send("/cart/lines", variant_id=tea, save="1")
    later = other.page.split("Saved for later</h2>", 1)[1]
    assert ("Mug" in later, "Tea" in later, "€20.00" in other.page) == (False, True, True)


async def test_a_checkout_begins_with_what_the_account_knows(market: Market, visitor: Visitor) -> None:
    await visitor.join(market, "ada@example.test")
    await visitor.send("/cart/add", variant_id=market.variants["mug"], product="mug", quantity="1")
    await visitor.go("/checkout")
    assert ('value="ada@example.test"' in visitor.page, "1 Analytical Way" in visitor.page) == (True, False)
    await visitor.send("/checkout", **FORM)
    seen = {name: visitor.field(name) for name in ("cart", "version", "total")}
    await visitor.send("/checkout/order", **seen)
    first = visitor.at
    # Sent twice it is the same order, although the account's cart is closed by now; and a third window's, too.
    await visitor.send("/cart/add", variant_id=market.variants["tea"], product="tea", quantity="1")
    await visitor.send("/checkout/order", **seen)
    assert visitor.at == first
    assert "1 Analytical Way" in await visitor.go("/account")
    await visitor.go("/checkout")
    assert ('value="1 Analytical Way"' in visitor.page, 'value="ada@example.test"' in visitor.page) == (
        True,
        True,
    )
    (order,) = (await market.manage("GET", "/orders"))["items"]
    assert (order["email"], order["customer_id"] is None) == ("somebody@example.test", False)


async def test_hearts_and_lists(market: Market, visitor: Visitor) -> None:
    await visitor.send("/wishes", product="mug", heart="1", back=f"{STORE}/products?q=mug")
    assert visitor.field("next") == f"{STORE}/products?q=mug"
    await visitor.join(market, "ada@example.test")
    await visitor.send("/wishes", product="mug", heart="1", back=f"{STORE}/products?q=mug")
    assert (visitor.at, visitor.page.count('aria-pressed="true"')) == (f"{STORE}/products?q=mug", 1)
    assert "On your wishlist: take it off" in await visitor.go("/products/mug")
    cheaper = {"currency": "EUR", "ppm": 500_000, "only": {"skus": ["mug"]}}
    await market.manage("POST", "/price-edits", cheaper)
    assert "It costs less than when you wished for it: €10.00 then." in await visitor.go("/wishlists")
    mug = market.variants["mug"]
    found = re.search(r'action="[^"]*(/wishlists/[0-9a-f-]{36})/items"', visitor.page)
    assert found is not None
    await visitor.send(f"{found[1]}/items", variant_id=mug, move="1")
    assert ("There is nothing on it yet" in visitor.page, 'class="count">1<' in visitor.page) == (True, True)
    assert "€5.00" in await visitor.go("/cart")

    assert "A list has a name" in await visitor.send("/wishlists", name="x" * 101)
    assert "Another list of yours is called so" in await visitor.send("/wishlists", name="WISHLIST")
    await visitor.send("/wishlists", name="Birthday")
    birthday = visitor.at.removeprefix(STORE)
    await visitor.send(birthday, default="1", version=visitor.field("version"))
    await visitor.send("/wishes", product="tea", heart="1", back=f"{STORE}{birthday}")
    assert (visitor.at, "Tea" in visitor.page) == (f"{STORE}{birthday}", True)
    await visitor.send(birthday, rename="1", name="<b>Name day", version=visitor.field("version"))
    assert ("&lt;b&gt;Name day" in visitor.page, "<b>Name" in visitor.page) == (True, False)
    await visitor.send("/wishes", product="tea", heart="0", back=f"{STORE}{birthday}")
    assert "There is nothing on it yet" in visitor.page
    await visitor.send(birthday, remove="1", version="1")
    assert (visitor.status, "The list was changed since you read it" in visitor.page) == (412, True)
    await visitor.send(birthday, remove="1", version=visitor.field("version"))
    assert (visitor.at, "Name day" in visitor.page) == (f"{STORE}/wishlists", False)


async def test_what_was_bought_is_reviewed(market: Market, visitor: Visitor) -> None:
    await visitor.join(market, "ada@example.test")
    order = await ordered(market, visitor)
    assert "Review it" not in await visitor.go(order)
    refused = await visitor.send(f"{order}/lines/1/review", rating="5")
    assert (visitor.status, "This cannot be reviewed" in refused) == (409, True)
    version = (await market.read(order.rsplit("/", 1)[1]))["version"]
    await market.manage("POST", f"{order}/fulfilments", {}, if_match=f'"{version}"')
    assert "Review it" in await visitor.go(order)
    assert "How is it?" in await visitor.go(f"{order}/lines/1/review")
    refused = await visitor.send(f"{order}/lines/1/review", rating="", text="Fine")
    assert (visitor.status, "Choose how many stars" in refused, ">Fine</textarea>" in refused) == (
        422,
        True,
        True,
    )
    await visitor.send(
        f"{order}/lines/1/review", rating="4", title="Warm", text="It <i>holds</i>.", author="A."
    )
    assert (visitor.at, "Your review: 4 of 5 stars" in visitor.page) == (f"{STORE}{order}", True)
    page = await visitor.go("/products/mug")
    for words in ("What buyers say", "It &lt;i&gt;holds&lt;/i&gt;.", "A., who bought it here"):
        assert words in page, words
    await visitor.go(f"{order}/lines/1/review")
    await visitor.send(f"{order}/lines/1/review", rating="5", version=visitor.field("version"))
    assert "Your review: 5 of 5 stars" in visitor.page
    refused = await visitor.send(f"{order}/lines/1/review", rating="1", version="1")
    assert (visitor.status, "The review was changed since you read it" in refused) == (412, True)
    assert (await visitor.go(f"{order}/lines/99/review"), visitor.status)[1] == 404


async def test_a_cart_that_holds_its_goods_says_until_when(market: Market, visitor: Visitor) -> None:
    shop = await market.manage("GET", "")
    await market.manage("PATCH", "", {"cart_hold": 600}, if_match=f'"{shop["version"]}"')
    until = f"{market.clock.now() + timedelta(minutes=10):%H:%M} UTC"
    await visitor.send("/cart/add", variant_id=market.variants["mug"], product="mug", quantity="10")
    assert ("These are held for you until <time datetime=" in visitor.page, until in visitor.page) == (
        True,
        True,
    )
    await visitor.send("/cart/add", variant_id=market.variants["mug"], product="mug", quantity="1")
    assert visitor.status == 409
    market.clock.move(timedelta(minutes=10))
    assert "held for you" not in await visitor.go("/cart")
