"""Prices for groups of customers: whoever is in one has them, on every page and in the order, and nobody else."""

from __future__ import annotations

from tests.products.commerce.orders.conftest import ADDRESS, SHOP, Market
from tests.products.commerce.storefront.conftest import STORE, Visitor, ordered

API = f"/v1/store/{SHOP}"


async def trade(market: Market, **member: str) -> tuple[str, str]:
    """A group that has mugs for 7.00, with somebody in it: the paths of the group and of the member."""
    group = await market.manage("POST", "/customer-groups", {"code": "trade", "name": "Trade"})
    list_ = await market.manage(
        "POST", "/price-lists", {"name": "Trade", "currency": "EUR", "customer_group": "trade"}
    )
    prices = {"prices": [{"sku": "mug", "amount": 700}]}
    await market.manage("POST", f"/price-lists/{list_['id']}/prices", prices, if_match='"1"')
    path = f"/customer-groups/{group['id']}"
    made = await market.manage("POST", f"{path}/members", member)
    return path, f"{path}/members/{made['id']}"


async def id_of(visitor: Visitor) -> str:
    return str((await visitor.client.get("/v1/account")).json()["id"])


async def test_a_member_has_their_prices_from_the_page_to_the_order(
    market: Market, visitor: Visitor, other: Visitor
) -> None:
    await visitor.join(market, "ada@example.test")
    _, member = await trade(market, customer_id=await id_of(visitor))
    await other.join(market, "eve@example.test", "Eve")
    guest = Visitor(market)
    async with guest.client:
        # The member looks first: what a cache kept of that would be shown to the others.
        for who, price in ((visitor, 700), (other, 1000), (guest, 1000), (visitor, 700), (guest, 1000)):
            seen = await who.client.get(f"{API}/products/mug")
            assert ([one["price"] for one in seen.json()["variants"]]) == [price]
            assert seen.headers["cache-control"] == "no-store"
            page = await who.go("/products/mug")
            assert ("\u20ac7.00" in page, "<b>\u20ac10.00</b>" in page) == (price == 700, price == 1000)
            for path in ("", "/products"):
                page = await who.go(path)
                assert ("\u20ac7.00" in page, "\u20ac10.00</b>" in page) == (price == 700, price == 1000), (
                    path
                )
            listed = await who.client.get(f"{API}/products?q=mug")
            assert [one["price"] for one in listed.json()["items"]] == [price]
            home = await who.client.get(f"{API}/home")
            newest = next(one for one in home.json()["sections"] if one["kind"] == "newest")
            assert {one["slug"]: one["price"] for one in newest["items"]}["mug"] == price
            assert (listed.headers["cache-control"], home.headers["cache-control"]) == (
                "no-store",
                "no-store",
            )
        for who, total in ((visitor, 700), (other, 1000), (guest, 1000)):
            await who.send("/cart/add", variant_id=market.variants["mug"], product="mug", quantity="1")
            await who.send("/checkout", **ADDRESS, email="ada@example.test")  # typed, and proves nothing
            assert who.field("total") == str(total + 490)
    order = await ordered(market, visitor)
    bought = await market.read(order.rsplit("/", 1)[1])
    assert (bought["lines"][0]["unit_price"], bought["total"]) == (700, 1890)
    await visitor.send("/wishes", product="mug", heart="1")
    assert "<b>\u20ac7.00</b>" in await visitor.go("/wishlists")

    await market.manage("DELETE", member)
    assert (await market.read(order.rsplit("/", 1)[1])) == bought
    assert "<b>\u20ac10.00</b>" in await visitor.go("/products/mug")
    assert "It cost \u20ac7.00 when you wished for it." in await visitor.go("/wishlists")
    await market.sound()


