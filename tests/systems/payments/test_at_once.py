"""A till of the house: what is asked for is paid with the commit that asks."""

from __future__ import annotations

from typing import Any

import pytest

from backstay.app import MODULES
from backstay.kernel.settings import SettingsError, load
from backstay.systems.payments import Capture
from backstay.systems.payments.service.part import account_of
from tests.systems.payments.conftest import Till


class _Refused(Exception):
    pass


async def balances(till: Till) -> dict[str, int]:
    found = await till("GET", "/balances")
    return {one["account"]: one["balance"] for one in found["items"]}


async def test_what_is_asked_for_is_paid_and_can_be_given_back(open_till: Any) -> None:
    till: Till = await open_till("mock://?at_once=1")
    made = await till.begin(1999)
    assert (made.status, made.captured, made.session_url) == ("succeeded", 1999, None)
    story = await till("GET", f"/{made.id}")
    kept = {name: story["payment"][name] for name in ("status", "captured", "version", "settled_at")}
    assert kept == {
        "status": "succeeded",
        "captured": 1999,
        "version": 1,
        "settled_at": "2026-01-01T00:00:00Z",
    }
    assert [(one["status"], one["captured"], one["url"]) for one in story["attempts"]] == [
        ("succeeded", 1999, None)
    ]
    assert [(one["kind"], one["account"], one["amount"]) for one in story["entries"]] == [
        ("capture", "held:mock", 1999),
        ("capture", "customers", -1999),
    ]
    # Nobody was asked, and no news came: no job, no event of the provider's.
    assert story["events"] == []
    assert await till.told() == ["PaymentSucceeded"]

    asked = await till(
        "POST", f"/{made.id}/refunds", {"amount": 500, "reason": "one broke"}, idempotency_key="r1"
    )
    assert asked["status"] == "pending"
    await till.drain()
    assert await balances(till) == {"customers": -1499, "held:mock": 1499, "refunding:mock": 0}
    # The mock's books, which reconciliation reads, say the same.
    assert await till("POST", f"/{made.id}/reconcile") == []


async def test_what_is_to_be_reserved_is_reserved(open_till: Any) -> None:
    till: Till = await open_till("mock://?at_once=1")
    made = await till.begin(1999, capture=Capture.MANUAL)
    assert (made.status, made.captured, made.settled_at) == ("authorized", 0, None)
    assert await till.told() == ["PaymentAuthorized"]
    await till("POST", f"/{made.id}/capture", {"amount": 1500}, idempotency_key="c1")
    await till.drain()
    assert await till.status(made.id) == "succeeded"
    assert await balances(till) == {"customers": -1500, "held:mock": 1500}
    assert await till("POST", f"/{made.id}/reconcile") == []


async def test_a_unit_that_ends_badly_takes_no_money(open_till: Any) -> None:
    till: Till = await open_till("mock://?at_once=1")
    with pytest.raises(_Refused):
        async with till.database.transaction(till.actor) as uow:
            await till.ask(uow)
            raise _Refused
    assert (await till("GET", ""))["items"] == []
    assert await balances(till) == {}
    assert await till.told() == []


@pytest.mark.parametrize("url", ["mock://?at_once=2", "mock://?at_once=1&late=0.5"])
def test_a_till_knows_no_bad_days(url: str) -> None:
    settings = load(MODULES, {"PAYMENTS_URL": url, "BACKSTAY_APP_ENVIRONMENT": "test"}, None)
    with pytest.raises(SettingsError, match="at_once"):
        account_of(settings)
