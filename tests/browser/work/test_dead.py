"""Dead letters on the Work screen: sent on their way again, as they are or mended."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Served, Watched
from tests.browser.work.conftest import drawer, ended, haul, job, states

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]


class TestDeadLetters:
    async def test_chosen_ones_are_replayed_in_the_old_order(self, page: Page, server: Served) -> None:
        ids = haul(server, 20, 21, 22)
        for one in ids:
            ended(server, one, "dead")
        server.call("POST", "/v1/job-queues/crane/pause")
        await page.goto("/console/work/dead")
        for one in (ids[2], ids[0]):
            await page.get_by_role("checkbox", name=f"Select yard.haul {one}").check()
        await page.get_by_role("button", name="Replay 2 in order").click()
        await expect(page.get_by_text("2 jobs ready again, in the old order")).to_be_visible()
        await expect(page.get_by_role("checkbox", name=f"Select yard.haul {ids[0]}")).to_have_count(0)
        assert states(server, ids) == ["ready", "dead", "ready"]
        server.call("POST", "/v1/job-queues/crane/resume")
        again = [ended(server, one, "dead") for one in (ids[0], ids[2])]
        begun = [one["started_at"] for one in again]
        assert begun == sorted(begun)
        assert [one["attempt"] for one in again] == [2, 2]

    async def test_one_is_mended_tried_and_replayed(
        self, page: Page, server: Served, watched: Watched
    ) -> None:
        (one,) = haul(server, 30)
        ended(server, one, "dead")
        await page.goto(f"/console/work/dead?job={one}")
        await drawer(page).get_by_role("button", name="Edit and replay").click()
        dialog = page.get_by_role("dialog", name="Edit and replay")
        arguments = dialog.get_by_label("Arguments")
        before = json.loads(await arguments.input_value())
        assert before["tons"] == 30
        replay = dialog.get_by_role("button", name="Replay with these")
        await expect(replay).to_be_disabled()

        await arguments.fill(json.dumps({**before, "tons": "ten"}))
        await dialog.get_by_role("button", name="Try without doing it").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("Expected `int`, got `str`")
        watched.forgive("422")
        await expect(replay).to_be_disabled()

        await arguments.fill(json.dumps({**before, "tons": 10}))
        await dialog.get_by_role("button", name="Try without doing it").click()
        await expect(dialog.locator("del")).to_have_text("- tons: 30")
        await expect(dialog.locator("ins")).to_have_text("+ tons: 10")
        assert (job(server, one)["state"], job(server, one)["arguments"]["tons"]) == ("dead", 30)
        await replay.click()
        await expect(dialog).to_have_count(0)
        assert ended(server, one, "completed")["result"] == 10
        await expect(drawer(page)).to_contain_text("Completed")
