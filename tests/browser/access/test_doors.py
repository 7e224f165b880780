"""Signing up, in and out with an account: passwords, second factors, mailed codes, invitations."""

from __future__ import annotations

import re
import time
from typing import Any

import pyotp
import pytest
from playwright.async_api import Page, expect

from tests.browser.access.conftest import (
    PASSWORD,
    age_sessions,
    at,
    code_in,
    enter,
    give,
    is_in,
    link_in,
    mail_to,
    person,
    role_id,
)
from tests.browser.conftest import TOKEN, Served, Watched, nothing_hangs_over_the_edge

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]
NEW = "eleven quiet lighthouses in fog"


class TestSigningUp:
    async def test_from_nothing_to_the_console(
        self, stranger: Page, server: Served, watched: Watched
    ) -> None:
        await stranger.goto("/console")
        await stranger.get_by_role("link", name="Make an account").click()
        await expect(stranger).to_have_title("Make an account · backstay")
        await stranger.get_by_label("Name").fill("Nina")
        await stranger.get_by_label("Mail address").fill("nina@example.test")
        await stranger.get_by_label("Password", exact=True).fill("short")
        await stranger.get_by_role("button", name="Make the account").click()
        await expect(stranger.get_by_role("alert")).to_contain_text("too easy to guess")
        await stranger.get_by_label("Password", exact=True).fill(PASSWORD)
        await stranger.get_by_role("button", name="Make the account").click()
        await expect(stranger.get_by_role("heading", name="Look into your mailbox")).to_be_visible()

        await stranger.get_by_role("link", name="Enter the code").click()
        code = code_in(mail_to(server, "nina@example.test", "identity.verify"))
        await stranger.get_by_label("Code of the mail").fill(code)
        await stranger.get_by_label("Password", exact=True).fill(PASSWORD)
        await stranger.get_by_role("button", name="Verify and sign in").click()
        await is_in(stranger, "nina")
        # Without a role there is nothing to see but one's own account.
        entries = stranger.get_by_role("navigation", name="Console").get_by_role("link")
        await expect(entries).to_have_text(["My account", "API"])
        watched.forgive("401")
        watched.forgive("422")

    async def test_the_link_of_the_mail_leads_to_a_page_that_works(
        self, stranger: Page, server: Served, watched: Watched
    ) -> None:
        body = {"mail": "olaf@example.test", "password": PASSWORD, "name": "Olaf"}
        server.call("POST", "/v1/auth/sign-up", body)
        await stranger.goto(link_in(mail_to(server, "olaf@example.test", "identity.verify"), "/account/"))
        await stranger.get_by_label("The password that you signed up with").fill(PASSWORD)
        await stranger.get_by_role("button", name="Verify your address").click()
        await expect(stranger.get_by_text("you are signed in")).to_be_visible()
        await stranger.goto("/console")
        await is_in(stranger, "olaf")
        watched.forgive("404")  # the plain page has no icon


class TestSigningIn:
    async def test_by_password_and_out_again(self, stranger: Page, server: Served, watched: Watched) -> None:
        give(server, person(server, "piet"), "Owner")
        await stranger.goto("/console/notes")
        for label, name, complete in (
            ("Mail address", "username", "username webauthn"),
            ("Password", "password", "current-password"),
        ):
            field = stranger.get_by_label(label, exact=True)
            await expect(field).to_have_attribute("name", name)
            await expect(field).to_have_attribute("autocomplete", complete)
        await enter(stranger, "piet", "not the password at all")
        await expect(stranger.get_by_role("alert")).to_contain_text("The address or the password is wrong")
        await expect(stranger.get_by_label("Mail address")).to_have_value("piet@example.test")
        await enter(stranger, "piet")
        await expect(stranger.get_by_role("heading", name="Notes", level=1)).to_be_visible()
        (cookie,) = await stranger.context.cookies(server.url)
        assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("backstay_session", True, "Lax")
        await stranger.get_by_role("button", name="Signed in as Piet").click()
        await stranger.get_by_role("menuitem", name="Sign out").click()
        await expect(stranger.get_by_label("Mail address")).to_be_visible()
        assert await stranger.context.cookies(server.url) == []
        watched.forgive("401")

    async def test_a_session_that_is_over_keeps_the_place(
        self, stranger: Page, server: Served, watched: Watched
    ) -> None:
        rosa = person(server, "rosa")
        give(server, rosa, "Owner")
        await at(stranger, "/console/access/roles", "rosa")
        await expect(stranger.get_by_role("heading", name="Access")).to_be_visible()
        server.call("POST", f"/v1/users/{rosa}/end-sessions")
        await stranger.get_by_role("link", name="Keys", exact=True).click()
        await expect(stranger.get_by_text("Your session is over.")).to_be_visible()
        await enter(stranger, "rosa")
        await expect(stranger).to_have_url(re.compile(r"/console/access/keys$"))
        await expect(stranger.get_by_role("heading", name="Access")).to_be_visible()
        watched.forgive("401")

    async def test_a_token_still_opens_the_second_tab(
        self, stranger: Page, server: Served, watched: Watched
    ) -> None:
        sam = person(server, "sam")
        await at(stranger, "/console", "sam")
        await is_in(stranger, "sam")
        server.call("POST", f"/v1/users/{sam}/end-sessions")
        await stranger.reload()
        await stranger.get_by_role("tab", name="Token").click()
        await stranger.get_by_placeholder("Paste the token").fill(TOKEN)
        await stranger.keyboard.press("Enter")
        # The dead cookie of the account does not stand in the way of the token.
        await is_in(stranger, "ada")
        watched.forgive("401")


