"""Second factors where everybody must have one: the door that asks for it, phones, and the fresh proof of both."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator

import pyotp
import pytest
from playwright.async_api import Page, expect

from tests.browser.access.conftest import HARBOUR, PASSWORD, age_sessions, enter, is_in, person
from tests.browser.conftest import Served, Watched, serving, until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on which nobody works without a second factor."""
    environ = {
        "BACKSTAY_AUTH_PRINCIPALS": json.dumps(HARBOUR),
        "BACKSTAY_IDENTITY_ORGANIZATION": "demo",
        "BACKSTAY_IDENTITY_SECOND_FACTOR": "required",
        "BACKSTAY_IDENTITY_HASH_MEMORY": "8",
        "BACKSTAY_IDENTITY_HASH_PASSES": "1",
        "BACKSTAY_JOBS_POLL": "0.05s",
    }
    with serving(tmp_path_factory.mktemp("factors"), **environ) as served:
        yield served


def text(server: Served, count: int) -> str:
    """The code of the newest text, once there are so many."""
    newest = until(lambda: list(server.call("GET", "/v1/texts")), lambda kept: len(kept) == count)[0]
    assert newest["number"] == "+447700900123"
    return str(newest["body"])[:6]


class Clock:
    """An authenticator app, whose codes each work once."""

    def __init__(self, secret: str) -> None:
        self.values = pyotp.TOTP(secret)
        self.last = 0

    def code(self) -> str:
        # A step early is accepted, and the present one, so that two codes need no waiting.
        self.last = max(self.last + 1, int(time.time()) // 30 - 1)
        return str(self.values.generate_otp(self.last))


async def test_from_the_door_to_a_phone(stranger: Page, server: Served, watched: Watched) -> None:
    nora = person(server, "nora")
    await stranger.goto("/console/account/security")
    field = stranger.get_by_label("Password", exact=True)
    await expect(field).to_have_attribute("type", "password")
    await stranger.get_by_label("Mail address").fill(PASSWORD)
    await stranger.get_by_label("Mail address").press("Control+a")
    await stranger.get_by_label("Mail address").press("Control+x")
    await field.press("Control+v")
    await expect(field).to_have_value(PASSWORD)  # nothing keeps a password manager or a paste out
    await enter(stranger, "nora")
    await expect(stranger.get_by_role("heading", name="Add a second factor")).to_be_visible()
    await expect(stranger.get_by_role("navigation")).to_have_count(0)
    await stranger.get_by_role("button", name="An authenticator app").click()
    await stranger.get_by_label("What to call it").fill("My phone")
    await stranger.get_by_role("button", name="Go on").click()
    app = Clock(await stranger.locator("code").inner_text())
    await stranger.get_by_label("The code that the app shows").fill(app.code())
    await stranger.get_by_role("button", name="Turn it on").click()
    await expect(stranger.get_by_text("Keep this now")).to_be_visible()
    await stranger.get_by_role("button", name="I have kept them").click()
    await is_in(stranger, "nora")

    await expect(stranger.get_by_role("heading", name="Second factor", exact=True)).to_be_visible()
    age_sessions(server, nora)
    await stranger.get_by_role("button", name="Add a phone").click()
    await stranger.get_by_label("Its number").fill("+44 7700 900123")
    await stranger.get_by_label("What to call it").fill("Old phone")
    await stranger.get_by_role("button", name="Text it a code").click()
    # The sign-in is some time ago: the password and the app are asked for, and one alone is not enough.
    await stranger.get_by_label("Your password").fill(PASSWORD)
    await stranger.get_by_label("Code of the authenticator app").fill(app.code())
    await stranger.get_by_role("button", name="Confirm", exact=True).click()
    await stranger.get_by_label("Code of the text message").fill(text(server, 1))
    await stranger.get_by_role("button", name="Add the phone").click()
    await expect(stranger.get_by_text("Texts to the number ending in 23")).to_be_visible()

    await stranger.get_by_role("button", name="Signed in as Nora").click()
    await stranger.get_by_role("menuitem", name="Sign out").click()
    await enter(stranger, "nora")
    await stranger.get_by_role("button", name="Text a code to the phone ending in 23").click()
    await stranger.get_by_label("Code of the text message").fill(text(server, 2))
    await stranger.get_by_role("button", name="Go on").click()
    await is_in(stranger, "nora")

    # Somebody else's device: seen, and signed out from here.
    other = server.client.post(
        "/v1/auth/sign-in", json={"mail": "nora@example.test", "password": PASSWORD}
    ).json()
    ways = {"authorization": f"Bearer {other['access_token']}"}
    assert server.client.get("/v1/account/second-factor", headers=ways).status_code == 200
    await stranger.get_by_role("link", name="Devices").click()
    await stranger.get_by_role("button", name="Sign python-httpx").first.click()
    await expect(stranger.get_by_text(re.compile("^python-httpx.* is signed out"))).to_be_visible()
    until(
        lambda: server.client.get("/v1/account/second-factor", headers=ways).status_code,
        lambda status: status == 401,
    )
    await stranger.get_by_role("link", name="Password and second factor").click()
    # The last app cannot go, for everybody must have one.
    await stranger.get_by_role("button", name="Remove My phone").click()
    await stranger.get_by_role("button", name="Remove it").click()
    await expect(stranger.get_by_role("dialog").get_by_role("alert")).to_contain_text(
        "You must keep a second factor"
    )
    watched.forgive("401")
    watched.forgive("403")
    watched.forgive("409")
