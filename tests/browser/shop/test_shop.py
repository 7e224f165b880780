"""What a merchant does in the console: orders, prices, stock and coupons, each from the list to the end."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NARROW, Served, Watched, until
from tests.browser.shop.conftest import SHOP, buy, once, order_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]
Goods = dict[str, dict[str, Any]]


async def test_an_order_from_the_list_to_its_refund(page: Page, server: Served, goods: Goods) -> None:
    order = buy(server, goods, MUG=2, TEA=1)
    await page.goto("/console/shop")
    await expect(page).to_have_url(re.compile("/console/shop/harbour-goods/overview$"))
    await page.goto("/console/shop/harbour-goods/orders")
    await page.get_by_role("textbox", name="Search").fill("harbour mug")
    await page.get_by_role("link", name=order["number"]).click()
    await expect(page.get_by_role("heading", name=order["number"])).to_be_visible()
    whole = page.get_by_role("table", name="How the total came to be", exact=True)
    await expect(whole.get_by_role("row").last).to_contain_text("€23.99")
    await expect(whole).to_contain_text("VAT 19 %")
    await page.get_by_role("button", name="Send").click()
    sending = page.get_by_role("dialog")
    await sending.get_by_label("Carrier").fill("DHL")
    await sending.get_by_role("button", name="Send it").click()
    await expect(page.get_by_text("Under way")).to_be_visible()
    await page.get_by_role("button", name="Refund").click()
    refunding = page.get_by_role("dialog")
    await refunding.get_by_label("Harbour mug").fill("1")
    await refunding.get_by_role("combobox", name="The goods: Harbour mug").click()
    await page.get_by_role("option", name="They came back, and can be sold again").click()
    await refunding.get_by_label("Reason").fill("Chipped")
    await refunding.get_by_role("button", name="Give back €10.00").click()
    await expect(page.get_by_role("list", name="What happened")).to_contain_text("€10.00 is going back")
    await expect(page.get_by_text("Partly refunded")).to_be_visible()
    seen = order_of(server, order)
    assert [one["restocked"] for one in seen["returns"]] == [[{"line_id": "1", "quantity": 1}]]
    assert [(one["amount"], one["reason"]) for one in seen["refunds"]] == [(1000, "Chipped")]
    # Back to the moment in which it was placed, and to now.
    story = page.get_by_role("list", name="What happened")
    await story.get_by_role("button", name="as it was then").first.click()
    await expect(page.get_by_text("made again from its events")).to_be_visible()
    await expect(page.get_by_text("Awaits payment")).to_be_visible()
    await page.get_by_role("button", name="Back to now").click()
    await expect(page.get_by_text("Partly refunded")).to_be_visible()
    await page.goto("/console/shop/harbour-goods/refunds")
    await expect(page.get_by_role("row").filter(has_text="Chipped")).to_contain_text("€10.00")
    await page.goto("/console/shop/harbour-goods/proof")
    await page.get_by_role("button", name="Look now").click()
    await expect(page.get_by_text("Everything holds")).to_be_visible()


async def test_a_price_is_edited_where_it_stands_and_a_stale_one_is_not_lost(
    page: Page, server: Served, goods: Goods, watched: Watched
) -> None:
    product = f"{SHOP}/products/{goods['TEA']['id']}"
    await page.goto("/console/shop/harbour-goods/products")
    await page.get_by_role("button", name="Change the price of Island tea").click()
    field = page.get_by_role("textbox", name="the price of Island tea")
    await field.fill("4,29x")
    await expect(page.get_by_text("No amount of EUR")).to_be_visible()
    await field.fill("4.29")
    # Somebody else is quicker; what they set is shown, and not lost by accident.
    server.call("PATCH", product, {"title": "Island tea, loose"}, **{"If-Match": '"1"'})
    await field.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Somebody changed it: now 3.99")
    watched.forgive("412")
    assert server.call("GET", product)["variants"][0]["prices"][0]["amount"] == 399
    await field.press("Enter")
    await expect(page.get_by_role("button", name="Change the price of Island tea, loose")).to_contain_text(
        "€4.29"
    )
    seen = server.call("GET", product)
    assert (seen["title"], seen["variants"][0]["prices"][0]["amount"], seen["version"]) == (
        *("Island tea, loose", 429),
        3,
    )
    await page.get_by_role("button", name="Live: change whether shoppers see Island tea, loose").click()
    await page.get_by_role("menuitem", name="Take it out of the window").click()
    await expect(page.get_by_role("row").filter(has_text="Island tea, loose")).to_contain_text("Draft")
    assert server.call("GET", product)["published_from"] is None
    server.call("PATCH", product, {"published_from": "2020-01-01T00:00:00Z"}, **{"If-Match": '"4"'})


async def test_stock_is_adjusted_and_stands_in_the_ledger(page: Page, server: Served, goods: Goods) -> None:
    await page.set_viewport_size(NARROW)
    await page.goto("/console/shop/harbour-goods/stock")
    await page.get_by_role("button", name="Harbour mug").click()
    level = page.get_by_role("dialog", name="Level")
    await level.get_by_label("Units").fill("-2")
    await level.get_by_label("Reason").fill("Two broke when the shelf fell")
    await level.get_by_role("button", name="Correct it").click()
    line = level.get_by_role("table", name="Movements").get_by_role("row").filter(has_text="Two broke")
    await expect(line).to_contain_text("\N{MINUS SIGN}2")
    variant = goods["MUG"]["variants"][0]["id"]
    movements = server.call("GET", f"{SHOP}/inventory/movements?variant_id={variant}")["items"]
    assert (movements[0]["on_hand_change"], movements[0]["reason"]) == (-2, "Two broke when the shelf fell")
    await page.goto(f"/console/shop/harbour-goods/ledger?variant={variant}")
    await expect(page.get_by_role("table", name="Movements")).to_contain_text("First delivery")
    wide = await page.evaluate("document.documentElement.scrollWidth")
    assert wide <= NARROW["width"]


async def test_a_coupon_is_simulated_and_made(page: Page, server: Served, goods: Goods) -> None:
    order = buy(server, goods, MUG=1)
    placed = [one for one in server.call("GET", f"{SHOP}/orders")["items"] if one["status"] != "canceled"]
    await page.goto("/console/shop/harbour-goods/coupons")
    await page.get_by_role("button", name="Make a coupon").click()
    form = page.get_by_role("dialog", name="A new coupon")
    await form.get_by_label("Name").fill("Spring")
    await form.get_by_label("Per cent").fill("25")
    await form.get_by_label("Code", exact=True).fill("SPRING-25")
    await form.get_by_role("button", name="Simulate").click()
    report = form.get_by_role("region", name="Simulator").get_by_role("status")
    await expect(report).to_contain_text(f"of {len(placed)} order")
    await expect(report).to_contain_text("25.0 %")
    assert server.call("GET", f"{SHOP}/coupons")["items"] == []
    await form.get_by_role("button", name="Make it").click()
    detail = page.get_by_role("dialog", name="Spring")
    await expect(detail.get_by_role("list", name="Codes")).to_contain_text("SPRING-25")
    (coupon,) = server.call("GET", f"{SHOP}/coupons")["items"]
    assert coupon["off"] == {"kind": "percent", "ppm": 250_000}
    # By its key: a click would have to meet it while the panel still slides in.
    await detail.get_by_role("switch", name="Paused").press("Space")
    until(lambda: server.call("GET", f"{SHOP}/coupons/{coupon['id']}")["paused"], bool)
    server.call(
        "POST",
        f"{SHOP}/orders/{order['id']}/cancel",
        {"reason": "No more"},
        **once(),
        **{"If-Match": f'"{order_of(server, order)["version"]}"'},
    )
