"""Signing in with passkeys: each answer once, each for its site, session and purpose."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from webauthn.helpers import base64url_to_bytes

from backstay.systems.identity.guarantees.authenticator import SoftAuthenticator
from backstay.systems.identity.service.upkeep import tidy
from tests.systems.identity.conftest import MAIL, OTHER_PASSWORD, PASSWORD, Site
from tests.systems.identity.softkeys import ORIGIN, added, refused, show, sign_in, with_passkey
from tests.systems.identity.test_accounts import rows_of
from tests.systems.identity.test_factors import App


async def test_signing_in_without_a_name(site: Site) -> None:
    passkey, _ = await with_passkey(site)
    options = (await site.post("/auth/passkey/options")).json()
    assert set(options) == {"challenge", "timeout", "rpId", "allowCredentials", "userVerification"}
    answer = await site.post("/auth/passkey", {"credential": passkey.get(options)})
    assert answer.status_code == 200
    session = answer.json()
    assert (session["assurance"], session["second_factor"]) == (2, False)
    account = (await site.get("/account", session["access_token"])).json()
    assert (account["mail"], account["assurance"]) == (MAIL, 2)
    lines = (await site.get("/account/sessions", session["access_token"])).json()
    assert [line["method"] for line in lines if line["current"]] == ["pop+mfa"]
    (listed,) = (await site.get("/account/passkeys", session["access_token"])).json()
    assert listed["used_at"] is not None


async def test_the_options_are_the_same_for_everybody(site: Site) -> None:
    nobody = (await site.post("/auth/passkey/options")).json()
    await with_passkey(site)
    again = (await site.post("/auth/passkey/options")).json()
    assert nobody.pop("challenge") != again.pop("challenge")
    assert (
        nobody
        == again
        == {
            "timeout": 300_000,
            "rpId": "localhost",
            "allowCredentials": [],
            "userVerification": "required",
        }
    )


async def test_a_browser_gets_a_cookie_and_other_sites_do_not(site: Site) -> None:
    passkey, _ = await with_passkey(site)
    options = (await site.post("/auth/passkey/options")).json()
    body = {"credential": passkey.get(options), "cookie": True}
    strange = await site.post("/auth/passkey", body, origin="https://evil.example")
    assert strange.status_code == 403
    answer = await site.post("/auth/passkey", body, sec_fetch_site="same-origin")
    assert answer.status_code == 200
    assert answer.json()["access_token"] is None
    assert answer.headers["set-cookie"].startswith("backstay_session=bsc_")


async def test_a_password_alone_does_not_open_an_account_with_a_passkey(site: Site) -> None:
    passkey, _ = await with_passkey(site)
    pending = await site.sign_in()
    assert (pending["assurance"], pending["second_factor"]) == (1, True)
    assert await site.who(pending["access_token"]) == 403
    options = (
        await site.post("/account/second-factor/passkey/options", None, pending["access_token"])
    ).json()
    assert [base64url_to_bytes(one["id"]) for one in options["allowCredentials"]] == [passkey.credential_id]
    assert options["userVerification"] == "discouraged"
    passkey.unlocks = False
    answer = await show(site, passkey, pending["access_token"])
    assert answer.status_code == 200, answer.text
    whole = answer.json()
    assert (whole["assurance"], whole["second_factor"]) == (2, False)
    assert whole["session_id"] != pending["session_id"]
    assert await site.who(whole["access_token"]) == 200
    await site.catch_up()
    assert await site.who(pending["access_token"]) == 401


async def test_sessions_from_before_the_passkey_must_show_it(site: Site) -> None:
    await site.sign_up()
    one, other = await site.sign_in(), await site.sign_in()
    assert await site.who(other["access_token"]) == 200
    await added(site, one["access_token"], SoftAuthenticator(ORIGIN))
    await site.catch_up()
    assert await site.who(other["access_token"]) == 403


async def test_a_passkey_that_nobody_unlocks_opens_one_factor_and_no_other_thing_adds_one(site: Site) -> None:
    tokens = await site.sign_up()
    begun = (await site.post("/account/factors/totp", {}, tokens["access_token"])).json()
    app = App(site, begun["secret"])
    path = f"/account/factors/{begun['factor_id']}/confirm"
    enrolled = (await site.post(path, {"code": app.code()}, tokens["access_token"])).json()
    passkey = SoftAuthenticator(ORIGIN)
    await added(site, enrolled["session"]["access_token"], passkey)
    passkey.unlocks = False
    answer = await sign_in(site, passkey)
    pending = answer.json()
    assert (answer.status_code, pending["assurance"], pending["second_factor"]) == (200, 1, True)
    token = pending["access_token"]
    assert await site.who(token) == 403
    assert refused(await show(site, passkey, token), "password_needed", 403)
    for body in ({"code": app.code()}, {"recovery_code": enrolled["recovery_codes"][0]}):
        answer = await site.post("/account/second-factor", body, token)
        assert refused(answer, "password_needed", 403)
    passkey.unlocks = True
    whole = await show(site, passkey, token)
    assert (whole.status_code, whole.json()["assurance"]) == (200, 2)


async def test_whoever_finds_a_key_without_a_pin_gains_nothing_by_setting_one(site: Site) -> None:
    """WebAuthn Level 3, section 4, `uvInitialized`."""
    tokens = await site.sign_up()
    key = SoftAuthenticator(ORIGIN, unlocks=False)
    done = await added(site, tokens["access_token"], key)
    assert done["passkey"]["verified"] is False
    key.unlocks = True
    assert (await sign_in(site, key)).json()["assurance"] == 1
    pending = await site.sign_in()
    whole = await show(site, key, pending["access_token"])  # its owner, who knows the password
    assert whole.json()["assurance"] == 2
    (listed,) = (await site.get("/account/passkeys", whole.json()["access_token"])).json()
    assert listed["verified"] is True
    assert (await sign_in(site, key)).json()["assurance"] == 2


async def test_of_many_who_give_one_answer_at_once_one_is_let_in(site: Site) -> None:
    passkey, _ = await with_passkey(site, counts=False)
    options = (await site.post("/auth/passkey/options")).json()
    body = {"credential": passkey.get(options)}
    answers = await asyncio.gather(*(site.post("/auth/passkey", body) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]
    assert refused(await site.post("/auth/passkey", body))


async def test_a_wrong_answer_uses_the_challenge_up(site: Site) -> None:
    passkey, _ = await with_passkey(site)
    options = (await site.post("/auth/passkey/options")).json()
    wrong = passkey.get(options)
    wrong["response"]["signature"] = passkey.get({**options, "rpId": "elsewhere"})["response"]["signature"]
    assert refused(await site.post("/auth/passkey", {"credential": wrong}))
    assert refused(await site.post("/auth/passkey", {"credential": passkey.get(options)}))
    assert await rows_of(site.database, "identity_ceremonies") == []


async def test_a_challenge_is_late_after_five_minutes_and_swept_away(site: Site) -> None:
    passkey, _ = await with_passkey(site)
    options = (await site.post("/auth/passkey/options")).json()
    site.clock.move(timedelta(seconds=300))
    assert refused(await site.post("/auth/passkey", {"credential": passkey.get(options)}))
    stored = " ".join(" ".join(row) for row in await rows_of(site.database, "identity_ceremonies"))
    assert base64url_to_bytes(options["challenge"]).hex() not in stored.lower()
    await tidy(site.database)
    assert await rows_of(site.database, "identity_ceremonies") == []


async def test_a_challenge_is_for_one_purpose_and_one_session(site: Site) -> None:
    passkey, done = await with_passkey(site)
    mine = done["session"]["access_token"]
    pending = (await site.sign_in())["access_token"]
    other = (await site.sign_in())["access_token"]
    for_me = (await site.post("/account/second-factor/passkey/options", None, pending)).json()
    assert refused(await site.post("/auth/passkey", {"credential": passkey.get(for_me)}))
    for_me = (await site.post("/account/second-factor/passkey/options", None, pending)).json()
    body = {"credential": passkey.get(for_me)}
    assert refused(await site.post("/account/second-factor/passkey", body, other))
    anybody = (await site.post("/auth/passkey/options")).json()
    body = {"credential": passkey.get(anybody)}
    assert refused(await site.post("/account/second-factor/passkey", body, pending))
    to_add = (await site.post("/account/passkeys/options", None, mine)).json()
    newer = await added(site, mine, SoftAuthenticator(ORIGIN))
    body = {"credential": SoftAuthenticator(ORIGIN).create(to_add)}
    assert refused(await site.post("/account/passkeys", body, newer["session"]["access_token"]))


@pytest.mark.parametrize(
    "origin", ["http://localhost:8001", "https://localhost:8000", "http://evil.test", ""]
)
async def test_an_answer_made_on_another_page_is_refused(site: Site, origin: str) -> None:
    passkey, done = await with_passkey(site)
    passkey.origin = origin
    assert refused(await sign_in(site, passkey))
    token = done["session"]["access_token"]
    options = (await site.post("/account/passkeys/options", None, token)).json()
    body = {"credential": SoftAuthenticator(origin).create(options)}
    assert refused(await site.post("/account/passkeys", body, token))


async def test_the_host_of_a_request_counts_for_nothing(site: Site) -> None:
    options = (await site.post("/auth/passkey/options", host="evil.test")).json()
    assert options["rpId"] == "localhost"


async def test_a_counter_that_does_not_move_on_is_noted_and_refused(site: Site) -> None:
    passkey, done = await with_passkey(site)
    assert (await sign_in(site, passkey)).status_code == 200
    passkey.count -= 1
    assert refused(await sign_in(site, passkey))
    passkey.count = -1
    assert refused(await sign_in(site, passkey))
    (listed,) = (await site.get("/account/passkeys", done["session"]["access_token"])).json()
    assert listed["doubted_at"] is not None
    notices = [mail for mail in await site.outbox() if "it may have been copied" in mail["text"]]
    assert len(notices) == 2
    passkey.count = 7
    assert (await sign_in(site, passkey)).status_code == 200


async def test_a_passkey_is_not_locked_out_by_guesses_of_strangers(site: Site) -> None:
    passkey, _ = await with_passkey(site)
    guesses = [
        await site.post("/auth/sign-in", {"mail": MAIL, "password": "a wrong password"}) for _ in range(8)
    ]
    assert guesses[-1].status_code == 429
    assert (await sign_in(site, passkey)).status_code == 200


async def test_banned_people_and_unknown_passkeys_are_refused(site: Site) -> None:
    passkey, done = await with_passkey(site)
    token = done["session"]["access_token"]
    stranger = SoftAuthenticator(ORIGIN)
    stranger.handle = passkey.handle
    assert refused(await sign_in(site, stranger))
    stranger.credential_id = passkey.credential_id
    assert refused(await sign_in(site, stranger))
    passkey.handle = b"somebody else"
    assert refused(await sign_in(site, passkey))
    passkey.handle = stranger.handle
    assert (await sign_in(site, passkey)).status_code == 200
    await site.post("/account/erase", {}, token)
    assert refused(await sign_in(site, passkey), "banned", 403)


@pytest.mark.parametrize(
    "credential", [{}, {"rawId": 7}, {"response": None}, {"response": {"clientDataJSON": 1}}]
)
async def test_what_is_no_credential_is_refused(site: Site, credential: dict[str, Any]) -> None:
    assert refused(await site.post("/auth/passkey", {"credential": credential}))
    tokens = await site.sign_up()
    body = {"credential": credential}
    assert refused(await site.post("/account/passkeys", body, tokens["access_token"]))
    assert refused(await site.post("/account/second-factor/passkey", body, tokens["access_token"]))
    for wrong in ({}, {"credential": "text"}, {"credential": None}):
        answer = await site.post("/auth/passkey", wrong)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/credential")


async def test_a_password_confirms_together_with_a_passkey(site: Site) -> None:
    passkey, done = await with_passkey(site, unlocks=False)
    site.clock.move(timedelta(minutes=11))
    session = (await site.refresh(done["session"]["refresh_token"])).json()
    token = session["access_token"]
    half = await site.post("/account/confirm", {"password": PASSWORD}, token)
    assert refused(half, "second_factor_needed", 403)
    # Held by whoever has it, it is one factor, and the password another.
    token = (await show(site, passkey, token)).json()["access_token"]
    assert refused(await site.post("/account/passkeys/options", None, token), "fresh_sign_in_needed", 403)
    options = (await site.post("/account/second-factor/passkey/options", None, token)).json()
    assert options["userVerification"] == "preferred"
    body = {"password": PASSWORD, "credential": passkey.get(options)}
    fresh = await site.post("/account/confirm", body, token)
    assert (fresh.status_code, fresh.json()["assurance"]) == (200, 2)
    token = fresh.json()["access_token"]
    assert (await site.post("/account/passkeys/options", None, token)).status_code == 200
    assert refused(await site.post("/account/confirm", body, token))  # its challenge is used up


async def test_an_unlocked_passkey_makes_fresh_by_itself(site: Site) -> None:
    passkey, done = await with_passkey(site)
    site.clock.move(timedelta(minutes=11))
    token = (await site.refresh(done["session"]["refresh_token"])).json()["access_token"]
    assert refused(await site.post("/account/passkeys/options", None, token), "fresh_sign_in_needed", 403)
    token = (await show(site, passkey, token)).json()["access_token"]
    assert (await site.post("/account/passkeys/options", None, token)).status_code == 200


async def test_a_reset_by_mail_does_not_go_around_the_passkey(site: Site) -> None:
    passkey, _ = await with_passkey(site)
    await site.post("/auth/forgot", {"mail": MAIL})
    await site.post("/auth/reset", {"token": await site.token(), "password": OTHER_PASSWORD})
    pending = await site.sign_in(password=OTHER_PASSWORD)
    assert (pending["second_factor"], await site.who(pending["access_token"])) == (True, 403)
    assert (await show(site, passkey, pending["access_token"])).status_code == 200


async def test_a_passkey_that_says_it_became_another_kind_is_refused(site: Site) -> None:
    passkey, _ = await with_passkey(site)
    passkey.synced = True
    assert refused(await sign_in(site, passkey))
    passkey.synced = False
    assert (await sign_in(site, passkey)).status_code == 200
