"""Bans, the pages behind links, and the command line."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from backstay.kernel.actor import Actor
from backstay.systems.identity.commands import users
from backstay.systems.identity.service.upkeep import tidy
from tests.conftest import make_actor
from tests.systems.identity.conftest import MAIL, MODULES, OTHER_PASSWORD, PASSWORD, SECRET, OpenSite, Site


async def test_a_ban_ends_everything_and_says_so_only_with_the_password(site: Site) -> None:
    tokens = await site.sign_up()
    operator = _operator()
    user_id = (await site.get("/account", tokens["access_token"])).json()["id"]
    until = "2026-01-02T00:00:00Z"
    banned = await site.house(
        operator, "POST", f"/v1/users/{user_id}/ban", {"reason": "spam", "until": until}
    )
    assert (banned.status_code, banned.json()["banned_until"]) == (200, until)
    await site.catch_up()
    assert await site.who(tokens["access_token"]) == 401
    assert (await site.refresh(tokens["refresh_token"])).status_code == 401
    right = await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})
    assert (right.status_code, right.json()["code"], right.json()["until"]) == (403, "banned", until)
    wrong = await site.post("/auth/sign-in", {"mail": MAIL, "password": OTHER_PASSWORD})
    assert wrong.json()["code"] == "bad_credentials"
    site.clock.move(timedelta(days=1))
    await site.sign_in()


async def test_the_process_that_ends_sessions_refuses_them_at_once(site: Site) -> None:
    tokens = await site.sign_up()
    other = await site.sign_in()
    user_id = (await site.get("/account", tokens["access_token"])).json()["id"]
    assert await site.who(other["access_token"]) == 200
    await site.house(_operator(), "POST", f"/v1/users/{user_id}/end-sessions")
    assert [await site.who(one["access_token"]) for one in (tokens, other)] == [401, 401]


async def test_a_ban_is_lifted_by_its_job_or_by_hand(site: Site) -> None:
    tokens = await site.sign_up()
    operator = _operator()
    user_id = (await site.get("/account", tokens["access_token"])).json()["id"]
    path = f"/v1/users/{user_id}"
    past = await site.house(operator, "POST", f"{path}/ban", {"reason": "x", "until": "2025-01-01T00:00:00Z"})
    assert past.status_code == 422
    await site.house(operator, "POST", f"{path}/ban", {"reason": "spam", "until": "2026-01-02T00:00:00Z"})
    await tidy(site.database)
    assert (await site.house(operator, "GET", path)).json()["banned_at"] is not None
    site.clock.move(timedelta(days=1))
    await tidy(site.database)
    assert (await site.house(operator, "GET", path)).json()["banned_at"] is None
    await site.house(operator, "POST", f"{path}/ban", {"reason": "for good"})
    await site.house(operator, "POST", f"{path}/unban")
    await site.sign_in()


async def test_accounts_are_found_by_a_part_of_their_address_or_name(site: Site) -> None:
    for mail, name in (
        ("ada@example.test", "Ada Byron"),
        ("bo_b@example.test", "Bo"),
        ("boxb@example.test", "100% Eve"),
    ):
        await site.post("/auth/sign-up", {"mail": mail, "password": PASSWORD, "name": name})
    operator = _operator()

    async def found(query: str) -> list[str]:
        answer = await site.house(operator, "GET", f"/v1/users?sort=created_at&{query}")
        assert answer.status_code == 200, answer.text
        return [user["name"] for user in answer.json()["items"]]

    assert await found("q=BYRON") == ["Ada Byron"]
    assert await found("q=example") == ["Ada Byron", "Bo", "100% Eve"]
    assert await found("q=o_b") == ["Bo"]
    assert await found("q=100%25") == ["100% Eve"]
    assert await found("q=%5C") == []
    (bo,) = (await site.house(operator, "GET", "/v1/users?q=bo_b")).json()["items"]
    await site.house(operator, "POST", f"/v1/users/{bo['id']}/ban", {"reason": "spam"})
    assert await found("banned=true") == ["Bo"]
    assert await found("banned=false") == ["Ada Byron", "100% Eve"]


def _operator() -> Actor:
    return make_actor("olga", permissions=("identity:read", "identity:operate"))


async def test_links_are_pages_that_change_nothing_until_their_form_is_sent(site: Site) -> None:
    await site.post("/auth/sign-up", {"mail": MAIL, "password": PASSWORD})
    path = f"/account/verify/{await site.token()}"
    page = await site.house.client.get(path)
    assert (page.status_code, page.headers["referrer-policy"]) == (200, "no-referrer")
    assert site.house.records[-1].path == "/account/verify/[token]"
    own = {"origin": "http://testserver"}
    form = {"password": PASSWORD}
    strange = await site.house.client.post(path, data=form, headers={"origin": "http://evil.test"})
    assert strange.status_code == 403
    wrong = await site.house.client.post(path, data={"password": "wrong"}, headers=own)
    assert (wrong.status_code, "The address or the password is wrong" in wrong.text) == (401, True)
    used = await site.house.client.post(path, data=form, headers=own)
    assert (used.status_code, "you are signed in" in used.text) == (200, True)
    assert used.headers["set-cookie"].startswith("backstay_session=bsc_")
    assert (await site.house.client.post(path, data=form, headers=own)).status_code == 404
    for body in (b"", b"password=", b"\xff", b"a=1&b=2&c=3&d=4&e=5"):
        headers = {**own, "content-type": "application/x-www-form-urlencoded"}
        answer = await site.house.client.post(path, content=body, headers=headers)
        assert answer.status_code == 400, body


async def test_operators_use_the_command_line(
    open_site: OpenSite, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = await open_site()
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("BACKSTAY_APP_SECRET_KEY", SECRET)
    monkeypatch.setenv("BACKSTAY_APP_DATA_DIR", str(tmp_path / "data"))

    async def run(*arguments: str) -> tuple[int, str]:
        invoke = CliRunner().invoke
        result = await asyncio.to_thread(invoke, users, list(arguments), obj=lambda: MODULES)
        return result.exit_code, result.output

    code, told = await run("create", MAIL, "--name", "Ada", "--password", PASSWORD)
    assert (code, told.split()[1]) == (0, MAIL)
    tokens = await site.sign_in()
    assert await run("create", MAIL, "--password", PASSWORD) == (
        1,
        "Error: Another account has this address\n",
    )
    assert await run("create", "bob@example.test", "--password", "short") == (
        1,
        "Error: must have at least 15 characters\n",
    )
    assert (await run("list"))[1].split()[1:] == [MAIL, "verified"]
    assert await run("sign-out", MAIL) == (0, "1 session(s) ended\n")
    await site.catch_up()
    assert await site.who(tokens["access_token"]) == 401
    assert await run("ban", MAIL, "--reason", "spam") == (0, f"{MAIL} is banned\n")
    assert (await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})).status_code == 403
    assert await run("unban", MAIL) == (0, f"{MAIL} is verified\n")
    await site.sign_in()
    assert await run("unban", "nobody@example.test") == (1, "Error: There is no such account\n")
    told = f"{MAIL} comes back by `forgot the password`\n"
    assert await run("reset-factors", MAIL, "--reason", "She stood before me") == (0, told)
    assert (await site.post("/auth/sign-in", {"mail": MAIL, "password": PASSWORD})).status_code == 401
    assert (await run("reset-factors", "nobody@example.test", "--reason", "x"))[0] == 1
