"""A way in remains: what the rule refuses, what it lets pass, and two removals at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from backstay.systems.identity.guarantees.authenticator import SoftAuthenticator
from tests.systems.identity.conftest import MAIL, PASSWORD, OpenSite, Site
from tests.systems.identity.federation import ADA, Browser, one_provider
from tests.systems.identity.softkeys import ORIGIN, sign_in
from tests.systems.identity.test_accounts import rows_of
from tests.systems.identity.test_factors import App, enrolled

RACES = 5


async def _added(browser: Browser, passkey: SoftAuthenticator) -> str:
    """The path of a passkey that was just added in a browser."""
    options = await browser.call("POST", "/v1/account/passkeys/options")
    assert options.status_code == 200, options.text
    made = {"credential": passkey.create(options.json()), "name": "phone"}
    answer = await browser.call("POST", "/v1/account/passkeys", made)
    assert answer.status_code == 201, answer.text
    return f"/v1/account/passkeys/{answer.json()['passkey']['id']}"


async def _unlocked(browser: Browser, passkey: SoftAuthenticator) -> None:
    options = (await browser.call("POST", "/v1/account/second-factor/passkey/options")).json()
    body = {"credential": passkey.get(options)}
    answer = await browser.call("POST", "/v1/account/second-factor/passkey", body)
    assert answer.status_code == 200, answer.text


async def _linked(browser: Browser) -> str:
    (link,) = (await browser.call("GET", "/v1/account/providers")).json()
    return f"/v1/account/providers/{link['id']}"


def _told(answer: Any) -> tuple[int, str]:
    return answer.status_code, "" if answer.status_code == 204 else answer.json()["code"]


async def _what_is_kept(site: Site) -> list[list[Any]]:
    names = ("identity_passkeys", "identity_links", "identity_recovery_codes", "identity_factors")
    return [await rows_of(site.database, name) for name in (*names, "audit_records", "jobs_jobs")]


async def test_the_last_passkey_of_an_account_without_password_and_provider_stays(
    open_site: OpenSite,
) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        await browser.sign_in(provider, ADA)
        only = SoftAuthenticator(ORIGIN)
        path = await _added(browser, only)
        assert _told(await browser.call("DELETE", await _linked(browser))) == (204, "")
        # One that nobody unlocks is a second factor and opens nothing by itself.
        held = await _added(browser, SoftAuthenticator(ORIGIN, unlocks=False))
        before = await _what_is_kept(site)
        refused = await browser.call("DELETE", path)
        assert _told(refused) == (409, "last_way_in")
        assert refused.json()["detail"] == (
            "Your account would have no password, no passkey that signs you in by itself, and no provider "
            "that opens it."
        )
        assert await _what_is_kept(site) == before
        assert (await sign_in(site, only)).status_code == 200
        assert _told(await browser.call("DELETE", held)) == (204, "")
        assert _told(await browser.call("DELETE", path)) == (409, "last_way_in")
        another = SoftAuthenticator(ORIGIN)
        await _added(browser, another)
        assert _told(await browser.call("DELETE", path)) == (204, "")
        assert (await sign_in(site, another)).status_code == 200


async def test_of_two_removed_at_once_one_way_in_stays(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        await browser.sign_in(provider, ADA)
        passkey = SoftAuthenticator(ORIGIN)
        path = await _added(browser, passkey)
        for _ in range(RACES):
            link = await _linked(browser)
            answers = await asyncio.gather(browser.call("DELETE", path), browser.call("DELETE", link))
            assert sorted(map(_told, answers)) == [(204, ""), (409, "last_way_in")]
            passkeys, links, *_ = await _what_is_kept(site)
            assert len(passkeys) + len(links) == 1
            if passkeys:
                begun = await browser.begin_in_account("link")
                await browser.come_back(provider.consent(begun.json()["url"], ADA))
            else:
                passkey = SoftAuthenticator(ORIGIN)
                path = await _added(browser, passkey)
            await _unlocked(browser, passkey)
        # And of two passkeys, when there is no provider any more.
        for _ in range(RACES):
            for link in (await browser.call("GET", "/v1/account/providers")).json():
                await browser.call("DELETE", f"/v1/account/providers/{link['id']}")
            other = SoftAuthenticator(ORIGIN)
            second = await _added(browser, other)
            answers = await asyncio.gather(browser.call("DELETE", path), browser.call("DELETE", second))
            assert sorted(map(_told, answers)) == [(204, ""), (409, "last_way_in")]
            if answers[0].status_code == 204:
                passkey, path = other, second
            assert (await sign_in(site, passkey)).status_code == 200


async def test_a_provider_that_is_not_in_the_settings_any_more_opens_nothing(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        await browser.sign_in(provider, ADA)
        passkey = SoftAuthenticator(ORIGIN)
        path = await _added(browser, passkey)
        other = await open_site()  # another process, whose settings name no provider
        browser.site = other
        await other.catch_up()
        assert _told(await browser.call("DELETE", path)) == (409, "last_way_in")
        browser.site = site
        assert _told(await browser.call("DELETE", path)) == (204, "")


async def test_of_two_factors_removed_at_once_one_stays_where_one_is_required(open_site: OpenSite) -> None:
    site = await open_site()
    app, session, _ = await enrolled(site)
    site = await open_site(BACKSTAY_IDENTITY_SECOND_FACTOR="required")
    token = session["access_token"]
    for _ in range(RACES):
        begun = (await site.post("/account/factors/totp", {"name": "other"}, token)).json()
        other = App(site, begun["secret"])
        body = {"code": other.code()}
        done = await site.post(f"/account/factors/{begun['factor_id']}/confirm", body, token)
        token = done.json()["session"]["access_token"]
        body = {"password": PASSWORD, "code": app.code()}
        token = (await site.post("/account/confirm", body, token)).json()["access_token"]
        both = (await site.get("/account/factors", token)).json()
        paths = [f"/v1/account/factors/{one['id']}" for one in both]
        answers = await asyncio.gather(*(site.call("DELETE", path, token=token) for path in paths))
        assert sorted(map(_told, answers)) == [(204, ""), (409, "last_factor")]
        (left,) = (await site.get("/account/factors", token)).json()
        if left["id"] == begun["factor_id"]:
            app = other
    site.clock.move(timedelta(minutes=1))
    assert (await site.sign_in(MAIL))["second_factor"] is True
