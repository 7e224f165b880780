"""One's own account: devices, the authenticator app, keys, and leaving."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
from playwright.async_api import Page, expect

from tests.browser.access.conftest import PASSWORD, at, give, is_in, person
from tests.browser.conftest import Served, Watched, nothing_hangs_over_the_edge

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]
NEW = "eleven quiet lighthouses in fog"


async def test_the_profile_is_changed(stranger: Page, server: Served) -> None:
    person(server, "anna")
    await at(stranger, "/console/account", "anna")
    await stranger.get_by_label("Name").fill("Anna Lund")
    await stranger.get_by_label("Language").fill("sv")
    await stranger.get_by_role("button", name="Save").click()
    await is_in(stranger, "anna lund")
    (user,) = server.call("GET", "/v1/users?mail=anna@example.test")["items"]
    assert (user["name"], user["locale"]) == ("Anna Lund", "sv")


async def test_a_new_password_signs_the_other_devices_out(
    stranger: Page, server: Served, watched: Watched
) -> None:
    person(server, "berit")
    other = server.call("POST", "/v1/auth/sign-in", {"mail": "berit@example.test", "password": PASSWORD})
    await at(stranger, "/console/account/devices", "berit")
    # The sign-up's, the other one's, and this one.
    await expect(stranger.get_by_role("row")).to_have_count(1 + 3)
    await expect(stranger.get_by_text("This device")).to_have_count(1)
    await stranger.get_by_role("link", name="Password and second factor").click()
    await stranger.get_by_label("Present password").fill("not the password at all")
    await stranger.get_by_label("New password").fill(NEW)
    await stranger.get_by_role("button", name="Change the password").click()
    await expect(stranger.get_by_role("alert")).to_contain_text("The address or the password is wrong")
    await stranger.get_by_label("Present password").fill(PASSWORD)
    await stranger.get_by_role("button", name="Change the password").click()
    await expect(stranger.get_by_text("every other device is signed out")).to_be_visible()
    bearer = {"authorization": f"Bearer {other['access_token']}"}
    assert server.client.get("/v1/account", headers=bearer).status_code == 401
    await stranger.get_by_role("link", name="Devices").click()
    await expect(stranger.get_by_role("row")).to_have_count(1 + 1)
    await is_in(stranger, "berit")
    watched.forgive("401")


async def test_an_authenticator_app_is_added_and_its_recovery_codes_are_shown_once(
    stranger: Page, server: Served
) -> None:
    person(server, "clara")
    await at(stranger, "/console/account/security", "clara")
    await stranger.get_by_role("button", name="Add an authenticator app").click()
    dialog = stranger.get_by_role("dialog", name="Add an authenticator app")
    await dialog.get_by_label("What to call it").fill("My phone")
    await dialog.get_by_role("button", name="Go on").click()
    picture = dialog.get_by_role("img", name="QR code for the authenticator app")
    await expect(picture).to_have_js_property("complete", value=True)
    assert await picture.evaluate("image => image.naturalWidth") > 100
    secret = await dialog.locator("code").inner_text()
    await dialog.get_by_label("The code that the app shows").fill(pyotp.TOTP(secret).at(int(time.time())))
    await dialog.get_by_role("button", name="Turn it on").click()
    codes = (await dialog.locator("pre").inner_text()).split()
    assert len(set(codes)) == 10
    await dialog.get_by_role("button", name="I have kept them").click()
    await expect(stranger.get_by_role("table", name="Second factors")).to_contain_text("My phone")
    await expect(stranger.get_by_text(codes[0])).to_have_count(0)
    await stranger.get_by_role("link", name="Devices").click()
    await expect(stranger.get_by_role("row", name=re.compile("This device"))).to_contain_text(
        "password and app code"
    )


async def test_a_key_is_made_shown_once_and_revoked(stranger: Page, server: Served) -> None:
    give(server, person(server, "dora"), "Support")
    await at(stranger, "/console/account/keys", "dora")
    await stranger.get_by_role("button", name="New key").click()
    dialog = stranger.get_by_role("dialog", name="New key")
    await dialog.get_by_label("Name").fill("Backup")
    await dialog.get_by_role("combobox", name="Permissions").click()
    await stranger.get_by_role("option", name="notes:read").click()
    await stranger.keyboard.press("Escape")
    await dialog.get_by_role("button", name="Make the key").click()
    key = (await dialog.locator("pre").inner_text()).strip()
    bearer = {"authorization": f"Bearer {key}"}
    assert server.client.get("/v1/notes", headers=bearer).status_code == 200
    assert server.client.get("/v1/account", headers=bearer).status_code == 403
    await dialog.get_by_role("button", name="I have kept it").click()
    row = stranger.get_by_role("row", name=re.compile("Backup"))
    await expect(row).to_contain_text("notes:read")
    assert key not in await stranger.content()
    await row.get_by_role("button", name="Revoke Backup").click()
    await stranger.get_by_role("button", name="Revoke it").click()
    await expect(row).to_contain_text("Revoked")
    assert server.client.get("/v1/notes", headers=bearer).status_code == 401


async def test_an_account_is_ended_only_by_typing_its_address(
    stranger: Page, server: Served, watched: Watched
) -> None:
    person(server, "elin")
    await at(stranger, "/console/account/data", "elin")
    await stranger.get_by_role("button", name="Erase everything").click()
    dialog = stranger.get_by_role("dialog", name="End your account?")
    erase = dialog.get_by_role("button", name="Erase everything")
    await expect(erase).to_be_disabled()
    await dialog.get_by_label("elin@example.test").fill("elin@example.test")
    await erase.click()
    await expect(stranger.get_by_role("heading", name="Your account has ended")).to_be_visible()
    await expect(stranger.get_by_text(re.compile(r"\d+ rows? erased"))).to_be_visible()
    assert server.call("GET", "/v1/users?mail=elin@example.test")["items"] == []
    watched.forgive("401")


async def test_nothing_hangs_over_the_edge(stranger: Page, server: Served, watched: Watched) -> None:
    person(server, "frida")
    await at(stranger, "/console/account", "frida")
    await expect(stranger.get_by_role("heading", name="My account", level=1)).to_be_visible()
    paths = [f"/console/account{section}" for section in ("", "/security", "/devices", "/data")]
    await nothing_hangs_over_the_edge(stranger, *paths)
