"""Second factors: each code once, no way around them, and what ends whose session."""

from __future__ import annotations

import asyncio
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pyotp
import pytest

from backstay.systems.identity.service import totp
from backstay.systems.identity.service.recovery import new_set
from tests.systems.identity.conftest import MAIL, OTHER_PASSWORD, PASSWORD, OpenSite, Site
from tests.systems.identity.test_accounts import rows_of

RFC_SECRET = b"12345678901234567890"
RFC_6238 = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
"""Appendix B, SHA-1; the standard shows eight digits, of which apps show the last six."""


@pytest.mark.parametrize(("moment", "code"), RFC_6238.items())
def test_the_values_of_the_standard(moment: int, code: str) -> None:
    now = datetime.fromtimestamp(moment, UTC)
    assert totp.step_of(RFC_SECRET, code[-6:], now) == moment // 30
    for seconds, found in ((-60, False), (-30, True), (30, True), (60, False)):
        near = totp.step_of(RFC_SECRET, code[-6:], now + timedelta(seconds=seconds))
        assert (near == moment // 30) == found, seconds


class App:
    """Somebody's authenticator."""

    def __init__(self, site: Site, secret: str) -> None:
        self.site = site
        self.values = pyotp.TOTP(secret)

    def code(self) -> str:
        """The code of this moment, which was not used before."""
        self.site.clock.move(timedelta(seconds=30))
        return str(self.values.at(self.site.clock.now()))


async def enrolled(site: Site) -> tuple[App, dict[str, Any], list[str]]:
    """An account with a second factor: its app, its session, its recovery codes."""
    tokens = await site.sign_up()
    begun = (await site.post("/account/factors/totp", {"name": "phone"}, tokens["access_token"])).json()
    app = App(site, begun["secret"])
    path = f"/account/factors/{begun['factor_id']}/confirm"
    done = await site.post(path, {"code": app.code()}, tokens["access_token"])
    assert done.status_code == 200, done.text
    return app, done.json()["session"], done.json()["recovery_codes"]


async def test_enrolling(site: Site) -> None:
    tokens = await site.sign_up()
    begun = (await site.post("/account/factors/totp", {"name": "phone"}, tokens["access_token"])).json()
    assert len(begun["secret"]) == 32
    uri = pyotp.parse_uri(begun["uri"])
    assert (uri.secret, uri.name, uri.issuer) == (begun["secret"], MAIL, "backstay")
    assert ET.parse(io.StringIO(begun["qr_svg"])).getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert begun["qr_png"].startswith("data:image/png;base64,iVBOR")
    assert await site.who(tokens["access_token"]) == 200  # it counts for nothing yet
    path = f"/account/factors/{begun['factor_id']}/confirm"
    wrong = await site.post(path, {"code": "000000"}, tokens["access_token"])
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_code")
    app = App(site, begun["secret"])
    code = app.code()
    done = (await site.post(path, {"code": code}, tokens["access_token"])).json()
    assert done["session"]["assurance"] == 2
    assert done["session"]["session_id"] != tokens["session_id"]
    assert len(set(done["recovery_codes"])) == 10
    assert {len(one) for one in done["recovery_codes"]} == {18}
    (factor,) = (await site.get("/account/factors", done["session"]["access_token"])).json()
    assert (factor["kind"], factor["name"], "secret" in factor) == ("totp", "phone", False)
    again = await site.post("/account/second-factor", {"code": code}, done["session"]["access_token"])
    assert again.json()["code"] == "wrong_code"  # enrolling used it up


async def test_without_the_second_factor_a_session_may_do_nothing_else(site: Site) -> None:
    app, _, _ = await enrolled(site)
    pending = await site.sign_in()
    assert (pending["assurance"], pending["second_factor"]) == (1, True)
    for endpoint in site.house.app.router.endpoints:
        if endpoint.permission is None or endpoint.permission.name == "identity:second-factor":
            continue
        answer = await site.call(
            endpoint.route.method,
            endpoint.template.replace("{", "").replace("}", ""),
            {},
            pending["access_token"],
        )
        assert answer.status_code in {403, 404}, endpoint.template
    assert await site.who(pending["access_token"]) == 403
    renewed = (await site.refresh(pending["refresh_token"])).json()
    assert (renewed["second_factor"], await site.who(renewed["access_token"])) == (True, 403)
    whole = await site.post("/account/second-factor", {"code": app.code()}, renewed["access_token"])
    assert (whole.json()["assurance"], whole.json()["second_factor"]) == (2, False)
    assert whole.json()["session_id"] != pending["session_id"]
    assert await site.who(whole.json()["access_token"]) == 200


async def test_sessions_from_before_the_factor_must_show_it(site: Site) -> None:
    await site.sign_up()
    old = await site.sign_in()
    assert await site.who(old["access_token"]) == 200
    begun = (await site.post("/account/factors/totp", {}, old["access_token"])).json()
    other = await site.sign_in()
    code = App(site, begun["secret"]).code()
    await site.post(f"/account/factors/{begun['factor_id']}/confirm", {"code": code}, old["access_token"])
    await site.catch_up()
    assert await site.who(other["access_token"]) == 403


async def test_of_twenty_who_show_one_code_at_once_one_is_let_in(site: Site) -> None:
    app, _, _ = await enrolled(site)
    pending = [await site.sign_in() for _ in range(4)]
    code = app.code()
    answers = await asyncio.gather(
        *(site.post("/account/second-factor", {"code": code}, one["access_token"]) for one in pending)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_a_code_is_dead_in_the_whole_window_and_so_are_older_ones(site: Site) -> None:
    app, session, _ = await enrolled(site)
    earlier = app.code()
    used = app.code()
    pending = await site.sign_in()
    assert (
        await site.post("/account/second-factor", {"code": used}, pending["access_token"])
    ).status_code == 200
    pending = await site.sign_in()
    for code in (used, earlier):
        answer = await site.post("/account/second-factor", {"code": code}, pending["access_token"])
        assert answer.json()["code"] == "wrong_code"
    assert await site.who(session["access_token"]) == 200


async def test_five_wrong_codes_end_the_session_that_tries(site: Site) -> None:
    app, session, _ = await enrolled(site)
    pending = await site.sign_in()
    for _ in range(5):
        wrong = await site.post("/account/second-factor", {"code": "000000"}, pending["access_token"])
        assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_code")
    await site.catch_up()
    over = await site.post("/account/second-factor", {"code": app.code()}, pending["access_token"])
    assert over.json()["code"] == "session_over"
    next_one = await site.sign_in()
    site.clock.move(timedelta(seconds=-30))
    refused = await site.post("/account/second-factor", {"code": "000000"}, next_one["access_token"])
    assert refused.status_code == 429  # counted for the account, over sessions and factors
    assert await site.who(session["access_token"]) == 200
    site.clock.move(timedelta(seconds=30))
    right = await site.post("/account/second-factor", {"code": app.code()}, next_one["access_token"])
    assert right.status_code == 200


def test_the_codes_of_a_set_have_names_of_their_own() -> None:
    for _ in range(200):  # ten random names of 1024 collide in one set of 23
        assert len({code[:2] for code in new_set()}) == 10


async def test_a_recovery_code_works_once(site: Site) -> None:
    _, _, codes = await enrolled(site)
    pending = [await site.sign_in() for _ in range(3)]
    shown = f"{codes[0][:2]} {codes[0][2:10]}-{codes[0][10:].lower()}"
    answers = await asyncio.gather(
        *(
            site.post("/account/second-factor", {"recovery_code": shown}, one["access_token"])
            for one in pending
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401]
    for wrong in (
        codes[0],
        codes[1][:-1] + ("B" if codes[1][-1] == "A" else "A"),
        codes[1][:-1],
        "",
        codes[1][:2],
    ):
        answer = await site.post(
            "/account/second-factor", {"recovery_code": wrong}, pending[0]["access_token"]
        )
        assert answer.status_code in {401, 429}, wrong


async def test_new_recovery_codes_end_the_old_and_doubt_the_sessions_that_used_them(site: Site) -> None:
    _, session, codes = await enrolled(site)
    pending = await site.sign_in()
    body = {"recovery_code": codes[0]}
    recovered = (await site.post("/account/second-factor", body, pending["access_token"])).json()
    assert await site.who(recovered["access_token"]) == 200
    made = await site.post("/account/recovery-codes", {}, session["access_token"])
    assert made.status_code == 201
    assert not set(made.json()["codes"]) & set(codes)
    await site.catch_up()
    assert [await site.who(one["access_token"]) for one in (session, recovered)] == [200, 403]
    pending = await site.sign_in()
    old = await site.post("/account/second-factor", {"recovery_code": codes[1]}, pending["access_token"])
    assert old.status_code == 401


async def test_a_reset_by_mail_does_not_go_around_the_second_factor(site: Site) -> None:
    await enrolled(site)
    await site.post("/auth/forgot", {"mail": MAIL})
    await site.post("/auth/reset", {"token": await site.token(), "password": OTHER_PASSWORD})
    signed_in = await site.sign_in(password=OTHER_PASSWORD)
    assert (signed_in["second_factor"], await site.who(signed_in["access_token"])) == (True, 403)


async def test_removing_needs_a_fresh_sign_in_and_takes_the_codes_along(site: Site) -> None:
    app, session, codes = await enrolled(site)
    (factor,) = (await site.get("/account/factors", session["access_token"])).json()
    path = f"/v1/account/factors/{factor['id']}"
    site.clock.move(timedelta(minutes=11))
    session = (await site.refresh(session["refresh_token"])).json()
    stale = await site.call("DELETE", path, token=session["access_token"])
    assert stale.json()["code"] == "fresh_sign_in_needed"
    codes_too = await site.post("/account/recovery-codes", {}, session["access_token"])
    assert codes_too.json()["code"] == "fresh_sign_in_needed"
    # A second factor alone makes nothing fresh, and neither does the password.
    shown = await site.post("/account/second-factor", {"code": app.code()}, session["access_token"])
    session = shown.json()
    stale = await site.call("DELETE", path, token=session["access_token"])
    assert stale.json()["code"] == "fresh_sign_in_needed"
    half = await site.post("/account/confirm", {"password": PASSWORD}, session["access_token"])
    assert (half.status_code, half.json()["code"]) == (403, "second_factor_needed")
    for wrong in ({"code": "000000"}, {"recovery_code": codes[0][:-1]}, {"sms_code": "000000"}):
        answer = await site.post("/account/confirm", {"password": PASSWORD, **wrong}, session["access_token"])
        assert (answer.status_code, answer.json()["code"]) == (401, "wrong_code")
    code = app.code()
    body = {"password": OTHER_PASSWORD, "code": code}
    assert (await site.post("/account/confirm", body, session["access_token"])).status_code == 401
    body = {"password": PASSWORD, "code": code}
    fresh = (await site.post("/account/confirm", body, session["access_token"])).json()
    assert fresh["assurance"] == 2
    assert (await site.call("DELETE", path, token=fresh["access_token"])).status_code == 204
    assert (await site.call("DELETE", path, token=fresh["access_token"])).status_code == 404
    await site.catch_up()
    signed_in = await site.sign_in()
    assert (signed_in["second_factor"], await site.who(signed_in["access_token"])) == (False, 200)
    body = {"recovery_code": codes[0]}
    answer = await site.post("/account/second-factor", body, signed_in["access_token"])
    assert answer.status_code == 401
    needed = await site.post("/account/recovery-codes", {}, signed_in["access_token"])
    assert needed.json()["code"] == "second_factor_needed"


async def test_nobody_touches_the_factor_of_another(site: Site) -> None:
    _, session, _ = await enrolled(site)
    (factor,) = (await site.get("/account/factors", session["access_token"])).json()
    eve = await site.sign_up("eve@example.test", OTHER_PASSWORD, "Eve")
    path = f"/v1/account/factors/{factor['id']}"
    assert (await site.call("DELETE", path, token=eve["access_token"])).status_code == 404
    confirm = await site.call("POST", f"{path}/confirm", {"code": "000000"}, eve["access_token"])
    assert (confirm.status_code, confirm.json()["code"]) == (404, "no_such_factor")


async def test_a_factor_added_elsewhere_counts_at_once_for_what_matters(open_site: OpenSite) -> None:
    here, there = await open_site(), await open_site()
    await here.sign_up()
    other = await here.sign_in()
    assert await there.who(other["access_token"]) == 200  # there it is known, and trusted for a moment
    mine = await here.sign_in()
    begun = (await here.post("/account/factors/totp", {}, mine["access_token"])).json()
    path = f"/account/factors/{begun['factor_id']}/confirm"
    code = App(here, begun["secret"]).code()
    assert (await here.post(path, {"code": code}, mine["access_token"])).status_code == 200
    tried = await there.post("/account/factors/totp", {}, other["access_token"])
    assert (tried.status_code, tried.json()["code"]) in {(403, "second_factor_needed"), (403, "forbidden")}
    assert len(await rows_of(here.database, "identity_factors")) == 1
