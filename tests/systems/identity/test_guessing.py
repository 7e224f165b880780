"""Guesses: exactly those that are allowed are looked at, however many come at once."""

from __future__ import annotations

import asyncio
import threading
from contextvars import Context
from datetime import timedelta

import pytest

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.database import UnitOfWork
from backstay.systems.identity.service.guessing import network_of
from tests.systems.identity.conftest import MAIL, OTHER_PASSWORD, PASSWORD, OpenSite, Site

WRONG = {"mail": MAIL, "password": OTHER_PASSWORD}


@pytest.mark.parametrize("mail", [MAIL, "nobody@example.test"])
async def test_of_two_hundred_guesses_at_once_five_are_looked_at(site: Site, mail: str) -> None:
    await site.sign_up()
    await site.post("/auth/sign-in", {"mail": "zoe@example.test", "password": "x"})  # makes the dummy hash
    before = site.identity.passwords.checked
    answers = await asyncio.gather(*(site.post("/auth/sign-in", {**WRONG, "mail": mail}) for _ in range(200)))
    codes = [answer.json()["code"] for answer in answers]
    assert (codes.count("bad_credentials"), codes.count("too_many_guesses")) == (5, 195)
    assert site.identity.passwords.checked - before == 5
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["retry-after"] == "30"


async def test_people_of_one_network_who_sign_in_at_once_do_not_hinder_each_other(site: Site) -> None:
    await site.sign_up()
    guesses = site.identity.guesses

    async def count(uow: UnitOfWork) -> list[int]:
        return list((await guesses.reserve(uow, [guesses.network(None)])).values())

    async with site.database.transaction(ANONYMOUS) as slow:
        site.clock.move(timedelta(seconds=1))  # the other one begins later and is there first
        other = asyncio.create_task(site.database.run(ANONYMOUS, count), context=Context())
        assert await other == [1]
        assert await count(slow) == [2]


async def test_the_delay_doubles_up_to_its_limit_and_the_right_password_ends_it(site: Site) -> None:
    await site.sign_up()
    for _ in range(5):
        assert (await site.post("/auth/sign-in", WRONG)).status_code == 401
    for delay in (30, 60, 120, 240, 480, 900, 900):
        right = await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})
        assert (right.status_code, right.headers["retry-after"]) == (429, str(delay))
        site.clock.move(timedelta(seconds=delay))
        assert (await site.post("/auth/sign-in", WRONG)).status_code == 401
    site.clock.move(timedelta(seconds=900))
    await site.sign_in()
    for _ in range(4):
        assert (await site.post("/auth/sign-in", WRONG)).status_code == 401
    await site.sign_in()


async def test_a_living_session_goes_on_while_guesses_are_refused(site: Site) -> None:
    tokens = await site.sign_up()
    guesses = [(await site.post("/auth/sign-in", WRONG)).status_code for _ in range(6)]
    assert guesses == [401] * 5 + [429]
    assert await site.who(tokens["access_token"]) == 200
    assert (await site.refresh(tokens["refresh_token"])).status_code == 200


async def test_after_a_hundred_in_a_row_only_a_reset_helps(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_IDENTITY_NETWORK_GUESSES="10000")
    await site.sign_up()
    for _ in range(100):
        assert (await site.post("/auth/sign-in", WRONG)).status_code == 401
        site.clock.move(timedelta(seconds=900))
    refused = await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})
    assert refused.status_code == 429
    await site.post("/auth/forgot", {"mail": MAIL})
    reset = await site.post("/auth/reset", {"token": await site.token(), "password": OTHER_PASSWORD})
    assert reset.status_code == 204
    await site.sign_in(password=OTHER_PASSWORD)


async def test_a_network_has_a_limit_of_its_own(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_IDENTITY_NETWORK_GUESSES="3")
    await site.sign_up()
    for name in ("a", "b", "c"):
        wrong = await site.post("/auth/sign-in", {"mail": f"{name}@example.test", "password": "x"})
        assert wrong.status_code == 401
    refused = await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_guesses")
    site.clock.move(timedelta(hours=1, seconds=1))
    await site.sign_in()


async def test_nobody_closes_a_network_or_a_mailbox_for_good(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_IDENTITY_NETWORK_GUESSES="3", BACKSTAY_IDENTITY_FREE_GUESSES="2")
    await site.sign_up()
    for n in range(120):
        wrong = await site.post("/auth/sign-in", {"mail": f"{n}@example.test", "password": "x"})
        asked = await site.post("/auth/forgot", {"mail": MAIL})
        assert (wrong.status_code, asked.status_code) == (401, 202)
        site.clock.move(timedelta(seconds=900))
    await site.sign_in()
    site.clock.move(timedelta(hours=1, seconds=1))
    assert (await site.post("/auth/forgot", {"mail": MAIL})).status_code == 202
    await site.sign_in()


async def test_mails_to_one_address_have_a_limit(site: Site) -> None:
    for mail in (MAIL, "nobody@example.test"):
        statuses = [(await site.post("/auth/forgot", {"mail": mail})).status_code for _ in range(6)]
        assert statuses == [202] * 5 + [429]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"),
        ("not an address", ""),
        (None, ""),
    ],
)
def test_networks(address: str | None, network: str) -> None:
    assert network_of(address) == network


async def test_more_sign_ins_than_there_is_memory_for_are_refused(open_site: OpenSite) -> None:
    site = await open_site(
        BACKSTAY_IDENTITY_HASH_THREADS="1",
        BACKSTAY_IDENTITY_HASH_QUEUE="2",
        BACKSTAY_IDENTITY_HASH_MEMORY="8192",
    )
    await site.sign_up()
    passwords = site.identity.passwords
    go_on = threading.Event()
    # Three at work or waiting: as many as there may be.
    busy_with = [asyncio.create_task(passwords._run(go_on.wait)) for _ in range(3)]
    await asyncio.sleep(0)
    refused = await site.post("/auth/sign-in", {"mail": "bob@example.test", "password": "x"})
    assert (refused.status_code, refused.json()["code"]) == (503, "passwords_busy")
    assert refused.headers["retry-after"] == "1"
    go_on.set()
    assert await asyncio.gather(*busy_with) == [True] * 3
    wrong = await site.post("/auth/sign-in", {"mail": "bob@example.test", "password": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "bad_credentials")
    await site.sign_in()
