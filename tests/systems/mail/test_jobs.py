"""A mail's job in the hands of the real worker, on the real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from backstay.kernel.module import Module
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs import Jobs, JobState
from backstay.systems.jobs.module import module as jobs
from backstay.systems.mail import send
from backstay.systems.mail.module import module as mail
from tests.conftest import make_actor
from tests.house import open_house
from tests.systems.mail.conftest import RECEIPT, Post, url
from tests.systems.mail.servers import Inbox
from tests.systems.mail.shop.module import module as shop

WORKING: list[Module] = [idempotency, jobs, mail, shop]


@pytest.fixture
async def working(database_url: str, tmp_path: Path, inbox: Inbox) -> AsyncIterator[Post]:
    """A backend whose embedded worker delivers, by the machine's own clock."""
    environ = {
        "MAIL_URL": url(inbox, "?rate=1000/1s"),
        "BACKSTAY_MAIL_SENDER": "shop@shop.example",
        "BACKSTAY_JOBS_POLL": "0.05s",
    }
    async with open_house(WORKING, database_url, data_dir=tmp_path, environ=environ) as house:
        yield Post(house, make_actor("ada"))


async def _until(post: Post, mail_id: Any, state: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while (message := await post("GET", f"/messages/{mail_id}"))["state"] != state:
            pass
    return dict(message)


async def test_what_is_committed_is_handed_over_and_what_is_not_is_not(working: Post, inbox: Inbox) -> None:
    with pytest.raises(RuntimeError, match="no"):
        async with working.database.transaction(working.actor) as uow:
            await send(uow, RECEIPT, to="never@example.test")
            raise RuntimeError("no")
    receipt = await working.send()
    message = await _until(working, receipt.id, "sent")
    assert [mail.rcpt_tos for mail in inbox.mails] == [["bob@example.test"]]
    store = working.house.backend.part(Jobs).store
    async with asyncio.timeout(20):
        while (job := await store.get(working.actor.organization_id, message["job_id"])) is None or (
            job.state is not JobState.COMPLETED
        ):
            pass
    assert (job.kind, job.queue, bytes(job.result or b"")) == ("mail.deliver_mail", "mail", b'"sent"')


async def test_a_mail_that_nobody_takes_leaves_its_job_to_be_tried_again(working: Post, inbox: Inbox) -> None:
    inbox.answers["RCPT"] = ["450 greylisted"]
    receipt = await working.send()
    message = await _until(working, receipt.id, "deferred")
    store = working.house.backend.part(Jobs).store
    async with asyncio.timeout(20):
        while (job := await store.get(working.actor.organization_id, message["job_id"])) is None or (
            job.error is None
        ):
            pass
    assert (job.error.kind, "greylisted" in job.error.message) == ("mail_deferred", True)
    assert (job.attempt, job.max_attempts) == (1, 14)


async def test_a_job_that_is_enqueued_by_hand_sends_again(working: Post, inbox: Inbox) -> None:
    inbox.answers["DATA"] = ["554 no"]
    receipt = await working.send()
    await _until(working, receipt.id, "failed")
    await working("POST", f"/messages/{receipt.id}/retry")
    await _until(working, receipt.id, "sent")
    assert len(inbox.mails) == 1
