"""Signing in by identity providers: whose account is opened, and whose is not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from backstay.kernel.actor import SYSTEM, SYSTEM_ORGANIZATION
from backstay.systems.identity.contracts import BanOrder
from backstay.systems.identity.guarantees.soft_provider import CLIENT
from backstay.systems.identity.service.bans import ban
from backstay.systems.identity.service.upkeep import tidy
from tests.conftest import make_actor
from tests.systems.identity.conftest import MAIL, PASSWORD, OpenSite, Site
from tests.systems.identity.federation import (
    ADA,
    Browser,
    one_provider,
    password_browser,
    told,
)
from tests.systems.identity.test_accounts import rows_of
from tests.systems.identity.test_factors import App, enrolled


async def actions(site: Site) -> list[str]:
    """What the trail has of people whom nobody had let in before."""
    postman = make_actor("auditor", organization=SYSTEM_ORGANIZATION)
    listed = (await site.house(postman, "GET", "/v1/audit/records")).json()["items"]
    return sorted(one["action"] for one in listed)


async def test_a_stranger_gets_an_account_of_their_own(open_site: OpenSite) -> None:
    async with one_provider(open_site, name="The House") as (site, provider):
        listed = await site.get("/auth/providers")
        assert listed.json() == [{"id": "house", "name": "The House", "kind": "oidc"}]
        browser = Browser(site)
        url = await browser.begin(return_to="/console/notes")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert url.startswith(f"{provider.url}/authorize?")
        assert set(asked) == {
            "response_type",
            "client_id",
            "redirect_uri",
            "scope",
            "state",
            "code_challenge",
            "code_challenge_method",
            "nonce",
        }
        assert (asked["response_type"], asked["client_id"], asked["scope"]) == (
            "code",
            CLIENT,
            "openid email profile",
        )
        assert asked["code_challenge_method"] == "S256"
        assert urlsplit(asked["redirect_uri"]).path == "/v1/auth/providers/house/callback"
        (kept,) = browser.cookies
        assert kept == f"backstay_visit_{asked['state'][:8]}"
        answer = await browser.come_back(provider.consent(url, ADA))
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/notes")
        assert list(browser.cookies) == ["backstay_session"]
        account = await browser.account()
        assert (account["mail"], account["name"], account["has_password"]) == (MAIL, "Ada L", False)
        assert account["verified_at"] is not None
        assert account["assurance"] == 1
        lines = (await browser.call("GET", "/v1/account/sessions")).json()
        assert [(line["method"], line["kind"]) for line in lines] == [("fed", "cookie")]
        (link,) = (await browser.call("GET", "/v1/account/providers")).json()
        assert (link["provider"], link["issuer"], link["mail"]) == ("house", provider.url, MAIL)
        assert await actions(site) == ["identity.provider_linked"]
        assert await rows_of(site.database, "identity_visits") == []
        # Their password is nobody's: there is none.
        refused = await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})
        assert refused.json()["code"] == "bad_credentials"


async def test_the_same_person_comes_again_whatever_their_address_is_now(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        first, again, other = Browser(site), Browser(site), Browser(site)
        await first.sign_in(provider, ADA)
        # The address is another, and not verified; who it is the subject says.
        await again.sign_in(provider, {**ADA, "email": "new@example.test", "email_verified": False})
        assert (await again.account())["id"] == (await first.account())["id"]
        # Somebody else who has the address there now has another account there, and so here.
        assert (await other.sign_in(provider, {**ADA, "sub": "someone-else"})).status_code == 303
        assert (await other.account())["id"] == (await first.account())["id"]
        assert len(await rows_of(site.database, "identity_links")) == 2


async def test_a_verified_account_is_linked_by_its_address_and_told(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        session = await site.sign_up()
        browser = Browser(site)
        assert (await browser.sign_in(provider, {**ADA, "email": MAIL.upper()})).status_code == 303
        account = await browser.account()
        mine = (await site.get("/account", session["access_token"])).json()
        assert (account["id"], account["name"], account["has_password"]) == (mine["id"], "Ada", True)
        newest = (await site.outbox())[0]
        assert newest["to"]["email"] == MAIL
        assert "Your account at house opens your account here from now on." in newest["text"]
        assert await site.who(session["access_token"]) == 200  # nobody was put out


async def test_whoever_made_an_unverified_account_is_put_out(open_site: OpenSite) -> None:
    """Pre-hijacking: an account is made with somebody's address, in wait for its owner."""
    async with one_provider(open_site, BACKSTAY_IDENTITY_VERIFIED_ONLY="false") as (site, provider):
        await site.post("/auth/sign-up", {"mail": MAIL, "password": PASSWORD, "name": "Mallory"})
        hijacker = await password_browser(site, MAIL, PASSWORD)
        tokens = await site.sign_in()
        begun = (await site.post("/account/factors/totp", {}, tokens["access_token"])).json()
        path = f"/account/factors/{begun['factor_id']}/confirm"
        code = App(site, begun["secret"]).code()
        tokens = (await site.post(path, {"code": code}, tokens["access_token"])).json()["session"]
        owner = Browser(site)
        assert (await owner.sign_in(provider, ADA)).status_code == 303
        account = await owner.account()
        assert (account["name"], account["has_password"]) == ("Ada L", False)
        assert account["verified_at"] is not None
        await site.catch_up()
        assert (await hijacker.call("GET", "/v1/account")).status_code == 401
        assert await site.who(tokens["access_token"]) == 401
        assert (await site.refresh(tokens["refresh_token"])).status_code == 401
        assert (await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})).status_code == 401
        assert await rows_of(site.database, "identity_factors") == []
        assert await rows_of(site.database, "identity_recovery_codes") == []
        assert await rows_of(site.database, "identity_mail_tokens") == []
        assert len(await rows_of(site.database, "identity_links")) == 1
        assert "identity.account_claimed" in await actions(site)
        told_of = [mail["text"] for mail in await site.outbox() if mail["to"]["email"] == MAIL]
        assert len([text for text in told_of if "Nobody had shown before" in text]) == 1


