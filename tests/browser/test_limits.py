"""Limits, the cache and replays on the Control screen: live, changed by hand, tried on the log."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import TOKEN, Served, Watched, nothing_hangs_over_the_edge, serving, until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]
QUOTA = 30
BOT = "a-token-of-a-program-that-asks-too-much"
PRINCIPALS = [
    {"name": "ada", "token": TOKEN, "permissions": ["*"], "organization": "harbour"},
    {"name": "bot", "token": BOT, "permissions": ["notes:read"], "organization": "harbour"},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that admits little from programs."""
    environ = {
        "BACKSTAY_AUTH_PRINCIPALS": json.dumps(PRINCIPALS),
        "BACKSTAY_RATELIMIT_QUOTA": str(QUOTA),
        "BACKSTAY_JOBS_POLL": "0.05s",
    }
    with serving(tmp_path_factory.mktemp("limits"), **environ) as served:
        # What the tests prepare goes as a browser's does, whose quota is another.
        served.client.headers.pop("authorization")
        served.client.cookies.set("backstay_token", TOKEN)
        served.client.headers["x-requested-with"] = "tests"
        yield served


def asks(server: Served, times: int) -> list[int]:
    """What a program is answered that asks so often."""
    with httpx.Client(base_url=server.url, headers={"authorization": f"Bearer {BOT}"}) as bot:
        return [bot.get("/v1/notes").status_code for _ in range(times)]


def exhaust(server: Served) -> int:
    """Let a program ask until it is refused; how often it was."""
    answers = asks(server, QUOTA + 10)
    assert set(answers) <= {200, 429}
    return answers.count(429)


class TestLimits:
    async def test_who_comes_near_is_seen_and_may_begin_anew(self, page: Page, server: Served) -> None:
        await page.goto("/console/control/limits")
        near = page.get_by_role("region", name="Who comes near")
        refused = exhaust(server)
        assert refused >= 1
        (meter,) = until(lambda: list(server.call("GET", "/v1/ratelimit/meters")), bool)
        row = near.get_by_role("row").filter(has_text=meter["subject"])
        await expect(row.get_by_role("cell").nth(2)).to_contain_text(f"{QUOTA} of {QUOTA}")
        await expect(row.get_by_role("meter")).to_be_visible()
        policy = page.get_by_role("region", name="Policies").get_by_role("row").filter(has_text="default")
        await expect(policy.get_by_role("cell").nth(5)).to_have_text(str(refused))
        await row.get_by_role("button", name="begin anew").click()
        await expect(page.get_by_text("begins anew")).to_be_visible()
        assert asks(server, 1) == [200]

    async def test_a_policy_is_tried_on_the_log_and_changed_live(
        self, page: Page, server: Served, watched: Watched
    ) -> None:
        exhaust(server)
        await page.goto("/console/control/limits?policy=default")
        drawer = page.get_by_role("dialog", name="Policy", exact=True)
        await drawer.get_by_label("Quota").fill("10")
        replay = drawer.get_by_role("region", name="Replay on the request log")
        await replay.get_by_role("button", name="Replay it").click()
        told = replay.get_by_role("status")
        await expect(told).to_contain_text("10 a minute would have refused")
        await expect(replay.get_by_role("img", name="Requests in 96 parts of the time")).to_be_visible()
        assert (
            server.call("GET", "/v1/ratelimit/policies/default")["quota"] == QUOTA
        )  # nothing is changed by it
        # What no store could count is named at its field.
        await drawer.get_by_label("Quota").fill("900000")
        await drawer.get_by_role("button", name="Change it").click()
        await expect(drawer.get_by_label("Quota")).to_have_attribute("aria-invalid", "true")
        await drawer.get_by_label("Quota").fill("20")
        await drawer.get_by_role("switch", name="Shadow").press("Space")
        await drawer.get_by_role("button", name="Change it").click()
        await expect(page.get_by_text("default is changed on every process")).to_be_visible()
        changed = server.call("GET", "/v1/ratelimit/policies/default")
        assert (changed["quota"], changed["shadow"], changed["window"]) == (20, True, 60)
        await expect(drawer.get_by_text("Shadow", exact=True).first).to_be_visible()
        await drawer.get_by_role("button", name="Back to what is declared").click()
        await page.get_by_role("button", name="Take the changes back").click()
        await expect(page.get_by_text("default is as it was declared")).to_be_visible()
        assert server.call("GET", "/v1/ratelimit/policies/default")["quota"] == QUOTA
        watched.forgive("422")


class TestCache:
    async def test_hits_and_invalidations_are_seen_as_they_happen(self, page: Page, server: Served) -> None:
        await page.goto("/console/control/cache")
        server.call("PUT", "/v1/cache/probes/gulls", {"value": 7})
        for _ in range(4):
            assert server.call("GET", "/v1/cache/probes/gulls")["value"] == 7
        row = (
            page.get_by_role("region", name="Kinds of values")
            .get_by_role("row")
            .filter(has_text="cache.probe")
        )
        await expect(row.get_by_role("cell").nth(2)).to_have_text("3")
        await expect(row.get_by_role("meter")).to_be_visible()
        gone = page.get_by_role("region", name="Invalidations")
        await expect(gone.get_by_role("row").filter(has_text="probe.gulls")).to_contain_text("ada")
        before = server.call("GET", "/v1/cache/probes/gulls")["fills"]
        await gone.get_by_role("button", name="Forget").click()
        dialog = page.get_by_role("dialog", name="Forget what is kept")
        await dialog.get_by_label("Tags").fill("probe.gulls")
        await dialog.get_by_role("button", name="Forget it").click()
        await expect(page.get_by_text("Forgotten: probe.gulls")).to_be_visible()
        await expect(gone.get_by_role("row").filter(has_text="probe.gulls")).to_have_count(2)
        assert server.call("GET", "/v1/cache/probes/gulls")["fills"] == before + 1


class TestReplays:
    async def test_a_key_says_what_became_of_it(self, page: Page, server: Served) -> None:
        await page.goto("/console/control/replays")
        await expect(page.get_by_role("heading", name="No key has been sent")).to_be_visible()
        for _ in range(3):
            server.call("POST", "/v1/notes", {"title": "once", "body": ""}, **{"idempotency-key": "a-key"})
        row = page.get_by_role("row").filter(has_text="a-key")
        await expect(row).to_contain_text("POST /v1/notes")
        await expect(row.get_by_role("cell").nth(4)).to_have_text("2")
        await row.get_by_role("button", name="a-key").focus()
        await page.keyboard.press("Enter")
        drawer = page.get_by_role("dialog", name="Key", exact=True)
        steps = drawer.get_by_role("list", name="What became of it")
        await expect(steps.get_by_role("listitem").nth(1)).to_contain_text("Answered 201")
        await expect(steps.get_by_role("listitem").nth(2)).to_contain_text("2 times by now")
        assert [note["title"] for note in server.call("GET", "/v1/notes")["items"]] == ["once"]
        (kept,) = server.call("GET", "/v1/idempotency/keys?key=a-key")["items"]
        await expect(drawer).to_contain_text(kept["request_id"])


class TestNarrowScreens:
    async def test_nothing_hangs_over_the_edge(self, page: Page) -> None:
        await nothing_hangs_over_the_edge(
            page,
            *(f"/console/control/{path}" for path in ("limits", "limits?policy=default", "cache", "replays")),
        )
