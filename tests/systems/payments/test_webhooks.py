"""What providers tell: only what they signed, once, and also when it comes too early."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backstay.kernel.clock import ManualClock
from backstay.systems.payments.engines.signature import signature_of, verify
from backstay.systems.payments.errors import BadSignature
from backstay.systems.payments.queries import payments as queries
from tests.conftest import make_actor
from tests.systems.payments.conftest import Till


async def send(till: Till, body: bytes, headers: dict[str, str], provider: str = "mock") -> tuple[int, Any]:
    path = f"/v1/payments/webhooks/{provider}"
    answer = await till.house.client.post(path, content=body, headers=headers)
    return answer.status_code, answer.json().get("code")


def event(reference: str, payment: str | None, amount: int = 800) -> bytes:
    news = {
        "type": "session",
        "reference": reference,
        "intent": None,
        "attempt_id": None,
        "payment_id": payment,
        "amount": amount,
        "currency": "EUR",
        "status": "succeeded",
        "captured": amount,
    }
    return json.dumps({"id": "evt_1", "type": "session.paid", "created": 1, "object": news}).encode()


async def test_only_what_is_signed_now_is_believed_and_only_once(till: Till) -> None:
    made = await till.begin(800)
    attempt = (await till("GET", f"/{made.id}"))["attempts"][0]
    body = event(attempt["reference"], str(made.id))
    now = till.clock.now()
    signed = till.part.mock.sign(body, now)
    refusals = [
        await send(till, body, {}),
        await send(till, body, {"mock-signature": "t=1,v1="}),
        await send(till, body + b" ", signed),
        await send(till, body, till.part.mock.sign(body, now - timedelta(seconds=301))),
        await send(till, body, till.part.mock.sign(body, now + timedelta(seconds=301))),
    ]
    assert refusals == [(400, "bad_signature")] * 5
    assert await send(till, b"{}", till.part.mock.sign(b"{}", now)) == (400, "bad_provider_event")
    assert await send(till, body, signed, "stripe") == (404, "payment_provider_not_found")
    assert await till.status(made.id) == "pending"
    assert [await send(till, body, signed) for _ in range(2)] == [(200, None)] * 2
    story = await till("GET", f"/{made.id}")
    assert [(one["event_id"], one["note"]) for one in story["events"]][-1:] == [
        ("evt_1", "pending to succeeded")
    ]
    assert len([one for one in story["events"] if one["event_id"] == "evt_1"]) == 1
    assert [one["amount"] for one in story["entries"]] == [800, -800]


def test_any_of_several_signatures_and_secrets_will_do() -> None:
    now = ManualClock().now()
    at, body = int(now.timestamp()), b'{"a":1}'
    old, new = signature_of(b"old", at, body), signature_of(b"new", at, body)
    both = f"{old},{new.partition(',')[2]},v0=ff"
    for secrets in ([b"old"], [b"new"], [b"other", b"new"]):
        verify(secrets, both, body, now)
    for header in (old, "", f"t={at}", "v1=00", "t=x,v1=00"):
        with pytest.raises(BadSignature):
            verify([b"new"], header, body, now)


async def test_an_event_that_comes_too_early_is_parked_until_its_payment_is_known(till: Till) -> None:
    body = event("mock_cs_unknown", None)
    assert await send(till, body, till.part.mock.sign(body, till.clock.now())) == (200, None)
    operator = make_actor("root")
    (parked,) = (await till("GET", "/events/parked", who=operator))["items"]
    assert (parked["reference"], parked["status"], parked["tries"]) == ("mock_cs_unknown", "parked", 0)
    # It is not known yet, and then it is: as if the answer of the provider had been slow.
    till.clock.move(timedelta(seconds=3))
    assert await till.drain() == {"completed": 1}
    again = await till("POST", f"/events/{parked['id']}/replay", who=operator)
    assert (again["status"], again["tries"]) == ("parked", 2)
    made = await till.begin(800)
    attempt = (await till("GET", f"/{made.id}"))["attempts"][0]
    await _rename(till, attempt["id"], "mock_cs_unknown")
    done = await till("POST", f"/events/{parked['id']}/replay", who=operator)
    assert (done["status"], done["payment_id"], done["note"]) == (
        "applied",
        str(made.id),
        "pending to succeeded",
    )
    assert await till.status(made.id) == "succeeded"
    assert (await till("GET", "/events/parked", who=operator))["items"] == []
    # The one job that would have tried next finds nothing to do, and is followed by none.
    till.clock.move(timedelta(hours=1))
    assert await till.drain() == {"completed": 1}
    assert await till.drain() == {}
    assert await till.trail(parked["id"], operator) == ["payments.event_replayed"] * 2
    missing = await till.house(operator, "POST", f"/v1/payments/events/{parked['id']}/replay")
    assert (missing.status_code, missing.json()["code"]) == (404, "payment_event_not_found")


async def _rename(till: Till, attempt_id: str, reference: str) -> None:
    reader = till.database.reader(till.actor)
    found = await reader.one(queries.ATTEMPT, id=UUID(attempt_id))
    values = {
        name: getattr(found, name) for name in ("intent", "url", "captured", "seen", "error", "expires_at")
    }
    async with till.database.transaction(till.actor) as uow:
        await uow.execute(
            queries.SET_ATTEMPT, id=found.id, reference=reference, status=found.status.value, **values
        )


async def test_the_race_lab_ends_where_fair_weather_does(open_till: Any) -> None:
    till = await open_till("mock://?seed=7&duplicates=0.5&late=0.7&delay=9s&bare=0.5&challenge=0.4")
    made = [await till.begin(1000 + number) for number in range(6)]
    for one in made:
        await till.choose(one.id, "pay")
    for one in made:
        story = await till("GET", f"/{one.id}")
        if story["payment"]["status"] == "pending":
            await till.choose(one.id, "approve")
    for _ in range(12):
        till.clock.move(timedelta(seconds=3))
        await till.drain()
    assert [await till.status(one.id) for one in made] == ["succeeded"] * 6
    assert [await till("POST", f"/{one.id}/reconcile") for one in made] == [[]] * 6


async def test_another_organization_sees_and_does_nothing(till: Till) -> None:
    made = await till.begin(800)
    eve = make_actor("eve")
    body = {"amount": 1, "reason": "mine"}
    answers = [
        await till.house(eve, "GET", f"/v1/payments/{made.id}"),
        await till.house(eve, "POST", f"/v1/payments/{made.id}/cancel"),
        await till.house(eve, "POST", f"/v1/payments/{made.id}/refunds", body, idempotency_key="k"),
        await till.house(eve, "POST", f"/v1/payments/{made.id}/reconcile"),
    ]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(404, "payment_not_found")] * 4
    assert (await till("GET", "", who=eve))["items"] == []
    assert (await till("GET", f"/{made.id}"))["payment"]["version"] == 2
