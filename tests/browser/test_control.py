"""The Control screen: what is set, where it comes from, and what the doctor finds."""

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


class TestSettings:
    async def test_every_setting_says_where_it_comes_from(self, page: Page, server: Served) -> None:
        settings = server.call("GET", "/v1/console/settings")
        await page.goto("/console/control")
        await expect(page.get_by_text(f"{len(settings)} settings")).to_be_visible()
        shown = page.get_by_role("region", name="Effective settings")
        await expect(shown.locator("tbody tr")).to_have_count(len(settings))
        named = shown.get_by_role("row").filter(has=page.locator("b", has_text=re.compile(r"^app\.name$")))
        await expect(named).to_contain_text("harbour")
        await expect(named).to_contain_text("BACKSTAY_APP_NAME")
        await expect(named.get_by_text("Environment", exact=True)).to_be_visible()

    async def test_they_are_searched_and_the_search_is_in_the_address(self, page: Page) -> None:
        await page.goto("/console/control")
        await page.get_by_role("textbox", name="Setting").fill("HTTP.port listen")
        await expect(page).to_have_url(re.compile(r"q=HTTP\.port\+listen"))
        rows = page.get_by_role("region", name="Effective settings").locator("tbody tr")
        await expect(rows).to_have_count(1)
        await expect(rows).to_contain_text("http.port")
        await page.goto("/console/control?q=no-such-setting-anywhere")
        await expect(page.get_by_role("heading", name="No setting matches")).to_be_visible()
        await page.get_by_role("button", name="Show every setting").click()
        await expect(rows.first).to_be_visible()

    async def test_only_what_is_not_the_default(self, page: Page, server: Served) -> None:
        chosen = [one for one in server.call("GET", "/v1/console/settings") if one["source"] != "default"]
        await page.goto("/console/control")
        await page.get_by_role("combobox", name="Where from").click()
        await page.get_by_role("option", name="Not the default").click()
        rows = page.get_by_role("region", name="Effective settings").locator("tbody tr")
        await expect(rows).to_have_count(len(chosen))

    async def test_no_secret_is_in_the_page(self, page: Page, server: Served) -> None:
        await page.goto("/console/control?q=auth.principals")
        await expect(page.get_by_role("region", name="Effective settings")).to_contain_text("********")
        # Only what proves the session itself holds the token, and no script reads that.
        assert "a-token-for-the-browser-tests-alone" not in await page.content()


class TestFindings:
    async def test_the_doctor_leads_to_the_setting(self, page: Page, server: Served) -> None:
        await page.goto("/console/control")
        found = page.get_by_role("region", name="What the doctor finds")
        note = found.get_by_role("listitem").filter(has_text="no traces leave this deployment")
        await expect(note).to_contain_text("Set OTEL_EXPORTER_OTLP_ENDPOINT")
        await expect(note.get_by_text("Note", exact=True)).to_be_visible()
        await note.get_by_role("button", name="telemetry.otlp_endpoint").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("textbox", name="Setting")).to_have_value("telemetry.otlp_endpoint")
        await expect(page.get_by_role("region", name="Effective settings").locator("tbody tr")).to_have_count(
            1
        )

    async def test_it_looks_again_when_it_is_asked(self, page: Page, server: Served) -> None:
        await page.goto("/console/control")
        found = page.get_by_role("region", name="What the doctor finds")
        await expect(found.get_by_role("listitem").first).to_be_visible()
        async with page.expect_response("**/v1/console/findings") as answer:
            await found.get_by_role("button", name="Look again").click()
        assert (await answer.value).status == 200
        await expect(found.get_by_role("listitem")).to_have_count(
            len(server.call("GET", "/v1/console/findings"))
        )
