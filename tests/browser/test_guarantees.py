"""The Guarantees screen, and a run started from it that really runs."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import Served
from tests.systems.console.conftest import MARK, OPERATION, result, write_proof

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]
EXACT = "counter-is-exact"


def broken(server: Served) -> None:
    """Leave a run that broke the promise, as `backstay prove` would."""
    evidence = {**OPERATION, "id": 2, "at": 20.0, "evidence": True, "answer": {"value": 1}, "about": "by 1"}
    write_proof(
        server.data_dir,
        1,
        result(
            guarantee=EXACT,
            outcome="violated",
            sentence="violated in trial 1 of 3: the counter stands at 1; seed 7, on SQLite 3.45.1, commit abc",
            reason="the counter stands at 1",
            evidence=[2],
            operations={"total": 2, "ok": 2, "fail": 0, "info": 0, "shown": [OPERATION, evidence]},
            lanes=[
                {"name": "server 1", "kind": "server", "marks": [MARK, {**MARK, "at": 15.0, "kind": "kill"}]},
                {"name": "client 1", "kind": "client", "marks": []},
            ],
            replay=f"backstay prove --guarantee {EXACT} --engine sqlite --seed 7",
        ),
    )


class TestGuarantees:
    async def test_a_broken_promise_shows_the_history_that_breaks_it(
        self, page: Page, server: Served
    ) -> None:
        broken(server)
        await page.goto("/console/guarantees")
        row = page.get_by_role("row").filter(has_text=EXACT)
        await expect(row).to_contain_text("Violated")
        await expect(row).to_contain_text("Unproven")
        await row.get_by_role("button").click()
        drawer = page.get_by_role("dialog")
        await expect(drawer.get_by_text("violated in trial 1 of 3: the counter stands at 1")).to_be_visible()
        lanes = drawer.get_by_role("img", name="2 operations in 2 lanes")
        await expect(lanes).to_contain_text("server 1")
        await expect(lanes.locator("[data-look=offending]")).to_have_count(1)
        await expect(lanes.locator("[data-kind=kill]").first).to_have_text("✕")
        await drawer.get_by_text("Whole run").click()
        await expect(lanes.locator("rect[data-look]")).to_have_count(2)
        table = drawer.get_by_role("table")
        await expect(table.get_by_role("row")).to_have_count(2)
        await expect(table).to_contain_text('{"value":1}')
        await expect(
            drawer.get_by_text(f"backstay prove --guarantee {EXACT} --engine sqlite --seed 7")
        ).to_be_visible()

    async def test_the_table_is_searched(self, page: Page, server: Served) -> None:
        await page.goto("/console/guarantees")
        rows = page.locator("tbody").get_by_role("row")
        listed = len(server.call("GET", "/v1/console/guarantees")["items"])
        await expect(rows).to_have_count(listed)
        await page.get_by_label("Search the promises").fill(EXACT)
        await expect(rows).to_have_count(1)

    @pytest.mark.lab
    @pytest.mark.slow
    async def test_a_run_is_followed_from_the_button_to_the_verdict(self, page: Page, server: Served) -> None:
        page.set_default_timeout(90_000)
        await page.goto(f"/console/guarantees/{EXACT}")
        drawer = page.get_by_role("dialog")
        await drawer.get_by_role("button", name="Run").click()
        await expect(drawer.get_by_text("Running on SQLite")).to_be_visible()
        await expect(drawer.get_by_text(re.compile("[1-9][0-9,]* acknowledged")).first).to_be_visible(
            timeout=60_000
        )
        await expect(drawer.get_by_text("Ended on SQLite")).to_be_visible(timeout=90_000)
        await expect(drawer.get_by_text(re.compile("^held for")).first).to_be_visible()
        (newest, *_) = next(
            item for item in server.call("GET", "/v1/console/guarantees")["items"] if item["name"] == EXACT
        )["proofs"]
        assert (newest["outcome"], newest["engine"], newest["sabotage"]) == ("held", "sqlite", None)
        await drawer.get_by_role("button", name="Close").last.click()
        await expect(drawer.get_by_text("Do it again")).to_be_visible()
