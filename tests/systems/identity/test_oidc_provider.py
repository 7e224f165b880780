"""Signing in by a provider that is not ours: npm's `oidc-provider`, which is certified."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec
import pytest

from backstay.kernel.clock import ManualClock
from backstay.systems.identity.service.openid import OpenIdProvider
from tests.systems.identity.conftest import OpenSite
from tests.systems.identity.federation import Browser, told
from tests.systems.identity.oidc import SECRET, oidc_provider

pytestmark = pytest.mark.needs("oidc-provider")
_CALLBACKS = [f"http://127.0.0.1:8000/v1/auth/providers/{name}/callback" for name in ("basic", "post")]


@pytest.fixture
def clock() -> ManualClock:
    """The provider's clock is that of the machine."""
    return ManualClock(datetime.now(UTC))


@asynccontextmanager
async def running(callbacks: Sequence[str], *, userinfo: bool = False) -> AsyncIterator[str]:
    """As `oidc_provider` says."""
    with oidc_provider(callbacks, userinfo=userinfo) as url:
        yield url


async def consented(client: httpx.AsyncClient, url: str, login: str) -> str:
    """What the browser comes back with once somebody has signed in there and agreed."""
    answer = await client.get(url)
    while True:
        if answer.is_redirect:
            place = urljoin(str(answer.url), answer.headers["location"])
            if "/v1/auth/providers/" in place:
                return urlsplit(place).query
            answer = await client.get(place)
            continue
        assert answer.status_code == 200, answer.text
        form = re.search(r'<form[^>]* action="([^"]+)" method="post">', answer.text)
        prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
        assert form is not None, answer.text
        assert prompt is not None, answer.text
        fields = {"prompt": prompt[1], "login": login, "password": "any"}
        answer = await client.post(urljoin(str(answer.url), form[1]), data=fields)


def settings_of(url: str) -> dict[str, str]:
    listed = [
        {"id": name, "issuer": url, "client_id": name, "client_secret": SECRET} for name in ("basic", "post")
    ]
    return {
        "BACKSTAY_IDENTITY_PROVIDERS": msgspec.json.encode(listed).decode(),
        "BACKSTAY_HTTP_PUBLIC_URL": "http://127.0.0.1:8000",
    }


@pytest.mark.parametrize("where", ["token", "userinfo"])
async def test_the_whole_way(where: str, open_site: OpenSite) -> None:
    async with running(_CALLBACKS, userinfo=where == "userinfo") as url, httpx.AsyncClient() as client:
        site = await open_site(**settings_of(url))
        browser = Browser(site)
        answer = await browser.come_back(
            await consented(client, await browser.begin("basic"), "ada"), "basic"
        )
        assert answer.status_code == 303, answer.text
        account = await browser.account()
        assert (account["mail"], account["name"]) == ("ada@example.test", "The ada")
        # Confirming makes the provider ask once more, and it says when it did.
        site.clock.move(datetime.now(UTC) - site.clock.now())
        begun = await browser.begin_in_account("confirm", "basic")
        assert begun.status_code == 200, begun.text
        before = (await browser.call("GET", "/v1/account/sessions")).json()
        answer = await browser.come_back(await consented(client, begun.json()["url"], "ada"), "basic")
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/account")
        after = (await browser.call("GET", "/v1/account/sessions")).json()
        assert len(before) == len(after) == 1
        assert before[0]["id"] != after[0]["id"]
        # A code that was used is refused by the provider.
        other = Browser(site)
        query = await consented(client, await other.begin("basic"), "ada")
        code = re.search(r"code=([^&]+)", query)
        assert code is not None
        assert (await other.come_back(query, "basic")).status_code == 303
        state = (await other.begin("basic")).partition("&state=")[2].partition("&")[0]
        answer = await other.come_back(f"code={code[1]}&state={state}&iss={url}", "basic")
        assert told(answer) == "The provider&#x27;s answer does not hold, so nobody was signed in"


async def test_a_client_that_shows_its_secret_in_the_form_and_an_unverified_address(
    open_site: OpenSite,
) -> None:
    async with running(_CALLBACKS) as url, httpx.AsyncClient() as client:
        site = await open_site(**settings_of(url))
        house = site.identity.providers._providers["post"]
        assert isinstance(house, OpenIdProvider)
        metadata = await house._found()
        posts = msgspec.structs.replace(
            metadata, token_endpoint_auth_methods_supported=("client_secret_post",)
        )
        house._metadata = posts  # as of a provider that takes nothing else
        browser = Browser(site)
        query = await consented(client, await browser.begin("post"), "eve")
        answer = await browser.come_back(query, "post")
        assert told(answer).startswith("Verify your address at post;")
        client.cookies.clear()
        query = await consented(client, await browser.begin("post"), "bob")
        assert (await browser.come_back(query, "post")).status_code == 303
        assert (await browser.account())["mail"] == "bob@example.test"
