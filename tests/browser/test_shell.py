"""Signing in, finding one's way, colours, narrow screens, keyboards."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.conftest import NARROW, TOKEN, Served, Watched, nothing_hangs_over_the_edge

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]
PAGES = [
    "systems",
    "guarantees",
    "traffic",
    "notes",
    "notes/new",
    "counters",
    "access",
    "access/members",
    "access/roles",
    "access/keys",
    "access/audit",
    "access/why",
    "access/organization",
    "account",
    "control",
]


class TestSigningIn:
    async def test_a_wrong_token_is_told_in_the_servers_words(self, stranger: Page, watched: Watched) -> None:
        await stranger.goto("/console")
        await expect(stranger).to_have_title("Sign in · backstay")
        await stranger.get_by_role("tab", name="Token").click()
        await stranger.get_by_placeholder("Paste the token").fill("not a token")
        await stranger.get_by_role("button", name="Sign in").click()
        await expect(stranger.get_by_role("alert")).to_contain_text("Sign in first")
        watched.forgive("401")

    async def test_in_and_out_again(self, stranger: Page, server: Served, watched: Watched) -> None:
        await stranger.goto("/console/counters")
        await stranger.get_by_role("tab", name="Token").click()
        await stranger.get_by_placeholder("Paste the token").fill(TOKEN)
        await stranger.keyboard.press("Enter")
        await expect(stranger.get_by_role("heading", name="Counters")).to_be_visible()
        await stranger.reload()
        await expect(stranger.get_by_role("heading", name="Counters")).to_be_visible()
        cookies = await stranger.context.cookies(server.url)
        assert [(cookie["name"], cookie["httpOnly"], cookie["sameSite"]) for cookie in cookies] == [
            ("backstay_token", True, "Strict")
        ]
        await stranger.get_by_role("button", name="Signed in as ada").click()
        await stranger.get_by_role("menuitem", name="Sign out").click()
        await expect(stranger.get_by_role("tab", name="Token")).to_be_visible()
        assert await stranger.context.cookies(server.url) == []
        watched.forgive("401")

    async def test_signing_out_is_at_hand_on_every_screen(self, page: Page) -> None:
        await page.goto("/console")
        links = page.get_by_role("navigation", name="Console").get_by_role("link")
        await expect(links.first).to_be_visible()
        hrefs = [str(await link.get_attribute("href")) for link in await links.all()]
        screens = [href for href in hrefs if href.startswith("/console/")]
        assert (len(screens) > 7, set(hrefs) - set(screens)) == (True, {"/docs"})
        for screen in screens:
            await page.locator(f'nav a[href="{screen}"]').first.click()
            await expect(page).to_have_url(re.compile(rf"{screen}([/?]|$)"))
            await page.get_by_role("button", name="Signed in as ada").click()
            await expect(page.get_by_role("menuitem", name="Sign out")).to_be_visible()
            # A screen that has only just come takes the keyboard to its heading, and Escape with it.
            for _ in range(10):
                await page.keyboard.press("Escape")
                with suppress(AssertionError):
                    await expect(page.get_by_role("menuitem", name="Sign out")).to_have_count(
                        0, timeout=3_000
                    )
                    break
            await expect(page.get_by_role("menuitem", name="Sign out")).to_have_count(0)


class TestFindingOnesWay:
    async def test_the_palette_goes_anywhere(self, page: Page) -> None:
        await page.goto("/console")
        await expect(page.get_by_role("heading", name="Systems", level=1)).to_be_visible()
        palette = page.get_by_role("dialog").get_by_label("Go to", exact=True)
        # A page that has only just come may not have the keyboard yet; whoever sees nothing presses again.
        for _ in range(10):
            await page.keyboard.press("Control+k")
            with suppress(AssertionError):
                await expect(palette).to_be_visible(timeout=3_000)
                break
        await palette.fill("caused")
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile(r"/console/traffic$"))
        await expect(page.get_by_role("heading", name="Traffic")).to_be_visible()

    async def test_an_address_that_leads_nowhere_says_so(self, page: Page) -> None:
        await page.goto("/console/no/such/page")
        await expect(page.get_by_text("There is no page at this address")).to_be_visible()
        await page.get_by_role("link", name="To the first page").click()
        await expect(page.get_by_role("heading", name="Systems", level=1)).to_be_visible()

    async def test_the_keyboard_reaches_the_content_first(self, page: Page) -> None:
        await page.goto("/console/notes")
        await expect(page.get_by_role("heading", name="Notes", level=1)).to_be_visible()
        await page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        await expect(skip).to_be_focused()
        await expect(skip).to_be_in_viewport()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="New note")).to_be_focused()


class TestColours:
    async def test_dark_stays_dark(self, page: Page) -> None:
        await page.goto("/console/counters")
        root = page.locator("html")
        await expect(root).to_have_attribute("data-mantine-color-scheme", "light")
        await page.get_by_role("radio", name="Dark").check(force=True)
        await expect(root).to_have_attribute("data-mantine-color-scheme", "dark")
        await page.reload(wait_until="commit")
        await expect(root).to_have_attribute("data-mantine-color-scheme", "dark")

    async def test_auto_follows_the_system(self, page: Page) -> None:
        await page.emulate_media(color_scheme="dark")
        await page.goto("/console/counters")
        await expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


class TestNarrowScreens:
    async def test_nothing_hangs_over_the_edge(self, page: Page) -> None:
        await nothing_hangs_over_the_edge(page, *(f"/console/{path}" for path in PAGES))

    async def test_the_navigation_is_behind_a_button(self, page: Page) -> None:
        await page.set_viewport_size(NARROW)
        await page.goto("/console/systems")
        await page.get_by_role("button", name="Open the menu").click()
        await page.get_by_role("dialog").get_by_role("link", name="Notes").click()
        await expect(page.get_by_role("heading", name="Notes", level=1)).to_be_visible()
        await expect(page.get_by_role("dialog")).to_have_count(0)


class TestReaders:
    @pytest.mark.timeout(300)
    @pytest.mark.parametrize(("path", "words"), [("/docs", "notes"), ("/docs/reference", "notes")])
    async def test_the_api_is_read_without_the_internet(
        self, context: BrowserContext, watched: Watched, path: str, words: str
    ) -> None:
        page = await context.new_page()
        watched.watch(page)
        await page.goto(path)
        # The reference reads all of the description before it shows anything, on a busy machine for a minute.
        await expect(page.get_by_text(words).first).to_be_visible(timeout=150_000)
        await expect(page.get_by_text("The reader did not load")).to_be_hidden()
