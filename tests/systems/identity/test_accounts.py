"""Signing up and in, resets, changes of address: what is told, to whom, and what ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from backstay.kernel.database import Database
from backstay.kernel.database.compiled import Compiled
from tests.systems.identity.conftest import MAIL, OTHER_PASSWORD, PASSWORD, OpenSite, Site

NOBODY = "nobody@example.test"


async def rows_of(database: Database, table: str) -> list[tuple[str, ...]]:
    sql = f"SELECT * FROM {table}"
    rows = await database._engine.fetch(Compiled("test.rows", sql, (), frozenset(), tuple), [])
    return [tuple(map(str, row)) for row in rows]


async def test_an_account_from_sign_up_to_sign_in(site: Site) -> None:
    wanted = {"mail": "Ada@Example.TEST", "password": PASSWORD, "name": " Ada ", "locale": "en-GB"}
    answer = await site.post("/auth/sign-up", wanted)
    assert (answer.status_code, answer.json()) == (
        202,
        {"message": "If this address can be used, a mail is on its way to it."},
    )
    early = await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})
    assert (early.status_code, early.json()["code"]) == (403, "mail_not_verified")

    made = await site.post("/auth/verify", {"token": await site.token(), "password": PASSWORD})
    account = (await site.get("/account", made.json()["access_token"])).json()
    assert account == {
        "id": account["id"],
        "mail": "Ada@example.test",
        "name": "Ada",
        "locale": "en-GB",
        "verified_at": "2026-01-01T00:00:00Z",
        "has_password": True,
        "created_at": "2026-01-01T00:00:00Z",
        "organization_id": account["id"],
        "assurance": 1,
        "impersonator_id": None,
        "permissions": ["identity:enrol", "identity:second-factor", "identity:self"],
    }
    assert UUID(account["id"]).version == 7
    signed_in = await site.sign_in("ADA@EXAMPLE.TEST")
    assert signed_in["session_id"] != made.json()["session_id"]


async def test_nothing_secret_is_in_the_database(site: Site) -> None:
    tokens = await site.sign_up()
    await site.post("/auth/forgot", {"mail": MAIL})
    link = await site.token()
    for table in ("identity_users", "identity_sessions", "identity_mail_tokens", "jobs_jobs"):
        stored = " ".join(" ".join(row) for row in await rows_of(site.database, table))
        for secret in (PASSWORD, link, tokens["refresh_token"], tokens["access_token"], "$argon2"):
            assert secret not in stored, table


async def test_whoever_has_an_account_already_is_told_by_mail_alone(site: Site) -> None:
    await site.sign_up()
    one = await site.post("/auth/sign-up", {"mail": MAIL, "password": OTHER_PASSWORD})
    two = await site.post("/auth/sign-up", {"mail": NOBODY, "password": OTHER_PASSWORD})
    assert (one.status_code, one.content) == (two.status_code, two.content)
    newest, before, *_ = await site.outbox()
    assert (newest["to"]["email"], newest["template"]) == (NOBODY, "identity.verify")
    assert (before["to"]["email"], before["template"]) == (MAIL, "identity.notice")
    assert "has an account already" in before["text"]
    await site.sign_in()  # the password of the first sign-up still holds
    wrong = await site.post("/auth/sign-in", {"mail": MAIL, "password": OTHER_PASSWORD})
    assert wrong.json()["code"] == "bad_credentials"


async def test_somebody_who_signed_up_with_my_address_gets_nothing_from_my_click(site: Site) -> None:
    await site.post("/auth/sign-up", {"mail": MAIL, "password": OTHER_PASSWORD, "name": "Mallory"})
    link = await site.token()
    mine = await site.post("/auth/verify", {"token": link, "password": PASSWORD})
    assert (mine.status_code, mine.json()["code"]) == (401, "bad_credentials")
    await site.post("/auth/sign-up", {"mail": MAIL, "password": PASSWORD, "name": "Ada"})
    dead = await site.post("/auth/verify", {"token": link, "password": OTHER_PASSWORD})
    assert (dead.status_code, dead.json()["code"]) == (404, "no_such_mail_token")
    made = await site.post("/auth/verify", {"token": await site.token(), "password": PASSWORD})
    assert made.status_code == 200
    theirs = await site.post("/auth/sign-in", {"mail": MAIL, "password": OTHER_PASSWORD})
    assert theirs.status_code == 401


async def test_a_link_works_once_and_for_ten_minutes(site: Site) -> None:
    await site.post("/auth/sign-up", {"mail": MAIL, "password": PASSWORD})
    link = await site.token()
    site.clock.move(timedelta(minutes=10))
    late = await site.post("/auth/verify", {"token": link, "password": PASSWORD})
    assert late.json()["code"] == "no_such_mail_token"
    await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})  # sends another
    site.clock.move(timedelta(minutes=9))
    link = await site.token()
    made = [await site.post("/auth/verify", {"token": link, "password": PASSWORD}) for _ in range(2)]
    assert [answer.status_code for answer in made] == [200, 404]


async def test_of_resets_at_once_one_counts_and_every_session_ends(site: Site) -> None:
    tokens = await site.sign_up()
    await site.post("/auth/forgot", {"mail": MAIL})
    link = await site.token()
    passwords = [f"{OTHER_PASSWORD} {word}" for word in ("one", "two", "six", "ten")]
    answers = await asyncio.gather(
        *(site.post("/auth/reset", {"token": link, "password": password}) for password in passwords)
    )
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]
    right = passwords[[answer.status_code for answer in answers].index(204)]
    await site.catch_up()
    assert await site.who(tokens["access_token"]) == 401
    assert (await site.refresh(tokens["refresh_token"])).status_code == 401
    for password in [*passwords, PASSWORD]:
        answer = await site.post("/auth/sign-in", {"mail": MAIL, "password": password})
        assert (answer.status_code == 200) == (password == right)
        assert answer.status_code in {200, 401}
    assert "password of your account was changed" in (await site.outbox())[0]["text"]


async def test_a_new_link_kills_the_old_one(site: Site) -> None:
    await site.sign_up()
    await site.post("/auth/forgot", {"mail": MAIL})
    old = await site.token()
    await site.post("/auth/forgot", {"mail": MAIL})
    new = await site.token()
    assert old != new
    wanted = {"password": OTHER_PASSWORD}
    assert (await site.post("/auth/reset", {"token": old, **wanted})).status_code == 404
    assert (await site.post("/auth/reset", {"token": new, **wanted})).status_code == 204


async def test_the_link_names_the_settings_host_and_not_the_request_s(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_HTTP_PUBLIC_URL="https://shop.example")
    await site.sign_up()
    await site.post("/auth/forgot", {"mail": MAIL}, host="evil.example")
    text = (await site.outbox())[0]["text"]
    assert "https://shop.example/account/reset/bsl_" in text
    assert "evil" not in text


async def test_nobody_reads_these_mails_but_the_house(site: Site) -> None:
    tokens = await site.sign_up()
    organization = (await site.get("/account", tokens["access_token"])).json()["organization_id"]
    assert UUID(organization) != site.identity.mail_organization
    assert site.identity.mail_organization == UUID(int=0)


async def test_a_weak_new_password_leaves_the_link_alive(site: Site) -> None:
    await site.sign_up()
    await site.post("/auth/forgot", {"mail": MAIL})
    link = await site.token()
    weak = await site.post("/auth/reset", {"token": link, "password": "short"})
    assert (weak.status_code, weak.json()["errors"]) == (
        422,
        [{"pointer": "/password", "code": "weak", "message": "must have at least 15 characters"}],
    )
    assert (await site.post("/auth/reset", {"token": link, "password": OTHER_PASSWORD})).status_code == 204


async def test_changing_the_address_needs_a_fresh_sign_in_and_kills_all_links(site: Site) -> None:
    tokens = await site.sign_up()
    site.clock.move(timedelta(minutes=11))
    tokens = (await site.refresh(tokens["refresh_token"])).json()
    stale = await site.post("/account/mail", {"mail": "ada@new.test"}, tokens["access_token"])
    assert (stale.status_code, stale.json()["code"]) == (403, "fresh_sign_in_needed")
    fresh = (await site.post("/account/confirm", {"password": PASSWORD}, tokens["access_token"])).json()
    assert fresh["session_id"] != tokens["session_id"]
    assert fresh["expires_at"] == tokens["expires_at"]
    asked = await site.post("/account/mail", {"mail": "ada@new.test"}, fresh["access_token"])
    assert asked.status_code == 202
    link = await site.token()
    await site.post("/auth/forgot", {"mail": MAIL})
    reset = await site.token()
    assert (await site.post("/auth/change-mail", {"token": link})).status_code == 204
    assert (await site.post("/auth/change-mail", {"token": link})).status_code == 404
    dead = await site.post("/auth/reset", {"token": reset, "password": OTHER_PASSWORD})
    assert dead.json()["code"] == "no_such_mail_token"
    told = (await site.outbox())[0]
    assert (told["to"]["email"], "ada@new.test" in told["text"]) == (MAIL, True)
    await site.sign_in("ada@new.test")
    assert (await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})).status_code == 401


async def test_an_address_that_somebody_has_by_now_is_not_taken(site: Site) -> None:
    tokens = await site.sign_up()
    await site.post("/account/mail", {"mail": "eve@example.test"}, tokens["access_token"])
    link = await site.token()
    await site.sign_up("eve@example.test", OTHER_PASSWORD, "Eve")
    taken = await site.post("/auth/change-mail", {"token": link})
    assert (taken.status_code, taken.json()["code"]) == (409, "mail_taken")


async def test_a_closed_deployment_signs_nobody_up(open_site: OpenSite) -> None:
    site = await open_site(BACKSTAY_IDENTITY_SIGN_UP="false")
    answer = await site.post("/auth/sign-up", {"mail": MAIL, "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (403, "sign_up_closed")
