"""Visits to identity providers: begun by a page of ours, ended once, in the browser that began them."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, urlsplit

from backstay.systems.identity.guarantees.soft_provider import SoftProvider
from tests.systems.identity.conftest import OpenSite
from tests.systems.identity.federation import ADA, OVER, Browser, one_provider, settings_of, told
from tests.systems.identity.test_accounts import rows_of


async def test_an_answer_counts_once_and_in_the_browser_that_asked(open_site: OpenSite) -> None:
    async with one_provider(open_site, once=False) as (site, provider):
        mine, other = Browser(site), Browser(site)
        query = provider.consent(await mine.begin(), ADA)
        # Somebody else's browser is sent the link (login CSRF), with a visit of its own or none.
        assert told(await other.come_back(query)) == OVER
        await other.begin()
        assert told(await other.come_back(query)) == OVER
        other.cookies = {
            f"{name[:-8]}{query.partition('state=')[2][:8]}": "guessed" for name in other.cookies
        }
        assert told(await other.come_back(query)) == OVER
        state = parse_qs(query)["state"][0]
        for wrong in (
            "",
            "code=x",
            f"code=x&state={state}x",
            "code=x&state=%0d%0aset-cookie:%20a=b",
            f"code=x&state={state}&state={state}",
        ):
            assert told(await mine.come_back(wrong)) == OVER, wrong
        # All that has not spent it; at once, one is let in.
        kept = dict(mine.cookies)
        tabs = [Browser(site) for _ in range(6)]
        for tab in tabs:
            tab.cookies = dict(kept)
        answers = await asyncio.gather(*(tab.come_back(query) for tab in tabs))
        assert sorted(one.status_code for one in answers) == [303] + [403] * 5
        assert len(await rows_of(site.database, "identity_sessions")) == 1
        mine.cookies = kept
        assert told(await mine.come_back(query)) == OVER


async def test_whoever_goes_back_or_is_refused_is_told_and_not_signed_in(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        for error in ("error=access_denied", "error=server_error&code=x", "code=x&code=y", "nothing=x"):
            state = parse_qs(urlsplit(await browser.begin()).query)["state"][0]
            answer = await browser.come_back(f"{error}&state={state}&iss={provider.url}")
            assert (answer.status_code, told(answer)) == (403, "house did not sign you in, or you went back.")
        assert provider.asked["/token"] == 0
        assert browser.cookies == {}


async def test_nobody_else_s_page_begins_a_visit(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, _):
        for headers in ({"origin": "https://evil.example"}, {"sec_fetch_site": "cross-site"}, {}):
            answer = await site.post("/auth/providers/house/begin", {}, **headers)
            assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
        for elsewhere in (
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "/a\\b",
            "",
            "/a\nb",
            "/a\n",
            "/a b",
            "/\u00e9",
            "console",
        ):
            body = {"return_to": elsewhere}
            answer = await site.post("/auth/providers/house/begin", body, sec_fetch_site="same-origin")
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/return_to")
        answer = await site.post("/auth/providers/nobody/begin", {}, sec_fetch_site="same-origin")
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_provider")
        assert await rows_of(site.database, "identity_visits") == []


async def test_over_tls_the_cookie_is_the_host_s_alone(open_site: OpenSite) -> None:
    async with SoftProvider() as provider:
        public = {"BACKSTAY_HTTP_PUBLIC_URL": "https://app.example.test"}
        site = await open_site(**settings_of(provider), **public)
        provider._clock = lambda: site.clock.now().timestamp()
        browser = Browser(site)
        answer = await browser.call("POST", "/v1/auth/providers/house/begin", {})
        asked = parse_qs(urlsplit(answer.json()["url"]).query)
        assert asked["redirect_uri"] == ["https://app.example.test/v1/auth/providers/house/callback"]
        name, _, rest = answer.headers["set-cookie"].partition("=")
        assert name == f"__Host-backstay_visit_{asked['state'][0][:8]}"
        assert rest.partition("; ")[2] == "Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"
        # One without the prefix, which a neighbouring host could have set, is not looked at.
        (kept,) = browser.cookies.values()
        other = Browser(site)
        other.cookies = {name.removeprefix("__Host-"): kept}
        query = provider.consent(answer.json()["url"], ADA)
        assert told(await other.come_back(query)) == OVER
        assert (await browser.come_back(query)).status_code == 303
        assert list(browser.cookies) == ["__Host-backstay_session"]


async def test_the_code_is_in_no_record(open_site: OpenSite) -> None:
    async with one_provider(open_site) as (site, provider):
        browser = Browser(site)
        query = provider.consent(await browser.begin(), ADA)
        await browser.come_back(query)
        (record,) = [one for one in site.house.records if one.path.endswith("/callback")]
        assert (record.query, record.route) == (b"", "/v1/auth/providers/{provider}/callback")
