"""Signing in by a provider that is not ours: npm's `oidc-provider`, which is certified."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import msgspec
import pytest

from backstay.kernel.clock import ManualClock
from tests.systems.identity.conftest import OpenSite
from tests.systems.identity.federation import Browser, told
from tests.tools_env import executable

pytestmark = pytest.mark.needs("oidc-provider")
_PROGRAM = Path(__file__).with_name("oidc_provider.mjs")
_CALLBACKS = [f"http://127.0.0.1:8000/v1/auth/providers/{name}/callback" for name in ("basic", "post")]


@pytest.fixture
def clock() -> ManualClock:
    """The provider's clock is that of the machine."""
    return ManualClock(datetime.now(UTC))


@asynccontextmanager
async def running(*more: str) -> AsyncIterator[str]:
    """Where the provider listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        "node",
        _PROGRAM,
        executable("oidc-provider"),
        str(port),
        ",".join(_CALLBACKS),
        *more,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            assert (await process.stdout.readline()).strip() == b"listening"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


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
    secret = "what only the two of them know: + & %"
    listed = [
        {"id": name, "issuer": url, "client_id": name, "client_secret": secret} for name in ("basic", "post")
    ]
    return {
        "BACKSTAY_IDENTITY_PROVIDERS": msgspec.json.encode(listed).decode(),
        "BACKSTAY_HTTP_PUBLIC_URL": "http://127.0.0.1:8000",
    }


@pytest.mark.parametrize("where", ["token", "userinfo"])
async def test_the_whole_way(where: str, open_site: OpenSite) -> None:
    async with running(where) as url, httpx.AsyncClient() as client:
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
    async with running("token") as url, httpx.AsyncClient() as client:
        site = await open_site(**settings_of(url))
        house = site.identity.providers._providers["post"]
        await house._found()  # type: ignore[attr-defined]  # an OpenIdProvider
        metadata = house._metadata  # type: ignore[attr-defined]  # the same
        posts = msgspec.structs.replace(
            metadata, token_endpoint_auth_methods_supported=("client_secret_post",)
        )
        house._metadata = posts  # type: ignore[attr-defined]  # as of a provider that takes nothing else
        browser = Browser(site)
        query = await consented(client, await browser.begin("post"), "eve")
        answer = await browser.come_back(query, "post")
        assert told(answer).startswith("Verify your address at post;")
        client.cookies.clear()
        query = await consented(client, await browser.begin("post"), "bob")
        assert (await browser.come_back(query, "post")).status_code == 303
        assert (await browser.account())["mail"] == "bob@example.test"
