"""What docs/asvs.md writes down of ways in, words, fields and sessions is so."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from backstay.systems.identity.errors import WeakPassword
from backstay.systems.identity.service.proving import judge_password
from tests.systems.identity.conftest import MAIL, PASSWORD, OpenSite, Site
from tests.systems.identity.federation import ADA, Browser, one_provider
from tests.systems.identity.test_factors import enrolled

ROOT: Final = Path(__file__).resolve().parents[3]
PAGE: Final = (ROOT / "docs/asvs.md").read_text(encoding="utf-8")
API: Final[dict[str, Any]] = msgspec.json.decode((ROOT / "console/openapi.json").read_bytes())
GIVES_A_SESSION: Final = {"SignedIn", "EnrolmentDone", "PasskeyAdded"}
ASKED_OF_STRANGERS: Final = {
    *("mail", "password", "name", "locale", "cookie", "credential", "token", "refresh_token"),
    *("code", "return_to", "permissions"),
}
"""Every field that a public route takes: nothing that hints at a password, and no question."""
WORDS: Final = {
    "the person's address": "lovelace",
    "the person's name": "augusta",
    "the deployment's name (`app.name`)": "backstay",
}


def _section(title: str) -> str:
    return PAGE.partition(f"### {title}\n")[2].partition("\n#")[0]


def _schemas(part: Any) -> set[str]:
    return set(re.findall(r'"#/components/schemas/(\w+)"', msgspec.json.encode(part).decode()))


def _operations() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, operations in API["paths"].items()
        for method, operation in operations.items()
    ]


def test_every_route_that_gives_a_session_is_a_way_in_that_is_written_down() -> None:
    giving = {
        name
        for name, operation in _operations()
        for status, answer in operation["responses"].items()
        if status.startswith("2") and _schemas(answer) & GIVES_A_SESSION
    }
    assert len(giving) == 13
    # The browser comes back by this one, and is sent on with its cookie.
    giving.add("GET /v1/auth/providers/{provider}/callback")
    assert set(re.findall(r"`((?:GET|POST) /v1[^`]*)`", _section("Ways in"))) == giving


def test_strangers_are_asked_for_nothing_but_what_is_listed() -> None:
    asked: set[str] = set()
    for label, operation in _operations():
        # A shopper is asked for an address and no account: that is the shops' affair.
        if operation.get("security") != [] or " /v1/store/" in label:
            continue
        for name in _schemas(operation.get("requestBody", {})):
            asked |= set(API["components"]["schemas"][name]["properties"])
    assert {"mail", "password", "token"} <= asked
    assert asked <= ASKED_OF_STRANGERS


def test_the_words_that_no_password_is_made_of_are_those_written_down(site: Site) -> None:
    listed = re.findall(r"(?m)^- (.+)$", _section("Passwords"))
    assert listed == list(WORDS)
    known = {"mail": "lovelace@example.test", "name": "Augusta"}
    for word in WORDS.values():
        with pytest.raises(WeakPassword):
            judge_password(site.identity, f"{word} {word} 71", **known)
    judge_password(site.identity, PASSWORD, **known)


async def test_a_mailed_code_has_256_random_bits(site: Site) -> None:
    codes = set()
    for number in range(3):
        mail = f"{number}.{MAIL}"
        await site.post("/auth/sign-up", {"mail": mail, "password": PASSWORD, "name": ""})
        codes.add(await site.token())
        await site.post("/auth/forgot", {"mail": mail})
        codes.add(await site.token())
    assert len(codes) == 6
    bits = [urlsafe_b64decode(code.removeprefix("bsl_") + "=") for code in codes]
    assert {len(one) for one in bits} == {32}
    # Nothing in them stands still: of 48 bits in a place, some are set and some are not.
    assert all(len({one[place] for one in bits}) > 1 for place in range(32))


async def test_with_a_second_factor_a_new_password_needs_it_a_moment_ago(site: Site) -> None:
    app, session, _ = await enrolled(site)
    site.clock.move(timedelta(minutes=11))
    token = (await site.refresh(session["refresh_token"])).json()["access_token"]
    body = {"current_password": PASSWORD, "password": "a lantern hums under the pier"}
    stale = await site.post("/account/password", body, token)
    assert (stale.status_code, stale.json()["code"]) == (403, "fresh_sign_in_needed")
    assert (await site.sign_in())["second_factor"] is True  # by the password of before
    shown = {"password": PASSWORD, "code": app.code()}
    token = (await site.post("/account/confirm", shown, token)).json()["access_token"]
    assert (await site.post("/account/password", body, token)).status_code == 200
    refused = await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})
    assert refused.status_code == 401


async def test_a_session_outlives_its_provider_and_signing_out_here_ends_nothing_there(
    open_site: OpenSite,
) -> None:
    async with one_provider(open_site) as (site, provider):
        browser, second = Browser(site), Browser(site)
        for one in (browser, second):
            await one.sign_in(provider, ADA)
        asked = dict(provider.asked)
        assert (await second.call("POST", "/v1/auth/sign-out")).status_code == 204
        assert provider.asked == asked  # nobody there is told
        assert (await second.call("GET", "/v1/account")).status_code == 401
        assert (await second.sign_in(provider, ADA)).status_code == 303  # and one is still signed in there
    # The provider is gone, and then its settings, too: a session that it opened goes on, and none begins.
    assert (await browser.account())["mail"] == MAIL
    browser.site = await open_site()
    assert (await browser.account())["mail"] == MAIL
    begun = await browser.call("POST", "/v1/auth/providers/house/begin", {"return_to": "/console"})
    assert (begun.status_code, begun.json()["code"]) == (404, "no_such_provider")
