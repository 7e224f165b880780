from __future__ import annotations

from typing import Any

from tests.systems.payments.conftest import SHOP, Till


def entries_of(story: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(one["kind"], one["account"], one["amount"]) for one in story["entries"]]


async def test_a_payment_from_the_request_to_the_last_refund(till: Till) -> None:
    made = await till.begin(1999)
    assert (made.status, made.session_url) == ("pending", None)
    back = await till.choose(made.id, "pay")
    # The customer is quicker than the event: coming back settles it, and the event changes nothing.
    answer = await till.house(None, "GET", back[back.index("/v1/") :])
    assert answer.headers["location"] == f"{SHOP}&payment={made.id}&payment_status=succeeded"
    assert await till.drain() == {"completed": 1}
    story = await till("GET", f"/{made.id}")
    assert story["payment"] | {"updated_at": None} == {
        "id": str(made.id),
        "subject_kind": "order",
        "subject_id": "1",
        "amount": 1999,
        "currency": "EUR",
        "description": "Two mugs",
        "status": "succeeded",
        "capture": "automatic",
        "provider": "mock",
        "session_url": None,
        "return_url": SHOP,
        "customer_email": None,
        "metadata": {},
        "discounts": {},
        "captured": 1999,
        "refunding": 0,
        "refunded": 0,
        "capture_requested": None,
        "review_reason": None,
        "last_error": None,
        "expires_at": "2026-01-05T00:00:00Z",
        "settled_at": "2026-01-01T00:00:00Z",
        "created_at": "2026-01-01T00:00:00Z",
        "version": 3,
        "updated_at": None,
    }
    assert [(one["type"], one["note"]) for one in story["events"]] == [
        ("session.opened", "changed nothing"),
        ("session.paid", "changed nothing"),
    ]
    asked = await till(
        "POST", f"/{made.id}/refunds", {"amount": 500, "reason": "one broke"}, idempotency_key="r1"
    )
    assert (asked["status"], asked["amount"]) == ("pending", 500)
    assert await till.refused(
        "POST", f"/{made.id}/refunds", {"amount": 1500, "reason": "too much"}, idempotency_key="r2"
    ) == (422, "refund_too_large")
    await till.drain()
    story = await till("GET", f"/{made.id}")
    assert entries_of(story) == [
        ("capture", "held:mock", 1999),
        ("capture", "customers", -1999),
        ("refund_requested", "refunding:mock", 500),
        ("refund_requested", "held:mock", -500),
        ("refund_settled", "customers", 500),
        ("refund_settled", "refunding:mock", -500),
    ]
    figures = {name: story["payment"][name] for name in ("captured", "refunding", "refunded", "status")}
    assert figures == {"captured": 1999, "refunding": 0, "refunded": 500, "status": "succeeded"}
    assert [(one["status"], one["reason"]) for one in story["refunds"]] == [("succeeded", "one broke")]
    (line,) = (await till("GET", "/refunds?status=succeeded&subject_id=1"))["items"]
    of = ("payment_id", "subject_kind", "amount", "currency", "reason", "settled_at")
    assert [line[name] for name in of] == [
        *(str(made.id), "order", 500, "EUR", "one broke"),
        "2026-01-01T00:00:00Z",
    ]
    assert (await till("GET", "/refunds?status=failed"))["items"] == []
    assert await till("POST", f"/{made.id}/reconcile") == []
    balances = (await till("GET", "/balances"))["items"]
    assert {one["account"]: one["balance"] for one in balances} == {
        "customers": -1499,
        "held:mock": 1499,
        "refunding:mock": 0,
    }
