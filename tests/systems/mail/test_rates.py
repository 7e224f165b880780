"""Each provider's own rate, counted over all organizations, also where a mail fails over to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backstay.kernel.clock import ManualClock
from backstay.systems.jobs import Jobs, JobState
from backstay.systems.jobs.testing import drain, enqueued
from backstay.systems.mail import MailState, send
from backstay.systems.mail.service import deliver
from backstay.systems.mail.service.enqueueing import MAX_ATTEMPTS, DeliverMail, Turn
from tests.conftest import make_actor
from tests.systems.mail.conftest import RECEIPT, Post, name, url
from tests.systems.mail.servers import Inbox, smtp_server

MINUTE = timedelta(minutes=1)


async def _work(post: Post) -> None:
    await drain(post.house.backend)


async def test_organizations_share_a_providers_rate(open_post: Any, inbox: Inbox, clock: ManualClock) -> None:
    post: Post = await open_post(url(inbox, "?rate=2/60s"))
    other = make_actor("bo")
    for _ in range(2):
        await post.send()
        await post.database.run(other, lambda uow: send(uow, RECEIPT, to="eve@example.test"))
    await _work(post)
    assert len(inbox.mails) == 2
    await _work(post)
    assert len(inbox.mails) == 2
    clock.move(MINUTE)
    await _work(post)
    assert len(inbox.mails) == 4


async def test_failing_over_waits_for_the_rate_of_the_next(
    open_post: Any, inbox: Inbox, clock: ManualClock
) -> None:
    async with smtp_server() as second:
        post: Post = await open_post(f"{url(inbox)},{url(second, '?rate=1/60s')}")
        inbox.answers["RCPT"] = ["450 not now"] * 2
        receipts = [await post.send() for _ in range(2)]
        await _work(post)
        assert (len(inbox.mails), len(second.mails)) == (0, 1)
        assert sorted([await post.state(each.id) for each in receipts]) == ["deferred", "sent"]
        clock.move(MINUTE)
        await _work(post)
        assert (len(inbox.mails), len(second.mails)) == (0, 2)
        for each in receipts:
            ledger = (await post("GET", f"/messages/{each.id}"))["ledger"]
            assert [(step["kind"], step["provider"]) for step in ledger] == [
                ("queued", None),
                ("handing", name(inbox)),
                ("temporary", name(inbox)),
                ("handing", name(second)),
                ("sent", name(second)),
            ]
            assert ledger[3]["detail"] == f"because {name(inbox)} could not take it"


async def test_when_all_have_failed_the_next_round_begins_with_the_first(
    open_post: Any, inbox: Inbox, clock: ManualClock
) -> None:
    async with smtp_server() as second:
        post: Post = await open_post(f"{url(inbox)},{url(second, '?rate=100/60s')}")
        inbox.answers["RCPT"] = ["450 not now"]
        second.answers["RCPT"] = ["450 nor here"]
        receipt = await post.send()
        await _work(post)
        assert await post.state(receipt.id) == "deferred"
        jobs = await enqueued(post.database.reader(post.actor), DeliverMail)
        assert [job.state for job in jobs] == [JobState.COMPLETED, JobState.COMPLETED, JobState.SCHEDULED]
        assert jobs[-1].run_at - jobs[-2].run_at <= timedelta(seconds=15)
        clock.move(timedelta(seconds=16))
        await _work(post)
        assert (len(inbox.mails), len(second.mails)) == (1, 0)
        assert await post.state(receipt.id) == "sent"


async def test_after_the_last_round_it_is_given_up(open_post: Any, inbox: Inbox) -> None:
    async with smtp_server() as second:
        post: Post = await open_post(f"{url(inbox)},{url(second, '?rate=100/60s')}")
        second.answers["RCPT"] = ["450 nor here"]
        receipt = await post.send()
        turn = Turn(
            provider=name(second), number=MAX_ATTEMPTS, tried=(name(inbox),), later=True, handed_on=True
        )
        state = await deliver(
            post.database, post.actor, post.mailer, receipt.id, last=turn.number >= MAX_ATTEMPTS, turn=turn
        )
        assert state is MailState.FAILED
        assert [step[0] for step in await post.ledger(receipt.id)][-2:] == ["temporary", "failed"]


@pytest.mark.parametrize("rate", ["", "?rate=100/60s"])
async def test_a_job_that_handed_a_mail_on_does_nothing_more(open_post: Any, inbox: Inbox, rate: str) -> None:
    post: Post = await open_post(url(inbox, rate))
    receipt = await post.send()
    inbox.answers["DATA"] = ["554 no"]
    await _work(post)
    (first,) = await enqueued(post.database.reader(post.actor), DeliverMail)
    await post("POST", f"/messages/{receipt.id}/retry")
    late = await deliver(post.database, post.actor, post.mailer, receipt.id, last=False, job_id=first.id)
    assert (late, len(inbox.mails)) == (MailState.DEFERRED, 0)
    await _work(post)
    assert (await post.state(receipt.id), len(inbox.mails)) == ("sent", 1)
    queues = await post.house.backend.part(Jobs).store.queues()
    assert [(queue.rate, queue.ready) for queue in queues if queue.queue == "mail"] in ([], [(None, 0)])