async def test_an_address_counts_for_the_account_that_has_shown_it(
    market: Market, visitor: Visitor, other: Visitor
) -> None:
    await trade(market, mail="Ada@Example.test")
    guest = await market.ask("POST", f"{API}/carts", {"email": "ada@example.test"})
    line = {"lines": [{"variant_id": market.variants["mug"], "quantity": 1}]}
    path = f"{API}/carts/{guest['cart']['id']}"
    seen = await market.ask("POST", f"{path}/lines", line, x_cart_token=guest["token"])
    assert seen["totals"]["total"] == 1000
    await other.join(market, "eve@example.test", "Eve")
    await other.send("/cart/add", variant_id=market.variants["mug"], product="mug", quantity="1")
    assert "\u20ac10.00" in other.page
    await visitor.send("/cart/add", variant_id=market.variants["mug"], product="mug", quantity="1")
    assert "\u20ac10.00" in visitor.page
    await visitor.join(market, "ada@example.test")
    assert "The price changed from \u20ac10.00 to \u20ac7.00." in await visitor.go("/cart")
    # The merchant looks at the member's cart, and has nothing of the member's prices themselves.
    listed = (await market.manage("GET", "/carts"))["items"]
    carts = {one["customer_id"]: one["id"] for one in listed}
    own = await market.manage("GET", f"/carts/{carts[await id_of(visitor)]}")
    assert own["totals"]["subtotal"] == 700
    shown = await market.ask("GET", f"{API}/products/mug", who=market.merchant)
    assert shown["variants"][0]["price"] == 1000


async def test_who_loses_the_price_while_they_check_out_is_told(market: Market, visitor: Visitor) -> None:
    await visitor.join(market, "ada@example.test")
    _, member = await trade(market, customer_id=await id_of(visitor))
    await visitor.send("/cart/add", variant_id=market.variants["mug"], product="mug", quantity="1")
    await visitor.send("/checkout", **ADDRESS, email="ada@example.test")
    seen = {name: visitor.field(name) for name in ("cart", "version", "total")}
    await market.manage("DELETE", member)
    said = await visitor.send("/checkout/order", **seen)
    assert (visitor.status, "Something changed since you looked." in said) == (409, True)
    assert "The price changed from \u20ac7.00 to \u20ac10.00." in said
    assert visitor.at == f"{STORE}/checkout/order"
    assert (await market.manage("GET", "/orders"))["items"] == []


async def test_groups_are_managed(market: Market, visitor: Visitor) -> None:
    path, member = await trade(market, mail="ada@example.test")
    assert (await market.refused("/customer-groups", {"code": "trade", "name": "Other"}))[1] == (
        "group_code_taken"
    )
    unknown = {"name": "VIP", "currency": "EUR", "customer_group": "vip"}
    assert await market.refused("/price-lists", unknown) == (422, "invalid")
    (list_,) = (await market.manage("GET", "/price-lists"))["items"]
    where = f"/v1/shops/{SHOP}/price-lists/{list_['id']}"
    changed = await market.send(
        "PATCH", where, {"customer_group": "vip"}, who=market.merchant, if_match=f'"{list_["version"]}"'
    )
    assert (changed.status_code, changed.json()["errors"][0]["pointer"]) == (422, "/customer_group")

    again = await market.manage("POST", f"{path}/members", {"mail": "ADA@example.test"})
    assert member.endswith(again["id"])
    assert await market.refused(f"{path}/members", {}) == (422, "invalid")
    assert (await market.manage("GET", path))["members"] == 1
    kept = await market.send("DELETE", f"/v1/shops/{SHOP}{path}", who=market.merchant, if_match='"1"')
    assert (kept.status_code, kept.json()["code"], kept.json()["price_lists"]) == (409, "group_in_use", 1)
    named = await market.manage("PATCH", path, {"name": "Traders"}, if_match='"1"')
    assert (named["name"], named["code"], named["version"]) == ("Traders", "trade", 2)
    stale = await market.send(
        "PATCH", f"/v1/shops/{SHOP}{path}", {"name": "X"}, who=market.merchant, if_match='"1"'
    )
    assert (stale.status_code, stale.headers["etag"]) == (412, '"2"')
    await market.manage("DELETE", f"/price-lists/{list_['id']}", if_match=f'"{list_["version"]}"')
    await market.manage("DELETE", path, if_match='"2"')
    assert (await market.manage("GET", "/customer-groups"))["items"] == []
    gone = await market.send("GET", f"/v1/shops/{SHOP}{path}/members", who=market.merchant)
    assert (gone.status_code, gone.json()["code"]) == (404, "customer_group_not_found")
