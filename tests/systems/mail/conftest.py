from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.module import Module
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from backstay.systems.mail import Mailer, MailReceipt, MailState, MailTemplate, send
from backstay.systems.mail.module import module as mail
from backstay.systems.mail.service import deliver
from tests.conftest import make_actor
from tests.house import House, open_house
from tests.systems.mail.servers import Inbox, smtp_server
from tests.systems.mail.shop.module import NewsMail, ReceiptMail
from tests.systems.mail.shop.module import module as shop

# Without a worker of its own: here the tests deliver, one attempt at a time.
MODULES: list[Module] = [idempotency, replace(jobs, services=()), mail, shop]
RECEIPT = ReceiptMail.sample()
NEWS = NewsMail.sample()


class Post:
    """A backend with mails in it, and somebody who sends them."""

    def __init__(self, house: House, actor: Actor) -> None:
        self.house = house
        self.actor = actor
        self.database = house.backend.database
        self.mailer = house.backend.part(Mailer)

    async def send(
        self, template: MailTemplate = RECEIPT, to: Any = "bob@example.test", **more: Any
    ) -> MailReceipt:
        return await self.database.run(self.actor, lambda uow: send(uow, template, to=to, **more))

    async def deliver(self, mail_id: UUID, *, last: bool = False) -> MailState | None:
        return await deliver(self.database, self.actor, self.mailer, mail_id, last=last)

    async def __call__(self, method: str, path: str, json: Any = None, who: Actor | None = None) -> Any:
        answer = await self.house(who or self.actor, method, f"/v1/mail{path}", json)
        assert answer.status_code < 300, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def ledger(self, mail_id: UUID) -> list[tuple[str, str | None, int | None]]:
        """The ledger without times and words."""
        message = await self("GET", f"/messages/{mail_id}")
        return [(step["kind"], step["provider"], step["code"]) for step in message["ledger"]]

    async def state(self, mail_id: UUID) -> str:
        message = await self("GET", f"/messages/{mail_id}")
        return str(message["state"])


@pytest.fixture
async def open_post(database_url: str, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Any]:
    """Makes a `Post` whose mails leave by a URL."""
    opened = []

    async def make(url: str, **environ: str) -> Post:
        settings = {
            "MAIL_URL": url,
            "BACKSTAY_MAIL_SENDER": "shop@shop.example",
            "BACKSTAY_MAIL_SENDER_NAME": "The shop",
            "BACKSTAY_MAIL_TIMEOUT": "5s",
            "BACKSTAY_HTTP_PUBLIC_URL": "https://shop.example",
            **environ,
        }
        manager = open_house(MODULES, database_url, clock, data_dir=tmp_path / "data", environ=settings)
        house = await manager.__aenter__()
        opened.append(manager)
        return Post(house, make_actor("ada"))

    yield make
    for manager in reversed(opened):
        await manager.__aexit__(None, None, None)


@pytest.fixture
async def post(open_post: Any) -> Post:
    """Mails that stay in the console."""
    made: Post = await open_post("console:")
    return made


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with smtp_server() as opened:
        yield opened


def url(inbox: Inbox, query: str = "", user: str = "", scheme: str = "smtp") -> str:
    return f"{scheme}://{user}127.0.0.1:{inbox.port}{query}"


def name(inbox: Inbox) -> str:
    return f"127.0.0.1:{inbox.port}"