async def test_an_address_that_the_provider_did_not_verify_opens_nothing(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        await site.sign_up()
        pages = []
        for claims in (
            {**ADA, "email_verified": False},
            {**ADA, "email_verified": "true"},
            {**ADA, "email_verified": 1},
            {"sub": "x", "email": MAIL},
            {"sub": "x", "email": "nobody@example.test", "email_verified": False},
            {"sub": "x"},
            {**ADA, "email": "no address"},
            {**ADA, "email": "ada@exa mple.test"},
            {**ADA, "email": "ada\x00@example.test"},
            {**ADA, "email": ["ada@example.test"]},
        ):
            browser = Browser(site)
            answer = await browser.sign_in(provider, claims)
            assert (answer.status_code, browser.cookies) == (403, {}), claims
            pages.append(told(answer))
        # In words with the way out, and the same whether the address has an account or not.
        assert set(pages) == {
            "Verify your address at house; or sign in here another way, and link house in your account."
        }
        assert await rows_of(site.database, "identity_links") == []
        assert len(await rows_of(site.database, "identity_users")) == 1


async def test_what_the_id_token_does_not_say_the_userinfo_may(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        provider.userinfo = {**ADA, "sub": "somebody else"}
        browser = Browser(site)
        assert (await browser.sign_in(provider, {"sub": ADA["sub"]})).status_code == 403
        provider.userinfo = dict(ADA)
        assert (await browser.sign_in(provider, {"sub": ADA["sub"]})).status_code == 303
        assert (await browser.account())["mail"] == MAIL


async def test_a_provider_whose_word_is_not_enough_for_an_address(open_site: OpenSite) -> None:
    async with one_provider(open_site, link_by_mail=False) as (site, provider):
        await site.sign_up()
        browser = Browser(site)
        answer = await browser.sign_in(provider, ADA)
        assert answer.status_code == 403
        assert told(answer) == "Your address has an account here. Sign in to it, and link house there."
        assert not browser.signed_in
        assert (await browser.sign_in(provider, {**ADA, "email": "new@example.test"})).status_code == 303


async def test_where_sign_up_is_closed_strangers_get_no_account(open_site: OpenSite) -> None:
    async with one_provider(open_site, BACKSTAY_IDENTITY_SIGN_UP="false") as (site, provider):
        browser = Browser(site)
        answer = await browser.sign_in(provider, ADA)
        assert (answer.status_code, told(answer)) == (403, "Accounts are made by invitation here")
        assert await rows_of(site.database, "identity_users") == []


async def test_the_second_factor_is_asked_for_as_after_a_password(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        app, _, _ = await enrolled(site)
        browser = Browser(site)
        # What the provider says of a second factor counts for nothing where the settings do not say so.
        assert (await browser.sign_in(provider, {**ADA, "amr": ["mfa", "otp"]})).status_code == 303
        assert (await browser.call("GET", "/v1/account")).json()["code"] == "forbidden"
        assert (await browser.call("GET", "/v1/account/providers")).status_code == 403
        shown = await browser.call("POST", "/v1/account/second-factor", {"code": app.code()})
        assert shown.status_code == 200, shown.text
        assert (await browser.account())["assurance"] == 2
        lines = (await browser.call("GET", "/v1/account/sessions")).json()
        assert [line["method"] for line in lines if line["current"]] == ["fed+otp"]


async def test_a_trusted_provider_shows_the_second_factor(open_site: OpenSite) -> None:
    trusted: dict[str, Any] = {"second_factor_amr": ["mfa"], "second_factor_acr": ["urn:two"]}
    async with one_provider(open_site, **trusted) as (site, provider):
        await enrolled(site)
        for claims, assurance in (
            ({"amr": ["pwd", "mfa"]}, 200),
            ({"acr": "urn:two"}, 200),
            ({"amr": ["pwd"], "acr": "urn:one"}, 403),
            ({"amr": "mfa or so"}, 403),
            ({"amr": [["mfa"]]}, 403),
        ):
            browser = Browser(site)
            url = await browser.begin()
            assert parse_qs(urlsplit(url).query)["acr_values"] == ["urn:two"]
            await browser.come_back(provider.consent(url, {**ADA, **claims}))
            assert (await browser.call("GET", "/v1/account")).status_code == assurance, claims


async def test_a_banned_person_is_not_let_in(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        await browser.sign_in(provider, ADA)
        user_id = (await browser.account())["id"]
        order = BanOrder(reason="spam")
        await site.database.run(SYSTEM, lambda uow: ban(uow, UUID(user_id), order))
        answer = await Browser(site).sign_in(provider, ADA)
        assert (answer.status_code, told(answer)) == (403, "This account is banned")


async def test_racing_first_visits_make_one_account(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browsers = [Browser(site) for _ in range(6)]
        answers = await asyncio.gather(*(one.sign_in(provider, ADA) for one in browsers))
        assert [one.status_code for one in answers] == [303] * 6
        assert len({(await one.account())["id"] for one in browsers}) == 1
        assert len(await rows_of(site.database, "identity_users")) == 1
        assert len(await rows_of(site.database, "identity_links")) == 1


async def test_signing_in_again_ends_the_session_that_the_browser_had(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        await browser.sign_in(provider, ADA)
        old = dict(browser.cookies)
        await browser.sign_in(provider, {**ADA, "sub": "bob", "email": "bob@example.test"})
        assert (await browser.account())["mail"] == "bob@example.test"
        await site.catch_up()
        before = Browser(site)
        before.cookies = old
        assert (await before.call("GET", "/v1/account")).status_code == 401


async def test_visits_that_nobody_came_back_from_are_tidied(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        url = await browser.begin()
        site.clock.move(timedelta(minutes=10))
        assert (await browser.come_back(provider.consent(url, ADA))).status_code == 403
        assert len(await rows_of(site.database, "identity_visits")) == 1
        await tidy(site.database)
        assert await rows_of(site.database, "identity_visits") == []
