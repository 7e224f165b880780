"""How to make a payment for others to reach for."""

from __future__ import annotations

from uuid import UUID, uuid4

from backstay.kernel.actor import Actor
from backstay.systems.jobs import Jobs
from backstay.systems.payments.contracts import (
    CapturePayment,
    CloseSession,
    OpenSession,
    SendRefund,
    SyncPayment,
)
from backstay.systems.payments.service import calling, payments
from backstay.systems.payments.service.part import Payments
from backstay.testing.cases import Target
from tests.house import House


async def make_payment(house: House, victim: Actor) -> Target:
    # Its jobs are not handed out: what they do is done here, one after another.
    await house.backend.part(Jobs).store.pause("payments", paused=True)
    database, mock = house.backend.database, house.backend.part(Payments).mock
    new = {
        "subject_id": "ours",
        "amount": 500,
        "currency": "EUR",
        "description": "ours alone",
        "return_url": "https://ours.example",
        "expires_at": "2100-01-01T00:00:00Z",
    }
    made = await house(victim, "POST", "/v1/payments", new)
    assert made.status_code == 201, made.text
    payment_id = UUID(made.json()["id"])
    await calling.open_session(database, victim, payment_id)
    story = await payments.story(database.reader(victim), payment_id)
    await database.run(victim, lambda uow: mock.choose(uow, str(story.attempts[0].reference), "pay"))
    await calling.sync(database, victim, payment_id)
    path, refund = f"/v1/payments/{payment_id}/refunds", {"amount": 100, "reason": "ours"}
    back = await house(victim, "POST", path, refund, idempotency_key=str(uuid4()))
    assert back.status_code == 201, back.text
    named = (OpenSession, CloseSession, CapturePayment, SyncPayment)
    return Target(
        {"payment_id": str(payment_id)},
        {
            "POST /v1/payments/{payment_id:uuid}/capture": {},
            "POST /v1/payments/{payment_id:uuid}/refunds": {"amount": 1, "reason": "theirs"},
        },
        [*(kind(payment_id=payment_id) for kind in named), SendRefund(refund_id=UUID(back.json()["id"]))],
    )
