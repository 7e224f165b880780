"""One's own links with identity providers: made, confirmed with, removed; and the settings behind them."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest

from backstay.kernel.settings import SettingsError, load
from backstay.systems.identity.guarantees.soft_provider import SoftProvider
from backstay.systems.identity.module import module as identity
from backstay.systems.identity.service import outgoing
from backstay.systems.identity.service.outgoing import NoAnswer, Outgoing, of_the_internet, of_this_machine
from backstay.systems.identity.service.providers import examine_providers
from backstay.systems.identity.settings import IdentitySettings
from backstay.systems.jobs.testing import drain
from tests.systems.identity.conftest import MAIL, OTHER_PASSWORD, PASSWORD, OpenSite
from tests.systems.identity.federation import ADA, Browser, one_provider, password_browser, settings_of, told
from tests.systems.identity.test_accounts import rows_of
from tests.systems.identity.test_factors import App

TAKEN = "Another account is linked with this one"
STRANGER: dict[str, Any] = {"sub": "stranger", "email": "else@example.test", "email_verified": False}


async def test_whoever_is_signed_in_links_and_unlinks(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        await site.sign_up()
        browser = await password_browser(site, MAIL, PASSWORD)
        begun = await browser.begin_in_account("link")
        assert begun.status_code == 200, begun.text
        # Its address is another, and not verified: who is signed in needs no address to be found by.
        answer = await browser.come_back(provider.consent(begun.json()["url"], STRANGER))
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/account")
        (link,) = (await browser.call("GET", "/v1/account/providers")).json()
        assert (link["provider"], link["mail"]) == ("house", "")
        assert "Your account at house opens" in (await site.outbox())[0]["text"]
        other = Browser(site)
        assert (await other.sign_in(provider, STRANGER)).status_code == 303
        assert (await other.account())["mail"] == MAIL
        # Again is not twice.
        begun = await browser.begin_in_account("link")
        await browser.come_back(provider.consent(begun.json()["url"], STRANGER))
        assert len(await rows_of(site.database, "identity_links")) == 1
        site.clock.move(timedelta(minutes=11))
        path = f"/v1/account/providers/{link['id']}"
        for stale in (await browser.begin_in_account("link"), await browser.call("DELETE", path)):
            assert (stale.status_code, stale.json()["code"]) == (403, "fresh_sign_in_needed")
        # By the provider, too, one shows that it is oneself.
        begun = await browser.begin_in_account("confirm")
        assert "prompt=login&max_age=0" in begun.json()["url"]
        await browser.come_back(provider.consent(begun.json()["url"], STRANGER))
        assert (await browser.call("DELETE", path)).status_code == 204
        assert (await browser.call("DELETE", path)).json()["code"] == "no_such_link"
        assert (await browser.call("GET", "/v1/account/providers")).json() == []
        assert "house opens your account no more" in (await site.outbox())[0]["text"]
        assert (await Browser(site).sign_in(provider, STRANGER)).status_code == 403


async def test_confirming_by_a_provider_asks_for_the_second_factor_again(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        tokens = await site.sign_up()
        begun = (await site.post("/account/factors/totp", {}, tokens["access_token"])).json()
        app = App(site, begun["secret"])
        path = f"/account/factors/{begun['factor_id']}/confirm"
        await site.post(path, {"code": app.code()}, tokens["access_token"])
        browser = Browser(site)
        await browser.sign_in(provider, ADA)
        show = "/v1/account/second-factor"
        site.clock.move(timedelta(minutes=1))
        assert (await browser.call("POST", show, {"code": app.code()})).status_code == 200
        site.clock.move(timedelta(minutes=11))
        remove = f"/v1/account/factors/{begun['factor_id']}"
        assert (await browser.call("DELETE", remove)).json()["code"] == "fresh_sign_in_needed"
        begun = await browser.begin_in_account("confirm")
        await browser.come_back(provider.consent(begun.json()["url"], ADA))
        gated = await browser.call("DELETE", remove)
        assert (gated.status_code, gated.json()["permission"]) == (403, "identity:self")
        assert (await browser.call("POST", show, {"code": app.code()})).status_code == 200
        assert (await browser.call("DELETE", remove)).status_code == 204


async def test_the_last_way_in_stays(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        await browser.sign_in(provider, ADA)
        (link,) = (await browser.call("GET", "/v1/account/providers")).json()
        path = f"/v1/account/providers/{link['id']}"
        refused = await browser.call("DELETE", path)
        assert (refused.status_code, refused.json()["code"]) == (409, "last_way_in")
        assert len(await rows_of(site.database, "identity_links")) == 1
        begun = await browser.begin_in_account("link")
        await browser.come_back(provider.consent(begun.json()["url"], STRANGER))
        listed = (await browser.call("GET", "/v1/account/providers")).json()
        # Both at once: one stays.
        answers = await asyncio.gather(
            *(browser.call("DELETE", f"/v1/account/providers/{one['id']}") for one in listed)
        )
        assert sorted(one.status_code for one in answers) == [204, 409]
        await site.post("/auth/forgot", {"mail": MAIL})
        await site.post("/auth/reset", {"token": await site.token(), "password": OTHER_PASSWORD})
        browser = await password_browser(site, MAIL, OTHER_PASSWORD)
        (link,) = (await browser.call("GET", "/v1/account/providers")).json()
        assert (await browser.call("DELETE", f"/v1/account/providers/{link['id']}")).status_code == 204


async def test_what_opens_somebody_else_s_account_is_not_linked_or_confirmed_with(
    open_site: OpenSite,
) -> None:
    async with one_provider(open_site) as (site, provider):
        await Browser(site).sign_in(provider, {**ADA, "email": "bob@example.test"})
        await site.sign_up()
        browser = await password_browser(site, MAIL, PASSWORD)
        for purpose, claims, words in (
            ("link", ADA, TAKEN),
            ("confirm", ADA, "It is not linked with your account."),
            ("confirm", STRANGER, "It is not linked with your account."),
        ):
            begun = await browser.begin_in_account(purpose)
            answer = await browser.come_back(provider.consent(begun.json()["url"], claims))
            assert (answer.status_code, told(answer)) == (409, words)
        assert len(await rows_of(site.database, "identity_links")) == 1
        # A provider that says when it last asked is held to it.
        begun = await browser.begin_in_account("link")
        await browser.come_back(provider.consent(begun.json()["url"], STRANGER))
        begun = await browser.begin_in_account("confirm")
        long_ago = int(site.clock.now().timestamp()) - 3600
        query = provider.consent(begun.json()["url"], {**STRANGER, "auth_time": long_ago})
        assert (await browser.come_back(query)).status_code == 403


async def test_a_sign_in_is_as_fresh_as_the_provider_says(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        long_ago = int(site.clock.now().timestamp()) - 3600
        await browser.sign_in(provider, {**ADA, "auth_time": long_ago})
        assert (await browser.begin_in_account("link")).json()["code"] == "fresh_sign_in_needed"


async def test_a_link_is_for_the_session_that_asked(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        await site.sign_up()
        browser = await password_browser(site, MAIL, PASSWORD)
        begun = await browser.begin_in_account("link")
        query = provider.consent(begun.json()["url"], ADA)
        await browser.call("POST", "/v1/auth/sign-out")
        await site.catch_up()
        visit = {name: value for name, value in browser.cookies.items() if "visit" in name}
        browser.cookies = visit | (await password_browser(site, MAIL, PASSWORD)).cookies
        assert (await browser.come_back(query)).status_code == 403
        assert await rows_of(site.database, "identity_links") == []
        body = {"purpose": "link"}
        tokens = (await site.sign_in())["access_token"]
        answer = await site.post("/account/providers/house/begin", body, tokens)
        assert (answer.status_code, answer.json()["code"]) == (409, "browser_needed")
        answer = await browser.begin_in_account("sign-in")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/purpose")


async def test_an_account_whose_address_nobody_verified_links_nothing(open_site: OpenSite) -> None:
    async with one_provider(open_site, BACKSTAY_IDENTITY_VERIFIED_ONLY="false") as (site, _):
        await site.post("/auth/sign-up", {"mail": MAIL, "password": PASSWORD})
        browser = await password_browser(site, MAIL, PASSWORD)
        answer = await browser.begin_in_account("link")
        assert (answer.status_code, answer.json()["code"]) == (403, "mail_not_verified")


async def test_links_are_exported_and_erased(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        await browser.sign_in(provider, ADA)
        asked = (await browser.call("POST", "/v1/account/export")).json()
        await drain(site.house.backend, queues=("identity",))
        exported = (await browser.call("GET", f"/v1/account/exports/{asked['receipt']['id']}")).json()
        (link,) = exported["identity"]["providers"]
        assert (link["subject"], link["issuer"], link["mail"]) == (ADA["sub"], provider.url, MAIL)
        assert (await browser.call("POST", "/v1/account/erase")).status_code == 202
        await drain(site.house.backend, queues=("identity",))
        assert await rows_of(site.database, "identity_links") == []
        assert await rows_of(site.database, "identity_users") == []


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ({"id": "House"}, "in the form"),
        ({"issuer": ""}, "without issuer"),
        ({"issuer": "http://accounts.example.test"}, "write https://"),
        ({"issuer": "https://accounts.example.test/?tenant=1"}, "without a query"),
        ({"issuer": "https://ada@accounts.example.test"}, "write https://"),
        ({"client_id": ""}, "not empty"),
        ({"kind": "facebook"}, "one of oidc, google, github"),
    ],
)
def test_settings_that_cannot_be_meant_stop_the_start(provider: dict[str, Any], words: str) -> None:
    fine = {"id": "house", "issuer": "https://accounts.example.test", "client_id": "us"}
    environ = {"BACKSTAY_IDENTITY_PROVIDERS": json.dumps([fine | provider])}
    with pytest.raises(SettingsError) as failed:
        load([identity], environ)
    assert words in str(failed.value)


def test_presets_know_where_they_are_and_secrets_are_not_shown() -> None:
    listed = [
        {"id": "google", "kind": "google", "client_id": "us", "client_secret": "of google"},
        {"id": "github", "kind": "github", "client_id": "us", "client_secret": "of github"},
    ]
    environ = {"BACKSTAY_IDENTITY_PROVIDERS": json.dumps(listed)}
    settings = load([identity], environ)
    google, github = settings.module(IdentitySettings).providers
    assert (google.title, google.address) == ("Google", "https://accounts.google.com")
    assert (github.title, github.address) == ("GitHub", "https://github.com")
    assert "of google" not in repr(settings)
    with pytest.raises(SettingsError, match="two providers called 'google'"):
        load([identity], {"BACKSTAY_IDENTITY_PROVIDERS": json.dumps([listed[0], listed[0]])})


def test_the_doctor_says_who_vouches_and_no_secret() -> None:
    def said(**environ: str) -> list[tuple[str, str, str]]:
        found = examine_providers(load([identity], environ))
        return [(one.severity.value, one.subject, one.message) for one in found]

    assert said() == [
        (
            "note",
            "identity.providers",
            "none: people sign in with passwords and passkeys that they have here",
        )
    ]
    listed = [{"id": "google", "kind": "google", "client_id": "us"}]
    environ = {"BACKSTAY_IDENTITY_PROVIDERS": json.dumps(listed)}
    assert [one[:2] for one in said(**environ)] == [
        ("warning", "http.public_url"),
        ("ok", "identity.providers"),
        ("warning", "identity.providers"),
    ]
    listed[0]["client_secret"] = "of google"
    environ = {
        "BACKSTAY_IDENTITY_PROVIDERS": json.dumps(listed),
        "BACKSTAY_HTTP_PUBLIC_URL": "https://app.example.test",
    }
    back = "https://app.example.test/v1/auth/providers/google/callback"
    assert said(**environ) == [
        (
            "ok",
            "identity.providers",
            f"Google at https://accounts.google.com; its redirect URI must be {back}",
        )
    ]


def test_addresses_around_this_machine_are_none_of_the_internet() -> None:
    inside = """
        127.0.0.1 10.1.2.3 169.254.169.254 192.168.0.1 100.64.0.1 0.0.0.0 224.0.0.1
        ::1 :: fe80::1 fd00::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1
    """
    for address in inside.split():
        assert not of_the_internet(ip_address(address)), address


def test_addresses_of_the_internet_are_none_of_this_machine() -> None:
    for address in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
        assert of_the_internet(ip_address(address))
        assert not of_this_machine(ip_address(address))


async def test_a_name_is_judged_by_where_it_leads() -> None:
    async with SoftProvider() as provider:
        url = f"{provider.url.replace('127.0.0.1', 'localhost')}/jwks"
        with pytest.raises(NoAnswer, match="where no provider may be"):
            await Outgoing(of_the_internet).ask("GET", url, {})
        assert provider.asked == {}
        assert (await Outgoing(of_this_machine).ask("GET", url, {})).status == 200
        assert (await Outgoing(outgoing.anywhere).ask("GET", url, {})).status == 200
        provider.delay = 5.0
        with pytest.raises(NoAnswer, match=r"no answer within 0\.05 s"):
            await Outgoing(of_this_machine, seconds=0.05).ask("GET", url, {})
    with pytest.raises(NoAnswer):
        await Outgoing(of_this_machine).ask("GET", url, {})


async def test_a_provider_that_is_gone_is_told_and_begins_nothing(open_site: OpenSite) -> None:
    async with SoftProvider() as provider:
        environ = settings_of(provider)
    site = await open_site(**environ)
    answer = await Browser(site).call("POST", "/v1/auth/providers/house/begin", {})
    assert (answer.status_code, answer.json()["code"]) == (503, "provider_unavailable")
