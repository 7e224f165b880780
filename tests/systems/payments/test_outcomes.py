"""How payments end, in whatever order the news comes in."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from backstay.kernel.database import UnitOfWork
from backstay.systems.events.testing import dispatch
from backstay.systems.payments import (
    Capture,
    NotCancelable,
    PaymentStatus,
    cancel,
    expire,
    find,
    of_subject,
)
from backstay.systems.payments.engines.provider import SessionNews
from backstay.systems.payments.service.calling import sync
from backstay.systems.payments.service.observing import observe
from backstay.systems.payments.service.reconciling import expire_overdue
from tests.systems.payments.conftest import Till


async def test_what_is_reserved_is_captured_in_part_and_what_is_let_go_stays_so(till: Till) -> None:
    part = await till.begin(5000, capture=Capture.MANUAL)
    gone = await till.begin(700, capture=Capture.MANUAL)
    for one in (part, gone):
        await till.choose(one.id, "pay")
    await till.drain()
    assert [await till.status(one.id) for one in (part, gone)] == ["authorized", "authorized"]
    assert await till.refused("POST", f"/{part.id}/capture", {}) == (400, "idempotency_key_required")
    too_much = await till.refused("POST", f"/{part.id}/capture", {"amount": 5001}, idempotency_key="a")
    assert too_much == (422, "capture_too_large")
    await till("POST", f"/{part.id}/capture", {"amount": 4200}, idempotency_key="b")
    twice = await till.refused("POST", f"/{part.id}/capture", {}, idempotency_key="c")
    assert twice == (409, "payment_not_capturable")
    await till("POST", f"/{gone.id}/cancel")
    assert await till.trail(part.id) == ["payments.capture_requested"]
    assert await till.trail(gone.id) == ["payments.payment_canceled"]
    await till.drain()
    stories = [await till("GET", f"/{one.id}") for one in (part, gone)]
    assert [(one["payment"]["status"], one["payment"]["captured"]) for one in stories] == [
        ("succeeded", 4200),
        ("canceled", 0),
    ]
    assert [one["entries"] for one in stories][1] == []
    assert [await till("POST", f"/{one.id}/reconcile") for one in (part, gone)] == [[], []]
    with pytest.raises(NotCancelable):
        await till.database.run(till.actor, lambda uow: cancel(uow, part.id))
    await dispatch(till.house.backend)
    assert sorted(await till.told()) == [
        "PaymentAuthorized",
        "PaymentAuthorized",
        "PaymentCanceled",
        "PaymentSucceeded",
    ]


async def test_money_that_comes_after_the_end_is_told_as_late(till: Till) -> None:
    made = await till.begin(900)
    page = (await till("GET", f"/{made.id}"))["payment"]["session_url"]
    await till.database.run(till.actor, lambda uow: expire(uow, made.id))
    await till.press(page, "pay")  # the job that closes the page comes too late
    await till.drain()
    payment = await find(till.database.reader(till.actor), made.id)
    assert (payment.status, payment.captured, payment.session_url) == (PaymentStatus.SUCCEEDED, 900, None)
    await dispatch(till.house.backend)
    assert await till.told() == ["PaymentExpired", "PaymentSucceeded"]


async def test_a_payment_outlives_its_page_and_then_its_own_time(open_till: Any) -> None:
    till = await open_till(BACKSTAY_PAYMENTS_SESSION_LIFE="30m")
    made = await till.begin(900, expires_at=till.clock.now() + timedelta(hours=2))
    first = (await till("GET", f"/{made.id}"))["payment"]["session_url"]
    await till.choose(made.id, "decline")
    await till.drain()
    assert (await till("GET", f"/{made.id}"))["payment"]["last_error"] == "the card was declined"
    till.clock.move(timedelta(minutes=31))
    for _ in range(2):  # it learns that the page is over, and then opens another
        await expire_overdue(till.database)
        await till.drain()
    story = await till("GET", f"/{made.id}")
    assert [one["status"] for one in story["attempts"]] == ["expired", "pending"]
    assert story["payment"]["session_url"] not in {first, None}
    till.clock.move(timedelta(hours=2))
    await expire_overdue(till.database)
    await till.drain()
    assert await till.status(made.id) == "expired"
    assert [
        one.status.value for one in await of_subject(till.database.reader(till.actor), ("order", "1"))
    ] == ["expired"]
    await dispatch(till.house.backend)
    assert await till.told() == ["PaymentFailed", "PaymentExpired"]


async def test_news_in_any_order_and_number_ends_alike(till: Till) -> None:
    """Every order of what a provider may say of a reserved payment, each thing said twice somewhere."""
    ends = set()
    for order in itertools.permutations(range(4)):
        made = await till.begin(800, capture=Capture.MANUAL)
        story = await till("GET", f"/{made.id}")
        attempt = story["attempts"][0]
        steps = [("pending", 0), ("processing", 0), ("authorized", 0), ("succeeded", 800)]
        for step in (*order, order[0]):
            status, captured = steps[step]
            news = SessionNews(
                reference=attempt["reference"],
                intent=attempt["intent"],
                attempt_id=None,
                payment_id=made.id,
                amount=800,
                currency="EUR",
                status=PaymentStatus(status),
                captured=captured,
            )

            async def tell(
                uow: UnitOfWork,
                ids: tuple[UUID, UUID] = (made.id, UUID(attempt["id"])),
                news: SessionNews = news,
            ) -> str:
                return await observe(uow, *ids, news)

            await till.database.run(till.actor, tell)
        story = await till("GET", f"/{made.id}")
        money = [(one["kind"], one["account"], one["amount"]) for one in story["entries"]]
        ends.add(
            (story["payment"]["status"], story["payment"]["captured"], story["attempts"][0]["seen"], *money)
        )
    assert ends == {
        ("succeeded", 800, 0b1000111, ("capture", "held:mock", 800), ("capture", "customers", -800))
    }


async def test_what_does_not_fit_is_looked_at_by_a_person(till: Till) -> None:
    wrongs: dict[str, dict[str, Any]] = {
        "asked for 800, and the provider says 1": {"amount": 1},
        "asked for EUR, and the provider says USD": {"currency": "USD"},
        "asked for 800, and 799 were captured": {"captured": 799},
        "the provider says that this is another payment": {"payment_id": str(UUID(int=7))},
    }
    for reason, wrong in wrongs.items():
        made = await till.begin(800)
        attempt = (await till("GET", f"/{made.id}"))["attempts"][0]
        said = {
            "reference": attempt["reference"],
            "intent": attempt["intent"],
            "attempt_id": attempt["id"],
            "payment_id": str(made.id),
            "amount": 800,
            "currency": "EUR",
            "status": "succeeded",
            "captured": 800,
        }
        news = msgspec.convert({"type": "session", **said, **wrong}, type=SessionNews, strict=False)
        attempt_id, payment_id = UUID(attempt["id"]), made.id

        async def tell(
            uow: UnitOfWork, ids: tuple[UUID, UUID] = (payment_id, attempt_id), news: SessionNews = news
        ) -> str:
            return await observe(uow, *ids, news)

        await till.database.run(till.actor, tell)
        # What fits afterwards does not take the doubt away.
        await sync(till.database, till.actor, made.id)
        payment = (await till("GET", f"/{made.id}"))["payment"]
        assert (payment["status"], payment["review_reason"], payment["captured"]) == ("in_review", reason, 0)
    await dispatch(till.house.backend)
    assert await till.told() == ["PaymentInReview"] * 4


async def test_what_cannot_be_asked_for_is_refused_with_every_field(till: Till) -> None:
    answer = await till.house(
        till.actor,
        "POST",
        "/v1/payments",
        {
            "subject_id": "1",
            "amount": 5,
            "currency": "XXX",
            "description": "x",
            "return_url": "javascript:alert(1)",
            "expires_at": "2025-01-01T00:00:00Z",
        },
    )
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json()["errors"]] == ["/currency", "/return_url", "/expires_at"]
    assert (await till("GET", ""))["items"] == []
