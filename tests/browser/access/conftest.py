"""A server that people sign up to; ada's token of the settings owns the organization that they work in."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import TOKEN, Served, serving, until

PASSWORD = "seven green tugboats at dawn"
SETUP_CODE = "of-the-first-owner-of-this-harbour"
HARBOUR = [{"name": "ada", "token": TOKEN, "permissions": ["*"], "organization": "demo"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with sample data; whoever signs up works in the sample organization, without a role."""
    environ = {
        "BACKSTAY_AUTH_PRINCIPALS": json.dumps(HARBOUR),
        "BACKSTAY_IDENTITY_ORGANIZATION": "demo",
        "BACKSTAY_IDENTITY_SETUP_CODE": SETUP_CODE,
        "BACKSTAY_IDENTITY_HASH_MEMORY": "8",
        "BACKSTAY_IDENTITY_HASH_PASSES": "1",
        "BACKSTAY_JOBS_POLL": "0.05s",
    }
    with serving(tmp_path_factory.mktemp("access"), "--seed", **environ) as served:
        yield served


def mail_to(server: Served, address: str, template: str) -> dict[str, Any]:
    """The newest mail of this template to the address, once it is there."""

    def look() -> list[dict[str, Any]]:
        found = server.call("GET", f"/v1/mail/messages?to={address}&template={template}")
        return list(found["items"])

    newest = until(look, bool)[0]
    return dict(server.call("GET", f"/v1/mail/messages/{newest['id']}"))


def code_in(mail: dict[str, Any]) -> str:
    (code,) = re.findall(r"^bsl_\S+$", mail["text"], re.MULTILINE)
    return str(code)


def link_in(mail: dict[str, Any], path: str) -> str:
    """The path of the link; its host is that of the settings, not of the test's port."""
    (link,) = re.findall(rf"https?://[^/\s]+({path}\S+)", mail["text"])
    return str(link)


def person(server: Served, name: str) -> str:
    """Somebody with a verified account and no role; their id."""
    mail = f"{name}@example.test"
    server.call("POST", "/v1/auth/sign-up", {"mail": mail, "password": PASSWORD, "name": name.title()})
    code = code_in(mail_to(server, mail, "identity.verify"))
    answer = server.client.post("/v1/auth/verify", json={"token": code, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    (user,) = server.call("GET", f"/v1/users?mail={mail}")["items"]
    return str(user["id"])


def role_id(server: Served, name: str) -> str:
    return next(str(role["id"]) for role in server.call("GET", "/v1/access/roles") if role["name"] == name)


def give(server: Served, user_id: str, role: str) -> None:
    server.call("PUT", f"/v1/access/users/{user_id}/roles/{role_id(server, role)}")


def age_sessions(server: Served, user_id: str) -> None:
    """Let every session of theirs look as if it was opened an hour ago."""
    with closing(sqlite3.connect(server.data_dir / "browser.db", timeout=20)) as database, database:
        changed = database.execute(
            "UPDATE identity_sessions SET assured_at = '2020-01-01T00:00:00.000000Z' WHERE user_id = ?",
            (user_id,),
        )
        assert changed.rowcount > 0


async def enter(page: Page, name: str, password: str = PASSWORD) -> None:
    """Sign in on the page that shows the form."""
    await page.get_by_label("Mail address").fill(f"{name}@example.test")
    await page.get_by_label("Password", exact=True).fill(password)
    await page.get_by_role("button", name="Sign in", exact=True).click()


async def is_in(page: Page, name: str) -> None:
    await expect(page.get_by_role("button", name=f"Signed in as {name.title()}")).to_be_visible()


async def at(page: Page, path: str, name: str) -> None:
    """Sign somebody in by their password, and open this page of the console."""
    answer = await page.context.request.post(
        "/v1/auth/sign-in",
        data={"mail": f"{name}@example.test", "password": PASSWORD, "cookie": True},
        headers={"x-requested-with": "tests"},
    )
    assert answer.ok, await answer.text()
    await page.goto(path)
