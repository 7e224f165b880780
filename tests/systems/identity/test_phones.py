"""Codes by SMS: beside something stronger only, of one session, once, and never more than somebody pays for."""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from backstay.kernel.database import statement
from backstay.systems.identity.service import phones
from backstay.systems.identity.service.phones import SendCode
from backstay.systems.identity.tables import codes
from backstay.systems.jobs.testing import drain
from tests.conftest import make_actor
from tests.systems.identity.conftest import OTHER_PASSWORD, PASSWORD, OpenSite, Site
from tests.systems.identity.softkeys import show as show_passkey
from tests.systems.identity.softkeys import with_passkey
from tests.systems.identity.test_accounts import rows_of
from tests.systems.identity.test_factors import App, enrolled

NUMBER = "+447700900123"
WAITING = statement(select(codes.c.id), UUID)
OPERATOR = make_actor("operator", permissions=("identity:texts",))


async def texts(site: Site) -> list[dict[str, Any]]:
    """What was kept, the newest first, once every job has run."""
    await drain(site.house.backend, queues=("identity",))
    return list((await site.house(OPERATOR, "GET", "/v1/texts")).json())


async def newest(site: Site) -> str:
    """The code of the newest text."""
    code, again = re.findall(r"\d{6}", (await texts(site))[0]["body"])
    assert code == again
    return str(code)


async def with_phone(site: Site) -> tuple[App, dict[str, Any], str]:
    """An account with an app and a phone: the app, the session, the phone's id."""
    app, session, _ = await enrolled(site)
    begun = await site.post(
        "/account/factors/sms", {"number": NUMBER, "name": "old phone"}, session["access_token"]
    )
    assert begun.status_code == 201, begun.text
    path = f"/account/factors/{begun.json()['factor_id']}/confirm"
    done = await site.post(path, {"code": await newest(site)}, session["access_token"])
    assert done.status_code == 200, done.text
    return app, done.json()["session"], begun.json()["factor_id"]


async def asked(site: Site, token: str, factor_id: str) -> str:
    """A code for this session."""
    answer = await site.post("/account/second-factor/sms", {"factor_id": factor_id}, token)
    assert answer.status_code == 202, answer.text
    assert answer.json() == {"hint": "23", "expires_in": 600}
    return await newest(site)


def refused(answer: Any) -> bool:
    return (answer.status_code, answer.json()["code"]) == (401, "wrong_code")


async def test_a_phone_comes_beside_something_stronger_with_a_warning(site: Site) -> None:
    tokens = await site.sign_up()
    alone = await site.post("/account/factors/sms", {"number": NUMBER}, tokens["access_token"])
    assert (alone.status_code, alone.json()["code"]) == (409, "stronger_factor_needed")
    begun = (await site.post("/account/factors/totp", {}, tokens["access_token"])).json()
    app = App(site, begun["secret"])
    path = f"/account/factors/{begun['factor_id']}/confirm"
    done = (await site.post(path, {"code": app.code()}, tokens["access_token"])).json()
    token = done["session"]["access_token"]
    spelled = await site.post(
        "/account/factors/sms", {"number": "+44 (7700) 900-123", "name": "old phone"}, token
    )
    assert spelled.status_code == 201, spelled.text
    enrolment = spelled.json()
    assert enrolment == {
        "factor_id": enrolment["factor_id"],
        "hint": "23",
        "expires_in": 600,
        "warning": phones.WARNING,
    }
    (text,) = await texts(site)
    code = await newest(site)
    assert text["number"] == NUMBER
    assert text["body"].endswith(f"\n\n@127.0.0.1 #{code}")
    path = f"/account/factors/{enrolment['factor_id']}/confirm"
    wrong = "000000" if code != "000000" else "000001"
    assert refused(await site.post(path, {"code": wrong}, token))
    listed = (await site.get("/account/second-factor", token)).json()
    assert listed == {"app": True, "passkey": False, "recovery_code": True, "phones": []}
    confirmed = (await site.post(path, {"code": code}, token)).json()
    assert (confirmed["recovery_codes"], confirmed["session"]["assurance"]) == ([], 2)
    token = confirmed["session"]["access_token"]
    ways = (await site.get("/account/second-factor", token)).json()
    assert ways["phones"] == [{"factor_id": enrolment["factor_id"], "name": "old phone", "hint": "23"}]
    (kind, phone) = (await site.get("/account/factors", token)).json()
    assert (kind["kind"], phone["kind"], phone["hint"], "secret" in phone) == ("totp", "sms", "23", False)
    assert "whose number ends in 23" in (await site.outbox())[0]["text"].replace("\n", " ")


