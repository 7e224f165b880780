"""Everything about a person: exported whole, erased whole, with a receipt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.module import CompositionError, Module
from backstay.systems.identity import PersonalData
from backstay.systems.identity.service.upkeep import tidy
from backstay.systems.jobs.testing import drain
from tests.house import open_house
from tests.systems.identity.conftest import MAIL, MODULES, OTHER_PASSWORD, SECRET, Site
from tests.systems.identity.test_accounts import rows_of

ERASED: list[UUID] = []


async def _orders_of(reader: Reader, user_id: UUID) -> Any:
    del reader
    return [{"order": 17, "of": str(user_id)}]


async def _make_nameless(uow: UnitOfWork, user_id: UUID) -> int:
    assert uow.organization_id is not None
    ERASED.append(user_id)
    return 3


@pytest.fixture
async def shop(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Site]:
    """A site with a module that keeps something about people."""
    ERASED.clear()
    kept = PersonalData(export=_orders_of, erase=_make_nameless)
    modules = [*MODULES, Module(name="shop", summary="Sells.", package=__package__ or "", declares=[kept])]
    environ = {
        "BACKSTAY_APP_SECRET_KEY": SECRET,
        "BACKSTAY_JOBS_EMBEDDED": "false",
        "BACKSTAY_JOBS_SCHEDULES": "false",
        "BACKSTAY_IDENTITY_HASH_MEMORY": "8",
        "BACKSTAY_IDENTITY_HASH_PASSES": "1",
    }
    async with open_house(modules, database_url, clock, data_dir=tmp_path, environ=environ) as house:
        yield Site(house, clock)


async def _done(site: Site) -> None:
    await drain(site.house.backend, queues=("identity",))


async def test_an_export_holds_everything_and_no_secret(site: Site) -> None:
    tokens = await site.sign_up()
    await site.post("/account/factors/totp", {"name": "phone"}, tokens["access_token"])
    made = (await site.post("/account/export", {}, tokens["access_token"])).json()
    path = f"/account/exports/{made['receipt']['id']}"
    assert (await site.get(path, tokens["access_token"])).status_code == 404
    assert made["receipt"]["done_at"] is None
    await _done(site)
    answer = await site.get(path, tokens["access_token"])
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["cache-control"] == "no-store"
    export = answer.json()["identity"]
    assert (export["account"]["mail"], export["factors"][0]["name"]) == (MAIL, "phone")
    assert [one["id"] for one in export["sessions"]] == [tokens["session_id"]]
    for word in ("password", "secret", "argon2"):
        assert word not in answer.text
    receipt = (await site.get(f"/account/receipts/{made['token']}")).json()
    # Each module's share; the rest is what holds them together.
    assert receipt["details"] == {
        "identity": len(answer.content) - len('{"idempotency":[],"identity":}'),
        "idempotency": len("[]"),
    }
    assert site.house.records[-1].path == "/v1/account/receipts/[token]"
    stored = " ".join(" ".join(row) for row in await rows_of(site.database, "identity_receipts"))
    assert MAIL not in stored
    assert made["token"] not in stored
    site.clock.move(timedelta(days=7, seconds=1))
    await tidy(site.database)
    tokens = (await site.refresh(tokens["refresh_token"])).json()
    assert (await site.get(path, tokens["access_token"])).status_code == 404


async def test_an_erasure_ends_the_account_at_once_and_leaves_a_receipt_alone(shop: Site) -> None:
    site = shop
    tokens = await site.sign_up()
    account = (await site.get("/account", tokens["access_token"])).json()
    exported = (await site.post("/account/export", {}, tokens["access_token"])).json()
    await _done(site)
    content = await site.get(f"/account/exports/{exported['receipt']['id']}", tokens["access_token"])
    assert content.json()["shop"] == [{"order": 17, "of": account["id"]}]
    made = (await site.post("/account/erase", {}, tokens["access_token"])).json()
    await site.catch_up()
    assert await site.who(tokens["access_token"]) == 401
    signed_in = await site.post("/auth/sign-in", {"mail": MAIL, "password": OTHER_PASSWORD})
    assert signed_in.status_code == 401
    assert ERASED == []
    await _done(site)
    await _done(site)
    assert [UUID(account["id"])] == ERASED
    receipt = (await site.get(f"/account/receipts/{made['token']}")).json()
    assert receipt["kind"] == "erasure"
    assert receipt["details"] == {"audit": 0, "idempotency": 0, "identity": 2, "shop": 3}
    assert receipt["done_at"] is not None
    for table in ("users", "sessions", "factors", "recovery_codes", "mail_tokens"):
        assert await rows_of(site.database, f"identity_{table}") == [], table
    receipts = await rows_of(site.database, "identity_receipts")
    assert [row[-1] for row in receipts] == ["None", "None"]  # the export went along
    told = (await site.outbox())[0]
    assert (told["to"]["email"], "are erased" in told["text"]) == (MAIL, True)
    await site.sign_up()  # the address is free again


async def test_both_need_a_fresh_sign_in(site: Site) -> None:
    tokens = await site.sign_up()
    site.clock.move(timedelta(minutes=11))
    tokens = (await site.refresh(tokens["refresh_token"])).json()
    for path in ("/account/export", "/account/erase"):
        answer = await site.post(path, {}, tokens["access_token"])
        assert answer.json()["code"] == "fresh_sign_in_needed", path
    assert await rows_of(site.database, "identity_receipts") == []


async def test_nobody_fetches_the_export_of_another(site: Site) -> None:
    ada = await site.sign_up()
    made = (await site.post("/account/export", {}, ada["access_token"])).json()
    eve = await site.sign_up("eve@example.test", OTHER_PASSWORD, "Eve")
    answer = await site.get(f"/account/exports/{made['receipt']['id']}", eve["access_token"])
    assert (answer.status_code, answer.json()["code"]) == (404, "no_such_receipt")
    assert (await site.get("/account/receipts/bse_x")).status_code == 404


async def test_a_module_that_declares_it_twice_is_refused(database_url: str, tmp_path: Path) -> None:
    kept = PersonalData(export=_orders_of, erase=_make_nameless)
    modules = [
        *MODULES,
        Module(name="shop", summary="Sells.", package=__package__ or "", declares=[kept, kept]),
    ]
    with pytest.raises(CompositionError, match="'shop' declares PersonalData twice"):
        async with open_house(modules, database_url, data_dir=tmp_path):
            pass
