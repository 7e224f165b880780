"""The events half of the Deliveries screen: the live log, and who is told of it."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import NARROW, Served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]


async def test_what_happens_is_seen_as_it_happens(page: Page, server: Served) -> None:
    await page.goto("/console/deliveries/events")
    await expect(page.get_by_text("Live", exact=True)).to_be_visible()
    server.call("POST", "/v1/counters/puffins/increment", {"by": 3})
    row = page.get_by_role("row").filter(has_text="puffins")
    await expect(row).to_have_count(1)
    await row.get_by_role("button", name="counter.moved").click()
    drawer = page.get_by_role("dialog", name="Event")
    await expect(drawer.locator("pre")).to_have_text(
        re.compile(r'"name": "puffins",\s+"amount": 3,\s+"value": 3')
    )
    await expect(drawer).to_contain_text("1 of its subject")
    await drawer.get_by_role("link", name="the request, with all else that it caused").click()
    await expect(page).to_have_url(re.compile(r"/console/traffic\?trace=[0-9a-f]{32}"))
    await expect(page.get_by_role("row").filter(has_text="/v1/counters/puffins/increment")).to_have_count(1)


async def test_a_request_leads_to_its_event(page: Page, server: Served) -> None:
    server.call("POST", "/v1/counters/razorbills/increment", {"by": 1})
    await page.goto("/console/traffic")
    await page.get_by_role("row").filter(has_text="razorbills").get_by_role("button").first.click()
    drawer = page.get_by_role("dialog")
    await drawer.get_by_role("link", name=re.compile("counter.moved")).click()
    event = page.get_by_role("dialog", name="Event")
    await expect(event.locator("pre")).to_contain_text('"name": "razorbills"')


async def test_the_log_is_narrowed_by_type_and_subject(page: Page, server: Served) -> None:
    server.call("POST", "/v1/events/probes", {"name": "skuas", "count": 2})
    await page.goto("/console/deliveries/events?type=events.probed&subject=skuas")
    await expect(page.locator("tbody").get_by_role("row")).to_have_count(2)
    await page.goto("/console/deliveries/events?subject=nobody")
    await expect(page.get_by_text("No event matches")).to_be_visible()
    await page.get_by_role("button", name="Show every event").click()
    await expect(page.locator("tbody").get_by_role("row").first).to_be_visible()


async def test_a_replay_is_asked_for_and_done(page: Page, server: Served) -> None:
    server.call("POST", "/v1/events/probes", {"name": "gannets", "count": 2})
    await page.goto("/console/deliveries/subscribers")
    row = page.get_by_role("row").filter(has_text="events.count_probe").first
    await expect(row).to_contain_text("Up to date")
    await row.get_by_role("button", name="Replay events.count_probe").click()
    dialog = page.get_by_role("dialog", name="Hand events over again")
    await dialog.get_by_label("From position").fill("1")
    await dialog.get_by_role("button", name="Replay").click()
    await expect(dialog).to_be_hidden()
    replays = page.get_by_role("region").or_(page.locator("section")).filter(has_text="Replays")
    await expect(replays.get_by_role("row").filter(has_text="events.count_probe").first).to_contain_text(
        "done"
    )
    while True:
        found = {one["name"]: one for one in server.call("GET", "/v1/events/probes")["items"]}
        if found["gannets"]["applied"] == 4:
            break
    assert server.call("GET", "/v1/event-replays")["items"][0]["subscription"] == "events.count_probe"


async def test_it_fits_a_phone(page: Page) -> None:
    await page.set_viewport_size(NARROW)
    for path in ("events", "subscribers"):
        await page.goto(f"/console/deliveries/{path}")
        await expect(page.locator("tbody").get_by_role("row").first).to_be_visible()
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= NARROW["width"]