class TestSecondFactor:
    async def test_a_code_or_a_recovery_code_is_the_second_step(
        self, stranger: Page, server: Served, watched: Watched
    ) -> None:
        person(server, "tove")
        secret, codes = with_app(server, "tove")
        await stranger.goto("/console")
        await enter(stranger, "tove")
        code = stranger.get_by_label("Code of the authenticator app")
        await expect(code).to_have_attribute("autocomplete", "one-time-code")
        await code.fill("000000")
        await stranger.get_by_role("button", name="Go on").click()
        await expect(stranger.get_by_role("alert")).to_contain_text("This code does not work")
        # The step whose code turned the app on is used up; the one after it is taken early.
        await code.fill(pyotp.TOTP(secret).at(now() + 30))
        await stranger.get_by_role("button", name="Go on").click()
        await is_in(stranger, "tove")

        await stranger.get_by_role("button", name="Signed in as Tove").click()
        await stranger.get_by_role("menuitem", name="Sign out").click()
        await enter(stranger, "tove")
        await stranger.get_by_role("button", name="Use a recovery code").click()
        await stranger.get_by_label("Recovery code").fill(codes[3])
        await stranger.keyboard.press("Enter")
        await is_in(stranger, "tove")
        watched.forgive("401")


class TestForgottenPassword:
    async def test_a_code_of_the_mail_changes_it(
        self, stranger: Page, server: Served, watched: Watched
    ) -> None:
        person(server, "uma")
        await stranger.goto("/console")
        await stranger.get_by_role("link", name="Forgot the password?").click()
        await stranger.get_by_label("Mail address").fill("uma@example.test")
        await stranger.get_by_role("button", name="Send the mail").click()
        await stranger.get_by_role("link", name="Enter the code").click()
        await stranger.get_by_label("Code of the mail").fill("bsl_wrong")
        new = stranger.get_by_label("New password")
        await expect(new).to_have_attribute("autocomplete", "new-password")
        await new.fill(NEW)
        await stranger.get_by_role("button", name="Change the password").click()
        await expect(stranger.get_by_role("alert")).to_contain_text("does not work any more")
        code = code_in(mail_to(server, "uma@example.test", "identity.reset"))
        await stranger.get_by_label("Code of the mail").fill(code)
        await stranger.get_by_role("button", name="Change the password").click()
        await enter(stranger, "uma", NEW)
        await is_in(stranger, "uma")
        watched.forgive("401")
        watched.forgive("404")


class TestInvitations:
    async def test_the_link_of_the_mail_is_followed_and_taken(
        self, stranger: Page, server: Served, watched: Watched
    ) -> None:
        vera = person(server, "vera")
        body = {"email": "vera@example.test", "role_id": role_id(server, "Support")}
        server.call("POST", "/v1/organization/invitations", body)
        link = link_in(mail_to(server, "vera@example.test", "tenancy.invitation"), "/console/invitation#")
        await stranger.goto(link)
        await expect(stranger.get_by_text("You are invited as Support")).to_be_visible()
        # The token is no more in the address, where shoulders and histories would see it.
        await expect(stranger).to_have_url(re.compile(r"/console/invitation$"))
        await enter(stranger, "vera")
        await stranger.get_by_role("button", name="Take the invitation").click()
        await is_in(stranger, "vera")
        standing = server.call("GET", f"/v1/access/users/{vera}")
        assert [role["name"] for role in standing["roles"]] == ["Support"]
        await stranger.goto(link)
        await expect(stranger.get_by_role("heading", name="This invitation does not work")).to_be_visible()
        watched.forgive("401")
        watched.forgive("404")


class TestConfirming:
    async def test_what_matters_asks_for_the_password_again(
        self, stranger: Page, server: Served, watched: Watched
    ) -> None:
        wim = person(server, "wim")
        await at(stranger, "/console/account/data", "wim")
        age_sessions(server, wim)
        await stranger.get_by_role("button", name="Ask for a copy").click()
        dialog = stranger.get_by_role("dialog", name="Confirm that it is you")
        await dialog.get_by_label("Your password").fill(PASSWORD)
        await dialog.get_by_role("button", name="Confirm").click()
        async with stranger.expect_download() as downloading:
            await stranger.get_by_role("link", name=re.compile("^Download")).click()
        exported = (await (await downloading.value).path()).read_text()
        assert "wim@example.test" in exported
        watched.forgive("403")


class TestNarrowScreens:
    async def test_nothing_hangs_over_the_edge(self, stranger: Page, watched: Watched) -> None:
        doors = ("", "/sign-up", "/verify", "/forgot", "/reset", "/invitation")
        await nothing_hangs_over_the_edge(stranger, *(f"/console{path}" for path in doors))
        watched.forgive("401")


def now() -> int:
    """Seconds of the server's clock, which runs on this machine."""
    return int(time.time())


def with_app(server: Served, name: str) -> tuple[str, list[str]]:
    """Turn an authenticator app on; its secret and the recovery codes."""
    body = {"mail": f"{name}@example.test", "password": PASSWORD}
    tokens = server.call("POST", "/v1/auth/sign-in", body)
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    begun: dict[str, Any] = server.call("POST", "/v1/account/factors/totp", {"name": "phone"}, **bearer)
    code = pyotp.TOTP(begun["secret"]).at(now())
    path = f"/v1/account/factors/{begun['factor_id']}/confirm"
    done = server.call("POST", path, {"code": code}, **bearer)
    return begun["secret"], done["recovery_codes"]
