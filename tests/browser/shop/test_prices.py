"""Price lists and groups of customers in the console: made, filled, and taken away again."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Served, Watched
from tests.browser.shop.conftest import SHOP

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]


async def test_a_group_gets_its_prices(
    page: Page, server: Served, goods: dict[str, dict[str, Any]], watched: Watched
) -> None:
    assert goods
    await page.goto("/console/shop/harbour-goods/prices")
    await page.get_by_role("button", name="Make a group").click()
    await page.get_by_label("Name").fill("Trade customers")
    await expect(page.get_by_label("Code")).to_have_value("trade-customers")
    await page.get_by_role("button", name="Make it").click()
    await page.get_by_label("Take in").fill("Ada@example.test")
    await page.get_by_role("button", name="Take in").click()
    await expect(page.get_by_label("Members of the group")).to_contain_text("ada@example.test")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("row", name="Trade customers trade-customers 1")).to_be_visible()

    await page.get_by_role("button", name="Make a list").click()
    await page.get_by_label("Name").fill("Trade")
    await page.get_by_role("combobox", name="For").click()
    await page.get_by_role("option", name="Trade customers").click()
    await page.get_by_role("button", name="Make it").click()
    await page.get_by_role("combobox", name="Set the price of").fill("MUG")
    await page.get_by_role("option", name="Harbour mug").click()
    await page.get_by_label("Harbour mug · MUG").fill("7.50")
    await page.get_by_role("button", name="Set it").click()
    await expect(page.get_by_label("Prices of the list")).to_contain_text("€7.50")
    (list_,) = server.call("GET", f"{SHOP}/price-lists")["items"]
    assert (list_["customer_group"], list_["currency"]) == ("trade-customers", "EUR")
    prices = server.call("GET", f"{SHOP}/price-lists/{list_['id']}/prices")["items"]
    assert [(one["sku"], one["amount"]) for one in prices] == [("MUG", 750)]
    await page.keyboard.press("Escape")

    # A group goes only when no list is for it.
    await page.get_by_role("button", name="Trade customers").click()
    await page.get_by_role("button", name="Remove the group").click()
    await page.get_by_role("button", name="Remove it").click()
    await expect(page.get_by_text("Price lists are for this group")).to_be_visible()
    await page.get_by_role("button", name="Leave it").click()
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Trade", exact=True).click()
    await page.get_by_role("button", name="Remove the list").click()
    await page.get_by_role("button", name="Remove it").click()
    await expect(page.get_by_text("There is no price list")).to_be_visible()
    await page.get_by_role("button", name="Trade customers").click()
    await page.get_by_role("button", name="Remove the group").click()
    await page.get_by_role("button", name="Remove it").click()
    await expect(page.get_by_text("There is no group")).to_be_visible()
    assert server.call("GET", f"{SHOP}/customer-groups")["items"] == []
    watched.forgive("409")
