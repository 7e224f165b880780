"""Passkeys of Chromium's virtual authenticator against a real server, with SimpleWebAuthn as second judge."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, CDPSession, Page, expect

from backstay.systems.identity.guarantees.authenticator import SoftAuthenticator
from tests.browser.conftest import Served, serving
from tests.tools_env import CACHE

pytestmark = [pytest.mark.needs("chromium", "simplewebauthn"), pytest.mark.timeout(180)]

_JUDGE: Final = Path(__file__).with_name("simplewebauthn.mjs")
_ACCOUNT: Final = {"mail": "ada@example.test", "password": "seven green tugboats at dawn"}
_CREATE: Final = """async (options) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return (await navigator.credentials.create({ publicKey })).toJSON();
}"""
_GET: Final = """async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({ publicKey })).toJSON();
}"""
_OFFERED: Final = """async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return (await navigator.credentials.get({ publicKey, mediation: "conditional" })).toJSON();
}"""
"""While somebody fills in a form, among what the browser offers to fill in."""
_REFUSED: Final = """async (options) => {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return navigator.credentials.get({ publicKey }).then(() => "given", (refusal) => refusal.name);
}"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    """A server that people reach as localhost, which is the one name that browsers take without TLS."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {
        "BACKSTAY_HTTP_PUBLIC_URL": f"http://localhost:{port}",
        "BACKSTAY_IDENTITY_VERIFIED_ONLY": "false",
    }
    with serving(tmp_path, "--port", str(port), **environ) as served:
        yield Served(environ["BACKSTAY_HTTP_PUBLIC_URL"], served.data_dir, served.client)


class Person:
    """Somebody with an account, as their client sees it."""

    def __init__(self, site: Served) -> None:
        self.site = site
        self.token = ""
        site.call("POST", "/v1/auth/sign-up", _ACCOUNT, authorization="")

    def post(self, path: str, body: Any = None) -> Any:
        authorization = f"Bearer {self.token}" if self.token else ""
        return self.site.call("POST", f"/v1{path}", body, authorization=authorization)

    def sign_in(self) -> Any:
        self.token = ""
        signed_in = self.post("/auth/sign-in", _ACCOUNT)
        self.token = signed_in["access_token"]
        return signed_in


async def _authenticator(page: Page) -> tuple[CDPSession, str]:
    devtools = await page.context.new_cdp_session(page)
    await devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, made["authenticatorId"]


def judged(site: Served, registration: Any, *authentications: Any) -> Any:
    """What SimpleWebAuthn says of the same ceremonies."""
    ceremonies = {
        "origin": site.url,
        "domain": "localhost",
        "registration": registration,
        "authentications": authentications,
    }
    answer = subprocess.run(
        ["node", _JUDGE, CACHE / "simplewebauthn"],
        input=json.dumps(ceremonies),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def ceremony(options: Any, credential: Any) -> dict[str, Any]:
    return {"challenge": options["challenge"], "credential": credential}


async def test_a_browser_adds_a_passkey_signs_in_and_shows_it(site: Served, browser: Browser) -> None:
    person = Person(site)
    person.sign_in()
    page = await browser.new_page()
    await page.goto(f"{site.url}/livez")
    devtools, authenticator = await _authenticator(page)

    to_add = person.post("/account/passkeys/options")
    made = await page.evaluate(_CREATE, to_add)
    added = person.post("/account/passkeys", {"credential": made, "name": "this browser"})
    assert (added["passkey"]["name"], added["passkey"]["verified"]) == ("this browser", True)
    assert added["session"]["assurance"] == 2

    person.token = ""
    to_sign_in = person.post("/auth/passkey/options")
    signed = await page.evaluate(_GET, to_sign_in)
    session = person.post("/auth/passkey", {"credential": signed})
    assert (session["assurance"], session["second_factor"]) == (2, False)

    assert await page.evaluate("PublicKeyCredential.isConditionalMediationAvailable()") is True
    offered = await page.evaluate(_OFFERED, person.post("/auth/passkey/options"))
    assert person.post("/auth/passkey", {"credential": offered})["assurance"] == 2

    # Nobody unlocks it: the browser keeps it back where it must be, and it still is a second factor.
    await devtools.send(
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False}
    )
    assert await page.evaluate(_REFUSED, {**person.post("/auth/passkey/options"), "timeout": 1}) == (
        "NotAllowedError"
    )
    assert person.sign_in()["second_factor"] is True
    to_show = person.post("/account/second-factor/passkey/options")
    shown = await page.evaluate(_GET, to_show)
    whole = person.post("/account/second-factor/passkey", {"credential": shown})
    assert (whole["assurance"], whole["second_factor"]) == (2, False)

    verdict = judged(site, ceremony(to_add, made), ceremony(to_sign_in, signed), ceremony(to_show, shown))
    assert verdict == {
        "registered": {"verified": True, "unlocked": True, "id": made["id"]},
        "said": [{"verified": True, "unlocked": True}, {"verified": True, "unlocked": False}],
    }
    await page.close()


