"""Mails that their jobs left behind: a truthful state, and the reason in the ledger."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backstay.kernel.clock import ManualClock
from backstay.systems.jobs import Jobs
from backstay.systems.mail.queries import messages as queries
from backstay.systems.mail.service import tend
from backstay.systems.mail.service.enqueueing import QUEUE, DeliverMail
from tests.systems.mail.conftest import Post, url
from tests.systems.mail.servers import Inbox


def _jobs(post: Post) -> Jobs:
    return post.house.backend.part(Jobs)


async def _tend(post: Post) -> int:
    changed, after = await tend(post.database, _jobs(post))
    assert after is None
    return changed


async def _job_id(post: Post, mail_id: UUID) -> UUID:
    return UUID((await post("GET", f"/messages/{mail_id}"))["job_id"])


async def _last_words(post: Post, mail_id: UUID) -> tuple[str, str]:
    step = (await post("GET", f"/messages/{mail_id}"))["ledger"][-1]
    return step["kind"], step["detail"]


async def _die_of_it(post: Post, clock: ManualClock) -> None:
    """Workers take the mail's job and never come back, until it is dead."""
    store, crashes = _jobs(post).store, 0
    while await store.claim(f"worker {crashes}", [QUEUE], 1, 30.0):
        crashes += 1
        clock.move(timedelta(seconds=31))
        await store.sweep(10)
    assert crashes == DeliverMail.options.max_crashes


async def _hand_over_and_die(post: Post, inbox: Inbox, mail_id: UUID) -> None:
    inbox.holds = [asyncio.Event()]
    dying = asyncio.create_task(post.deliver(mail_id))
    await inbox.arrived.wait()
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying


async def test_one_that_was_being_handed_over_is_unknown(
    open_post: Any, inbox: Inbox, clock: ManualClock
) -> None:
    post: Post = await open_post(url(inbox))
    receipt = await post.send()
    await _hand_over_and_die(post, inbox, receipt.id)
    assert (await _tend(post), await post.state(receipt.id)) == (0, "sending")
    await _die_of_it(post, clock)
    assert (await _tend(post), await post.state(receipt.id)) == (1, "unknown")
    kind, words = await _last_words(post, receipt.id)
    assert (kind, words.partition(" (")[0]) == ("unknown", "its job is dead")
    assert "crashed" in words
    assert "under the same Message-ID" in words
    assert await _tend(post) == 0
    # It can be settled, as any other of which nobody knows.
    settled = await post("POST", f"/messages/{receipt.id}/reconcile", {"handed_over": True})
    assert settled["state"] == "sent"


async def test_the_replay_of_its_job_hands_it_over_under_the_same_message_id(
    open_post: Any, inbox: Inbox, clock: ManualClock
) -> None:
    post: Post = await open_post(url(inbox))
    receipt = await post.send()
    await _hand_over_and_die(post, inbox, receipt.id)
    await _die_of_it(post, clock)
    await _tend(post)
    job_id = await _job_id(post, receipt.id)
    assert await _jobs(post).store.replay(post.actor.organization_id, [job_id]) == [job_id]
    assert await post.deliver(receipt.id) == "sent"
    assert inbox.raw(0) == inbox.raw(1)


async def test_one_that_nobody_touched_has_failed(open_post: Any, inbox: Inbox, clock: ManualClock) -> None:
    post: Post = await open_post(url(inbox))
    receipt = await post.send()
    await _die_of_it(post, clock)
    assert (await _tend(post), await post.state(receipt.id)) == (1, "failed")
    kind, words = await _last_words(post, receipt.id)
    assert (kind, words.partition(" (")[0]) == ("failed", "given up: its job is dead")
    await post("POST", f"/messages/{receipt.id}/retry")
    assert (await _tend(post), await post.state(receipt.id)) == (0, "deferred")
    assert await post.deliver(receipt.id) == "sent"


async def test_one_whose_job_was_cancelled_says_so(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox))
    receipt = await post.send()
    await _jobs(post).store.cancel(post.actor.organization_id, await _job_id(post, receipt.id))
    assert (await _tend(post), await post.state(receipt.id)) == (1, "failed")
    assert await _last_words(post, receipt.id) == ("failed", "given up: its job is cancelled")
    assert inbox.mails == []


async def test_a_job_that_no_store_knows_is_waited_for_a_day(post: Post, clock: ManualClock) -> None:
    receipt = await post.send()
    made = int(clock.now().timestamp() * 1000)
    unknown = UUID(int=(made << 80) | (0x7 << 76) | (0b10 << 62))
    await post.database.run(
        post.actor, lambda uow: uow.execute(queries.SET_JOB, id=receipt.id, job_id=unknown)
    )
    clock.move(timedelta(hours=23))
    assert await _tend(post) == 0
    clock.move(timedelta(hours=2))
    assert (await _tend(post), await post.state(receipt.id)) == (1, "failed")
    assert await _last_words(post, receipt.id) == ("failed", "given up: its job is gone")


async def test_a_mail_that_is_well_is_left_alone(open_post: Any, inbox: Inbox) -> None:
    post: Post = await open_post(url(inbox))
    sent, queued = await post.send(), await post.send()
    await post.deliver(sent.id)
    assert await _tend(post) == 0
    assert [await post.state(each.id) for each in (sent, queued)] == ["sent", "queued"]
