"""A whole purchase on a shop's pages, as a person makes it: narrow, in the dark, and partly by keyboard."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import NARROW, Served, Watched, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that knows its address, for the provider's page leads back to it; with a shop of mugs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serving(tmp_path_factory.mktemp("shop"), "--port", str(port)) as served:
        new = {"slug": "mugs", "name": "Mugs and more", "currency": "EUR", "country": "DE"}
        served.call("POST", "/v1/shops", new)
        way = {"name": "Post", "amount": 490, "currency": "EUR", "countries": ["DE"]}
        served.call("POST", "/v1/shops/mugs/shipping", way)
        served.call("POST", "/v1/shops/mugs/shipping", {**way, "name": "Courier", "amount": 990})

        def variant(colour: str, amount: int) -> dict[str, Any]:
            prices = [{"currency": "EUR", "amount": amount}]
            return {"sku": f"mug-{colour}", "options": [colour], "prices": prices}

        mug = {
            "title": "Stoneware mug",
            "options": ["Colour"],
            "variants": [variant("Chalk", 1450), variant("Moss", 1650)],
            "published_from": "2020-01-01T00:00:00Z",
        }
        served.call("POST", "/v1/shops/mugs/products", mug)
        yield served


async def wide_enough(page: Page) -> None:
    """Nothing sticks out sideways."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


async def test_a_mug_is_found_bought_and_paid(browser: Browser, shop: Served) -> None:
    watched = Watched(shop.url)
    context = await browser.new_context(base_url=shop.url, viewport=NARROW, color_scheme="dark")
    context.set_default_timeout(30_000)
    page = await context.new_page()
    watched.watch(page)
    await page.goto("/store/mugs")
    await wide_enough(page)
    await page.get_by_label("Search the shop").fill("mug")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="mug")).to_be_visible()
    await page.get_by_text("Filter and sort").click()
    # The tick sends the form: the page that `check` would look at afterwards is gone by then.
    await page.get_by_role("checkbox", name="Moss").click()
    await expect(page).to_have_url(re.compile("option=Colour"))
    await wide_enough(page)
    await page.get_by_role("link", name="Stoneware mug").click()
    await expect(page.locator("[data-now]")).to_contain_text("€14.50")
    await page.get_by_role("radio", name="Chalk").focus()
    await page.keyboard.press("ArrowDown")
    await expect(page.locator("[data-now]")).to_contain_text("€16.50")
    await wide_enough(page)
    await page.get_by_role("button", name="Add to cart").click()
    await page.get_by_label("Quantity of Stoneware mug").fill("2")
    await page.keyboard.press("Tab")
    await expect(page.locator(".total")).to_contain_text("€33.00")
    await wide_enough(page)
    await page.get_by_role("link", name="Check out").click()
    for label, text in (
        ("Mail address", "ada@example.test"),
        ("Name", "Ada Lovelace"),
        ("Street and number", "1 Analytical Way"),
        ("City", "Berlin"),
    ):
        await page.get_by_label(label, exact=True).fill(text)
    await wide_enough(page)
    await page.keyboard.press("Enter")
    await page.get_by_role("radio", name="Courier").check()
    await expect(page.locator(".total")).to_contain_text("€42.90")
    await wide_enough(page)
    await page.get_by_role("button", name="Order and pay €42.90").click()
    await page.get_by_role("button", name="Pay", exact=True).click()
    await expect(page.get_by_role("heading", name="Paid, and being prepared")).to_be_visible()
    await expect(page.get_by_text("Payment received")).to_be_visible()
    await wide_enough(page)
    (order,) = shop.call("GET", "/v1/shops/mugs/orders")["items"]
    assert (order["status"], order["total"], order["email"]) == ("paid", 4290, "ada@example.test")
    await context.close()
    watched.forgive("404")  # the icon of the provider's page, which has none
    assert (watched.strangers, watched.errors) == ([], [])
