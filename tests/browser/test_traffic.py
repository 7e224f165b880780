"""The Traffic screen, live."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]


class TestTraffic:
    async def test_a_request_appears_as_it_ends_and_opens_into_what_it_caused(
        self, page: Page, server: Served
    ) -> None:
        await page.goto("/console/traffic")
        await expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
        # A path of its own: other tests write notes on this server at the same time.
        path = "/v1/counters/seen-in-traffic/increment"
        server.call("POST", path, {"by": 7341})
        row = page.get_by_role("button", name=f"POST {path}", exact=True).first
        await expect(row).to_be_visible()
        await row.click()
        drawer = page.get_by_role("dialog")
        await expect(drawer.get_by_role("heading", name=f"POST {path}")).to_be_visible()
        waterfall = drawer.get_by_role("img", name=re.compile("Waterfall"))
        for words in ("authenticate", "counter:count", "handler", "row", "commit"):
            await expect(waterfall).to_contain_text(words)
        await expect(waterfall.locator("text").filter(has_text="counter:count allowed")).to_be_visible()
        await drawer.get_by_role("tab", name="Request").click()
        await expect(drawer.get_by_text("[redacted]").first).to_be_visible()
        await expect(drawer.get_by_text("7341")).to_be_visible()

    async def test_filters_narrow_what_is_listed_and_what_arrives(self, page: Page, server: Served) -> None:
        server.client.get("/v1/nothing-here")
        await page.goto("/console/traffic?status=4")
        missing = page.get_by_role("button", name="GET /v1/nothing-here", exact=True)
        await expect(missing.first).to_be_visible()
        seen = await missing.count()
        server.client.get("/livez")
        server.client.get("/v1/nothing-here")
        await expect(missing).to_have_count(seen + 1)
        await expect(page.get_by_role("button", name="GET /livez", exact=True)).to_have_count(0)

    async def test_a_trace_is_found_by_its_id(self, page: Page, server: Served) -> None:
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        for _ in range(2):
            server.call("GET", "/v1/notes", traceparent=f"00-{trace}-00f067aa0ba902b7-01")
        await page.goto(f"/console/traffic?trace={trace}")
        rows = page.get_by_role("button", name="GET /v1/notes", exact=True)
        await expect(rows).to_have_count(2)
        await expect(page.locator("tbody tr")).to_have_count(2)

    async def test_paused_it_stands_still(self, page: Page, server: Served) -> None:
        await page.goto("/console/traffic?path=/v1/paused")
        await expect(page.get_by_text("No request matches")).to_be_visible()
        await page.get_by_role("button", name="Pause").click()
        await expect(page.get_by_role("status").filter(has_text="Paused")).to_be_visible()
        server.client.get("/v1/paused")
        await expect(page.get_by_text("No request matches")).to_be_visible()
        await page.get_by_role("button", name="Resume").click()
        await expect(page.get_by_role("button", name="GET /v1/paused", exact=True)).to_be_visible()
