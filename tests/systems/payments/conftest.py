from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import UnitOfWork
from backstay.kernel.module import Module
from backstay.systems.audit.module import module as audit
from backstay.systems.events.module import module as events
from backstay.systems.events.testing import dispatch, published
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from backstay.systems.jobs.testing import drain
from backstay.systems.payments import Capture, Payment, begin
from backstay.systems.payments.module import module as payments
from backstay.systems.payments.service.part import Payments
from tests.conftest import make_actor
from tests.house import House, open_house

# Without a worker and a dispatcher of its own: here the tests say when a job runs, and when an event is told.
MODULES: list[Module] = [idempotency, replace(jobs, services=(), works=()), events, audit, payments]
SHOP = "https://shop.example/thanks?order=1"


class Till:
    """A backend that takes money, and somebody who asks for it."""

    def __init__(self, house: House, clock: ManualClock) -> None:
        self.house = house
        self.actor = make_actor("ada")
        self.clock = clock
        self.database = house.backend.database
        self.part = house.backend.part(Payments)

    async def begin(self, amount: int = 1999, **more: Any) -> Payment:
        """A payment with a page to be paid on."""
        made = await self.database.run(self.actor, lambda uow: self.ask(uow, amount, **more))
        await self.drain()
        return made

    async def ask(self, uow: UnitOfWork, amount: int = 1999, **more: Any) -> Payment:
        """Ask for it in somebody's unit."""
        given = {
            "subject": ("order", "1"),
            "currency": "EUR",
            "description": "Two mugs",
            "return_url": SHOP,
            "expires_at": self.database.clock.now() + timedelta(days=4),
            **more,
        }
        return await begin(uow, amount=amount, **given)

    async def drain(self) -> dict[str, int]:
        """Run what is due; how it ended."""
        ended: Counter[str] = Counter()
        while step := await drain(self.house.backend, queues=("payments",)):
            ended.update({state.value: count for state, count in step.items()})
        return dict(ended)

    async def __call__(
        self, method: str, path: str, json: Any = None, who: Actor | None = None, **headers: str
    ) -> Any:
        answer = await self.house(who or self.actor, method, f"/v1/payments{path}", json, **headers)
        assert answer.status_code < 300, (answer.status_code, answer.text)
        return answer.json()

    async def refused(self, method: str, path: str, json: Any = None, **headers: str) -> tuple[int, str]:
        answer = await self.house(self.actor, method, f"/v1/payments{path}", json, **headers)
        return answer.status_code, answer.json()["code"]

    async def choose(self, payment_id: UUID | str, choice: str) -> str:
        """What the customer does on the page; where they are sent."""
        payment = (await self("GET", f"/{payment_id}"))["payment"]
        return await self.press(payment["session_url"], choice)

    async def press(self, page: str, choice: str) -> str:
        """As `choose`, on a page that one knows."""
        path = page[page.index("/v1/") :]
        answer = await self.house(None, "POST", f"{path}/{choice}")
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"])

    async def status(self, payment_id: UUID | str) -> str:
        return str((await self("GET", f"/{payment_id}"))["payment"]["status"])

    async def trail(self, subject_id: UUID | str, who: Actor | None = None) -> list[str]:
        """What the audit trail says of a payment or an event, the latest first."""
        answer = await self.house(who or self.actor, "GET", f"/v1/audit/records?subject_id={subject_id}")
        return [one["action"] for one in answer.json()["items"]]

    async def told(self) -> list[str]:
        """The types of what was published, in their order."""
        await dispatch(self.house.backend)
        return [type(one).__name__ for one in await published(self.database.reader(self.actor))]


@pytest.fixture
async def open_till(database_url: str, clock: ManualClock) -> AsyncIterator[Any]:
    """Makes a `Till` with a provider."""
    opened = []

    async def make(url: str = "mock://", **environ: str) -> Till:
        given = {
            "PAYMENTS_URL": url,
            "BACKSTAY_HTTP_PUBLIC_URL": "https://pay.example",
            "BACKSTAY_EVENTS_DISPATCH": "false",
            **environ,
        }
        manager = open_house(MODULES, database_url, clock, environ=given)
        opened.append(manager)
        return Till(await manager.__aenter__(), clock)

    yield make
    for manager in reversed(opened):
        await manager.__aexit__(None, None, None)


@pytest.fixture
async def till(open_till: Any) -> Till:
    made: Till = await open_till()
    return made


__all__ = ["SHOP", "Capture", "Till"]
