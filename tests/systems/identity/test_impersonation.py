"""Acting in somebody's place: who may, for how long, what not, and who learns of it."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pyotp
import pytest

from backstay.app import MODULES
from backstay.kernel.actor import SYSTEM
from backstay.kernel.auth import organization_of
from backstay.systems.access import found, open_operator, withdraw_all
from backstay.systems.identity.queries import sessions as queries
from backstay.systems.traffic.service import Recorder
from tests.conftest import make_actor
from tests.security.routes import guarded, label, some_path
from tests.systems.identity.conftest import OTHER_PASSWORD, OpenSite, Site
from tests.systems.identity.test_accounts import rows_of

REASON = {"reason": "Ticket 4711"}
EVE = "eve@example.test"

IN_PERSON = {
    "DELETE /v1/account/factors/{factor_id:uuid}",
    "DELETE /v1/account/passkeys/{passkey_id:uuid}",
    "DELETE /v1/account/providers/{link_id:uuid}",
    "DELETE /v1/account/sessions/{session_id:uuid}",
    "DELETE /v1/api-keys/all/{key_id:uuid}",
    "DELETE /v1/api-keys/{key_id:uuid}",
    "DELETE /v1/audit/people/{person_id:uuid}",
    "DELETE /v1/organization",
    "DELETE /v1/organization/invitations/{invitation_id:uuid}",
    "GET /v1/account/exports/{receipt_id:uuid}",
    "GET /v1/account/factors",
    "GET /v1/account/passkeys",
    "GET /v1/account/providers",
    "GET /v1/account/second-factor",
    "GET /v1/account/sessions",
    "GET /v1/api-keys",
    "GET /v1/api-keys/all",
    "GET /v1/api-keys/{key_id:uuid}",
    "GET /v1/audit/export",
    "GET /v1/organization/invitations",
    "PATCH /v1/account",
    "PATCH /v1/account/passkeys/{passkey_id:uuid}",
    "POST /v1/account/confirm",
    "POST /v1/account/erase",
    "POST /v1/account/export",
    "POST /v1/account/factors/sms",
    "POST /v1/account/factors/totp",
    "POST /v1/account/factors/{factor_id:uuid}/confirm",
    "POST /v1/account/mail",
    "POST /v1/account/passkeys",
    "POST /v1/account/passkeys/options",
    "POST /v1/account/password",
    "POST /v1/account/providers/{provider:str}/begin",
    "POST /v1/account/recovery-codes",
    "POST /v1/account/second-factor",
    "POST /v1/account/second-factor/passkey",
    "POST /v1/account/second-factor/passkey/options",
    "POST /v1/account/second-factor/sms",
    "POST /v1/account/sessions/end-all",
    "POST /v1/account/sessions/end-others",
    "POST /v1/account/sessions/switch",
    "POST /v1/api-keys",
    "POST /v1/api-keys/{key_id:uuid}/rotate",
    "POST /v1/organization/invitations",
    "POST /v1/organization/leave",
    "POST /v1/payments/{payment_id:uuid}/refunds",
    "POST /v1/users/{user_id:uuid}/impersonate",
    "POST /v1/users/{user_id:uuid}/reset-factors",
}
"""What nobody does in somebody's place. Every route of `/account` but the first look is here by default."""


@pytest.fixture
async def town(open_site: OpenSite) -> Site:
    return await open_site(MODULES)


async def _cast(town: Site) -> tuple[dict[str, Any], UUID, dict[str, Any], UUID]:
    """An operator, and somebody to be helped."""
    olga = await town.sign_up("olga@example.test", OTHER_PASSWORD, "Olga")
    eve = await town.sign_up(EVE, OTHER_PASSWORD, "Eve")
    olga_id, eve_id = [
        UUID((await town.get("/account", one["access_token"])).json()["id"]) for one in (olga, eve)
    ]
    await town.database.run(SYSTEM, lambda uow: open_operator(uow, olga_id))
    return olga, olga_id, eve, eve_id


