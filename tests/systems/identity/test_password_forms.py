"""Every form that takes a password, and every code that is kept: what ASVS 5.0 asks of them in V6."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from backstay.app import MODULES
from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import statement
from backstay.kernel.settings import SettingsError, load
from backstay.systems.identity.errors import WeakPassword
from backstay.systems.identity.module import module as identity
from backstay.systems.identity.service import operating
from backstay.systems.identity.service.recovery import new_set
from backstay.systems.identity.service.setting_up import greet
from backstay.systems.identity.settings import IdentitySettings
from backstay.systems.identity.tables import recovery_codes
from tests.systems.identity.conftest import MAIL, OTHER_PASSWORD, PASSWORD, OpenSite, Site
from tests.systems.identity.test_accounts import rows_of
from tests.systems.identity.test_factors import enrolled

LONG = "".join(f"{word} " for word in ("one", "owl", "reads", "eight", "maps") * 20)[:64]
LONGEST = (
    LONG + " and then, by moonlight, it reads another one of those" + "".join(map(chr, range(0x430, 0x600)))
)[:256]
NAME = "Lovelace"
CODES = statement(select(recovery_codes.c.code), bytes)
OF_THE_PERSON = "lovelace-ada-1815"
OF_THE_HOUSE = "Harbourmaster!!2026"


@pytest.mark.parametrize("password", [LONG, LONGEST])
async def test_long_passwords_are_taken_whole(site: Site, password: str) -> None:
    await site.sign_up(password=password)
    await site.sign_in(password=password)
    for wrong in (password[:-1], password.upper(), password[:63]):
        answer = await site.post("/auth/sign-in", {"mail": MAIL, "password": wrong})
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_credentials")
    too_long = await site.post("/auth/sign-up", {"mail": "b@example.test", "password": LONGEST + "x"})
    assert too_long.status_code == 422
    assert [error["pointer"] for error in too_long.json()["errors"]] == ["/password"]


async def test_a_password_holds_for_years(site: Site) -> None:
    await site.sign_up()
    site.clock.move(timedelta(days=5 * 365))
    signed_in = await site.sign_in()
    assert await site.who(signed_in["access_token"]) == 200


async def test_every_form_knows_the_words_of_the_person_and_of_the_house(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_APP_NAME="Harbourmaster")
    tokens = await site.sign_up(name=NAME)
    token = tokens["access_token"]

    async def refused(path: str, body: dict[str, Any], token: str = "") -> None:
        for weak in (OF_THE_PERSON, OF_THE_HOUSE):
            answer = await site.post(path, {**body, "password": weak}, token)
            assert (answer.status_code, answer.json()["code"]) == (422, "weak_password"), (path, weak)
            assert [error["pointer"] for error in answer.json()["errors"]] == ["/password"]
            assert answer.json()["detail"] == "is mostly your name, your address or ours"

    await refused("/auth/sign-up", {"mail": "ada@lovelace.example", "name": "A."})
    await refused("/account/password", {"current_password": PASSWORD}, token)
    await site.post("/auth/forgot", {"mail": MAIL})
    await refused("/auth/reset", {"token": await site.token()})
    for weak in (OF_THE_PERSON, OF_THE_HOUSE):
        with pytest.raises(WeakPassword):
            await operating.create(site.database, "ada@example.org", NAME, weak)
    assert await site.sign_in()
    assert len(await rows_of(site.database, "identity_users")) == 1


async def test_the_first_owner_s_form_knows_them_too(open_site: OpenSite) -> None:
    site = await open_site(MODULES, BACKSTAY_APP_NAME="Harbourmaster")
    (greeting,) = await greet(site.database, site.house.backend.settings)
    token = greeting.path.rpartition("/")[2]
    order = {"token": token, "mail": "ada@example.test", "name": NAME, "password": PASSWORD}
    for weak in (OF_THE_PERSON, OF_THE_HOUSE):
        answer = await site.post("/auth/setup", {**order, "password": weak})
        assert (answer.status_code, answer.json()["code"]) == (422, "weak_password")
    assert (await site.post("/auth/setup", order)).status_code == 201


async def test_a_mailed_code_is_of_its_purpose_alone(site: Site) -> None:
    await site.post("/auth/sign-up", {"mail": MAIL, "password": PASSWORD})
    verify = await site.token()
    reset = await site.post("/auth/reset", {"token": verify, "password": OTHER_PASSWORD})
    change = await site.post("/auth/change-mail", {"token": verify})
    assert [(one.status_code, one.json()["code"]) for one in (reset, change)] == [
        (404, "no_such_mail_token")
    ] * 2
    assert (await site.post("/auth/verify", {"token": verify, "password": PASSWORD})).status_code == 200
    await site.post("/auth/forgot", {"mail": MAIL})
    reset_token = await site.token()
    body = {"token": reset_token, "password": PASSWORD}
    for path, wrong in (("/auth/verify", body), ("/auth/change-mail", {"token": reset_token})):
        answer = await site.post(path, wrong)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_mail_token"), path
    assert (await site.post("/auth/reset", {**body, "password": OTHER_PASSWORD})).status_code == 204


async def test_recovery_codes_are_kept_as_salted_password_hashes(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_IDENTITY_HASH_MEMORY="64", BACKSTAY_IDENTITY_HASH_PASSES="2")
    _, session, codes = await enrolled(site)
    user_id = (await site.get("/account", session["access_token"])).json()["id"]
    rows = await rows_of(site.database, "identity_recovery_codes")
    kept = await site.database.reader(SYSTEM).all(CODES)
    opened = [site.identity.passwords._open(UUID(user_id), sealed) for sealed in kept]
    assert len(opened) == 10
    for stored in opened:
        assert stored.startswith("$argon2id$v=19$m=64,t=2,p=1$")
    assert len({stored.split("$")[4] for stored in opened}) == 10  # a salt each
    whole = str(rows) + "".join(opened)
    assert not any(code[2:] in whole for code in codes)


def test_recovery_codes_have_eighty_bits_beyond_their_names() -> None:
    letters = [letter for _ in range(100) for code in new_set() for letter in code]
    assert {len(code) for code in new_set()} == {18}
    assert set(letters) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


async def test_the_plain_pages_hide_what_is_typed(site: Site) -> None:
    for purpose, complete in (("verify", "current-password"), ("reset", "new-password")):
        page = (await site.call("GET", f"/account/{purpose}/bsl_x")).text
        assert page.count('type="password"') == 1
        assert f'autocomplete="{complete}"' in page
        assert "onpaste" not in page


async def test_eight_characters_are_enough_where_nobody_is_in_with_them_alone(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_IDENTITY_SECOND_FACTOR="required", BACKSTAY_IDENTITY_PASSWORD_MINIMUM="8")
    short = {"mail": MAIL, "name": "Ada", "password": "x7#kQ!v"}
    answer = await site.post("/auth/sign-up", short)
    assert (answer.status_code, answer.json()["code"]) == (422, "weak_password")
    assert answer.json()["detail"] == "must have at least 8 characters"
    session = await site.sign_up(password="x7#kQ!v9")
    assert (session["assurance"], session["enrolment"]) == (1, True)


def test_a_short_password_alone_stops_the_start() -> None:
    with pytest.raises(SettingsError, match='below 15 it needs second_factor = "required"'):
        load([identity], {"BACKSTAY_IDENTITY_PASSWORD_MINIMUM": "14"})
    assert load([identity], {}).module(IdentitySettings).password_minimum == 15
