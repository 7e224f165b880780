"""The Deliveries screen: mails, why they were or were not sent, and previews that can do nothing."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from backstay.kernel.database import timestamp_text
from tests.browser.conftest import Served, Watched, nothing_hangs_over_the_edge

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]
TEMPLATE = "mail.test"


def send_test(server: Served, to: str) -> str:
    answer = server.call("POST", "/v1/mail/messages/test", {"template": TEMPLATE, "to": to})
    return str(answer["id"])


class TestMail:
    async def test_a_test_mail_is_sent_and_its_ledger_says_why(self, page: Page, server: Served) -> None:
        await page.goto("/console/deliveries")
        await page.get_by_role("button", name="Send a test").click()
        dialog = page.get_by_role("dialog", name="Send a test mail")
        await dialog.get_by_label("To").fill("gull@example.test")
        await dialog.get_by_role("button", name="Send").click()
        drawer = page.get_by_role("dialog", name="Mail", exact=True)
        await expect(drawer.get_by_role("heading", name="Why was this sent?")).to_be_visible()
        ledger = drawer.get_by_role("list", name="Ledger")
        await expect(ledger).to_contain_text("Queued with the commit")
        await expect(ledger).to_contain_text("Taken by the provider")
        sent = server.call("GET", "/v1/mail/messages?to=gull@example.test")["items"]
        assert [(mail["template"], mail["state"], mail["attempts"]) for mail in sent] == [
            (TEMPLATE, "sent", 1)
        ]
        await expect(page).to_have_url(re.compile(rf"mail={sent[0]['id']}"))

    async def test_the_preview_is_locked_in_and_the_text_is_whole(self, page: Page, server: Served) -> None:
        mail = server.call("GET", f"/v1/mail/messages/{send_test(server, 'tern@example.test')}")
        await page.goto(f"/console/deliveries?mail={mail['id']}")
        frame = page.get_by_title(f"Preview of “{mail['subject']}”")
        await expect(frame).to_have_attribute("sandbox", "")
        await expect(frame).to_have_attribute("srcdoc", re.compile("default-src 'none'"))
        inside = page.frame_locator("iframe")
        await expect(inside.locator("body")).to_contain_text(re.compile(r"\w+"))
        assert await inside.locator("script").count() == 0
        await page.get_by_text("Phone", exact=True).click()
        await expect(frame).to_have_css("width", "375px")
        await page.get_by_role("tab", name="Text").click()
        text = page.get_by_role("tabpanel", name="Text").locator("pre")
        assert await text.text_content() == mail["text"]

    async def test_a_suppressed_address_gets_none_until_it_is_taken_off(
        self, page: Page, server: Served
    ) -> None:
        address = "skua@example.test"
        await page.goto("/console/deliveries/suppressed")
        await page.get_by_label("Address to suppress").fill(address)
        await page.get_by_role("button", name="Suppress", exact=True).click()
        row = page.get_by_role("row").filter(has_text=address)
        await expect(row).to_contain_text("By hand")
        mail = send_test(server, address)
        await page.goto(f"/console/deliveries?mail={mail}")
        drawer = page.get_by_role("dialog", name="Mail", exact=True)
        await expect(drawer.get_by_role("heading", name="Why was this not sent?")).to_be_visible()
        await expect(drawer.get_by_role("list", name="Ledger")).to_contain_text(
            "Not sent: the address is suppressed"
        )
        await page.goto("/console/deliveries/suppressed")
        await page.get_by_role("button", name=f"Remove {address}").click()
        await expect(row).to_have_count(0)
        await page.goto(f"/console/deliveries?mail={mail}")
        await drawer.get_by_role("button", name="Send again").click()
        await expect(drawer.get_by_role("list", name="Ledger")).to_contain_text("Taken by the provider")
        assert server.call("GET", f"/v1/mail/messages/{mail}")["state"] == "sent"

    async def test_filters_are_in_the_address(self, page: Page, server: Served) -> None:
        send_test(server, "heron@example.test")
        send_test(server, "stork@example.test")
        await page.goto("/console/deliveries?to=heron@example.test")
        await expect(page.get_by_role("textbox", name="Recipient")).to_have_value("heron@example.test")
        await expect(page.locator("tbody tr")).to_have_count(1)
        await expect(page.locator("tbody")).not_to_contain_text("stork@example.test")
        await page.get_by_role("button", name="Clear Recipient").click()
        await expect(page.locator("tbody")).to_contain_text("stork@example.test")
        await expect(page).to_have_url(re.compile(r"/console/deliveries$"))

    async def test_a_template_is_looked_at_with_its_sample(self, page: Page, server: Served) -> None:
        preview = server.call("GET", f"/v1/mail/templates/{TEMPLATE}")
        await page.goto("/console/deliveries/templates")
        await page.get_by_role("button", name=TEMPLATE).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name=preview["subject"])).to_be_visible()
        await expect(page.get_by_title(f"Preview of {TEMPLATE}")).to_have_attribute("sandbox", "")


class TestWords:
    async def test_an_organization_finds_its_own_words_and_goes_back(
        self, page: Page, server: Served, watched: Watched
    ) -> None:
        await page.goto(f"/console/deliveries/templates?template={TEMPLATE}")
        await page.get_by_role("tab", name="Words").click()
        words = page.get_by_role("tabpanel", name="Words")
        seen = words.get_by_role("region", name="Live preview")
        save = words.get_by_role("button", name="Save")
        await expect(save).to_be_disabled()
        # What is wrong is named at its field, before anything is kept.
        await words.get_by_label("Subject").fill("Ahoy {{ nobody }}")
        await words.get_by_label("MJML").fill("<mjml><mj-body>{{ noone }}</mj-body></mjml>")
        await expect(words.get_by_label("Subject")).to_have_attribute("aria-invalid", "true")
        await expect(words.get_by_label("MJML")).to_have_attribute("aria-invalid", "true")
        await expect(words.get_by_role("textbox", name="Text")).not_to_have_attribute("aria-invalid", "true")
        await expect(seen.get_by_role("status")).to_contain_text("cannot be used yet")
        await words.get_by_role("button", name="Undo the changes").click()
        await words.get_by_label("Subject").fill("Ahoy from {{ deployment }}")
        await words.get_by_role("textbox", name="Text").fill("Gulls say: {{ note }}")
        await expect(seen.get_by_role("heading")).to_have_text("Ahoy from backstay")
        await expect(seen.get_by_title("Live preview of the HTML")).to_have_attribute("sandbox", "")
        await seen.get_by_text("Text", exact=True).click()
        await expect(seen.locator("pre")).to_contain_text("Gulls say: If you can read this")
        assert server.call("GET", f"/v1/mail/templates/{TEMPLATE}")["own_words"] is False
        await save.click()
        await expect(page.get_by_text("Mails say this from the next one on")).to_be_visible()
        await expect(page.get_by_text("Own words", exact=True).first).to_be_visible()
        mail = server.call("GET", f"/v1/mail/messages/{send_test(server, 'petrel@example.test')}")
        assert mail["subject"] == "Ahoy from harbour"  # what the deployment is called, not the sample
        assert "Gulls say: " in mail["text"]
        await words.get_by_role("button", name="Restore the default").click()
        await page.get_by_role("button", name="Restore it").click()
        await expect(words.get_by_label("Subject")).to_have_value("A test mail from {{ deployment }}")
        assert server.call("GET", f"/v1/mail/templates/{TEMPLATE}")["own_words"] is False
        watched.forgive("422")

    async def test_words_that_somebody_else_saved_are_not_lost(
        self, page: Page, server: Served, watched: Watched
    ) -> None:
        path = f"/v1/mail/templates/{TEMPLATE}/words"
        await page.goto(f"/console/deliveries/templates?template={TEMPLATE}")
        await page.get_by_role("tab", name="Words").click()
        words = page.get_by_role("tabpanel", name="Words")
        await words.get_by_label("Subject").fill("Mine")
        kept = server.call("GET", path)
        theirs = {"subject": "Theirs", "text": kept["text"], "mjml": kept["mjml"]}
        server.call("PUT", path, theirs, **{"if-match": f'"{kept["version"]}"'})
        await words.get_by_role("button", name="Save").click()
        await expect(words.get_by_role("alert")).to_contain_text("changed since you read them")
        assert server.call("GET", path)["subject"] == "Theirs"
        await expect(words.get_by_label("Subject")).to_have_value("Mine")
        await words.get_by_role("button", name="Save mine over them").click()
        await expect(page.get_by_text("Mails say this from the next one on")).to_be_visible()
        assert server.call("GET", path)["subject"] == "Mine"
        server.call("DELETE", path)
        watched.forgive("412")


class TestProviders:
    async def test_a_paused_one_is_resumed_and_that_is_said(self, page: Page, server: Served) -> None:
        now = datetime.now(UTC)
        pause = (
            "console",
            timestamp_text(now),
            timestamp_text(now + timedelta(hours=1)),
            2,
            421,
            "going down",
        )
        with closing(sqlite3.connect(server.data_dir / "browser.db", timeout=20)) as database, database:
            database.execute("INSERT INTO mail_provider_pauses VALUES (?, ?, ?, ?, ?, ?)", pause)
        await page.goto("/console/deliveries/providers")
        row = page.get_by_role("row").filter(has_text="console")
        await expect(row).to_contain_text("Paused")
        await expect(row).to_contain_text("421 going down")
        await expect(row).to_contain_text("2 mails tried it since, in vain")
        await row.get_by_role("button", name="Resume console").click()
        # The button goes with the pause; what it did is said all the same.
        await expect(page.get_by_text("Mails are handed to console again")).to_be_visible()
        await expect(row).to_contain_text("Working")
        await expect(row.get_by_role("button")).to_have_count(0)
        (provider,) = server.call("GET", "/v1/mail/providers")
        assert (provider["name"], provider["state"], provider["code"]) == ("console", "working", None)


class TestTraffic:
    async def test_a_request_links_the_mail_that_it_caused(self, page: Page, server: Served) -> None:
        send_test(server, "osprey@example.test")
        await page.goto("/console/traffic?path=/v1/mail/messages/test")
        await page.get_by_role("button", name="POST /v1/mail/messages/test", exact=True).first.click()
        caused = page.get_by_role("list", name="What it caused")
        await caused.get_by_role("link", name=f"mail {TEMPLATE}").click()
        await expect(page).to_have_url(re.compile(r"/console/deliveries\?mail="))
        await expect(page.get_by_role("dialog", name="Mail", exact=True)).to_contain_text(
            "osprey@example.test"
        )


class TestNarrowScreens:
    async def test_nothing_hangs_over_the_edge(self, page: Page, server: Served) -> None:
        send_test(server, "a-rather-long-name-of-a-recipient-that-goes-on@harbour.example.test")
        await nothing_hangs_over_the_edge(
            page, *(f"/console/deliveries{path}" for path in ("", "/templates", "/suppressed", "/texts"))
        )
