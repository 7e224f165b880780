"""Somebody who lost every second factor, and the operator who lets them back in; where texts are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.access.conftest import (
    HARBOUR,
    PASSWORD,
    SETUP_CODE,
    age_sessions,
    enter,
    is_in,
    mail_to,
    person,
)
from tests.browser.access.test_factors import Clock
from tests.browser.conftest import Served, Watched, serving, until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]
REASON = "Showed an identity card in a video call, ticket 4712"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server on which nobody works without a second factor, and which has no owner yet."""
    environ = {
        "BACKSTAY_AUTH_PRINCIPALS": json.dumps(HARBOUR),
        "BACKSTAY_IDENTITY_ORGANIZATION": "demo",
        "BACKSTAY_IDENTITY_SECOND_FACTOR": "required",
        "BACKSTAY_IDENTITY_SETUP_CODE": SETUP_CODE,
        "BACKSTAY_IDENTITY_HASH_MEMORY": "8",
        "BACKSTAY_IDENTITY_HASH_PASSES": "1",
        "BACKSTAY_JOBS_POLL": "0.05s",
    }
    with serving(tmp_path_factory.mktemp("resetting"), **environ) as served:
        yield served


def enrolled(server: Served, name: str) -> tuple[str, dict[str, Any]]:
    """Somebody with an authenticator app: their id, and their session."""
    user_id = person(server, name)
    tokens = server.call("POST", "/v1/auth/sign-in", {"mail": f"{name}@example.test", "password": PASSWORD})
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    begun = server.call("POST", "/v1/account/factors/totp", {}, **bearer)
    path = f"/v1/account/factors/{begun['factor_id']}/confirm"
    done = server.call("POST", path, {"code": Clock(begun["secret"]).code()}, **bearer)
    return user_id, dict(done["session"])


async def enrol_at_the_door(page: Page) -> list[str]:
    """Add an authenticator app where nothing else is offered; the recovery codes."""
    await page.get_by_role("button", name="An authenticator app").click()
    await page.get_by_role("button", name="Go on").click()
    app = Clock(await page.locator("code").inner_text())
    await page.get_by_label("The code that the app shows").fill(app.code())
    await page.get_by_role("button", name="Turn it on").click()
    kept = await page.get_by_role("status").filter(has_text="Keep this now").locator("pre").inner_text()
    await page.get_by_role("button", name="I have kept them").click()
    return kept.split()


async def test_an_operator_proves_themselves_by_a_recovery_code_and_resets_somebody(
    stranger: Page, server: Served, watched: Watched
) -> None:
    piet, session = enrolled(server, "piet")
    order = {"token": SETUP_CODE, "mail": "olga@example.test", "password": PASSWORD, "name": "Olga"}
    assert server.client.post("/v1/auth/setup", json=order).status_code == 201
    (olga,) = server.call("GET", "/v1/users?mail=olga@example.test")["items"]
    await stranger.goto(f"/console/access?user={piet}")
    await enter(stranger, "olga")
    codes = await enrol_at_the_door(stranger)
    await is_in(stranger, "olga")
    age_sessions(server, olga["id"])

    await stranger.goto(f"/console/access?user={piet}")
    drawer = stranger.get_by_role("dialog", name="Account", exact=True)
    await drawer.get_by_role("button", name="Reset second factors").click()
    form = stranger.get_by_role("dialog", name="Reset the second factors of Piet")
    await form.get_by_label("Reason").fill(REASON)
    await form.get_by_role("button", name="Reset them").click()
    # The sign-in is some time ago, and the app is out of reach: a recovery code takes its place, once.
    confirm = stranger.get_by_role("dialog", name="Confirm that it is you")
    await confirm.get_by_label("Your password").fill(PASSWORD)
    await confirm.get_by_role("button", name="Use a recovery code").click()
    await expect(confirm.get_by_label("Code of the authenticator app")).to_have_count(0)
    await confirm.get_by_label("Recovery code").fill("aaaa-bbbb-cccc-dddd")
    await confirm.get_by_role("button", name="Confirm", exact=True).click()
    await expect(confirm.get_by_role("alert")).to_be_visible()
    assert (
        server.client.get("/v1/account", headers=_bearer(session)).status_code == 200
    )  # nothing happened yet
    await confirm.get_by_label("Recovery code").fill(codes[0])
    await confirm.get_by_role("button", name="Confirm", exact=True).click()
    await expect(stranger.get_by_text("Piet comes back by a mailed link")).to_be_visible()
    await expect(form).to_have_count(0)

    until(
        lambda: server.client.get("/v1/account", headers=_bearer(session)).status_code,
        lambda status: status == 401,
    )
    body = {"mail": "piet@example.test", "password": PASSWORD}
    assert server.client.post("/v1/auth/sign-in", json=body).json()["code"] == "bad_credentials"
    told = " ".join(mail_to(server, "piet@example.test", "identity.notice")["text"].split())
    assert REASON in told
    assert "Olga, who helps to run this site, removed the second factors" in told
    # The code is used up, whoever shows it.
    again = await stranger.context.request.post(
        "/v1/account/confirm",
        data={"password": PASSWORD, "recovery_code": codes[0]},
        headers={"x-requested-with": "tests"},
    )
    assert (again.status, (await again.json())["code"]) == (401, "wrong_code")
    watched.forgive("401")
    watched.forgive("403")
    watched.forgive("404")  # has no role to be shown


async def test_an_operator_reads_the_texts_that_are_kept(page: Page, server: Served) -> None:
    await page.goto("/console/deliveries/texts")
    await expect(page.get_by_role("heading", name="No text is kept")).to_be_visible()
    _, session = enrolled(server, "quirin")
    bearer = _bearer(session)
    number = {"number": "+447700900145", "name": "Old phone"}
    server.call("POST", "/v1/account/factors/sms", number, **bearer)
    # It is there without anybody asking anew.
    row = page.get_by_role("row").filter(has_text="+447700900145")
    await expect(row).to_be_visible()
    (text,) = server.call("GET", "/v1/texts")
    await expect(row.get_by_role("cell").nth(1)).to_have_text(text["body"])


async def test_who_may_not_read_texts_is_not_offered_them(
    stranger: Page, server: Served, watched: Watched
) -> None:
    person(server, "rosa")
    await stranger.goto("/console/account")
    await enter(stranger, "rosa")
    await enrol_at_the_door(stranger)
    await is_in(stranger, "rosa")
    assert (await stranger.context.request.get("/v1/texts")).status == 403
    await expect(stranger.get_by_role("link", name="Deliveries")).to_have_count(0)
    watched.forgive("401")
    watched.forgive("403")


def _bearer(session: dict[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {session['access_token']}"}
