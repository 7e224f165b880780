"""The notes page: the first product, as a person uses it."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import Served, Watched

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]


def note(server: Served, title: str, body: str = "As it was.\n\nA second line.", **more: object) -> str:
    return str(server.call("POST", "/v1/notes", {"title": title, "body": body, **more})["id"])


class TestWriting:
    async def test_a_note_from_its_title_to_its_page(self, page: Page) -> None:
        await page.goto("/console/notes")
        await page.get_by_role("link", name="New note").click()
        await page.get_by_label("Title").fill("Splicing")
        await page.get_by_role("combobox", name="Tags").fill("rigging")
        await page.keyboard.press("Enter")
        await page.get_by_label("Text in Markdown").fill("## Eye\n\n*Tuck* <script>alert(1)</script>")
        await page.get_by_text("Preview").click()
        await expect(page.get_by_role("heading", name="Eye")).to_be_visible()
        await expect(page.get_by_text("<script>alert(1)</script>")).to_be_visible()
        await page.get_by_role("button", name="Save").click()
        await expect(page).to_have_url(re.compile(r"/console/notes/[0-9a-f-]{36}$"))
        article = page.get_by_role("article")
        await expect(article.get_by_role("heading", name="Splicing")).to_be_visible()
        await expect(article.locator("em")).to_have_text("Tuck")
        await expect(article.get_by_text("rigging")).to_be_visible()
        await expect(page.get_by_role("region", name="Notes").get_by_text("Splicing")).to_be_visible()

    async def test_what_is_wrong_is_said_at_the_field(self, page: Page, watched: Watched) -> None:
        await page.goto("/console/notes/new")
        await page.get_by_label("Title").fill("Too many tags")
        for number in range(21):
            await page.get_by_role("combobox", name="Tags").fill(f"tag-{number}")
            await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("alert")).to_contain_text("/tags")
        watched.forgive("422")

    async def test_somebody_saved_meanwhile(self, page: Page, server: Served, watched: Watched) -> None:
        here = note(server, "Contested")
        await page.goto(f"/console/notes/{here}")
        await page.get_by_role("button", name="Edit").click()
        await page.get_by_label("Text in Markdown").fill("As I want it.\n\nA second line.")
        server.call("PATCH", f"/v1/notes/{here}", {"body": "As they want it."}, **{"If-Match": '"1"'})
        await page.keyboard.press("Control+s")
        dialog = page.get_by_role("dialog", name="This note was changed while you were writing")
        await expect(dialog.get_by_role("region", name="Yours")).to_contain_text("As I want it.")
        await expect(dialog.get_by_role("region", name="Saved, version 2")).to_contain_text(
            "As they want it."
        )
        assert server.call("GET", f"/v1/notes/{here}")["body"] == "As they want it."
        await dialog.get_by_role("button", name="Save mine over it").click()
        await expect(page.get_by_role("article")).to_contain_text("As I want it.")
        found = server.call("GET", f"/v1/notes/{here}")
        assert (found["version"], found["body"]) == (3, "As I want it.\n\nA second line.")
        watched.forgive("412")


class TestFinding:
    async def test_by_words_and_by_tag(self, page: Page, server: Served) -> None:
        note(server, "Quayside", "A phosphorescent lamp", tags=["beacons"])
        await page.goto("/console/notes")
        region = page.get_by_role("region", name="Notes")
        await page.get_by_label("Search the notes").fill("phosphorescent")
        await expect(region.get_by_role("link")).to_have_count(1)
        await expect(region.locator("mark")).to_have_text("phosphorescent")
        await page.get_by_label("Search the notes").fill("no such word anywhere")
        await expect(page.get_by_text("No note matches")).to_be_visible()
        await page.get_by_role("button", name="Clear the search").click()
        await page.get_by_role("combobox", name="Tag").click()
        await page.get_by_role("option", name="beacons (1)").click()
        await expect(region.get_by_role("link")).to_have_count(1)
        await expect(region.get_by_role("link")).to_contain_text("Quayside")

    async def test_more_are_loaded_when_asked_for(self, page: Page, server: Served) -> None:
        for number in range(35):
            note(server, f"One of many {number}")
        await page.goto("/console/notes")
        links = page.get_by_role("region", name="Notes").get_by_role("link")
        await expect(links).to_have_count(30)
        await page.get_by_role("button", name="Load more").click()
        await expect(links).not_to_have_count(30)
        hrefs = await links.evaluate_all("links => links.map(link => link.href)")
        assert len(hrefs) == len(set(hrefs)) > 30


class TestThrowingAway:
    async def test_undo_brings_it_back_at_once(self, page: Page, server: Served) -> None:
        here = note(server, "Thrown too soon")
        await page.goto(f"/console/notes/{here}")
        await page.get_by_role("button", name="Delete the note").click()
        await expect(page.get_by_text("“Thrown too soon” is in the trash")).to_be_visible()
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_role("article").get_by_text("Thrown too soon")).to_be_visible()
        assert server.call("GET", f"/v1/notes/{here}")["deleted_at"] is None

    async def test_the_trash_keeps_it_for_later(self, page: Page, server: Served) -> None:
        here = note(server, "Thrown on purpose")
        server.call("DELETE", f"/v1/notes/{here}", **{"If-Match": '"1"'})
        await page.goto("/console/notes")
        await page.get_by_role("button", name="Trash").click()
        row = page.get_by_role("listitem").filter(has_text="Thrown on purpose")
        await expect(row).to_contain_text(re.compile("Deleted just now, gone for good in (29 days|1 month)"))
        await row.get_by_role("button", name="Restore").click()
        await expect(row).to_have_count(0)
        assert server.call("GET", f"/v1/notes/{here}")["deleted_at"] is None


class TestSharing:
    async def test_a_link_is_read_by_anybody_until_it_ends(
        self, page: Page, server: Served, browser: Browser, watched: Watched
    ) -> None:
        here = note(server, "For everybody", "Read **this**")
        await page.goto(f"/console/notes/{here}")
        await page.get_by_role("button", name="Share the note").click()
        await page.get_by_role("button", name="Make a link").click()
        link = await page.locator("code").filter(has_text="/console/shared/").inner_text()
        anybody = await browser.new_page()
        watched.watch(anybody)
        await anybody.goto(link)
        await expect(anybody.get_by_role("heading", name="For everybody")).to_be_visible()
        await expect(anybody.locator("strong")).to_have_text("this")
        assert await anybody.context.cookies() == []
        await page.get_by_role("button", name="Stop sharing").click()
        await expect(page.get_by_role("button", name="Make a link")).to_be_visible()
        await anybody.reload()
        await expect(anybody.get_by_text("This link leads nowhere")).to_be_visible()
        watched.forgive("404")
