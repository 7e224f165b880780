"""One's own passkeys: added, renamed, removed, exported, erased, and where they are for."""

from __future__ import annotations

from datetime import timedelta

import pytest
from webauthn.helpers import base64url_to_bytes

from backstay.systems.identity.guarantees.authenticator import SoftAuthenticator
from backstay.systems.identity.service.passkeys import MOST
from tests.systems.identity.conftest import MAIL, OTHER_PASSWORD, OpenSite, Site
from tests.systems.identity.softkeys import ORIGIN, added, refused, show, sign_in, with_passkey
from tests.systems.identity.test_accounts import rows_of
from tests.systems.identity.test_factors import App


async def test_adding(site: Site) -> None:
    tokens = await site.sign_up()
    options = (await site.post("/account/passkeys/options", None, tokens["access_token"])).json()
    assert {key: value for key, value in options.items() if key not in {"challenge", "user"}} == {
        "rp": {"id": "localhost", "name": "backstay"},
        "pubKeyCredParams": [{"alg": alg, "type": "public-key"} for alg in (-8, -7, -257)],
        "timeout": 300_000,
        "excludeCredentials": [],
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "preferred"},
        "attestation": "none",
    }
    assert (options["user"]["name"], options["user"]["displayName"]) == (MAIL, "Ada")
    assert len(base64url_to_bytes(options["challenge"])) == 32
    passkey = SoftAuthenticator(ORIGIN, synced=True, counts=False)
    made = {"credential": passkey.create(options), "name": "phone"}
    done = await site.post("/account/passkeys", made, tokens["access_token"])
    assert done.status_code == 201, done.text
    session = done.json()["session"]
    assert (session["assurance"], session["second_factor"]) == (2, False)
    assert session["session_id"] != tokens["session_id"]
    assert len(set(done.json()["recovery_codes"])) == 10
    listed = (await site.get("/account/passkeys", session["access_token"])).json()
    assert listed == [done.json()["passkey"]]
    assert {key: listed[0][key] for key in ("name", "backed_up", "verified", "used_at", "doubted_at")} == {
        "name": "phone",
        "backed_up": True,
        "verified": True,
        "used_at": None,
        "doubted_at": None,
    }
    (notice, *_) = await site.outbox()
    assert (notice["template"], MAIL in str(notice)) == ("identity.notice", True)
    assert "A passkey was added to your account: phone." in notice["text"]
    again = await site.post("/account/passkeys", made, session["access_token"])
    assert refused(again)  # the challenge is used up
    (app, *_) = (await site.get("/account/sessions", session["access_token"])).json()
    assert app["method"] == "pwd+pop"


async def test_a_second_passkey_leaves_the_recovery_codes_and_excludes_the_first(site: Site) -> None:
    first, done = await with_passkey(site)
    token = done["session"]["access_token"]
    options = (await site.post("/account/passkeys/options", None, token)).json()
    (excluded,) = options["excludeCredentials"]
    assert base64url_to_bytes(excluded["id"]) == first.credential_id
    assert excluded["transports"] == ["internal"]
    second = SoftAuthenticator(ORIGIN)
    made = await site.post("/account/passkeys", {"credential": second.create(options)}, token)
    assert made.json()["recovery_codes"] == []
    assert [(await sign_in(site, one)).status_code for one in (first, second)] == [200, 200]


async def test_the_passkey_of_another_adds_nothing(site: Site) -> None:
    passkey, done = await with_passkey(site)
    eve = await site.sign_up("eve@example.test", OTHER_PASSWORD, "Eve")
    token = eve["access_token"]
    options = (await site.post("/account/passkeys/options", None, token)).json()
    body = {"credential": passkey.create(options)}
    assert refused(await site.post("/account/passkeys", body, token))
    assert (await site.get("/account/passkeys", token)).json() == []
    path = f"/v1/account/passkeys/{done['passkey']['id']}"
    for method in ("PATCH", "DELETE"):
        answer = await site.call(method, path, {"name": "mine"} if method == "PATCH" else None, token)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_passkey")
    assert (await site.get("/account/passkeys", done["session"]["access_token"])).json() == [done["passkey"]]
    await added(site, token, SoftAuthenticator(ORIGIN))
    pending = await site.sign_in("eve@example.test", OTHER_PASSWORD)
    assert refused(await show(site, passkey, pending["access_token"]))


async def test_renaming_and_removing(site: Site) -> None:
    passkey, done = await with_passkey(site)
    token = done["session"]["access_token"]
    path = f"/v1/account/passkeys/{done['passkey']['id']}"
    renamed = await site.call("PATCH", path, {"name": "the blue one"}, token)
    assert renamed.json() == {**done["passkey"], "name": "the blue one"}
    bad = await site.call("PATCH", path, {"name": "a\nb"}, token)
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/name")
    site.clock.move(timedelta(minutes=11))
    token = (await site.refresh(done["session"]["refresh_token"])).json()["access_token"]
    for method, where in (("DELETE", path), ("POST", "/v1/account/passkeys/options")):
        assert refused(await site.call(method, where, token=token), "fresh_sign_in_needed", 403)
    fresh = (await show(site, passkey, token)).json()["access_token"]  # as good as the password once more
    assert (await site.call("DELETE", path, token=fresh)).status_code == 204
    assert refused(await site.call("DELETE", path, token=fresh), "no_such_passkey", 404)
    trail = [" ".join(row) for row in await rows_of(site.database, "audit_records")]
    for action in ("identity.passkey_added", "identity.passkey_removed"):
        told = [row for row in trail if action in row]
        assert len(told) == 1
        assert done["passkey"]["id"] in told[0]
        assert "the blue one" not in told[0]
    assert "A passkey was removed from your account: the blue one." in (await site.outbox())[0]["text"]
    assert refused(await sign_in(site, passkey))
    await site.catch_up()
    signed_in = await site.sign_in()
    assert (signed_in["second_factor"], await site.who(signed_in["access_token"])) == (False, 200)
    code = {"recovery_code": done["recovery_codes"][0]}
    answer = await site.post("/account/second-factor", code, signed_in["access_token"])
    assert answer.status_code == 401  # the codes went with the last factor


