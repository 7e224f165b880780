"""The way back for whoever lost every second factor; and a deployment in which everybody must have one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backstay.app import MODULES
from backstay.kernel.actor import SYSTEM
from backstay.systems.access import open_operator
from backstay.systems.identity.guarantees.authenticator import SoftAuthenticator
from backstay.systems.identity.service import operating
from tests.conftest import make_actor
from tests.systems.identity.conftest import OTHER_PASSWORD, PASSWORD, OpenSite, Site
from tests.systems.identity.softkeys import ORIGIN, added
from tests.systems.identity.test_accounts import rows_of
from tests.systems.identity.test_factors import App, enrolled

REASON = {"reason": "Ticket 4712: identity card seen in a video call"}
OLGA = "olga@example.test"


@pytest.fixture
async def town(open_site: OpenSite) -> Site:
    return await open_site(MODULES)


async def _id(site: Site, token: str) -> str:
    return str((await site.get("/account", token)).json()["id"])


async def _uses(site: Site, key: str) -> int:
    return (await site.get("/notes", key)).status_code


async def _operator(site: Site, mail: str = OLGA, name: str = "Olga") -> dict[str, Any]:
    """Somebody who operates the house and has just shown both factors."""
    tokens = await site.sign_up(mail, OTHER_PASSWORD, name)
    user_id = UUID(await _id(site, tokens["access_token"]))
    await site.database.run(SYSTEM, lambda uow: open_operator(uow, user_id))
    await site.catch_up()
    passkey = SoftAuthenticator(ORIGIN)
    return dict((await added(site, tokens["access_token"], passkey))["session"])


async def _app(site: Site, token: str) -> tuple[App, dict[str, Any]]:
    """An authenticator app for whoever this is, and their session after it."""
    begun = (await site.post("/account/factors/totp", {}, token)).json()
    app = App(site, begun["secret"])
    done = await site.post(f"/account/factors/{begun['factor_id']}/confirm", {"code": app.code()}, token)
    assert done.status_code == 200, done.text
    return app, dict(done.json()["session"])


async def test_an_operator_opens_the_way_back_and_the_mailbox_is_the_other_half(town: Site) -> None:
    app, session, codes = await enrolled(town)
    olga = await _operator(town)
    ada_id = await _id(town, session["access_token"])
    key = await town.post("/api-keys", {"name": "script", "scopes": ["notes:read"]}, session["access_token"])
    assert await _uses(town, key.json()["key"]) == 200
    reset = await town.post(f"/users/{ada_id}/reset-factors", REASON, olga["access_token"])
    assert reset.status_code == 200, reset.text
    await town.catch_up()
    assert await town.who(session["access_token"]) == 401
    assert (await town.refresh(session["refresh_token"])).status_code == 401
    assert await _uses(town, key.json()["key"]) == 401
    told = (await town.outbox())[0]
    assert told["to"]["email"] == "ada@example.test"
    text = " ".join(told["text"].split())
    assert "Olga, who helps to run this site, removed the second factors" in text
    assert REASON["reason"] in text
    # Neither the old password nor an old code is of any use.
    refused = await town.post("/auth/sign-in", {"mail": "ada@example.test", "password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (401, "bad_credentials")
    await town.post("/auth/forgot", {"mail": "ada@example.test"})
    await town.post("/auth/reset", {"token": await town.token(), "password": OTHER_PASSWORD})
    back = await town.sign_in(password=OTHER_PASSWORD)
    assert (back["second_factor"], await town.who(back["access_token"])) == (False, 200)
    for body in ({"code": app.code()}, {"recovery_code": codes[0]}):
        assert (await town.post("/account/second-factor", body, back["access_token"])).status_code == 401
    records = (await town.get("/audit/records?action=identity.factors_reset", olga["access_token"])).json()
    (record,) = records["items"]
    assert record["subject_id"] == ada_id
    assert record["after"] == {"factors": 1, "passkeys": 0, "recovery_codes": 10, **REASON}


async def test_who_may_not(town: Site) -> None:
    olga = await _operator(town)
    bob = await town.sign_up("bob@example.test", OTHER_PASSWORD, "Bob")
    path = f"/users/{await _id(town, bob['access_token'])}/reset-factors"
    assert (await town.post(path, REASON, bob["access_token"])).status_code == 403
    olga_id = await _id(town, olga["access_token"])
    oneself = await town.post(f"/users/{olga_id}/reset-factors", REASON, olga["access_token"])
    assert (oneself.status_code, oneself.json()["code"]) == (403, "not_resettable")
    otto = await _operator(town, "otto@example.test", "Otto")
    another = await town.post(f"/users/{olga_id}/reset-factors", REASON, otto["access_token"])
    assert (another.status_code, another.json()["code"]) == (403, "not_resettable")
    nobody = await town.post(f"/users/{uuid4()}/reset-factors", REASON, olga["access_token"])
    assert (nobody.status_code, nobody.json()["code"]) == (404, "no_such_user")
    for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 501}):
        assert (await town.post(path, body, olga["access_token"])).status_code == 422, body
    principal = make_actor("demo", permissions=("*",))
    answer = await town.house(principal, "POST", f"/v1{path}", REASON)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_an_account")
    town.clock.move(timedelta(minutes=11))
    olga = (await town.refresh(olga["refresh_token"])).json()
    stale = await town.post(path, REASON, olga["access_token"])
    assert (stale.status_code, stale.json()["code"]) == (403, "fresh_sign_in_needed")
    assert await rows_of(town.database, "identity_passkeys") != []
    assert await town.who((await town.sign_in("bob@example.test", OTHER_PASSWORD))["access_token"]) == 200


async def test_an_operator_without_a_second_factor_takes_nobodys(town: Site) -> None:
    tokens = await town.sign_up(OLGA, OTHER_PASSWORD, "Olga")
    olga_id = UUID(await _id(town, tokens["access_token"]))
    bob = await town.sign_up("bob@example.test", OTHER_PASSWORD, "Bob")
    await town.database.run(SYSTEM, lambda uow: open_operator(uow, olga_id))
    await town.catch_up()
    path = f"/users/{await _id(town, bob['access_token'])}/reset-factors"
    refused = await town.post(path, REASON, tokens["access_token"])
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_needed")


async def test_whoever_runs_the_server_helps_operators_back(town: Site) -> None:
    olga = await _operator(town)
    await operating.reset(town.database, OLGA, "She stood before me")
    await town.catch_up()
    assert await town.who(olga["access_token"]) == 401
    assert await rows_of(town.database, "identity_passkeys") == []
    assert await rows_of(town.database, "identity_recovery_codes") == []


async def test_where_everybody_must_have_one_nothing_else_comes_first(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_IDENTITY_SECOND_FACTOR="required")
    tokens = await site.sign_up()
    assert (tokens["second_factor"], tokens["enrolment"]) == (False, True)
    allowed = set()
    for endpoint in site.house.app.router.endpoints:
        if endpoint.permission is None:
            continue
        path = endpoint.template.replace("{", "").replace("}", "")
        answer = await site.call(endpoint.route.method, path, None, tokens["access_token"])
        if (answer.status_code, '"code":"forbidden"' in answer.text) != (403, True):
            allowed.add(f"{endpoint.route.method} {endpoint.template}")
    # Paths that name what is not there are 404 whoever asks.
    assert {one for one in allowed if "{" not in one} == {
        "GET /v1/account/factors",
        "POST /v1/account/confirm",
        "POST /v1/account/factors/totp",
        "POST /v1/account/passkeys",
        "POST /v1/account/passkeys/options",
    }
    renewed = (await site.refresh(tokens["refresh_token"])).json()
    assert (renewed["enrolment"], await site.who(renewed["access_token"])) == (True, 403)
    # A sign-in that is too old to enrol with is made fresh here, too.
    site.clock.move(timedelta(minutes=11))
    renewed = (await site.refresh(renewed["refresh_token"])).json()
    stale = await site.post("/account/factors/totp", {}, renewed["access_token"])
    assert stale.json()["code"] == "fresh_sign_in_needed"
    fresh = (await site.post("/account/confirm", {"password": PASSWORD}, renewed["access_token"])).json()
    _, session = await _app(site, fresh["access_token"])
    assert (session["enrolment"], session["assurance"]) == (False, 2)
    assert await site.who(session["access_token"]) == 200
    # Whoever has one shows it, and nobody enrols another with the password alone.
    pending = await site.sign_in()
    assert (pending["second_factor"], pending["enrolment"]) == (True, False)
    refused = await site.post("/account/factors/totp", {}, pending["access_token"])
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    (factor,) = (await site.get("/account/factors", session["access_token"])).json()
    path = f"/v1/account/factors/{factor['id']}"
    last = await site.call("DELETE", path, token=session["access_token"])
    assert (last.status_code, last.json()["code"]) == (409, "last_factor")
    assert len((await site.get("/account/factors", session["access_token"])).json()) == 1
    added_too = await added(site, session["access_token"], SoftAuthenticator(ORIGIN))
    token = added_too["session"]["access_token"]
    assert (await site.call("DELETE", path, token=token)).status_code == 204
    path = f"/v1/account/passkeys/{added_too['passkey']['id']}"
    last = await site.call("DELETE", path, token=token)
    assert (last.status_code, last.json()["code"]) == (409, "last_factor")


async def test_from_the_day_on_that_it_is_required_sessions_that_lived_wait_too(open_site: OpenSite) -> None:
    before = await open_site()
    tokens = await before.sign_up()
    assert (tokens["enrolment"], await before.who(tokens["access_token"])) == (False, 200)
    after = await open_site(BACKSTAY_IDENTITY_SECOND_FACTOR="required")
    assert await after.who(tokens["access_token"]) == 403
    _, session = await _app(after, tokens["access_token"])
    assert await after.who(session["access_token"]) == 200


async def test_somebody_without_one_can_still_be_helped(open_site: OpenSite) -> None:
    site = await open_site(MODULES, BACKSTAY_IDENTITY_SECOND_FACTOR="required")
    olga = await site.sign_up(OLGA, OTHER_PASSWORD, "Olga")
    (user,) = (
        await site.house(make_actor("root", permissions=("*",)), "GET", f"/v1/users?mail={OLGA}")
    ).json()["items"]
    await site.database.run(SYSTEM, lambda uow: open_operator(uow, UUID(user["id"])))
    _, session = await _app(site, olga["access_token"])
    await site.sign_up("eve@example.test", OTHER_PASSWORD, "Eve")
    (eve,) = (await site.get("/users?mail=eve@example.test", session["access_token"])).json()["items"]
    acting = await site.post(f"/users/{eve['id']}/impersonate", REASON, session["access_token"])
    assert acting.status_code == 201, acting.text
    assert (acting.json()["enrolment"], await site.who(acting.json()["access_token"])) == (False, 200)
