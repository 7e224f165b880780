"""The counters page: concurrency tried by hand."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Served, Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]


class TestCounters:
    async def test_are_made_moved_and_reset(self, page: Page, server: Served) -> None:
        await page.goto("/console/counters")
        await page.get_by_label("Name of the new counter").fill("gulls")
        await page.get_by_role("button", name="Count", exact=True).click()
        value = page.get_by_label("Value of gulls")
        await expect(value).to_have_text("1")
        await page.get_by_role("button", name="One more for gulls").click()
        await expect(value).to_have_text("2")
        await page.get_by_role("button", name="One less for gulls").click()
        await expect(value).to_have_text("1")
        await page.get_by_role("button", name="Reset gulls").click()
        await expect(value).to_have_text("0")
        assert server.call("GET", "/v1/counters/gulls")["value"] == 0

    async def test_a_race_loses_none(self, page: Page, server: Served) -> None:
        server.call("POST", "/v1/counters/raced/increment", {})
        await page.goto("/console/counters")
        card = page.locator("main > div > div > div").filter(has=page.get_by_role("heading", name="raced"))
        await card.get_by_role("button", name="Race 50").click()
        await expect(card).to_contain_text("50 of 50 at once were acknowledged and it moved by 50")
        assert server.call("GET", "/v1/counters/raced")["value"] == 51

    async def test_what_others_do_is_seen(self, page: Page, server: Served) -> None:
        server.call("POST", "/v1/counters/watched/increment", {"by": 4})
        await page.goto("/console/counters")
        await expect(page.get_by_label("Value of watched")).to_have_text("4")
        server.call("POST", "/v1/counters/watched/increment", {"by": 38})
        await expect(page.get_by_label("Value of watched")).to_have_text("42")

    async def test_a_name_that_cannot_be_is_refused_in_words(self, page: Page, watched: Watched) -> None:
        await page.goto("/console/counters")
        await page.get_by_label("Name of the new counter").fill("no spaces please")
        await page.get_by_role("button", name="Count", exact=True).click()
        await expect(page.get_by_label("Name of the new counter")).to_have_attribute("aria-invalid", "true")
        watched.forgive("422")
