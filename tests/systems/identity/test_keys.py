"""Signing keys over processes and rotations; access tokens; cookies."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from backstay.systems.identity.service.tokens import Access
from backstay.systems.identity.service.upkeep import tidy
from tests.systems.identity.conftest import MAIL, PASSWORD, OpenSite, Site


async def test_anybody_can_check_our_access_tokens_with_the_published_keys(site: Site) -> None:
    tokens = await site.sign_up()
    answer = await site.house.client.get("/.well-known/jwks.json")
    assert answer.headers["cache-control"] == "public, max-age=600"
    assert answer.headers["content-type"] == "application/json"
    (jwk,) = answer.json()["keys"]
    assert set(jwk) == {"kty", "crv", "x", "kid", "use", "alg"}
    header = jwt.get_unverified_header(tokens["access_token"])
    assert header == {"alg": "EdDSA", "typ": "at+jwt", "kid": jwk["kid"]}
    unjudged = {"verify_exp": False, "verify_iat": False}
    claims = jwt.decode(
        tokens["access_token"],
        jwt.PyJWK(jwk).key,
        algorithms=["EdDSA"],
        audience="backstay",
        issuer="backstay",
        options=unjudged,  # type: ignore[arg-type]  # the stub wants its own TypedDict
    )
    assert claims["sid"] == tokens["session_id"]
    assert (claims["exp"] - claims["iat"], claims["gen"], claims["epoch"]) == (300, 1, 1)


async def test_processes_share_keys_and_a_rotation_refuses_nobody(open_site: OpenSite) -> None:
    here, there = await open_site(), await open_site()
    tokens = await here.sign_up()
    assert await there.who(tokens["access_token"]) == 200
    here.clock.move(timedelta(days=29))
    tokens = (await there.refresh(tokens["refresh_token"])).json()
    here.clock.move(timedelta(days=1))
    await tidy(here.database)

    def kid(access_token: str) -> Any:
        return jwt.get_unverified_header(access_token)["kid"]

    old = kid(tokens["access_token"])
    for site in (here, there):
        await site.catch_up()
        tokens = (await site.refresh(tokens["refresh_token"])).json()
        assert kid(tokens["access_token"]) == old  # the next key is published before it signs
        await site.who(tokens["access_token"])
        published = (await site.house.client.get("/.well-known/jwks.json")).json()["keys"]
        assert len(published) == 2
    here.clock.move(timedelta(minutes=10))
    before = (await here.refresh(tokens["refresh_token"])).json()
    assert kid(before["access_token"]) != old
    assert [await site.who(before["access_token"]) for site in (here, there)] == [200, 200]
    here.clock.move(timedelta(minutes=7))
    await tidy(here.database)
    await here.catch_up()
    after = (await here.refresh(before["refresh_token"])).json()
    assert await here.who(after["access_token"]) == 200
    published = (await here.house.client.get("/.well-known/jwks.json")).json()["keys"]
    assert [key["kid"] for key in published] == [kid(after["access_token"])]


async def test_a_token_for_somebody_else_or_of_the_wrong_form_is_refused(site: Site) -> None:
    tokens = await site.sign_up()
    good = site.identity.tokens.open_access(tokens["access_token"])
    now = site.clock.now()
    key = site.identity.keyring._signing[0]

    def sign(claims: dict[str, Any], kind: str = "at+jwt") -> str:
        headers = {"typ": kind, "kid": key.kid}
        return jwt.api_jws.encode(json.dumps(claims).encode(), key.private, "EdDSA", headers)

    claims = {
        "iss": "backstay",
        "aud": "backstay",
        "sub": str(good.user_id),
        "sid": str(good.session_id),
        "gen": 1,
        "epoch": 1,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 300,
    }
    assert await site.who(sign(claims)) == 200
    for change in (
        {"iss": "somebody"},
        {"iss": ["backstay"]},
        {"aud": ["backstay"]},
        {"aud": "somebody"},
        {"sub": str(uuid4())},
        {"sid": str(uuid4())},
        {"sid": "x"},
        {"sid": None},
        {"epoch": 0},
        {"epoch": 2},
        {"epoch": True},
        {"exp": "soon"},
        {"exp": int(now.timestamp())},
        {"nbf": int(now.timestamp()) + 1},
        {"nbf": "now"},
        {"gen": 1.5},
    ):
        assert await site.who(sign(claims | change)) == 401, change
    assert await site.who(sign(claims, "JWT")) == 401
    later = sign(claims | {"nbf": int(now.timestamp()) + 60})
    assert await site.who(later) == 401
    site.clock.move(timedelta(seconds=60))
    assert await site.who(later) == 200


async def test_a_forged_token_is_refused_and_asks_the_database_once_a_second_at_most(site: Site) -> None:
    tokens = await site.sign_up()
    forged = tokens["access_token"][:-4] + "AAAA"
    await site.who(forged)
    for _ in range(5):
        assert await site.who(forged) == 401
        statements = [m for m in site.house.records[-1].moments if m.kind == "statement"]
        assert statements == []


async def test_an_access_token_never_outlives_its_session(site: Site) -> None:
    now = site.clock.now()
    access = Access(uuid4(), uuid4(), 1, 1, now.timestamp() + 7)
    opened = site.identity.tokens.open_access(site.identity.tokens.access_token(access, now))
    assert opened.expires == now.timestamp() + 7


async def _cookie(site: Site, **headers: str) -> str:
    body = {"mail": MAIL, "password": PASSWORD, "cookie": True}
    answer = await site.post("/auth/sign-in", body, x_requested_with="test", **headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["access_token"] is answer.json()["refresh_token"] is None
    site.house.client.cookies.clear()
    return str(answer.headers["set-cookie"])


async def test_a_browser_is_signed_in_by_a_cookie_that_other_sites_cannot_use(site: Site) -> None:
    await site.sign_up()
    cookie = await _cookie(site)
    name, _, rest = cookie.partition("=")
    value = rest.partition(";")[0]
    assert name == "backstay_session"
    assert rest.partition(";")[2] == " Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax"
    jar = {"cookie": f"a=b; backstay_session={value}"}
    assert (await site.get("/account", **jar)).status_code == 200
    change = {"name": "Ada the First"}
    for headers, status in (
        ({}, 403),
        ({"origin": "http://evil.test"}, 403),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "null", "sec_fetch_site": "cross-site"}, 403),
        ({"origin": "null", "sec_fetch_site": "same-origin"}, 200),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"origin": "http://testserver"}, 200),
        ({"x_requested_with": "fetch"}, 200),
    ):
        answer = await site.call("PATCH", "/v1/account", change, **jar, **headers)
        assert answer.status_code == status, headers
    out = await site.post("/auth/sign-out", **jar, origin="http://testserver")
    assert out.headers["set-cookie"] == "backstay_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
    await site.catch_up()
    assert (await site.get("/account", **jar)).status_code == 401
    again = await site.post("/auth/sign-out", **jar, origin="http://testserver")
    assert (again.status_code, again.headers["set-cookie"]) == (204, out.headers["set-cookie"])


async def test_signing_in_again_ends_the_session_of_the_cookie_before(site: Site) -> None:
    tokens = await site.sign_up()
    jar = (await _cookie(site)).partition(";")[0]
    another = (await _cookie(site, cookie="backstay_session=nonsense")).partition(";")[0]
    after = (await _cookie(site, cookie=jar)).partition(";")[0]
    await site.catch_up()
    statuses = [(await site.get("/account", cookie=one)).status_code for one in (jar, after, another)]
    assert statuses == [401, 200, 200]
    # What is no browser's is left alone.
    assert await site.who(tokens["access_token"]) == 200


async def test_signing_in_for_a_cookie_cannot_be_provoked_by_another_site(site: Site) -> None:
    await site.sign_up()
    body = {"mail": MAIL, "password": PASSWORD, "cookie": True}
    for headers in ({}, {"origin": "http://evil.test"}, {"sec_fetch_site": "cross-site"}):
        answer = await site.post("/auth/sign-in", body, **headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")
        assert "set-cookie" not in answer.headers


async def test_over_tls_the_cookie_is_bound_to_the_host_and_a_plain_one_is_not_taken(
    open_site: OpenSite,
) -> None:
    site = await open_site(BACKSTAY_HTTP_PUBLIC_URL="https://shop.example")
    await site.sign_up()
    cookie = await _cookie(site)
    assert cookie.startswith("__Host-backstay_session=bsc_")
    assert cookie.endswith("; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax; Secure")
    value = cookie.partition("=")[2].partition(";")[0]
    good = await site.get("/account", cookie=f"__Host-backstay_session={value}")
    assert good.status_code == 200
    plain = await site.get("/account", cookie=f"backstay_session={value}")
    assert (plain.status_code, plain.json()["code"]) == (401, "unauthenticated")


async def test_a_cookie_is_no_token_and_a_token_is_no_cookie(site: Site) -> None:
    tokens = await site.sign_up()
    cookie = (await _cookie(site)).partition("=")[2].partition(";")[0]
    assert (await site.refresh(cookie)).status_code == 401
    assert (await site.get("/account", cookie)).status_code == 401
    made = site.identity.tokens.cookie(site.identity.tokens.open_access(tokens["access_token"]).session_id)
    assert (await site.get("/account", cookie=f"backstay_session={made}")).status_code == 401
    forged = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")
    for value in (forged, "x", "bsc_", tokens["refresh_token"], tokens["access_token"]):
        answer = await site.get("/account", cookie=f"backstay_session={value}")
        assert answer.status_code == 401, value


@pytest.mark.parametrize("path", ["/auth/sign-in", "/auth/sign-up", "/auth/verify", "/auth/reset"])
async def test_bad_input_names_every_field(site: Site, path: str) -> None:
    answer = await site.post(path, {"mail": "x", "password": "", "token": "", "extra": 1})
    assert answer.status_code == 422
    pointers = {error["pointer"] for error in answer.json()["errors"]}
    assert {"/password", "/extra"} <= pointers