async def test_a_browser_refuses_our_options_on_another_page(site: Served, browser: Browser) -> None:
    person = Person(site)
    page = await browser.new_page()
    await page.goto(f"{site.url.replace('localhost', '127.0.0.1')}/livez")
    await _authenticator(page)
    assert await page.evaluate(_REFUSED, person.post("/auth/passkey/options")) == "SecurityError"
    await page.close()


def test_the_authenticator_in_software_is_judged_alike(site: Served) -> None:
    person = Person(site)
    person.sign_in()
    soft = SoftAuthenticator(site.url)
    to_add = person.post("/account/passkeys/options")
    made = soft.create(to_add)
    person.post("/account/passkeys", {"credential": made})
    ceremonies = []
    for soft.unlocks in (True, False):
        to_sign_in = person.post("/auth/passkey/options")
        signed = soft.get(to_sign_in)
        session = person.post("/auth/passkey", {"credential": signed})
        assert session["assurance"] == (2 if soft.unlocks else 1)
        ceremonies.append(ceremony(to_sign_in, signed))
    verdict = judged(site, ceremony(to_add, made), *ceremonies)
    assert verdict["registered"] == {"verified": True, "unlocked": True, "id": made["id"]}
    assert verdict["said"] == [{"verified": True, "unlocked": True}, {"verified": True, "unlocked": False}]


async def test_the_console_adds_passkeys_and_signs_in_with_them(site: Served, browser: Browser) -> None:
    Person(site)
    page = await browser.new_page(base_url=site.url)
    await _authenticator(page)
    # This authenticator would take what the browser offers by itself; here somebody presses the buttons.
    await page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    await page.goto("/console/account/security")
    mail, password = page.get_by_label("Mail address"), page.get_by_role("textbox", name="Password")
    sign_in = page.get_by_role("button", name="Sign in", exact=True)
    await mail.fill(_ACCOUNT["mail"])
    await password.fill(_ACCOUNT["password"])
    await sign_in.click()

    await page.get_by_role("button", name="Add a passkey").click()
    dialog = page.get_by_role("dialog", name="Add a passkey")
    await dialog.get_by_label("What to call it").fill("This laptop")
    await dialog.get_by_role("button", name="Go on").click()
    await expect(dialog.get_by_role("status")).to_contain_text("Keep this now")
    await dialog.get_by_role("button", name="I have kept them").click()
    row = page.get_by_role("table", name="Passkeys").get_by_role("row")
    await expect(row).to_have_count(1)
    await expect(row).to_contain_text("This laptop")

    await page.get_by_role("button", name="Signed in as").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await mail.fill(_ACCOUNT["mail"])
    await password.fill(_ACCOUNT["password"])
    await sign_in.click()
    await expect(page.get_by_role("heading", name="Show your second factor")).to_be_visible()
    await page.get_by_role("button", name="Use a passkey").click()
    await expect(row).to_contain_text("used")

    await page.get_by_role("button", name="Signed in as").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await page.get_by_role("button", name="Sign in with a passkey").click()
    await expect(row).to_be_visible()
    await page.close()
