"""Somebody makes an account in a shop, keeps things, and comes back with a passkey; on a narrow screen."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import NARROW, Served, Watched, serving
from tests.browser.test_storefront import wide_enough

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium"),
    pytest.mark.xdist_group("browser"),
]
PASSWORD = "seven green tugboats at dawn"
_MAKE = """async () => {
  const send = async (path, body) => (await fetch(path, { method: "POST",
    headers: { "content-type": "application/json" }, body: JSON.stringify(body) })).json();
  const options = await send("/v1/account/passkeys/options");
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = (await navigator.credentials.create({ publicKey })).toJSON();
  return (await send("/v1/account/passkeys", { name: "phone", credential })).recovery_codes.length;
}"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that people reach as localhost, as passkeys want it; with a mug."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {
        "BACKSTAY_HTTP_PUBLIC_URL": f"http://localhost:{port}",
        # The way through the mail is tested without a browser.
        "BACKSTAY_IDENTITY_VERIFIED_ONLY": "false",
        "BACKSTAY_IDENTITY_HASH_MEMORY": "8",
        "BACKSTAY_IDENTITY_HASH_PASSES": "1",
    }
    with serving(tmp_path_factory.mktemp("members"), "--port", str(port), **environ) as served:
        served.call("POST", "/v1/shops", {"slug": "mugs", "name": "Mugs", "currency": "EUR", "country": "DE"})
        price = {"currency": "EUR", "amount": 1450}
        mug = {
            "title": "Stoneware mug",
            "variants": [{"sku": "mug", "prices": [price]}],
            "published_from": "2020-01-01T00:00:00Z",
        }
        served.call("POST", "/v1/shops/mugs/products", mug)
        yield Served(environ["BACKSTAY_HTTP_PUBLIC_URL"], served.data_dir, served.client)


async def sign_in(page: Page) -> None:
    await page.get_by_label("Mail address").fill("ada@example.test")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")


async def test_from_a_new_account_to_a_passkey(browser: Browser, shop: Served) -> None:
    watched = Watched(shop.url)
    context = await browser.new_context(base_url=shop.url, viewport=NARROW, color_scheme="dark")
    context.set_default_timeout(30_000)
    page = await context.new_page()
    watched.watch(page)
    await page.goto("/store/mugs/products/stoneware-mug")
    await page.get_by_role("button", name="Add to cart").click()
    await page.get_by_role("link", name="Sign in").click()
    await wide_enough(page)
    await page.get_by_role("link", name="Make one").click()
    await page.get_by_label("Name").fill("Ada Lovelace")
    await wide_enough(page)
    await sign_in(page)
    await expect(page.get_by_role("heading", name="Look at your mail")).to_be_visible()
    await page.get_by_role("main").get_by_role("link", name="Sign in").click()
    await sign_in(page)
    await expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    await expect(page.get_by_role("link", name=re.compile("^Cart 1"))).to_be_visible()
    await wide_enough(page)

    await page.goto("/store/mugs/products")
    heart = page.get_by_role("button", name="Stoneware mug on your wishlist")
    await heart.click()
    await expect(heart).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("link", name="Wishlist").click()
    await wide_enough(page)
    await page.get_by_role("button", name="Put into the cart").click()
    await expect(page.get_by_role("link", name=re.compile("^Cart 2"))).to_be_visible()
    await page.goto("/store/mugs/cart")
    await page.get_by_role("button", name="Save for later").click()
    await expect(page.get_by_role("heading", name="Saved for later")).to_be_visible()
    await wide_enough(page)

    cdp = await context.new_cdp_session(page)
    await cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    assert await page.evaluate(_MAKE) == 10
    await page.goto("/store/mugs/account")
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("link", name="Sign in").click()
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(page.get_by_role("link", name="Account")).to_be_visible()
    # A password is not enough any more, and the passkey is what comes after it.
    await page.goto("/store/mugs/account")
    await page.get_by_role("button", name="Sign out").click()
    await page.goto("/store/mugs/account")
    await sign_in(page)
    await expect(page.get_by_role("heading", name="One thing more")).to_be_visible()
    await wide_enough(page)
    await page.goto("/store/mugs/account")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await sign_in(page)
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    await context.close()
    assert (watched.strangers, watched.errors) == ([], [])