async def test_while_a_factor_is_left_the_codes_stay(site: Site) -> None:
    passkey, done = await with_passkey(site)
    second = await added(site, done["session"]["access_token"], SoftAuthenticator(ORIGIN), "key")
    token = second["session"]["access_token"]
    path = f"/v1/account/passkeys/{second['passkey']['id']}"
    assert (await site.call("DELETE", path, token=token)).status_code == 204
    pending = await site.sign_in()
    assert pending["second_factor"] is True
    code = {"recovery_code": done["recovery_codes"][0]}
    answer = await site.post("/account/second-factor", code, pending["access_token"])
    assert answer.status_code == 200
    assert (await sign_in(site, passkey)).status_code == 200


async def test_an_account_has_no_more_than_so_many(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST == 50
    _, done = await with_passkey(site)
    token = done["session"]["access_token"]
    options = (await site.post("/account/passkeys/options", None, token)).json()
    monkeypatch.setattr("backstay.systems.identity.service.passkeys.MOST", 1)
    body = {"credential": SoftAuthenticator(ORIGIN).create(options)}
    assert refused(await site.post("/account/passkeys", body, token), "too_many_passkeys", 409)
    answer = await site.post("/account/passkeys/options", None, token)
    assert refused(answer, "too_many_passkeys", 409)


async def test_passkeys_go_out_with_an_export_and_away_with_an_erasure(site: Site) -> None:
    passkey, done = await with_passkey(site)
    token = done["session"]["access_token"]
    await site.post("/auth/passkey/options")
    await site.post("/account/second-factor/passkey/options", None, token)
    made = (await site.post("/account/export", {}, token)).json()
    await site.outbox()
    export = (await site.get(f"/account/exports/{made['receipt']['id']}", token)).json()["identity"]
    assert export["passkeys"] == [done["passkey"]]
    erased = (await site.post("/account/erase", {}, token)).json()
    await site.outbox()
    receipt = (await site.get(f"/account/receipts/{erased['token']}")).json()
    # The account, two sessions, the passkey.
    assert receipt["details"] == {"audit": 0, "identity": 4, "idempotency": 0}
    assert await rows_of(site.database, "identity_passkeys") == []
    assert len(await rows_of(site.database, "identity_ceremonies")) == 1  # nobody's
    assert refused(await sign_in(site, passkey))


async def test_where_there_is_no_domain_there_are_no_passkeys(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_HTTP_PUBLIC_URL="http://192.0.2.7:8000")
    assert refused(await site.post("/auth/passkey/options"), "passkeys_unavailable", 409)
    tokens = await site.sign_up()
    answer = await site.post("/account/passkeys/options", None, tokens["access_token"])
    assert refused(answer, "passkeys_unavailable", 409)


async def test_the_public_url_says_where_passkeys_are_for(open_site: OpenSite) -> None:
    site = await open_site(
        BACKSTAY_HTTP_PUBLIC_URL="https://app.example.org",
        BACKSTAY_IDENTITY_PASSKEY_DOMAIN="example.org",
        BACKSTAY_IDENTITY_PASSKEY_ORIGINS="https://www.example.org",
        BACKSTAY_IDENTITY_PASSKEY_TIMEOUT="60",
    )
    tokens = await site.sign_up()
    passkey = SoftAuthenticator("https://www.example.org")
    await added(site, tokens["access_token"], passkey)
    passkey.origin = "https://app.example.org"
    options = (await site.post("/auth/passkey/options")).json()
    assert (options["rpId"], options["timeout"]) == ("example.org", 60_000)
    assert (await site.post("/auth/passkey", {"credential": passkey.get(options)})).status_code == 200
    passkey.origin = "https://api.example.org"
    assert refused(await sign_in(site, passkey))


async def test_without_its_app_an_account_with_a_passkey_keeps_its_codes(site: Site) -> None:
    tokens = await site.sign_up()
    begun = (await site.post("/account/factors/totp", {}, tokens["access_token"])).json()
    path = f"/account/factors/{begun['factor_id']}"
    code = {"code": App(site, begun["secret"]).code()}
    enrolled = (await site.post(f"{path}/confirm", code, tokens["access_token"])).json()
    done = await added(site, enrolled["session"]["access_token"], SoftAuthenticator(ORIGIN))
    assert done["recovery_codes"] == []
    gone = await site.call("DELETE", f"/v1{path}", token=done["session"]["access_token"])
    assert gone.status_code == 204
    pending = await site.sign_in()
    assert pending["second_factor"] is True
    body = {"recovery_code": enrolled["recovery_codes"][0]}
    answer = await site.post("/account/second-factor", body, pending["access_token"])
    assert answer.status_code == 200