async def test_a_code_lets_its_session_in_once(site: Site) -> None:
    _, _, factor_id = await with_phone(site)
    pending, other = await site.sign_in(), await site.sign_in()
    code = await asked(site, pending["access_token"], factor_id)
    # Good for the request that it was made for, and no other (ASVS 6.6.2).
    assert refused(await site.post("/account/second-factor", {"sms_code": code}, other["access_token"]))
    assert refused(await site.post("/account/second-factor", {"code": code}, pending["access_token"]))
    answers = await asyncio.gather(
        *(site.post("/account/second-factor", {"sms_code": code}, pending["access_token"]) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401]
    whole = next(answer.json() for answer in answers if answer.status_code == 200)
    assert (whole["assurance"], whole["second_factor"]) == (2, False)
    (session,) = [
        one for one in (await site.get("/account/sessions", whole["access_token"])).json() if one["current"]
    ]
    assert session["method"] == "pwd+sms"
    assert await site.who(whole["access_token"]) == 200


async def test_a_newer_code_kills_the_older_and_ten_minutes_kill_both(site: Site) -> None:
    _, _, factor_id = await with_phone(site)
    pending = await site.sign_in()
    older = await asked(site, pending["access_token"], factor_id)
    newer = await asked(site, pending["access_token"], factor_id)
    if older != newer:
        assert refused(
            await site.post("/account/second-factor", {"sms_code": older}, pending["access_token"])
        )
    site.clock.move(timedelta(minutes=10))
    pending = (await site.refresh(pending["refresh_token"])).json()
    assert refused(await site.post("/account/second-factor", {"sms_code": newer}, pending["access_token"]))
    late = await asked(site, pending["access_token"], factor_id)
    site.clock.move(timedelta(minutes=9, seconds=59))
    pending = (await site.refresh(pending["refresh_token"])).json()
    shown = await site.post("/account/second-factor", {"sms_code": late}, pending["access_token"])
    assert shown.status_code == 200


async def test_five_tries_kill_the_code_and_the_session(site: Site) -> None:
    app, session, factor_id = await with_phone(site)
    pending = await site.sign_in()
    code = await asked(site, pending["access_token"], factor_id)
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(5):
        assert refused(
            await site.post("/account/second-factor", {"sms_code": wrong}, pending["access_token"])
        )
    await site.catch_up()
    over = await site.post("/account/second-factor", {"sms_code": code}, pending["access_token"])
    assert over.json()["code"] == "session_over"
    # Counted for the account, over kinds of factors.
    next_one = await site.sign_in()
    site.clock.move(timedelta(seconds=-30))
    refusal = await site.post("/account/second-factor", {"code": app.code()}, next_one["access_token"])
    assert refusal.status_code == 429
    assert await site.who(session["access_token"]) == 200


async def test_five_tries_kill_a_code_that_a_session_already_in_asked_for(site: Site) -> None:
    _, session, factor_id = await with_phone(site)
    code = await asked(site, session["access_token"], factor_id)
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(5):
        body = {"password": PASSWORD, "sms_code": wrong}
        assert refused(await site.post("/account/confirm", body, session["access_token"]))
    site.clock.move(timedelta(seconds=31))
    body = {"password": PASSWORD, "sms_code": code}
    assert refused(await site.post("/account/confirm", body, session["access_token"]))
    assert await site.who(session["access_token"]) == 200


async def test_sends_are_counted_until_a_code_is_shown(site: Site) -> None:
    _, _, factor_id = await with_phone(site)
    pending = await site.sign_in()
    token = pending["access_token"]
    code = [await asked(site, token, factor_id) for _ in range(5)][-1]
    body = {"factor_id": factor_id}
    refusal = await site.post("/account/second-factor/sms", body, token)
    assert (refusal.status_code, refusal.headers["retry-after"]) == (429, "30")
    sent = len(await texts(site))
    assert (await site.post("/account/second-factor", {"sms_code": code}, token)).status_code == 200
    pending = await site.sign_in()
    await asked(site, pending["access_token"], factor_id)
    assert len(await texts(site)) == sent + 1


async def test_a_number_has_a_limit_over_accounts_and_a_network_over_numbers(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_IDENTITY_SMS_NETWORK_SENDS="7")
    statuses: list[int] = []
    token = ""
    for name in ("ann", "bob"):
        tokens = await site.sign_up(f"{name}@example.test", OTHER_PASSWORD, "Nobody")
        begun = (await site.post("/account/factors/totp", {}, tokens["access_token"])).json()
        path = f"/account/factors/{begun['factor_id']}/confirm"
        code = App(site, begun["secret"]).code()
        done = (await site.post(path, {"code": code}, tokens["access_token"])).json()
        token = done["session"]["access_token"]
        for _ in range(3):
            answer = await site.post("/account/factors/sms", {"number": NUMBER}, token)
            statuses.append(answer.status_code)
    assert statuses == [201] * 5 + [429]
    # Two more to other numbers, then the network has had its seven.
    for end, status in (("124", 201), ("125", 201), ("126", 429)):
        body = {"number": NUMBER[:-3] + end}
        assert (await site.post("/account/factors/sms", body, token)).status_code == status, end
    # A session has one code, the last that it asked for.
    assert [text["number"] for text in await texts(site)] == [NUMBER[:-3] + "125", NUMBER]


async def test_without_the_stronger_factor_the_phone_goes(site: Site) -> None:
    _, session, factor_id = await with_phone(site)
    (totp, _) = (await site.get("/account/factors", session["access_token"])).json()
    gone = await site.call("DELETE", f"/v1/account/factors/{totp['id']}", token=session["access_token"])
    assert gone.status_code == 204
    assert (await site.get("/account/factors", session["access_token"])).json() == []
    await site.catch_up()
    signed_in = await site.sign_in()
    assert (signed_in["second_factor"], await site.who(signed_in["access_token"])) == (False, 200)
    nobody = await site.post(
        "/account/second-factor/sms", {"factor_id": factor_id}, signed_in["access_token"]
    )
    assert (nobody.status_code, nobody.json()["code"]) == (404, "no_such_factor")


async def test_removing_the_phone_leaves_the_rest(site: Site) -> None:
    app, session, factor_id = await with_phone(site)
    path = f"/v1/account/factors/{factor_id}"
    assert (await site.call("DELETE", path, token=session["access_token"])).status_code == 204
    assert "do not go to the phone any more" in (await site.outbox())[0]["text"].replace("\n", " ")
    pending = await site.sign_in()
    ways = (await site.get("/account/second-factor", pending["access_token"])).json()
    assert ways == {"app": True, "passkey": False, "recovery_code": True, "phones": []}
    shown = await site.post("/account/second-factor", {"code": app.code()}, pending["access_token"])
    assert shown.status_code == 200


async def test_a_phone_adds_nothing_to_a_passkey_that_nobody_unlocked(site: Site) -> None:
    passkey, done = await with_passkey(site, unlocks=False)
    token = done["session"]["access_token"]
    begun = (await site.post("/account/factors/sms", {"number": NUMBER}, token)).json()
    path = f"/account/factors/{begun['factor_id']}/confirm"
    assert (await site.post(path, {"code": await newest(site)}, token)).status_code == 200
    options = (await site.post("/auth/passkey/options")).json()
    held = (await site.post("/auth/passkey", {"credential": passkey.get(options)})).json()
    code = await asked(site, held["access_token"], begun["factor_id"])
    answer = await site.post("/account/second-factor", {"sms_code": code}, held["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (403, "password_needed")
    pending = await site.sign_in()
    assert (await show_passkey(site, passkey, pending["access_token"])).status_code == 200


async def test_neither_number_nor_code_lies_about(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    _, session, factor_id = await with_phone(site)
    pending = await site.sign_in()
    code = await asked(site, pending["access_token"], factor_id)
    for table in ("identity_factors", "identity_codes", "jobs_jobs", "audit_records"):
        rows = str(await rows_of(site.database, table))
        assert NUMBER not in rows, table
        assert not re.search(rf"(?<![0-9a-f]){code}(?![0-9a-f])", rows), table
    assert NUMBER not in caplog.text
    exported = await phones.numbers(
        site.database.reader(OPERATOR), _id(await site.get("/account", session["access_token"]))
    )
    assert list(exported.values()) == [NUMBER]


def _id(answer: Any) -> UUID:
    return UUID(answer.json()["id"])


async def test_a_job_that_comes_late_or_twice_sends_nothing(site: Site) -> None:
    _, _, factor_id = await with_phone(site)
    pending = await site.sign_in()
    await site.post("/account/second-factor/sms", {"factor_id": factor_id}, pending["access_token"])
    site.clock.move(timedelta(minutes=10))
    before = len(await texts(site))
    (code_id,) = await site.database.reader(OPERATOR).all(WAITING)
    await phones.send_code(site.database, SendCode(code_id=code_id))
    assert len(await texts(site)) == before
    await phones.send_code(site.database, SendCode(code_id=make_actor("x").id))
    assert len(await texts(site)) == before
