"""The Systems screen."""

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


class TestCards:
    async def test_show_every_module_and_move_by_themselves(self, page: Page, server: Served) -> None:
        await page.goto("/console/systems")
        names = server.call("GET", "/v1/session")["modules"]
        for name in names:
            await expect(page.get_by_role("heading", name=name, exact=True, level=3)).to_be_visible()
        await expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
        card = page.locator("main a").filter(has=page.get_by_role("heading", name="counter", exact=True))
        before = await card.locator("b").first.inner_text()
        server.call("POST", "/v1/counters/a-new-one/increment", {})
        await expect(card.locator("b").first).to_have_text(str(int(before) + 1))

    async def test_open_into_everything_that_the_module_declares(self, page: Page) -> None:
        await page.goto("/console/systems")
        await page.get_by_role("heading", name="notes", exact=True).click()
        await expect(page).to_have_url(re.compile("/console/systems/notes$"))
        drawer = page.get_by_role("dialog")
        await drawer.get_by_role("tab", name=re.compile("Routes")).click()
        await expect(drawer.get_by_text("/v1/notes/{note_id}/restore")).to_be_visible()
        await expect(drawer.get_by_text("public").first).to_be_visible()
        await drawer.get_by_role("tab", name=re.compile("Permissions")).click()
        await expect(drawer.get_by_text("notes:write")).to_be_visible()
        await drawer.get_by_role("tab", name=re.compile("Settings")).click()
        await expect(drawer.get_by_text("from default").first).to_be_visible()
        await drawer.get_by_role("tab", name="About").click()
        await expect(drawer.get_by_role("heading", name="Notes", level=1)).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(page).to_have_url(re.compile("/console/systems$"))

    async def test_the_topology_opens_by_keyboard(self, page: Page) -> None:
        await page.goto("/console/systems")
        await page.get_by_text("Topology").click()
        node = page.get_by_role("button", name=re.compile("^notes, Healthy"))
        await node.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("dialog").get_by_text("backstay.products.notes")).to_be_visible()
