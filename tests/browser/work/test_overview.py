"""The Work screen's figures, queues and schedules: who waits and why, and what a person does about it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Served, nothing_hangs_over_the_edge, until
from tests.browser.work.conftest import OTHER, crane, drawer, ended, haul, hour, states, tile

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]


class TestOverview:
    async def test_the_tiles_tell_of_the_last_hour(self, page: Page, server: Served) -> None:
        completed, failed = hour(server)
        good, bad = haul(server, 4, 11)
        ended(server, good, "completed")
        ended(server, bad, "dead")
        await page.goto("/console/work")
        await expect(tile(page, "Jobs a minute")).to_contain_text(f"{completed + 1} in the last hour")
        await expect(tile(page, "Failed attempts").locator("b")).to_have_text(str(failed + 2))
        await expect(tile(page, "Ready now").locator("b")).to_have_text("0")
        await expect(tile(page, "Ready now")).to_contain_text("nothing waits")

    async def test_a_queue_is_paused_and_goes_on(self, page: Page, server: Served) -> None:
        before = haul(server, 1)
        ended(server, before[0], "completed")
        dead = crane(server)["dead"]
        await page.goto("/console/work")
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name="crane"))
        await row.get_by_role("button", name="Pause crane").click()
        await expect(row).to_contain_text("Paused")
        assert crane(server)["paused"] is True
        ids = haul(server, 2, 3, 4)
        await expect(row.locator("[data-name=ready]")).to_have_text("3")
        await expect(row.locator("[data-name=dead]")).to_have_text(str(dead))
        await expect(tile(page, "Ready now").locator("b")).to_have_text("3")
        assert states(server, ids) == ["ready"] * 3
        await row.get_by_role("button", name="Resume crane").click()
        await expect(row.locator("[data-name=ready]")).to_have_text("0")
        await expect(row).not_to_contain_text("Paused")
        for one in ids:
            ended(server, one, "completed")

    @pytest.mark.usefixtures("paused")
    async def test_who_waits_is_told_with_the_reason_and_a_way_to_the_jobs(
        self, page: Page, server: Served
    ) -> None:
        (first,) = haul(server, 5, token=OTHER)
        haul(server, 6, 7)
        await page.goto("/console/work")
        lines = page.get_by_role("list", name="Who waits longest, and why").get_by_role("listitem")
        await expect(lines).to_have_count(2)
        await expect(lines.nth(0)).to_contain_text("1 ready job in crane")
        await expect(lines.nth(1)).to_contain_text("2 ready jobs in crane")
        await expect(lines.nth(0)).to_contain_text("the queue is paused: resume it")
        await lines.nth(0).get_by_role("link").click()
        await expect(page.locator("tbody tr").filter(has_text="Ready")).to_have_count(1)
        await page.locator("tbody tr").first.get_by_role("button").click()
        await expect(drawer(page)).to_contain_text(first)
        await drawer(page).get_by_role("button", name="Cancel").click()
        await expect(drawer(page)).to_contain_text("Cancelled")
        quay = {"authorization": f"Bearer {OTHER}"}
        assert server.call("GET", f"/v1/jobs/{first}", None, **quay)["state"] == "cancelled"

    async def test_a_limit_is_named_as_the_reason(self, page: Page, server: Served) -> None:
        server.call("PUT", "/v1/job-queues/watches/limits", {"concurrency": 1})
        ids = [server.call("POST", "/v1/yard/watch")["id"] for _ in range(2)]
        until(lambda: states(server, ids), lambda seen: sorted(seen) == ["ready", "running"])
        await page.goto("/console/work")
        line = page.get_by_role("list", name="Who waits longest, and why").get_by_role("listitem")
        await expect(line).to_contain_text("the queue's limit of 1 running jobs is reached")
        for one in ids:
            server.call("POST", f"/v1/jobs/{one}/cancel")
        for one in ids:
            ended(server, one, "cancelled")
        await expect(line).to_have_count(0)


class TestSchedules:
    async def test_one_is_run_now_paused_and_resumed(self, page: Page, server: Served) -> None:
        await page.goto("/console/work/schedules")
        row = page.get_by_role("row").filter(has_text="yard.new_year")
        await row.get_by_role("button", name="Run yard.new_year now").click()
        made = until(
            lambda: server.call(
                "GET", "/v1/jobs?organization=00000000-0000-0000-0000-000000000000&kind=yard.sweep"
            )["items"],
            lambda items: [one["state"] for one in items] == ["completed"],
        )
        assert made[0]["schedule"] == "yard.new_year"
        await row.get_by_role("button", name="Pause yard.new_year").click()
        await expect(row).to_contain_text("Paused")
        await expect(row).to_contain_text("not while paused")
        assert shown(server)["next_at"] is None
        await row.get_by_role("button", name="Resume yard.new_year").click()
        await expect(row).not_to_contain_text("Paused")
        assert str(shown(server)["next_at"]).endswith("-01-01T00:00:00Z")


def shown(server: Served) -> dict[str, Any]:
    schedules = server.call("GET", "/v1/job-schedules")
    return next(dict(one) for one in schedules if one["name"] == "yard.new_year")


class TestNarrowScreens:
    async def test_nothing_hangs_over_the_edge(self, page: Page, server: Served) -> None:
        (dead,) = haul(server, 99)
        ended(server, dead, "dead")
        await nothing_hangs_over_the_edge(
            page, *(f"/console/work{path}" for path in ("", "/jobs", "/schedules", "/dead"))
        )
