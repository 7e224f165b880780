"""Browsers that sign in by identity providers, and a GitHub of our own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec
from typing_extensions import override

from backstay.systems.identity.guarantees.soft_provider import (
    CLIENT,
    CLIENT_SECRET,
    Reply,
    SoftProvider,
    SoftServer,
)
from tests.systems.identity.conftest import MAIL, OpenSite, Site

SUBJECT = "248289761001"
ADA = {"sub": SUBJECT, "email": MAIL, "email_verified": True, "name": "Ada L"}
OVER = "This sign-in is over or was begun in another browser; begin again"


def settings_of(*providers: SoftServer, **more: Any) -> dict[str, str]:
    """The environment in which these are `p0`, `p1`... (the only one is `house`)."""
    listed = [
        {
            "id": "house" if len(providers) == 1 else f"p{number}",
            "issuer": provider.url,
            "client_id": CLIENT,
            "client_secret": CLIENT_SECRET,
            **more,
        }
        for number, provider in enumerate(providers)
    ]
    return {"BACKSTAY_IDENTITY_PROVIDERS": msgspec.json.encode(listed).decode()}


class Browser:
    """Keeps cookies, and goes where it is sent."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.cookies: dict[str, str] = {}

    async def call(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"sec_fetch_site": "same-origin", **({"cookie": cookies} if cookies else {}), **headers}
        self.site.house.client.cookies.clear()  # it would give one browser's to the next
        answer = await self.site.call(method, path, json, **sent)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        return answer

    async def begin(self, provider: str = "house", return_to: str = "/console") -> str:
        """The address at the provider that it is sent to, to sign in."""
        answer = await self.call("POST", f"/v1/auth/providers/{provider}/begin", {"return_to": return_to})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["url"])

    async def begin_in_account(self, purpose: str, provider: str = "house") -> httpx.Response:
        body = {"purpose": purpose, "return_to": "/console/account"}
        return await self.call("POST", f"/v1/account/providers/{provider}/begin", body)

    async def come_back(self, query: str, provider: str = "house") -> httpx.Response:
        return await self.call("GET", f"/v1/auth/providers/{provider}/callback?{query}")

    async def sign_in(self, provider: SoftProvider, claims: Mapping[str, Any]) -> httpx.Response:
        """The whole way."""
        return await self.come_back(provider.consent(await self.begin(), claims))

    async def sign_in_at(
        self, provider: SoftProvider, name: str, claims: Mapping[str, Any]
    ) -> httpx.Response:
        """The same where there are several."""
        return await self.come_back(provider.consent(await self.begin(name), claims), name)

    async def account(self) -> dict[str, Any]:
        answer = await self.call("GET", "/v1/account")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    @property
    def signed_in(self) -> bool:
        return any(name.endswith("backstay_session") for name in self.cookies)


async def password_browser(site: Site, mail: str, password: str) -> Browser:
    """One that is signed in by password."""
    browser = Browser(site)
    body = {"mail": mail, "password": password, "cookie": True}
    answer = await browser.call("POST", "/v1/auth/sign-in", body)
    assert answer.status_code == 200, answer.text
    return browser


def told(answer: httpx.Response) -> str:
    """The words of a page that says why nobody was signed in."""
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    return answer.text.partition('<p role="alert">')[2].partition("</p>")[0]


@asynccontextmanager
async def one_provider(
    open_site: OpenSite, *, once: bool = True, **more: Any
) -> AsyncIterator[tuple[Site, SoftProvider]]:
    """A site with one provider called `house`, whose clock is the site's.

    `more`: of the provider's settings; in capitals, of the site's environment.
    """
    environ = {name: value for name, value in more.items() if name.isupper()}
    own = {name: value for name, value in more.items() if not name.isupper()}
    site_clock: list[Site] = []
    async with SoftProvider(once=once, clock=lambda: site_clock[0].clock.now().timestamp()) as provider:
        site = await open_site(**settings_of(provider, **own), **environ)
        site_clock.append(site)
        yield site, provider


class SoftGitHub(SoftServer):
    """GitHub's OAuth and the two calls of its API, in the forms that its documentation shows."""

    def __init__(self) -> None:
        super().__init__()
        self.user: dict[str, Any] = {
            "login": "octocat",
            "id": 583231,
            "node_id": "MDQ6VXNlcjU4MzIzMQ==",
            "type": "User",
            "site_admin": False,
            "name": "monalisa octocat",
            "email": None,
        }
        self.mails: list[dict[str, Any]] = [
            {"email": "old@example.test", "verified": True, "primary": False, "visibility": None},
            {"email": MAIL, "verified": True, "primary": True, "visibility": "private"},
        ]
        self.seen: list[dict[str, str]] = []
        """The forms that codes were redeemed with."""

    @override
    async def reply(
        self, method: str, path: str, headers: Mapping[str, str], fields: Mapping[str, str]
    ) -> Reply:
        if path == "/login/oauth/access_token":
            self.seen.append(dict(fields))
            if fields.get("code") != "a-code-of-github":
                # GitHub says so with the status 200.
                return 200, {
                    "error": "bad_verification_code",
                    "error_description": "The code passed is incorrect or expired.",
                    "error_uri": "https://docs.github.com/apps/managing-oauth-apps/troubleshooting",
                }
            return 200, {
                "access_token": "gho_16C7e42F292c6912E7710c838347Ae178B4a",
                "scope": "read:user,user:email",
                "token_type": "bearer",
            }
        if headers.get("authorization") != "Bearer gho_16C7e42F292c6912E7710c838347Ae178B4a":
            return 401, {"message": "Requires authentication", "status": "401"}
        assert headers["user-agent"], "GitHub refuses who does not say"
        assert headers["x-github-api-version"] == "2022-11-28"
        return (200, self.user) if path == "/api/v3/user" else (200, self.mails)

    def answer(self, url: str) -> str:
        """The query that a browser comes back with."""
        state = parse_qs(urlsplit(url).query)["state"][0]
        return f"code=a-code-of-github&state={state}"
