"""API keys are made in person, from a sign-in of a moment ago."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backstay.systems.access.module import module as access
from backstay.systems.apikeys.module import module as apikeys
from tests.systems.identity.conftest import MODULES, PASSWORD, OpenSite, Site
from tests.systems.identity.test_accounts import rows_of
from tests.systems.identity.test_factors import enrolled

WANTED = {"name": "backup", "scopes": ["apikeys:own"]}


@pytest.fixture
async def desk(open_site: OpenSite) -> Site:
    return await open_site([*MODULES, access, apikeys])


async def _keys(desk: Site) -> int:
    return len(await rows_of(desk.database, "apikeys_keys"))


def _told(answer: Any) -> tuple[int, str]:
    return answer.status_code, "" if answer.status_code < 300 else answer.json()["code"]


async def test_a_key_is_made_from_a_fresh_sign_in(desk: Site) -> None:
    session = await desk.sign_up()
    made = await desk.post("/api-keys", WANTED, session["access_token"])
    assert _told(made) == (201, "")
    desk.clock.move(timedelta(minutes=11))
    token = (await desk.refresh(session["refresh_token"])).json()["access_token"]
    rotate = f"/api-keys/{made.json()['id']}/rotate"
    assert _told(await desk.post("/api-keys", WANTED, token)) == (403, "fresh_sign_in_needed")
    assert _told(await desk.post(rotate, {"overlap": 60}, token)) == (403, "fresh_sign_in_needed")
    assert await _keys(desk) == 1
    # What only takes away asks for nothing, and the key goes on.
    assert (await desk.get("/api-keys", x_api_key=made.json()["key"])).status_code == 200
    fresh = (await desk.post("/account/confirm", {"password": PASSWORD}, token)).json()["access_token"]
    assert _told(await desk.post(rotate, {"overlap": 60}, fresh)) == (201, "")


async def test_where_a_second_factor_is_there_keys_are_made_with_it(desk: Site) -> None:
    app, session, _ = await enrolled(desk)
    pending = await desk.sign_in()
    assert _told(await desk.post("/api-keys", WANTED, pending["access_token"])) == (403, "forbidden")
    desk.clock.move(timedelta(minutes=11))
    token = (await desk.refresh(session["refresh_token"])).json()["access_token"]
    half = await desk.post("/account/confirm", {"password": PASSWORD}, token)
    assert _told(half) == (403, "second_factor_needed")
    assert _told(await desk.post("/api-keys", WANTED, token)) == (403, "fresh_sign_in_needed")
    shown = {"password": PASSWORD, "code": app.code()}
    fresh = (await desk.post("/account/confirm", shown, token)).json()["access_token"]
    assert _told(await desk.post("/api-keys", WANTED, fresh)) == (201, "")


async def test_a_key_makes_no_key_and_replaces_itself_alone(desk: Site) -> None:
    session = await desk.sign_up()
    key, other = [(await desk.post("/api-keys", WANTED, session["access_token"])).json() for _ in range(2)]
    mine = {"x_api_key": key["key"]}
    assert _told(await desk.post("/api-keys", WANTED, **mine)) == (403, "keys_make_no_keys")
    theirs = await desk.post(f"/api-keys/{other['id']}/rotate", {"overlap": 0}, **mine)
    assert _told(theirs) == (403, "keys_make_no_keys")
    assert await _keys(desk) == 2
    desk.clock.move(timedelta(days=1))
    own = await desk.post(f"/api-keys/{key['id']}/rotate", {"overlap": 0}, **mine)
    assert _told(own) == (201, "")
    assert (own.json()["scopes"], await _keys(desk)) == (["apikeys:own"], 3)
    assert (await desk.get("/api-keys", x_api_key=own.json()["key"])).status_code == 200