async def _act(town: Site, olga: dict[str, Any], user_id: UUID, **more: Any) -> dict[str, Any]:
    answer = await town.post(f"/users/{user_id}/impersonate", REASON | more, olga["access_token"])
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_somebody_is_helped_under_both_names_and_told(town: Site) -> None:
    olga, olga_id, eve, eve_id = await _cast(town)
    acting = await _act(town, olga, eve_id, minutes=20)
    token = acting["access_token"]
    claims = msgspec.json.decode(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert (claims["sub"], claims["act"]) == (str(eve_id), {"sub": str(olga_id)})
    account = (await town.get("/account", token)).json()
    assert (account["mail"], account["impersonator_id"]) == (EVE, str(olga_id))
    assert not {one for one in account["permissions"] if one.startswith(("identity:imp", "identity:op"))}
    assert (await town.post("/notes", {"title": "helped", "body": ""}, token)).status_code == 201
    records = (await town.get("/audit/records?sort=seq", eve["access_token"])).json()["items"]
    started = next(one for one in records if one["action"] == "identity.impersonation_started")
    assert (started["actor_id"], started["subject_id"]) == (str(olga_id), str(eve_id))
    assert started["after"] == {
        "reason": "Ticket 4711",
        "session": acting["session_id"],
        "until": acting["expires_at"],
    }
    await town.house.backend.part(Recorder).flush()
    logged = (await town.get("/traffic/requests?path=/v1/notes", eve["access_token"])).json()["items"]
    detail = (await town.get(f"/traffic/requests/{logged[0]['id']}", eve["access_token"])).json()
    assert (detail["actor_id"], detail["impersonator_id"]) == (str(eve_id), str(olga_id))
    told = (await town.outbox())[0]
    assert told["to"]["email"] == EVE
    assert "Olga, who helps to run this site, acts in your place for up to 20\nminutes" in told["text"] or (
        "Olga, who helps to run this site, acts in your place for up to 20 minutes" in told["text"]
    )
    assert "Ticket 4711" in told["text"]
    devices = (await town.get("/account/sessions", eve["access_token"])).json()
    assert {one["impersonator_id"] for one in devices} == {None, str(olga_id)}


async def test_it_ends_after_its_minutes_however_much_it_is_used(town: Site) -> None:
    olga, _, _, eve_id = await _cast(town)
    acting = await _act(town, olga, eve_id)
    assert datetime.fromisoformat(acting["expires_at"]) - town.clock.now() <= timedelta(minutes=30)
    for _ in range(7):
        town.clock.move(timedelta(minutes=4))
        answer = await town.refresh(acting["refresh_token"])
        assert answer.status_code == 200, answer.text
        acting = answer.json()
    claims = msgspec.json.decode(base64.urlsafe_b64decode(acting["access_token"].split(".")[1] + "=="))
    assert "act" in claims
    assert await town.who(acting["access_token"]) == 200
    town.clock.move(timedelta(minutes=2))
    assert await town.who(acting["access_token"]) == 401
    assert (await town.refresh(acting["refresh_token"])).status_code == 401
    longer = await town.post(f"/users/{eve_id}/impersonate", REASON | {"minutes": 31}, olga["access_token"])
    assert longer.status_code in {401, 422}


@pytest.mark.parametrize("who", ["impersonator", "person", "banned", "withdrawn", "signed out everywhere"])
async def test_either_ends_it(town: Site, who: str) -> None:
    olga, olga_id, eve, eve_id = await _cast(town)
    acting = await _act(town, olga, eve_id)
    token = acting["access_token"]
    assert await town.who(token) == 200
    match who:
        case "impersonator":
            answer = await town.post("/auth/sign-out", {}, token)
        case "person":
            path = f"/v1/account/sessions/{acting['session_id']}"
            answer = await town.call("DELETE", path, None, eve["access_token"])
        case "banned":
            boss = make_actor("boss", permissions=("identity:operate",))
            answer = await town.house(boss, "POST", f"/v1/users/{olga_id}/ban", {"reason": "left"})
        case "signed out everywhere":
            answer = await town.post("/account/sessions/end-all", {}, olga["access_token"])
        case _:
            await town.database.run(SYSTEM, lambda uow: withdraw_all(uow, olga_id))
            answer = await town.get("/account", eve["access_token"])
    assert answer.status_code < 300, answer.text
    await town.catch_up()
    assert await town.who(token) == 401
    assert (await town.get("/account", eve["access_token"])).status_code == 200


async def test_what_is_a_persons_own_is_refused(town: Site) -> None:
    olga, _, eve, eve_id = await _cast(town)
    token = (await _act(town, olga, eve_id))["access_token"]
    before = [await rows_of(town.database, table) for table in ("identity_users", "identity_factors")]
    refused = set()
    for endpoint in guarded(town.house):
        if not endpoint.in_person:
            continue
        answer = await town.call(endpoint.route.method, some_path(endpoint), None, token, if_match='"1"')
        assert (answer.status_code, answer.json()["code"]) == (403, "not_in_person"), label(endpoint)
        refused.add(label(endpoint))
    assert refused == IN_PERSON
    own = {label(one) for one in guarded(town.house) if one.template.startswith("/v1/account")}
    assert own - refused == {"GET /v1/account"}
    accepted = await town.post("/invitations/accept", {"token": "x"}, token)
    assert accepted.json()["code"] == "not_in_person"
    after = [await rows_of(town.database, table) for table in ("identity_users", "identity_factors")]
    assert after == before
    assert await town.who(eve["access_token"]) == 200


async def test_nobody_acts_for_equals_strangers_or_without_a_reason(town: Site) -> None:
    olga, olga_id, eve, eve_id = await _cast(town)
    path = f"/users/{eve_id}/impersonate"
    assert (await town.post(path, {"reason": " "}, olga["access_token"])).status_code == 422
    assert (await town.post(path, {}, olga["access_token"])).status_code == 422
    assert (await town.post(path, REASON, eve["access_token"])).json()["code"] == "forbidden"
    myself = await town.post(f"/users/{olga_id}/impersonate", REASON, olga["access_token"])
    assert myself.json()["code"] == "not_impersonable"
    nobody = await town.post(f"/users/{uuid4()}/impersonate", REASON, olga["access_token"])
    assert nobody.json()["code"] == "no_such_user"
    elsewhere = await town.post(path, REASON | {"organization_id": str(uuid4())}, olga["access_token"])
    assert elsewhere.json()["code"] == "no_such_membership"
    await town.database.run(SYSTEM, lambda uow: open_operator(uow, eve_id))
    peer = await town.post(path, REASON, olga["access_token"])
    assert (peer.status_code, peer.json()["code"]) == (403, "not_impersonable")
    await town.database.run(SYSTEM, lambda uow: withdraw_all(uow, eve_id))
    principal = make_actor("root")
    assert (await town.house(principal, "POST", f"/v1{path}", REASON)).json()["code"] == "not_an_account"
    town.clock.move(timedelta(minutes=11))
    olga = (await town.refresh(olga["refresh_token"])).json()
    assert (await town.post(path, REASON, olga["access_token"])).json()["code"] == "fresh_sign_in_needed"
    sessions = await rows_of(town.database, "identity_sessions")
    assert len([row for row in sessions if str(olga_id) in row and str(eve_id) in row]) == 0


async def test_rights_that_one_lacks_are_not_lent(open_site: OpenSite) -> None:
    town = await open_site(MODULES, BACKSTAY_IDENTITY_ORGANIZATION="demo")
    olga, _, _, eve_id = await _cast(town)
    assert (await _act(town, olga, eve_id))["assurance"] == 1
    there = make_actor("there", organization=organization_of("demo"))
    await town.database.run(there, lambda uow: found(uow, eve_id))
    answer = await town.post(f"/users/{eve_id}/impersonate", REASON, olga["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (403, "not_impersonable")


async def test_the_second_factor_of_a_person_is_not_gone_around(town: Site) -> None:
    olga, _, eve, eve_id = await _cast(town)
    made = (await town.post("/account/factors/totp", {"name": "phone"}, eve["access_token"])).json()
    code = pyotp.TOTP(made["secret"].replace(" ", "")).at(town.clock.now())
    path = f"/account/factors/{made['factor_id']}/confirm"
    assert (await town.post(path, {"code": code}, eve["access_token"])).status_code == 200
    answer = await town.post(f"/users/{eve_id}/impersonate", REASON, olga["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_needed")


async def test_a_browser_leaves_the_session_that_it_had_before(town: Site) -> None:
    _, _, _, eve_id = await _cast(town)
    page = {"X_Requested_With": "the console"}
    order = {"mail": "olga@example.test", "password": OTHER_PASSWORD, "cookie": True}
    own = (await town.post("/auth/sign-in", order, **page)).json()
    before = dict(town.house.client.cookies)
    acting = await town.post(f"/users/{eve_id}/impersonate", REASON | {"cookie": True}, **page)
    assert acting.status_code == 201, acting.text
    assert acting.json()["access_token"] is None
    assert dict(town.house.client.cookies) != before
    assert (await town.get("/account")).json()["id"] == str(eve_id)
    # What the browser's cookie named can be ended by it no more, so it has ended.
    left = await town.database.reader(SYSTEM).one(queries.STANDING, id=UUID(own["session_id"]))
    assert left.ended_at is not None
    assert (await town.post("/auth/sign-out", None, **page)).status_code == 204
    assert (await town.get("/account")).status_code == 401
