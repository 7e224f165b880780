"""A cookie is believed only where another site cannot make use of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backstay.app import MODULES
from tests.house import House, open_house
from tests.security.routes import guarded, harmless_method, label, some_path

PRINCIPALS = json.dumps(
    [{"name": "ada", "token": "ada-token", "permissions": ["*"], "organization": "harbour"}]
)
COOKIE = {"cookie": "backstay_token=ada-token"}


@pytest.fixture
def engine_name() -> str:
    """Nothing here is a matter of the database."""
    return "sqlite"


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(
        MODULES,
        database_url,
        data_dir=tmp_path,
        own_authenticator=True,
        environ={"BACKSTAY_AUTH_PRINCIPALS": PRINCIPALS},
    ) as opened:
        yield opened


@pytest.mark.parametrize(
    "provoked",
    [
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver.evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
        {"origin": "https://evil.example", "x-requested-with": "XMLHttpRequest"},
    ],
)
async def test_no_other_site_can_make_a_browser_change_anything(
    house: House, provoked: dict[str, str]
) -> None:
    changing = [endpoint for endpoint in guarded(house) if endpoint.route.method != "GET"]
    assert len(changing) > 15
    for endpoint in changing:
        answer = await house.client.request(
            endpoint.route.method, some_path(endpoint), headers=COOKIE | provoked
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request"), label(endpoint)
        assert not any(moment.kind == "statement" for moment in house.records[-1].moments)


@pytest.mark.parametrize(
    "own", [{"origin": "http://testserver"}, {"sec-fetch-site": "same-origin"}, {"x-requested-with": "fetch"}]
)
async def test_pages_of_ours_may(house: House, own: dict[str, str]) -> None:
    for endpoint in guarded(house):
        answer = await house.client.request(
            harmless_method(endpoint), some_path(endpoint), headers=COOKIE | own
        )
        actor = house.records[-1].actor
        assert actor is not None, label(endpoint)
        assert (actor.name, answer.status_code not in {401, 403, 500}) == ("ada", True), label(endpoint)


async def test_reading_takes_the_cookie_from_anywhere_and_a_bearer_token_needs_no_origin(
    house: House,
) -> None:
    provoked = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    for endpoint in guarded(house):
        headers = {"authorization": "Bearer ada-token"} if endpoint.route.method != "GET" else COOKIE
        answer = await house.client.request(
            harmless_method(endpoint), some_path(endpoint), headers=headers | provoked
        )
        assert answer.status_code not in {401, 403, 500}, label(endpoint)
        # Without CORS settings no page of another origin may read what it provoked.
        assert "access-control-allow-origin" not in answer.headers, label(endpoint)


async def test_signing_in_and_out_sets_a_cookie_that_no_script_and_no_other_site_gets(house: House) -> None:
    signed_in = await house.client.post("/v1/session", json={"token": "ada-token"})
    assert signed_in.status_code == 200
    cookie = signed_in.headers["set-cookie"]
    assert cookie.startswith("backstay_token=ada-token; ")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    form = await house.client.post("/v1/session", data={"token": "ada-token"})
    assert (form.status_code, "set-cookie" in form.headers) == (415, False)
    wrong = await house.client.post("/v1/session", json={"token": "guess"})
    assert (wrong.status_code, "set-cookie" in wrong.headers, "guess" in wrong.text) == (401, False, False)
    ended = await house.client.delete("/v1/session")
    assert ended.headers["set-cookie"].startswith("backstay_token=; ")
