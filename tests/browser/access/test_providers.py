"""Signing in by an identity provider that is not ours, from the door to the account's page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.browser.access.conftest import HARBOUR, age_sessions
from tests.browser.conftest import Served, serving
from tests.systems.identity.oidc import SECRET, free_port, oidc_provider

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.needs("oidc-provider"),
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server at an address that its provider knows."""
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    with oidc_provider([f"{public}/v1/auth/providers/basic/callback"]) as issuer:
        provider = {
            "id": "basic",
            "name": "Harbour Office",
            "issuer": issuer,
            "client_id": "basic",
            "client_secret": SECRET,
        }
        environ = {
            "BACKSTAY_AUTH_PRINCIPALS": json.dumps(HARBOUR),
            "BACKSTAY_IDENTITY_PROVIDERS": json.dumps([provider]),
            "BACKSTAY_HTTP_PUBLIC_URL": public,
        }
        with serving(tmp_path_factory.mktemp("providers"), "--port", str(port), **environ) as served:
            yield served


async def vouched(page: Page, login: str) -> None:
    """Sign in on the provider's page."""
    await page.get_by_placeholder("Enter any login").fill(login)
    await page.get_by_placeholder("and password").fill("any")
    await page.get_by_role("button", name="Sign-in").click()


async def test_from_the_door_to_the_account_page(context: BrowserContext, server: Served) -> None:
    errors: list[str] = []
    page = await context.new_page()

    async def only_this_machine(route: Route) -> None:
        # The provider's own pages want letters from elsewhere.
        here = urlsplit(route.request.url).hostname == "127.0.0.1"
        await (route.continue_() if here else route.abort())

    await context.route("**/*", only_this_machine)
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto("/console/account/security")
    await page.get_by_role("link", name="Make an account").click()
    await expect(page.get_by_role("button", name="Go on with Harbour Office")).to_be_visible()
    await page.get_by_role("link", name="Sign in instead").click()
    await page.get_by_role("button", name="Sign in with Harbour Office").click()
    await page.get_by_role("link", name="[ Cancel ]").click()
    await expect(page.get_by_role("alert")).to_have_text(
        "Harbour Office did not sign you in, or you went back."
    )
    await page.get_by_role("link", name="Back").click()
    await page.get_by_role("button", name="Sign in with Harbour Office").click()
    await vouched(page, "nora")
    await page.get_by_role("button", name="Continue").click()  # agrees, the first time
    await expect(page.get_by_role("button", name="Signed in as The nora")).to_be_visible()
    await page.goto("/console/account/security")
    (user,) = server.call("GET", "/v1/users?mail=nora@example.test")["items"]
    age_sessions(server, user["id"])
    await page.reload()
    await page.get_by_role("button", name="Add an authenticator app").click()
    await page.get_by_role("dialog").get_by_role("button", name="Go on").click()
    await page.get_by_role("button", name="Confirm with Harbour Office").click()
    await vouched(page, "nora")
    links = page.get_by_role("table", name="Linked accounts")
    await expect(links).to_contain_text("Harbour Office")
    await expect(links).to_contain_text("nora@example.test")
    await page.get_by_role("button", name="Remove Harbour Office").click()
    await page.get_by_role("button", name="Remove it").click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
        "set a password or add another way in first"
    )
    await page.get_by_role("button", name="Leave it").click()
    await page.get_by_role("button", name="Mail me the link").click()
    await expect(page.get_by_role("status").filter(has_text="on its way to nora")).to_be_visible()
    assert errors == []
