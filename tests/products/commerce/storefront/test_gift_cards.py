"""Paying with gift cards on the shop's pages, without scripts."""

from __future__ import annotations

from tests.products.commerce.orders.conftest import Market
from tests.products.commerce.storefront.conftest import STORE, Visitor
from tests.products.commerce.storefront.test_pages import FORM


async def test_a_card_pays_on_the_pages(market: Market, visitor: Visitor) -> None:
    made = await market.manage("POST", "/gift-cards", {"amount": 1000})
    (issued,) = made["items"]
    card, code = issued["card"], issued["code"]
    await visitor.send("/cart/add", variant_id=market.variants["mug"], quantity="1")
    assert "This gift card cannot be used here." in await visitor.send("/cart/gift-cards", code="0000")
    assert visitor.status == 409
    shown = f"Gift card …{card['last_four']}"
    page = await visitor.send("/cart/gift-cards", code=code.lower())
    assert (visitor.status, shown in page, code in page) == (200, True, False)
    assert shown not in await visitor.send("/cart/gift-cards", remove=card["id"])
    await visitor.send("/cart/gift-cards", code=code)
    await visitor.send("/checkout", **FORM)
    assert visitor.at == f"{STORE}/checkout/review"
    assert "Order and pay €4.90" in visitor.page
    assert shown in visitor.page
    seen = {"version": visitor.field("version"), "total": visitor.field("total"), "due": visitor.field("due")}
    assert (seen["total"], seen["due"]) == ("1490", "490")

    # The card is emptied meanwhile: more is due than was shown, so nothing is ordered.
    less = {"by": -600, "reason": "test"}
    await market.manage("POST", f"/gift-cards/{card['id']}/adjustments", less)
    assert "Something changed since you looked." in await visitor.send("/checkout/order", **seen)
    assert "Order and pay €10.90" in visitor.page
    await visitor.send("/checkout/order", **seen | {"due": visitor.field("due")})
    (order,) = (await market.manage("GET", "/orders"))["items"]
    assert (order["status"], order["paid"], order["total"]) == ("pending", 400, 1490)
