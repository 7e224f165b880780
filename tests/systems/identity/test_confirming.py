"""Confirming by a recovery code: as good as any other second factor, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from backstay.systems.identity.queries import factors as queries
from tests.conftest import make_actor
from tests.systems.identity.conftest import OTHER_PASSWORD, PASSWORD, Site
from tests.systems.identity.softkeys import with_passkey
from tests.systems.identity.test_factors import enrolled


async def test_a_recovery_code_makes_a_session_fresh_once(site: Site) -> None:
    _, session, codes = await enrolled(site)
    (factor,) = (await site.get("/account/factors", session["access_token"])).json()
    path = f"/v1/account/factors/{factor['id']}"
    site.clock.move(timedelta(minutes=11))
    sessions = [(await site.refresh(session["refresh_token"])).json()]
    token = sessions[0]["access_token"]
    assert (await site.call("DELETE", path, token=token)).json()["code"] == "fresh_sign_in_needed"
    ways = (await site.get("/account/second-factor", token)).json()
    assert ways == {"app": True, "passkey": False, "recovery_code": True, "phones": []}
    wrong = {"password": OTHER_PASSWORD, "recovery_code": codes[0]}
    answer = await site.post("/account/confirm", wrong, token)
    assert (answer.status_code, answer.json()["code"]) == (
        401,
        "bad_credentials",
    )  # and the code is not spent
    body = {"password": PASSWORD, "recovery_code": codes[0]}
    answers = await asyncio.gather(*(site.post("/account/confirm", body, token) for _ in range(3)))
    good = [one for one in answers if one.status_code == 200]
    assert len(good) == 1
    assert {one.json()["code"] for one in answers if one.status_code != 200} <= {"wrong_code", "session_over"}
    fresh = good[0].json()
    assert (fresh["assurance"], fresh["second_factor"]) == (2, False)
    again = await site.post("/account/confirm", body, fresh["access_token"])
    assert (again.status_code, again.json()["code"]) == (401, "wrong_code")
    # New codes doubt the session that used one of the old.
    made = await site.post("/account/recovery-codes", {}, fresh["access_token"])
    assert (made.status_code, len(made.json()["codes"])) == (201, 10)
    await site.catch_up()
    gated = await site.call("DELETE", path, token=fresh["access_token"])
    assert (gated.status_code, gated.json()["code"]) == (403, "forbidden")


async def test_a_recovery_code_confirms_beside_a_passkey_and_removes_a_factor(site: Site) -> None:
    _, done = await with_passkey(site)
    site.clock.move(timedelta(minutes=11))
    token = (await site.refresh(done["session"]["refresh_token"])).json()["access_token"]
    body = {"password": PASSWORD, "recovery_code": done["recovery_codes"][3]}
    fresh = (await site.post("/account/confirm", body, token)).json()
    path = f"/v1/account/passkeys/{done['passkey']['id']}"
    assert (await site.call("DELETE", path, token=fresh["access_token"])).status_code == 204


async def test_a_session_that_has_yet_to_show_a_factor_does_not_confirm(site: Site) -> None:
    _, _, codes = await enrolled(site)
    pending = await site.sign_in()
    body = {"password": PASSWORD, "recovery_code": codes[0]}
    gated = await site.post("/account/confirm", body, pending["access_token"])
    assert (gated.status_code, gated.json()["code"]) == (403, "forbidden")
    shown = await site.post("/account/second-factor", {"recovery_code": codes[0]}, pending["access_token"])
    assert shown.status_code == 200  # it was not spent


async def test_an_app_s_secret_opens_for_its_person_alone(site: Site) -> None:
    app, session, _ = await enrolled(site)
    ada = UUID((await site.get("/account", session["access_token"])).json()["id"])
    (secret,) = await site.database.reader(make_actor()).all(queries.APPS, user_id=ada)
    assert len(site.identity.factors.open(secret.secret, ada.bytes)) * 8 == 160
    assert app.values.secret.encode() not in secret.secret
    with pytest.raises(LookupError):
        site.identity.factors.open(secret.secret, uuid4().bytes)
