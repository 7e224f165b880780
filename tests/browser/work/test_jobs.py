"""One job on the Work screen: its life, its arguments, its flow, and how it is stopped."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.work.conftest import OTHER, drawer, ended, haul, job, states

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]


class TestJob:
    async def test_a_dead_one_tells_its_attempts_arguments_and_errors(
        self, page: Page, server: Served
    ) -> None:
        (dead,) = haul(server, 12)
        ended(server, dead, "dead")
        await page.goto("/console/work/jobs?state=dead")
        await page.locator("tbody tr").first.get_by_role("button").click()
        shown = drawer(page)
        await expect(shown).to_contain_text(dead)
        await expect(shown.get_by_role("list", name="What happened").locator("b")).to_have_text(
            ["Ready", "Running", "Will retry", "Running", "Dead"]
        )
        await expect(shown).to_contain_text("2 of 2")
        await expect(shown.get_by_role("heading", name="ValueError")).to_be_visible()
        await expect(shown).to_contain_text("12 t are too heavy")
        await shown.get_by_text("Traceback", exact=True).click()
        await expect(shown.get_by_text("Traceback (most recent call last)")).to_be_visible()
        arguments = shown.get_by_role("tabpanel", name="Arguments")
        assert json.loads(await arguments.locator("pre").inner_text())["tons"] == 12
        await expect(arguments).not_to_contain_text("hush")

    async def test_it_leads_to_the_request_that_it_came_from(self, page: Page, server: Served) -> None:
        (one,) = haul(server, 3)
        ended(server, one, "completed")
        await page.goto(f"/console/work/jobs?job={one}")
        await drawer(page).get_by_role("tab", name="Result").click()
        await expect(drawer(page).get_by_role("tabpanel", name="Result").locator("pre")).to_have_text("3")
        await drawer(page).get_by_role("link", name="Where it came from").click()
        await expect(page).to_have_url(re.compile(rf"/console/traffic\?trace={job(server, one)['trace_id']}"))
        await expect(page.get_by_role("button", name="POST /v1/yard/hauls")).to_be_visible()

    async def test_a_flow_is_walked_from_job_to_job(self, page: Page, server: Served) -> None:
        jobs = server.call("POST", "/v1/yard/flow", {"tons": [1, 2, 3]})
        last = ended(server, jobs[-1]["id"], "completed")
        assert last["result"] == 6
        await page.goto(f"/console/work/jobs?job={jobs[0]['id']}")
        steps = drawer(page).get_by_role("navigation", name="Flow").get_by_role("link")
        await expect(steps).to_have_count(4)
        await expect(steps).to_contain_text(["yard.haul", "yard.haul", "yard.haul", "yard.tally"])
        await steps.last.click()
        await expect(page).to_have_url(re.compile(rf"job={jobs[-1]['id']}"))
        await expect(drawer(page).get_by_role("heading", name="yard.tally")).to_be_visible()
        await expect(drawer(page)).to_contain_text("Completed")

    @pytest.mark.usefixtures("paused")
    async def test_a_flow_of_another_organization_is_walked_too(self, page: Page, server: Served) -> None:
        quay = {"authorization": f"Bearer {OTHER}"}
        jobs = server.call("POST", "/v1/yard/flow", {"tons": [1, 2]}, **quay)
        (waiting,) = server.call("GET", "/v1/jobs/waiting")
        organization = waiting["organization_id"]
        await page.goto(f"/console/work/jobs?organization={organization}&job={jobs[0]['id']}")
        steps = drawer(page).get_by_role("navigation", name="Flow").get_by_role("link")
        await steps.last.click()
        await expect(drawer(page).get_by_role("heading", name="yard.tally")).to_be_visible()

    async def test_a_running_one_is_cancelled(self, page: Page, server: Served) -> None:
        running = server.call("POST", "/v1/yard/watch")["id"]
        ended(server, running, "running")
        await page.goto(f"/console/work/jobs?job={running}")
        await expect(drawer(page).get_by_role("progressbar")).to_have_attribute("aria-valuenow", "25")
        await drawer(page).get_by_role("button", name="Cancel").click()
        await expect(drawer(page).get_by_role("button", name="Replay", exact=True)).to_be_visible()
        assert job(server, running)["state"] == "cancelled"

    @pytest.mark.usefixtures("paused")
    async def test_a_waiting_one_is_cancelled_and_sent_on_its_way_again(
        self, page: Page, server: Served
    ) -> None:
        (one,) = haul(server, 8)
        await page.goto(f"/console/work/jobs?job={one}")
        await drawer(page).get_by_role("button", name="Cancel").click()
        replay = drawer(page).get_by_role("button", name="Replay", exact=True)
        await expect(replay).to_be_visible()
        assert states(server, [one]) == ["cancelled"]
        await replay.click()
        await expect(drawer(page).get_by_role("button", name="Cancel")).to_be_visible()
        assert states(server, [one]) == ["ready"]

    async def test_jobs_are_filtered_and_the_filter_is_in_the_address(
        self, page: Page, server: Served
    ) -> None:
        done, dead = haul(server, 9, 19)
        ended(server, done, "completed")
        ended(server, dead, "dead")
        await page.goto("/console/work/jobs?state=dead&queue=crane")
        await expect(page.locator("tbody tr").first).to_contain_text("19 t are too heavy")
        found = server.call("GET", "/v1/jobs?state=dead&queue=crane&limit=50")["items"]
        await expect(page.locator("tbody tr")).to_have_count(len(found))
        await page.get_by_role("textbox", name="Kind").fill("yard.tally")
        await expect(page.get_by_text("No job matches")).to_be_visible()
        await expect(page).to_have_url(re.compile("kind=yard.tally"))
        await page.get_by_role("button", name="Show every job").click()
        await expect(page).to_have_url(re.compile(r"/console/work/jobs$"))
        await expect(page.locator("tbody tr").first).to_be_visible()
