"""What one address may try, beside the guesses that each account counts."""

from __future__ import annotations

import httpx
import pytest

from tests.systems.identity.conftest import MAIL, OTHER_PASSWORD, PASSWORD, OpenSite, Site

LOW = (
    '[{"name": "sign-in", "quota": 2}, {"name": "passkey-options", "quota": 1}, '
    '{"name": "account-mails", "quota": 1}]'
)


@pytest.fixture
def engine_name() -> str:
    """The limits are the memory store's here."""
    return "sqlite"


@pytest.fixture
async def limited(open_site: OpenSite) -> Site:
    return await open_site(BACKSTAY_RATELIMIT_ENFORCE="true", BACKSTAY_RATELIMIT_POLICIES=LOW)


def refused_by(answer: httpx.Response) -> list[str]:
    assert (answer.status_code, answer.json()["code"]) == (429, "quota_exceeded"), answer.text
    assert int(answer.headers["retry-after"]) >= 1
    return list(answer.json()["violated-policies"])


async def test_sign_ins_by_whatever_way_share_one_limit(limited: Site) -> None:
    wrong = {"mail": MAIL, "password": OTHER_PASSWORD}
    assert (await limited.post("/auth/sign-in", wrong)).json()["code"] == "bad_credentials"
    token = {"token": "bsl_nothing", "password": PASSWORD}
    assert (await limited.post("/auth/verify", token)).json()["code"] == "no_such_mail_token"
    assert refused_by(await limited.post("/auth/sign-in", wrong)) == ["sign-in"]
    assert refused_by(await limited.post("/auth/passkey", {})) == ["sign-in"]


async def test_challenges_for_strangers_are_limited(limited: Site) -> None:
    assert (await limited.post("/auth/passkey/options")).status_code == 200
    assert refused_by(await limited.post("/auth/passkey/options")) == ["passkey-options"]


async def test_mails_that_strangers_let_go_are_limited(limited: Site) -> None:
    new = {"mail": MAIL, "password": PASSWORD, "name": "Ada"}
    assert (await limited.post("/auth/sign-up", new)).status_code == 202
    assert refused_by(await limited.post("/auth/forgot", {"mail": MAIL})) == ["account-mails"]
    assert len(await limited.outbox()) == 1
