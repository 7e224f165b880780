"""Providers that do not work are left alone by every worker, and one mail at a time tries them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backstay.kernel.clock import ManualClock
from backstay.systems.jobs import JobState, Snooze
from backstay.systems.jobs.testing import drain, enqueued
from backstay.systems.mail import MailState
from backstay.systems.mail.errors import MailDeferred
from backstay.systems.mail.service.enqueueing import DeliverMail
from tests.conftest import make_actor
from tests.systems.mail.conftest import Post, name, url
from tests.systems.mail.servers import Inbox, smtp_server

SOON = timedelta(seconds=5)


async def _down(post: Post, inbox: Inbox, times: int = 1) -> UUID:
    """A mail whose provider has said good-bye; its mail stays deferred."""
    receipt = await post.send()
    inbox.answers["MAIL"] = ["421 going down"] * times
    with pytest.raises(MailDeferred, match="going down"):
        await post.deliver(receipt.id)
    return receipt.id


async def test_nobody_asks_a_paused_provider_where_there_is_another(open_post: Any, inbox: Inbox) -> None:
    async with smtp_server() as dead:
        port = dead.port
    post: Post = await open_post(f"smtp://127.0.0.1:{port},{url(inbox)}")
    first, second = await post.send(), await post.send()
    assert await post.deliver(first.id) is MailState.SENT
    assert (await post.ledger(first.id))[1][1] == f"127.0.0.1:{port}"
    assert await post.deliver(second.id) is MailState.SENT
    assert [step[1] for step in await post.ledger(second.id)] == [None, name(inbox), name(inbox)]


async def test_a_mail_waits_for_its_only_provider_and_says_why(
    open_post: Any, inbox: Inbox, clock: ManualClock
) -> None:
    post: Post = await open_post(url(inbox))
    await _down(post, inbox)
    second = await post.send()
    for _ in range(2):
        with pytest.raises(Snooze, match=f"it waits for {name(inbox)}: paused, for it did not work") as told:
            await post.deliver(second.id)
        assert 5 <= told.value.seconds <= 7
    assert await post.state(second.id) == "deferred"
    assert await post.ledger(second.id) == [("queued", None, None), ("waited", name(inbox), None)]
    message = await post("GET", f"/messages/{second.id}")
    assert message["ledger"][1]["detail"] == "it is paused until 00:00:05 UTC: going down"
    assert (message["attempts"], inbox.mails) == (0, [])
    clock.move(SOON)
    assert await post.deliver(second.id) is MailState.SENT
    assert (await post("GET", "/providers"))[0]["state"] == "working"


async def test_each_trial_that_fails_doubles_the_pause_up_to_five_minutes(
    open_post: Any, inbox: Inbox, clock: ManualClock
) -> None:
    post: Post = await open_post(url(inbox))
    mail_id = await _down(post, inbox, times=9)
    waits = []
    for tries in range(1, 9):
        before = (await post("GET", "/providers"))[0]
        assert (before["state"], before["tries"]) == ("paused", tries - 1)
        seconds = 5 * 2 ** (tries - 1)
        clock.move(timedelta(seconds=min(seconds, 300) - 1))
        with pytest.raises(Snooze):
            await post.deliver(mail_id)
        clock.move(timedelta(seconds=1))
        assert (await post("GET", "/providers"))[0]["state"] == "trying"
        with pytest.raises(MailDeferred):
            await post.deliver(mail_id)
        waits.append(seconds)
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640]
    clock.move(timedelta(seconds=300))
    assert await post.deliver(mail_id) is MailState.SENT


async def test_one_mail_tries_while_the_others_wait(open_post: Any, inbox: Inbox, clock: ManualClock) -> None:
    import asyncio

    post: Post = await open_post(url(inbox))
    mail_id = await _down(post, inbox)
    other = await post.send()
    clock.move(SOON)
    inbox.holds.append(asyncio.Event())
    release = inbox.holds[0]
    trying = asyncio.create_task(post.deliver(mail_id))
    await inbox.arrived.wait()
    with pytest.raises(Snooze):
        await post.deliver(other.id)
    # A worker that is killed while it tries holds the provider up for a minute at most.
    assert (await post("GET", "/providers"))[0]["paused_until"] == "2026-01-01T00:01:05Z"
    release.set()
    assert await trying is MailState.SENT
    assert await post.deliver(other.id) is MailState.SENT


@pytest.mark.parametrize("reply", ["550 no such user", "450 not now"])
async def test_an_answer_about_the_mail_ends_the_pause_too(
    open_post: Any, inbox: Inbox, clock: ManualClock, reply: str
) -> None:
    post: Post = await open_post(url(inbox))
    mail_id = await _down(post, inbox)
    clock.move(SOON)
    inbox.answers["RCPT"] = [reply]
    if reply.startswith("4"):
        with pytest.raises(MailDeferred):
            await post.deliver(mail_id)
    else:
        assert await post.deliver(mail_id) is MailState.FAILED
    assert (await post("GET", "/providers"))[0]["state"] == "working"


async def test_a_mail_is_not_given_up_while_a_provider_is_paused(open_post: Any, inbox: Inbox) -> None:
    async with smtp_server() as second:
        post: Post = await open_post(f"{url(inbox)},{url(second)}")
        first = await post.send()
        inbox.answers["MAIL"] = ["421 going down"]
        assert await post.deliver(first.id) is MailState.SENT
        receipt = await post.send()
        second.answers["RCPT"] = ["450 not now"]
        with pytest.raises(Snooze):
            await post.deliver(receipt.id, last=True)
        assert await post.state(receipt.id) == "deferred"


async def test_an_unknown_mail_waits_for_its_provider_alone(
    open_post: Any, inbox: Inbox, clock: ManualClock
) -> None:
    async with smtp_server() as second:
        post: Post = await open_post(f"{url(inbox)},{url(second)}", BACKSTAY_MAIL_DATA_TIMEOUT="0.2s")
        unknown = await post.send()
        inbox.silent.add("DATA")
        with pytest.raises(MailDeferred):
            await post.deliver(unknown.id)
        inbox.silent.clear()
        inbox.answers["MAIL"] = ["421 going down"]
        other = await post.send()
        assert await post.deliver(other.id) is MailState.SENT
        with pytest.raises(Snooze):
            await post.deliver(unknown.id)
        assert (await post.state(unknown.id), len(second.mails)) == ("unknown", 1)
        clock.move(SOON)
        assert await post.deliver(unknown.id) is MailState.SENT
        assert len(second.mails) == 1


async def test_waiting_uses_up_no_attempt_of_the_job(
    open_post: Any, inbox: Inbox, clock: ManualClock
) -> None:
    post: Post = await open_post(url(inbox))
    await _down(post, inbox)
    await drain(post.house.backend)
    jobs = await enqueued(post.database.reader(post.actor), DeliverMail)
    assert [(job.state, job.attempt) for job in jobs] == [(JobState.SCHEDULED, 0)]
    clock.move(timedelta(seconds=8))
    await drain(post.house.backend)
    jobs = await enqueued(post.database.reader(post.actor), DeliverMail)
    assert [(job.state, job.attempt) for job in jobs] == [(JobState.COMPLETED, 1)]
    assert len(inbox.mails) == 1


async def test_operators_see_providers_and_let_them_go_on(open_post: Any, inbox: Inbox) -> None:
    async with smtp_server() as second:
        post: Post = await open_post(f"{url(inbox, '?rate=14/1s')},{url(second, '?connections=9')}")
        inbox.answers["MAIL"] = ["421 going down"]
        receipt = await post.send()
        await drain(post.house.backend)
        assert await post.state(receipt.id) == "sent"
        paused = {
            "name": name(inbox),
            "kind": "smtp",
            "tls": "none",
            "connections": 4,
            "rate": {"mails": 14, "seconds": 1.0},
            "state": "paused",
            "paused_at": "2026-01-01T00:00:00Z",
            "paused_until": "2026-01-01T00:00:05Z",
            "tries": 0,
            "code": 421,
            "why": "going down",
        }
        nothing = {"paused_at": None, "paused_until": None, "code": None, "why": ""}
        working = paused | nothing | {"state": "working"}
        other = working | {"name": name(second), "connections": 9, "rate": None}
        assert await post("GET", "/providers") == [paused, other]
        for _ in range(2):
            assert await post("POST", f"/providers/{name(inbox)}/resume") == working
        assert await post("GET", "/providers") == [working, other]
        missing = await post.house(post.actor, "POST", "/v1/mail/providers/mx.example:25/resume")
        assert (missing.status_code, missing.json()["code"]) == (404, "no_such_mail_provider")


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/console/resume")])
async def test_providers_are_the_houses(post: Post, method: str, path: str) -> None:
    bob = make_actor("bob", permissions=("mail:*",))
    refused = await post.house(bob, method, f"/v1/mail/providers{path}")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
